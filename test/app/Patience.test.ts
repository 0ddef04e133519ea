/** How often a read that fails is tried again: as often as amends.yaml says, whoever asks. */
import { Effect } from "effect"
import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { expect, it } from "vitest"
import { failureOf } from "../../src/app/Failure.ts"
import { importResource } from "../../src/app/Import.ts"
import { applying, failing, makeSite, on, type Site } from "./Site.ts"

const withRetries = async (site: Site, retries: number): Promise<void> => {
  const file = join(site.directory, "amends.yaml")
  await writeFile(file, `defaults: { retries: ${retries} }\n${await readFile(file, "utf8")}`)
}

const importing = importResource({ address: "watchlist.other", id: "7", actor: "tester", leaseTimeoutMs: 0 })

it.each([[0, 1], [2, 3]])("with retries: %i a read is sent %i times in vain", async (retries, sent) => {
  const site = await makeSite({ faults: [{ act: "status", status: 503, method: "GET", times: 0 }] })
  await withRetries(site, retries)
  expect(failureOf(await failing(site, importing)).exitCode).toBe(1)
  expect(site.sandbox.requests()).toHaveLength(sent)
})

it("a read that fails once does not keep an apply from going on", async () => {
  const site = await makeSite({ faults: [{ act: "dropBefore", method: "GET", times: 2 }] })
  await withRetries(site, 2)
  expect(await on(site, Effect.map(applying(), ({ _tag }) => _tag))).toBe("ran")
})
