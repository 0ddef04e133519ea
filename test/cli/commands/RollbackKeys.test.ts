/** `amends rollback` over versions that were sealed under another key: a rotated one, and one that is lost. */
import { rm } from "node:fs/promises"
import { join } from "node:path"
import { beforeEach, describe, expect, it } from "vitest"
import { openShell, type Shell } from "../Shell.ts"

let shell: Shell

const address = "notification_channel.ops"
const hook = (secret: string) => `https://hooks.example/services/${secret}`

const apply = async (secret: string): Promise<void> => {
  await shell.declare([{
    kind: "notification_channel",
    name: "ops",
    spec: { type: "Webhook", configuration: { value: hook(secret) } }
  }])
  expect((await shell.run("apply", "--yes")).code).toBe(0)
}

const there = (): unknown => shell.sandbox.snapshot().notification_channel[0]?.["configuration"]

const rollback = (...argv: ReadonlyArray<string>) => shell.run("rollback", address, ...argv, "--yes")

beforeEach(async () => {
  shell = await openShell()
  await apply("one-one-one")
  await apply("two-two-two")
})

describe("versions of before a new key", () => {
  it("are taken out and gone back to where the key was rotated", async () => {
    expect((await shell.run("key", "rotate")).code).toBe(0)
    expect((await rollback("--revert", "head")).code).toBe(0)
    expect(there()).toMatchObject({ value: hook("one-one-one") })
  })

  it("are refused where the key is lost, and later ones are not", async () => {
    await rm(join(shell.root, ".amends", "key"))
    expect((await shell.run("key", "reset", "--yes")).code).toBe(0)
    const refused = await rollback("--to", "head~2")
    expect(refused.code).toBe(7)
    expect(refused.stderr).toContain("sealed under a key that is lost")
    await apply("three-three-three")
    await apply("four-four-four")
    expect((await rollback("--revert", "head")).code).toBe(0)
    expect(there()).toMatchObject({ value: hook("three-three-three") })
    expect((await rollback("--to", "head~2")).code).toBe(0)
    expect(there()).toMatchObject({ value: hook("three-three-three") })
    const old = await rollback("--revert", "head~5")
    expect([old.code, old.stderr]).toEqual([7, expect.stringContaining("sealed under a key that is lost")])
  })
})
