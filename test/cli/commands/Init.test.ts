/**
 * `init --provider NAME`: a module that can be used as it is, in a new workspace or in one that is there.
 */
import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { openShell } from "../Shell.ts"

describe("init --provider", () => {
  it("makes a workspace with a module that is valid at once", async () => {
    const shell = await openShell()
    const made = await shell.run("init", "mine", "--provider", "shop-2")
    expect([made.code, made.stderr]).toEqual([0, ""])
    expect(made.stdout).toContain("created  providers/shop-2.ts")
    expect(await readFile(join(shell.root, "mine", "amends.yaml"), "utf8")).toContain(
      "  shop-2:\n    use: ./providers/shop-2.ts\n    baseUrl: ${env.SHOP_2_URL:-http://127.0.0.1:8080}\n"
    )
    expect(await shell.run("validate", "-C", join(shell.root, "mine"))).toMatchObject({ code: 0, stderr: "" })
  })

  it("adds a module to a workspace that is there, and says what amends.yaml needs", async () => {
    const shell = await openShell()
    const before = await readFile(join(shell.root, "amends.yaml"), "utf8")
    const made = await shell.run("init", ".", "--provider")
    expect([made.code, made.stderr]).toEqual([0, ""])
    expect(made.stdout).toContain("left     amends.yaml")
    expect(made.stdout).toContain("  house:\n    use: ./providers/house.ts\n")
    expect(await readFile(join(shell.root, "amends.yaml"), "utf8")).toBe(before)
  })

  it("never overwrites a module, and refuses a name that is none", async () => {
    const shell = await openShell()
    expect(await shell.run("init", ".", "--provider", "house")).toMatchObject({ code: 0 })
    const path = join(shell.root, "providers", "house.ts")
    await writeFile(path, "mine")
    const again = await shell.run("init", ".", "--provider", "house")
    expect([again.code, again.stderr]).toEqual([7, expect.stringContaining("the file exists already")])
    expect(await readFile(path, "utf8")).toBe("mine")
    expect(await shell.run("init", ".", "--provider", "a house")).toMatchObject({ code: 7 })
  })
})
