/**
 * Files as resources, as a user sees them: planned, applied, taken back, imported, and left alone where somebody else
 * changed them.
 */
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { Limits } from "../../../src/domain/Limits.ts"
import type { Declared } from "../../e2e/Cell.ts"
import { masked, openShell, type Shell, type Sitting, watchlist } from "../Shell.ts"

const file = (name: string, spec: Declared["spec"], more: Partial<Declared> = {}): Declared => ({
  kind: "file",
  name,
  spec: { path: name, ...spec },
  ...more
})

const openFiles = async (resources: ReadonlyArray<Declared> = [], settings = ""): Promise<Shell> => {
  const shell = await openShell(resources)
  await mkdir(join(shell.root, "out"))
  await shell.configure("providers:\n", `providers:\n  files: { use: file, root: out${settings} }\n`)
  return shell
}

const inRoot = ({ root }: Shell, ...path: ReadonlyArray<string>): string => join(root, "out", ...path)

const contentOf = (shell: Shell, path: string): Promise<string> => readFile(inRoot(shell, path), "utf8")

const apply = (shell: Shell, sitting: Sitting = {}) => shell.sit(sitting, "apply", "--yes")

const settled = async (shell: Shell): Promise<void> => {
  const { code, stderr, stdout } = await shell.run("plan", "--detailed-exitcode")
  expect([code, stderr, stdout]).toEqual([0, "", "No changes.\n"])
}

describe("files", () => {
  it("are planned with their content, applied, and settled", async () => {
    const shell = await openFiles([file("motd", { path: "etc/motd", content: "hello\n", mode: "0640" })])
    const planned = await shell.run("plan")
    expect(masked(planned.stdout)).toContain(`+ file.motd`)
    expect(planned.stdout).toContain("content: \"hello\\n\"")
    expect(planned.stdout).not.toContain("null")
    expect(await apply(shell)).toMatchObject({ code: 0 })
    expect(await contentOf(shell, "etc/motd")).toBe("hello\n")
    expect(((await stat(inRoot(shell, "etc/motd"))).mode & 0o777).toString(8)).toBe("640")
    await settled(shell)
  })

  it("change their content in any form, and are settled each time", async () => {
    const shell = await openFiles([file("a", { content: "text" })])
    expect(await apply(shell)).toMatchObject({ code: 0 })
    const large = "line\n".repeat(Limits.managedInlineBytesMax / 4)
    await writeFile(join(shell.root, "large"), large)
    const forms: ReadonlyArray<readonly [Declared["spec"], Buffer]> = [
      [{ base64: "AAEC" }, Buffer.from([0, 1, 2])],
      [{ source: "large" }, Buffer.from(large)],
      [{ content: "text again" }, Buffer.from("text again")],
      [{ mode: "0600" }, Buffer.from("text again")],
      [{}, Buffer.from("text again")]
    ]
    for (const [spec, bytes] of forms) {
      await shell.declare([file("a", spec)])
      expect(await apply(shell)).toMatchObject({ code: 0, stderr: "" })
      expect(bytes.equals(await readFile(inRoot(shell, "a")))).toBe(true)
      await settled(shell)
    }
  })

  it("come back as they were when a later change fails: bytes, mode, absence and directories", async () => {
    const large = "old\n".repeat(Limits.managedInlineBytesMax)
    const shell = await openFiles()
    await mkdir(inRoot(shell, "empty"))
    await shell.declare([file("small", { content: "old", mode: "0601" }), file("gone", { content: "old" })])
    await writeFile(join(shell.root, "large"), large)
    await shell.declare([
      file("small", { content: "old", mode: "0601" }),
      file("gone", { content: "kept" }),
      file("large", { source: "large" })
    ])
    expect(await apply(shell)).toMatchObject({ code: 0 })
    await shell.declare([
      file("small", { content: "new", mode: "0777" }),
      file("large", { content: "new" }),
      file("made", { path: "deep/er/made", content: "new" }),
      { ...watchlist("last"), dependsOn: ["file.small", "file.large", "file.made"] }
    ])
    shell.sandbox.addFault({ act: "status", status: 400, method: "POST" })
    const failed = await apply(shell)
    expect([failed.code, failed.stdout + failed.stderr]).toEqual([
      3,
      expect.stringContaining("Nothing is left changed.")
    ])
    expect(await contentOf(shell, "small")).toBe("old")
    expect(((await stat(inRoot(shell, "small"))).mode & 0o777).toString(8)).toBe("601")
    expect(await contentOf(shell, "gone")).toBe("kept")
    expect((await contentOf(shell, "large")) === large).toBe(true)
    expect((await readdir(inRoot(shell))).sort()).toEqual(["empty", "gone", "large", "small"])
  })

  it("at one path twice are refused with both places", async () => {
    const shell = await openFiles([file("a", { path: "x", content: "a" }), file("b", { path: "x", content: "b" })])
    const { code, stderr } = await shell.run("validate")
    expect([code, stderr]).toEqual([7, expect.stringContaining("resources/all.json")])
    expect(stderr).toContain("file.b has the same path as file.a")
  })

  it("tell everything that is wrong with them at its place", async () => {
    const shell = await openFiles([
      file("a", { path: "../a", content: "a" }),
      file("b", { source: "nowhere" }),
      file("c", { content: "a", base64: "" }),
      file("d", { content: "a", mode: 420 })
    ])
    const { code, stderr } = await shell.run("plan")
    expect(code).toBe(7)
    expect(stderr).toMatch(/all\.json:1:\d+: \/spec\/path: leads elsewhere/)
    expect(stderr).toMatch(/\/spec\/source: cannot be read: there is no such file/)
    expect(stderr).toMatch(/\/spec\/base64: says the content a second time/)
    expect(stderr).toMatch(/\/spec\/mode: .*a mode in quotes/)
  })

  it("that somebody changed are drift, and are not overwritten unasked", async () => {
    const shell = await openFiles([file("a", { content: "ours" })])
    expect(await apply(shell)).toMatchObject({ code: 0 })
    await writeFile(inRoot(shell, "a"), "theirs")
    await shell.declare([file("a", { content: "newer" })])
    expect(await apply(shell)).toMatchObject({ code: 5 })
    expect(await contentOf(shell, "a")).toBe("theirs")
  })

  it("that are there already are not taken over unasked", async () => {
    const shell = await openFiles([file("a", { content: "ours" })])
    await writeFile(inRoot(shell, "a"), "theirs")
    expect(await apply(shell)).toMatchObject({ code: 5 })
    expect(await shell.run("apply", "--yes", "--adopt")).toMatchObject({ code: 0 })
    expect(await contentOf(shell, "a")).toBe("ours")
  })

  it("are imported one by one, and all at once with the files that declare them", async () => {
    const shell = await openFiles([file("a", { path: "d/a", content: "there" })])
    await mkdir(inRoot(shell, "d"))
    await writeFile(inRoot(shell, "d", "a"), "there")
    await writeFile(inRoot(shell, "bytes"), Buffer.from([0, 255]))
    await writeFile(inRoot(shell, "large"), "x".repeat(Limits.managedInlineBytesMax + 1))
    expect(await shell.run("import", "file.a", "d/a")).toMatchObject({ code: 0 })
    expect(await apply(shell)).toMatchObject({ code: 0 })
    await settled(shell)
    const imported = await shell.run("import", "file", "--all", "--write", "resources")
    expect([imported.code, imported.stderr]).toEqual([0, ""])
    expect((await shell.run("plan")).stdout).toContain("No changes.")
    expect((await shell.run("list")).stdout).toMatch(/file\.bytes[^]*file\.large/)
  })

  it("keep secrets out of everything that is kept or said", async () => {
    const shell = await openFiles([file("a", { content: "token=${env.FILE_TOKEN}\n" })])
    const env = { FILE_TOKEN: "s3cret-of-a-file" }
    const planned = await shell.sit({ env }, "plan")
    const applied = await apply(shell, { env })
    expect([planned.code, applied.code]).toEqual([0, 0])
    expect(await contentOf(shell, "a")).toBe("token=s3cret-of-a-file\n")
    const files = await readdir(join(shell.root, ".amends"), { recursive: true, withFileTypes: true })
    const kept = await Promise.all(
      files.filter((one) => one.isFile()).map((one) => readFile(join(one.parentPath, one.name)))
    )
    const said = planned.stdout + planned.stderr + applied.stdout + applied.stderr
    expect(said + Buffer.concat(kept).toString("latin1")).not.toContain("s3cret-of-a-file")
  })

  it("are applied from a saved plan with the content of that moment, whatever became of the source", async () => {
    const shell = await openFiles([file("a", { source: "large" })])
    const large = "then\n".repeat(Limits.managedInlineBytesMax)
    await writeFile(join(shell.root, "large"), large)
    expect(await shell.run("plan", "--out", "a.plan")).toMatchObject({ code: 0 })
    expect(await readdir(inRoot(shell))).toEqual([])
    await writeFile(join(shell.root, "large"), "now")
    expect(await shell.run("apply", "a.plan")).toMatchObject({ code: 0 })
    expect((await contentOf(shell, "a")) === large).toBe(true)
  })
})
