/**
 * The provider `use: file`: files below a directory of this machine as resources.
 *
 * The root has to be there and to be a directory; it is never made, because a disk that is not mounted would be filled
 * in its place. Everything that is kept beside the files is in the store of the workspace.
 */
import { Effect } from "effect"
import { mkdir } from "node:fs/promises"
import { isAbsolute, relative, resolve, sep } from "node:path"
import type { Operation } from "../../domain/Change.ts"
import type { Document, JsonObject } from "../../domain/Document.ts"
import { kindPattern } from "../../domain/Ids.ts"
import type { Kind } from "../../domain/Kind.ts"
import { badSetting, flag, readSetting, refuseUnknown, text } from "../http/Settings.ts"
import { type Intended, type KeptContent, type Probe, type Provider, SendGate, type Sending } from "../Provider.ts"
import type { ProviderError } from "../ProviderError.ts"
import { type ProviderSettings, refuseMistakes, type RegistryError } from "../Registry.ts"
import { openStore } from "./DiskStore.ts"
import { callsOf, fileKind, kindName, restoreOf } from "./FileKind.ts"
import type { Files } from "./Files.ts"
import { demandWritable, inRoot, lookAtRoot } from "./Folder.ts"
import { find, list, observe } from "./Looking.ts"
import { madeFoldersIn } from "./MadeFolders.ts"
import { removeUnused } from "./Reaching.ts"
import { demandReady } from "./Readiness.ts"
import { makeStaging, removeStaged, stagingName } from "./Staging.ts"
import { takeIn, type Taking } from "./Taking.ts"
import { isMissing, request, troubleOf } from "./Trouble.ts"
import { change } from "./Writing.ts"

const version = "1"

const known = ["root", "kind", "store", "sensitive"]

const defaultStore = ".amends/contents"

const workspaceOf = ({ root = "." }: ProviderSettings): string => resolve(root)

/** A path of a setting: relative ones begin at, and stay in, the workspace. */
const pathSetting = Effect.fnUntraced(function*(settings: ProviderSettings, name: string) {
  const written = yield* readSetting(settings, [name], text)
  if (written === undefined) return undefined
  const workspace = workspaceOf(settings)
  const path = resolve(workspace, written)
  const way = relative(workspace, path)
  const leaves = way === ".." || way.startsWith(`..${sep}`)
  if (!isAbsolute(written) && leaves) {
    return yield* badSetting(
      settings,
      [name],
      "lies outside the workspace",
      "name a path inside it, or an absolute one"
    )
  }
  return path
})

const readRoot = Effect.fnUntraced(function*(settings: ProviderSettings) {
  const path = yield* pathSetting(settings, "root")
  if (path === undefined) {
    return yield* badSetting(settings, ["root"], "is missing", "name the directory that the files are below")
  }
  return yield* Effect.tryPromise({
    try: () => lookAtRoot(path),
    catch: (error) => {
      const why = isMissing(error) ? "there is no such directory" : troubleOf(error).detail
      return badSetting(settings, ["root"], `cannot be used: ${why}`, "name a directory that exists; it is not made")
    }
  })
})

const readKind = Effect.fnUntraced(function*(settings: ProviderSettings) {
  const name = (yield* readSetting(settings, ["kind"], text)) ?? kindName
  if (kindPattern.test(name)) return name
  return yield* badSetting(settings, ["kind"], "is no name for a kind", "use letters, digits, - and _, a letter first")
})

const openTheStore = Effect.fnUntraced(function*(settings: ProviderSettings) {
  const path = (yield* pathSetting(settings, "store")) ?? resolve(workspaceOf(settings), defaultStore)
  return yield* Effect.tryPromise({
    try: async () => {
      await mkdir(path, { mode: 0o700, recursive: true })
      return openStore(path, settings.stateFile)
    },
    catch: (error) =>
      badSetting(settings, ["store"], `cannot be used: ${troubleOf(error).detail}`, "name a directory to write to")
  })
})

/** The settings as far as a kind depends on them; mistakes in them are told when the provider is made. */
const describedBy = ({ name, settings }: ProviderSettings): Kind => {
  const { kind, sensitive }: JsonObject = settings
  const isNamed = typeof kind === "string" && kindPattern.test(kind)
  return fileKind(isNamed ? kind : kindName, name, sensitive === true || sensitive === "true" ? "sensitive" : "plain")
}

/** The kind that such a provider serves, whatever else is wrong with its settings. */
export const fileKinds = (settings: ProviderSettings): ReadonlyMap<string, Kind> => {
  const kind = describedBy(settings)
  return new Map([[kind.name, kind]])
}

const check = (files: Files): Effect.Effect<void, ProviderError> =>
  request(files.name, "check", () => inRoot(files.root, demandWritable))

const send = (files: Files, sending: Sending) =>
  Effect.gen(function*() {
    const { call, id } = sending
    const path = id ?? call.path.slice(1)
    const gate = yield* SendGate
    const services = yield* Effect.context()
    const mayChange = () => Effect.runPromiseWith(services)(gate)
    // Whoever interrupts waits until it is known how it ended.
    return yield* Effect.uninterruptible(
      request(files.name, `${call.operation} /${path}`, () => change({ files, sending, path, mayChange }))
    )
  })

const serve = (files: Files, kind: Kind, taking: Taking) => ({
  check: check(files),
  observe: (_: string, id: string) => request(files.name, `read /${id}`, () => observe(files, id)),
  list: () => request(files.name, "list", () => list(files)),
  find: (_: string, probe: Probe) => request(files.name, `find ${String(probe["/path"])}`, () => find(files, probe)),
  calls: (_: string, operation: Operation) => callsOf(kind, operation),
  restore: (_: string, before: Document) => restoreOf(before),
  intake: (_: string, declaration: Parameters<typeof takeIn>[1]) => takeIn(taking, declaration),
  ready: (intended: ReadonlyArray<Intended>) =>
    request(files.name, "look at what is to be changed", () => demandReady(files, intended)),
  contents: {
    list: request(files.name, "list what is kept", () => files.store.list()),
    others: request(files.name, "look who keeps contents", () => files.store.others()),
    drop: (contents: ReadonlyArray<KeptContent>) =>
      request(files.name, "let go of what is kept", () => files.store.drop(contents))
  },
  tidy: request(files.name, "tidy", async () => {
    await removeStaged(files.staging)
    await removeUnused(files)
    await files.store.tidy()
  }),
  send: (sending: Sending) => send(files, sending)
})

/** Makes the provider of its settings. */
export const makeFiles = (settings: ProviderSettings): Effect.Effect<Provider, RegistryError> =>
  Effect.gen(function*() {
    const read = yield* Effect.all({
      unknown: refuseUnknown(settings, [], known),
      root: readRoot(settings),
      kind: readKind(settings),
      sensitive: readSetting(settings, ["sensitive"], flag)
    }, { mode: "result" })
    yield* refuseMistakes(Object.values(read))
    const root = yield* Effect.fromResult(read.root)
    const store = yield* openTheStore(settings)
    const workspace = workspaceOf(settings)
    const folders = yield* Effect.promise(() => madeFoldersIn(store.path, root))
    const kind = describedBy(settings)
    const staging = makeStaging(root, stagingName(workspace, settings.name), store)
    const contents = kind.roles.sensitive.length === 0 ? "plain" : "sensitive"
    const files: Files = { name: settings.name, contents, root, store, staging, folders }
    return {
      name: settings.name,
      version,
      kinds: new Map([[kind.name, kind]]),
      // A file operation that ended lands no later.
      horizonMs: 0,
      timeoutMs: settings.timeoutMs,
      ...serve(files, kind, { store, workspace, contents })
    }
  })
