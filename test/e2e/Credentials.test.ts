/**
 * Credentials that a program prints: renewed when they expire, and in clear nowhere, whatever a server repeats.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, expect, it } from "vitest"
import { type Cell, openCell } from "./Cell.ts"

const token = ["sandbox", "token"].join("-")
const encoded = Buffer.from(`u:${token}`).toString("base64")

/** Outside of the workspace, since nothing in it may hold the token. */
let vault: string
let cell: Cell
beforeEach(async () => {
  vault = await mkdtemp(join(tmpdir(), "amends-vault-"))
  cell = await openCell({
    faults: [{
      method: "POST",
      nth: 2,
      act: "status",
      status: 400,
      body: { error: `no ${token}, no ${encoded}` }
    }]
  })
  const lines = [
    "workspace: cell",
    "providers:",
    "  monitoring:",
    "    baseUrl: ${env.MONITORING_URL}",
    "    horizon: 30ms",
    "    token: { command: [./print, sandbox-, token] }",
    ""
  ]
  await writeFile(join(cell.root, "amends.yaml"), lines.join("\n"))
  const script =
    `#!/bin/sh\nif [ -f ${vault}/renewed ]; then echo $1$2; else touch ${vault}/renewed; echo expired-$2; fi\n`
  await writeFile(join(cell.root, "print"), script, { mode: 0o755 })
})
afterEach(async () => {
  await cell.close()
  await rm(vault, { recursive: true, force: true })
})

const watchlist = (name: string, description: string) => ({ kind: "watchlist", name, spec: { description } })

it("a token that expired is asked for again, and no token is shown or kept", async () => {
  await cell.declare([watchlist("one", `holds ${token}`)])
  const applied = await cell.run("apply", "--yes")
  expect(applied.code).toBe(0)
  await cell.declare([watchlist("one", `holds ${token}`), watchlist("two", "else")])
  const refused = await cell.run("apply", "--yes")
  expect(refused.code).toBe(3)
  expect(refused.stderr + refused.stdout).toContain("no (secret), no (sensitive)")
  const kept = (await cell.kept()).toString("latin1")
  const said = [applied, refused, await cell.run("plan", "--json"), await cell.run("doctor", "--json")]
  for (const text of [kept, ...said.flatMap(({ stderr, stdout }) => [stderr, stdout])]) {
    expect([token, encoded, "expired-token"].some((secret) => text.includes(secret))).toBe(false)
  }
  expect(cell.sandbox.requests().filter(({ status }) => status === 401)).toHaveLength(1)
})

it("a program that fails is named, and nothing is written", async () => {
  await writeFile(join(cell.root, "print"), "#!/bin/sh\necho hunter2; exit 9\n", { mode: 0o755 })
  await cell.declare([watchlist("one", "x")])
  const ended = await cell.run("apply", "--yes")
  expect(ended.code).toBe(1)
  expect(ended.stderr).toContain("./print failed with exit code 9; run it by hand to see what it says")
  expect(ended.stderr + ended.stdout).not.toContain("hunter2")
  expect(cell.sandbox.requests()).toHaveLength(0)
})
