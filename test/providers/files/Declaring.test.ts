import { Effect } from "effect"
import { open, symlink, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { Limits } from "../../../src/domain/Limits.ts"
import type { Template } from "../../../src/domain/Template.ts"
import type { Intake } from "../../../src/providers/Intake.ts"
import { mistakesOf, newFolder, withProvider } from "./Place.ts"

const intake = (folder: string, spec: Template, secretPaths: ReadonlyArray<string> = []): Promise<Intake> =>
  withProvider(folder, (provider) => provider.intake?.("file", { spec, secretPaths }) ?? Effect.die("no intake"))

const mistakesIn = async (folder: string, spec: Template, secretPaths: ReadonlyArray<string> = []) =>
  (await intake(folder, spec, secretPaths)).mistakes.map(({ detail, path }) => `${path} ${detail}`)

describe("a declaration", () => {
  it("comes to the same document whichever way the same content is given", async () => {
    const folder = await newFolder()
    await writeFile(join(folder, "text"), "grüße\n")
    const specs = [
      { path: "a", content: "grüße\n" },
      { path: "a", base64: Buffer.from("grüße\n").toString("base64") },
      { path: "a", source: "text" }
    ]
    for (const spec of specs) {
      expect((await intake(folder, spec)).spec).toEqual({ path: "a", content: "grüße\n" })
    }
  })

  it("keeps bytes that are no text as base64, and a byte order mark where it is", async () => {
    const folder = await newFolder()
    for (const bytes of [Buffer.from([0xff, 0xfe]), Buffer.from("a\0b")]) {
      await writeFile(join(folder, "bytes"), bytes)
      expect((await intake(folder, { path: "a", source: "bytes" })).spec["base64"]).toBe(bytes.toString("base64"))
    }
    await writeFile(join(folder, "bytes"), Buffer.from("\uFEFFa"))
    expect((await intake(folder, { path: "a", source: "bytes" })).spec["content"]).toBe("\uFEFFa")
  })

  it("puts a large content into the store and holds its digest", async () => {
    const folder = await newFolder()
    const content = "x".repeat(Limits.managedInlineBytesMax + 1)
    await writeFile(join(folder, "large"), content)
    const fromSource = await intake(folder, { path: "a", source: "large" })
    expect(fromSource.spec).toEqual((await intake(folder, { path: "a", content })).spec)
    expect(fromSource.spec["digest"]).toMatch(/^sha256:[0-9a-f]{64}$/)
  })

  it("that refers to another resource is taken in once that is known", async () => {
    const folder = await newFolder()
    const content = { $join: ["id=", { $ref: { address: "file.b", path: "/id" } }] }
    const { mistakes, spec } = await intake(folder, { path: "a", content, mode: "600" })
    expect(mistakes).toEqual([])
    expect(spec).toEqual({ path: "a", content, mode: "0600" })
    expect(await mistakesIn(folder, { path: "a", base64: content })).toEqual([
      "/base64 cannot hold a reference to another resource"
    ])
  })

  it("stays secret in every form", async () => {
    const folder = await newFolder()
    const secret = Buffer.from("s3cret-in-base64")
    const taken = await intake(folder, { path: "a", base64: secret.toString("base64") }, ["/base64"])
    expect(taken.secretPaths).toContain("/content")
    expect(taken.secrets).toEqual(["s3cret-in-base64"])
    const large = "s".repeat(Limits.managedInlineBytesMax + 1)
    expect(await mistakesIn(folder, { path: "a", content: large }, ["/content"])).toEqual([
      `/content is secret and larger than ${Limits.managedInlineBytesMax} bytes`
    ])
  })

  it.each([
    ["", "is empty"],
    ["/etc/passwd", "begins with /, but is to be inside the root"],
    ["../a", "leads elsewhere with . or .."],
    ["a/./b", "leads elsewhere with . or .."],
    ["a//b", "has an empty part: // or a / at its end"],
    ["a/", "has an empty part: // or a / at its end"],
    [".amends/state.db", "belongs to amends: a part begins with .amends"],
    ["a\0b", "holds a character that no path may have"],
    ["n".repeat(256), "has a part that is too long"]
  ])("of the path %j is refused", async (path, why) => {
    expect(await mistakesIn(await newFolder(), { path, content: "" })).toEqual([`/path ${why}`])
  })

  it("tells everything that is wrong with it at once", async () => {
    const folder = await newFolder()
    expect(await mistakesIn(folder, { path: "..", content: "a", source: "b" })).toEqual([
      "/path leads elsewhere with . or ..",
      "/source says the content a second time"
    ])
    expect(await mistakesIn(folder, { path: "a", mode: "0200" })).toEqual(["/mode keeps its owner from reading it"])
    expect(await mistakesIn(folder, { path: "a", base64: "no base64!" })).toEqual(["/base64 is no base64"])
    expect(await mistakesIn(folder, { path: "a", content: "\uD800" })).toEqual(["/content holds half of a character"])
  })

  it("takes its source from inside the workspace only, links resolved", async () => {
    const [folder, other] = [await newFolder(), await newFolder()]
    await writeFile(join(other, "secret"), "x")
    await symlink(join(other, "secret"), join(folder, "link"))
    for (const source of [join(other, "secret"), `../${other.split("/").at(-1)}/secret`, "link"]) {
      expect(await mistakesIn(folder, { path: "a", source })).toEqual(["/source lies outside the workspace"])
    }
    expect(await mistakesIn(folder, { path: "a", source: "nowhere" })).toEqual([
      "/source cannot be read: there is no such file"
    ])
    expect(await mistakesIn(folder, { path: "a", source: "root" })).toEqual(["/source is no ordinary file"])
  })

  it("of more than the limit is refused before anything is read", async () => {
    const folder = await newFolder()
    const handle = await open(join(folder, "huge"), "w")
    await handle.truncate(Limits.managedFileBytesMax + 1)
    await handle.close()
    const [told] = await mistakesIn(folder, { path: "a", source: "huge" })
    expect(told).toContain("/source cannot be read: it is larger than")
  })
})

describe("the settings", () => {
  it("are all told about at once", async () => {
    const folder = await newFolder()
    expect(await mistakesOf(folder, { kind: "no kind", sensitive: "perhaps", roots: "x" })).toEqual([
      "/roots: is not a setting",
      "/root: is missing",
      "/kind: is no name for a kind",
      "/sensitive: has a value that cannot be used"
    ])
  })

  it("name a root that is a directory and no link, inside the workspace or absolute", async () => {
    const folder = await newFolder()
    await writeFile(join(folder, "file"), "")
    await symlink("root", join(folder, "link"))
    expect(await mistakesOf(folder, { root: "nowhere" })).toEqual(["/root: cannot be used: there is no such directory"])
    expect(await mistakesOf(folder, { root: "file" })).toEqual(["/root: cannot be used: it is no directory"])
    expect(await mistakesOf(folder, { root: "link" })).toEqual([
      "/root: cannot be used: it is a symbolic link: name the directory that it leads to"
    ])
    expect(await mistakesOf(folder, { root: "../x" })).toEqual(["/root: lies outside the workspace"])
    expect(await mistakesOf(folder, { root: join(folder, "root") })).toEqual([])
  })
})
