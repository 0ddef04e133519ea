import { Effect } from "effect"
import {
  chmod,
  link,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  stat,
  symlink,
  unlink,
  writeFile
} from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import type { JsonObject } from "../../../src/domain/Document.ts"
import { Limits } from "../../../src/domain/Limits.ts"
import { stagingName } from "../../../src/providers/files/Staging.ts"
import { type Intended, SendGate } from "../../../src/providers/Provider.ts"
import type { ProviderError } from "../../../src/providers/ProviderError.ts"
import { create, newFolder, read, remove, update, withProvider } from "./Place.ts"

/** How an operation that has to fail did. */
const flipped = <A>(operation: Effect.Effect<A, ProviderError>): Effect.Effect<ProviderError> =>
  Effect.catch(Effect.flip(operation), () => Effect.die(new Error("it was answered")))

describe("a change of a file", () => {
  it("takes the place of the old one as a whole, with its mode kept", async () => {
    const folder = await newFolder()
    const path = join(folder, "root", "a")
    await writeFile(path, "old")
    await chmod(path, 0o751)
    const before = await stat(path)
    await withProvider(
      folder,
      (provider) => Effect.flatMap(read(provider, "a"), (found) => update(provider, found, { content: "new" }))
    )
    expect(await readFile(path, "utf8")).toBe("new")
    const after = await stat(path)
    expect((after.mode & 0o7777).toString(8)).toBe("751")
    expect(after.ino).not.toBe(before.ino)
    expect(after.nlink).toBe(1)
  })

  it("of its mode alone leaves the file the same one", async () => {
    const folder = await newFolder()
    const path = join(folder, "root", "a")
    await writeFile(path, "x")
    const { ino } = await stat(path)
    await withProvider(
      folder,
      (provider) => Effect.flatMap(read(provider, "a"), (found) => update(provider, found, { mode: "4711" }))
    )
    const after = await stat(path)
    expect([after.ino, (after.mode & 0o7777).toString(8)]).toEqual([ino, "4711"])
  })

  it("is refused where somebody wrote to the file since it was read", async () => {
    const folder = await newFolder()
    const path = join(folder, "root", "a")
    await writeFile(path, "old")
    const errors = await withProvider(folder, (provider) =>
      Effect.gen(function*() {
        const found = yield* read(provider, "a")
        yield* Effect.promise(() => writeFile(path, "theirs"))
        return [
          yield* flipped(update(provider, found, { content: "ours" })),
          yield* flipped(remove(provider, found))
        ]
      }))
    expect(errors.map(({ applied, reason }) => [reason, applied])).toEqual([["Conflict", "no"], ["Conflict", "no"]])
    expect(await readFile(path, "utf8")).toBe("theirs")
  })

  it("never puts a new file over one that appeared meanwhile", async () => {
    const folder = await newFolder()
    await writeFile(join(folder, "root", "a"), "theirs")
    const error = await withProvider(folder, (provider) => flipped(create(provider, { path: "a", content: "ours" })))
    expect(error.reason).toBe("Conflict")
    expect(await readFile(join(folder, "root", "a"), "utf8")).toBe("theirs")
    expect(await readdir(join(folder, "root"))).toEqual(["a"])
  })

  it("of a file with several names is refused, because it would part them", async () => {
    const folder = await newFolder()
    await writeFile(join(folder, "root", "a"), "both")
    await link(join(folder, "root", "a"), join(folder, "b"))
    const error = await withProvider(
      folder,
      (provider) => Effect.flatMap(read(provider, "a"), (found) => flipped(update(provider, found, { content: "one" })))
    )
    expect([error.reason, error.detail]).toEqual(["Rejected", expect.stringContaining("2 names")])
    expect(await readFile(join(folder, "b"), "utf8")).toBe("both")
  })

  it("keeps a large old content in the store before it goes, so that it can come back", async () => {
    const folder = await newFolder()
    const large = Buffer.alloc(3 * Limits.managedChunkBytes + 1, "0123456789")
    const path = join(folder, "root", "a")
    await writeFile(path, large)
    await withProvider(folder, (provider) =>
      Effect.gen(function*() {
        const before = yield* read(provider, "a")
        expect(before.document).toEqual({
          path: "a",
          digest: expect.stringMatching(/^sha256:/),
          mode: expect.any(String),
          size: large.length
        })
        yield* remove(provider, before)
        yield* create(provider, provider.restore("file", before.document, (_, id) => id))
        const after = yield* read(provider, "a")
        expect(after).toEqual(before)
      }))
    expect(large.equals(await readFile(path))).toBe(true)
  })

  it("is refused before anything is written where the content is not in the store", async () => {
    const folder = await newFolder()
    const digest = `sha256:${"0".repeat(64)}`
    const error = await withProvider(folder, (provider) => flipped(create(provider, { path: "d/a", digest })))
    expect([error.reason, error.detail]).toEqual(["Rejected", expect.stringContaining("not in the store")])
    expect(await readdir(join(folder, "root"))).toEqual([])
  })

  it("refuses a stored content that was damaged, and leaves the old one", async () => {
    const folder = await newFolder()
    const content = "x".repeat(Limits.managedInlineBytesMax + 1)
    const error = await withProvider(folder, (provider) =>
      Effect.gen(function*() {
        const taken = yield* provider.intake?.("file", { spec: { path: "a", content }, secretPaths: [] }) ??
          Effect.die("no intake")
        const hex = String(taken.spec["digest"]).slice("sha256:".length)
        const kept = join(folder, ".amends", "contents", "sha256", hex.slice(0, 2), hex.slice(2))
        yield* Effect.promise(() => writeFile(kept, "y".repeat(content.length)))
        return yield* flipped(create(provider, taken.spec))
      }))
    expect(error.detail).toContain("damaged")
    expect(await readdir(join(folder, "root"))).toEqual([])
  })

  it("does not touch a file when the lease has no time left", async () => {
    const folder = await newFolder()
    await writeFile(join(folder, "root", "a"), "old")
    const error = await withProvider(
      folder,
      (provider) =>
        Effect.flatMap(read(provider, "a"), (found) => flipped(update(provider, found, { content: "new" }))).pipe(
          Effect.provideService(SendGate, Effect.succeed(false))
        )
    )
    expect([error.reason, error.applied]).toEqual(["NotSent", "no"])
    expect(await readFile(join(folder, "root", "a"), "utf8")).toBe("old")
    expect(await readdir(join(folder, "root"))).toEqual(["a"])
  })
})

describe("a whole batch", () => {
  it("is refused before anything is changed where one of its files cannot be", async () => {
    const folder = await newFolder()
    await writeFile(join(folder, "root", "file"), "")
    await symlink(folder, join(folder, "root", "link"))
    await writeFile(join(folder, "one"), "")
    await link(join(folder, "one"), join(folder, "root", "two"))
    const creating = (desired: JsonObject): Intended => ({ action: "create", desired })
    const digest = `sha256:${"0".repeat(64)}`
    const wrong: ReadonlyArray<Intended> = [
      creating({ path: "file/below" }),
      creating({ path: "link/below" }),
      creating({ path: "a", digest }),
      { action: "update", id: "link" },
      { action: "delete", id: "two" }
    ]
    const told = await withProvider(
      folder,
      (provider) =>
        Effect.forEach(
          wrong,
          (one) => Effect.map(flipped(provider.ready?.([one]) ?? Effect.void), ({ detail }) => detail)
        )
    )
    expect(told).toEqual([
      "file/below: a part of its path is no directory",
      "link/below: a part of its path is a symbolic link, and those are not followed",
      expect.stringContaining("a: the content sha256:000000000000… is not in the store"),
      "link: what is there is a symbolic link, and those are not followed",
      "two: it has 2 names (hard links), and a change would part them"
    ])
    await withProvider(
      folder,
      (provider) => provider.ready?.([creating({ path: "new/a", content: "x" })]) ?? Effect.void
    )
    expect((await readdir(join(folder, "root"))).sort()).toEqual(["file", "link", "two"])
  })

  it("is refused where its contents together need more space than there is", async () => {
    const folder = await newFolder()
    const digest = `sha256:${"1".repeat(64)}`
    // A content with a hole as large as no disk of a test.
    const kept = join(folder, ".amends", "contents", "sha256", "11")
    await mkdir(kept, { recursive: true })
    const handle = await open(join(kept, "1".repeat(62)), "w")
    await handle.truncate(2 ** 43)
    await handle.close()
    const desired = { path: "a", digest }
    const errors = await withProvider(folder, (provider) =>
      Effect.all([
        flipped(provider.ready?.([{ action: "create", desired }]) ?? Effect.void),
        flipped(create(provider, desired))
      ]))
    for (const { detail, reason } of errors) {
      expect([reason, detail]).toEqual(["Rejected", expect.stringContaining(`${2 ** 43} bytes are needed`)])
    }
    expect(await readdir(join(folder, "root"))).toEqual([])
  })
})

describe("directories", () => {
  it("that were made for a file go with it, and others stay", async () => {
    const folder = await newFolder()
    await mkdir(join(folder, "root", "there"))
    await withProvider(folder, (provider) => create(provider, { path: "there/new/deep/a", content: "x" }))
    // In another process they are still known.
    await withProvider(
      folder,
      (provider) => Effect.flatMap(read(provider, "there/new/deep/a"), (found) => remove(provider, found))
    )
    expect(await readdir(join(folder, "root"), { recursive: true })).toEqual(["there"])
  })

  it("that hold something else by then stay", async () => {
    const folder = await newFolder()
    await withProvider(folder, (provider) =>
      Effect.gen(function*() {
        yield* create(provider, { path: "new/a", content: "x" })
        yield* Effect.promise(() => writeFile(join(folder, "root", "new", "theirs"), ""))
        yield* remove(provider, yield* read(provider, "new/a"))
      }))
    expect(await readdir(join(folder, "root"), { recursive: true })).toEqual(["new", join("new", "theirs")])
  })

  it("that somebody made anew in place of ours are theirs", async () => {
    const folder = await newFolder()
    const place = join(folder, "root", "new")
    await withProvider(folder, (provider) =>
      Effect.gen(function*() {
        yield* create(provider, { path: "new/a", content: "x" })
        yield* Effect.promise(async () => {
          await rename(place, join(folder, "root", "kept"))
          await mkdir(place)
          await writeFile(join(place, "a"), "theirs")
        })
        yield* remove(provider, yield* read(provider, "new/a"))
      }))
    expect((await readdir(join(folder, "root"))).sort()).toEqual(["kept", "new"])
  })

  it("made for a file that then cannot be made are gone again", async () => {
    const folder = await newFolder()
    await withProvider(
      folder,
      (provider) => flipped(create(provider, { path: `new/${"n".repeat(200)}/${"x".repeat(256)}`, content: "x" }))
    )
    expect(await readdir(join(folder, "root"))).toEqual([])
  })
})

describe("links", () => {
  it("are not followed, neither at the end of a path nor in its middle", async () => {
    const folder = await newFolder()
    await mkdir(join(folder, "outside"))
    await writeFile(join(folder, "outside", "a"), "outside")
    await symlink(join(folder, "outside"), join(folder, "root", "way"))
    await symlink(join(folder, "outside", "a"), join(folder, "root", "end"))
    const told = await withProvider(folder, (provider) =>
      Effect.gen(function*() {
        const errors = [
          yield* flipped(provider.observe("file", "end")),
          yield* flipped(provider.observe("file", "way/a")),
          yield* flipped(provider.find("file", { "/path": "way/new" })),
          yield* flipped(create(provider, { path: "way/new", content: "x" })),
          yield* flipped(create(provider, { path: "end", content: "x" }))
        ]
        return errors.map(({ detail, reason }) => `${reason}: ${detail}`)
      }))
    expect(told.slice(0, 4).filter((one) => !one.includes("Rejected") || !one.includes("symbolic link"))).toEqual([])
    expect(told[4]).toContain("Conflict")
    expect(await readdir(join(folder, "outside"))).toEqual(["a"])
    expect((await lstat(join(folder, "root", "end"))).isSymbolicLink()).toBe(true)
  })

  it("are in no list, and neither is what amends keeps beside the files", async () => {
    const folder = await newFolder()
    await symlink(folder, join(folder, "root", "way"))
    await mkdir(join(folder, "root", ".amends", "x"), { recursive: true })
    await writeFile(join(folder, "root", ".amends", "x", "hidden"), "")
    await mkdir(join(folder, "root", "d"))
    await writeFile(join(folder, "root", "d", "b"), "")
    await writeFile(join(folder, "root", "a"), "")
    const found = await withProvider(folder, (provider) => provider.list("file"))
    expect(found.map(({ id }) => id)).toEqual(["a", "d/b"])
  })
})

describe("what a killed process left", () => {
  it("of directories for a file that never came is removed when tidied, and others stay", async () => {
    const folder = await newFolder()
    await withProvider(
      folder,
      (provider) =>
        Effect.andThen(
          create(provider, { path: "a/b/c", content: "x" }),
          create(provider, { path: "d/e", content: "x" })
        )
    )
    // As if it had been killed between the directories and the file.
    await unlink(join(folder, "root", "a", "b", "c"))
    await mkdir(join(folder, "root", "theirs"))
    await withProvider(folder, (provider) => provider.tidy ?? Effect.void)
    expect((await readdir(join(folder, "root"), { recursive: true })).sort()).toEqual(["d", join("d", "e"), "theirs"])
  })

  it("is removed when tidied, and nothing else", async () => {
    const folder = await newFolder()
    const staging = join(folder, "root", ".amends-staging")
    const own = join(staging, stagingName(folder, "files"))
    await mkdir(own, { recursive: true })
    await writeFile(join(own, "half"), "a new cont")
    await mkdir(join(staging, "of another workspace"))
    await writeFile(join(folder, "root", "a"), "managed")
    await withProvider(folder, (provider) => provider.tidy ?? Effect.void)
    expect((await readdir(join(folder, "root"), { recursive: true })).sort()).toEqual([
      ".amends-staging",
      join(".amends-staging", "of another workspace"),
      "a"
    ])
  })
})
