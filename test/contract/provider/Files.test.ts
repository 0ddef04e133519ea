/**
 * The provider of files under the provider contract: small texts, small bytes, and contents that the store keeps.
 */
import { Effect } from "effect"
import { createHash } from "node:crypto"
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, it } from "vitest"
import { Limits } from "../../../src/domain/Limits.ts"
import { fileKinds, makeFiles } from "../../../src/providers/files/FileProvider.ts"
import type { ProviderSettings } from "../../../src/providers/Registry.ts"
import { type ContractSubject, type KindExample, providerContract } from "../../../src/testing.ts"

const settingsIn = (workspace: string, more: ProviderSettings["settings"] = {}): ProviderSettings => ({
  name: "files",
  use: "file",
  settings: { root: "root", ...more },
  timeoutMs: 1_000,
  root: workspace
})

const open = (more: ProviderSettings["settings"] = {}) =>
  Effect.gen(function*() {
    const workspace = yield* Effect.acquireRelease(
      Effect.promise(() => mkdtemp(join(tmpdir(), "amends-files-"))),
      (path) => Effect.promise(() => rm(path, { recursive: true, force: true }))
    )
    yield* Effect.promise(() => mkdir(join(workspace, "root")))
    const provider = yield* makeFiles(settingsIn(workspace, more))
    // Every write makes a file or removes one; a read must not even leave its tracks below the root.
    const writes = Effect.promise(async () => (await readdir(join(workspace, "root"), { recursive: true })).length)
    return { provider, writes } satisfies ContractSubject
  })

const large = "a line of a large file\n".repeat(Math.ceil(Limits.managedInlineBytesMax / 20))

const examples: ReadonlyArray<KindExample> = [
  { kind: "file", create: { path: "motd", content: "hello\n" }, update: { content: "hello again\n" } },
  { kind: "file", create: { path: "a/b/c", content: "", mode: "0600" }, update: { mode: "0640" } },
  { kind: "file", create: { path: "bytes", base64: "AAECAw==" }, update: { base64: null, content: "text now" } }
]

providerContract("files", {
  runner: { describe, it },
  kinds: fileKinds(settingsIn(".")),
  open: open(),
  examples
})

const digest = `sha256:${createHash("sha256").update(large).digest("hex")}`

/** A large content is in the store by the time it is planned with. */
const openWithLarge = open().pipe(
  Effect.tap(({ provider }) =>
    provider.intake?.("file", { spec: { path: "large", content: large }, secretPaths: [] }) ?? Effect.die("no intake")
  )
)

providerContract("files, large ones", {
  runner: { describe, it },
  kinds: fileKinds(settingsIn(".")),
  open: openWithLarge,
  examples: [{ kind: "file", create: { path: "large", digest }, update: { digest: null, content: "small now" } }]
})

providerContract("files, sensitive ones of another kind", {
  runner: { describe, it },
  kinds: fileKinds(settingsIn(".", { kind: "secret_file", sensitive: true })),
  open: open({ kind: "secret_file", sensitive: true }),
  examples: [{ kind: "secret_file", create: { path: "key", content: "one" }, update: { content: "two" } }]
})
