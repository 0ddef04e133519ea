/**
 * Imports everything of some kinds, without a remote write: what a file declares already, and, where files are to be
 * written, everything else, so that the next plan finds nothing to do.
 *
 * Files come first: they are written, read back by the code that reads all files, and planned over before any head
 * is. If that comes to anything but what is there, they are taken away again. A run that is killed in between is
 * finished by another one, which finds the files.
 */
import { Effect, Exit, type Scope } from "effect"
import type { Address } from "../domain/Ids.ts"
import type { Kind } from "../domain/Kind.ts"
import type { Author, HeadChange } from "../domain/Version.ts"
import type { OpenHead } from "../executor/PlanInput.ts"
import type { Observation } from "../providers/Provider.ts"
import type { ProviderFactory, Registry } from "../providers/Registry.ts"
import { Versions } from "../state/Journal.ts"
import { Sealer } from "../state/Sealer.ts"
import { refuseUnfinished } from "./ApplyRefusals.ts"
import { checkedWorkspace } from "./CheckedWorkspace.ts"
import { didYouMean } from "./DidYouMean.ts"
import { type AppError, Refusal } from "./Failure.ts"
import { type Held, holding } from "./Holding.ts"
import { headsOf, type Imported } from "./ImportHeads.ts"
import { type LeftOut, type Sorted, sortOut, type Unfiled } from "./ImportSort.ts"
import { FileWriter, type NewResource } from "./Initialise.ts"
import { listWhole } from "./ListWhole.ts"
import { readingPatiently } from "./Patience.ts"
import { openHead } from "./PlanBatch.ts"
import { lifeOf } from "./RunPlan.ts"
import { type AppServices, over } from "./Session.ts"
import type { StateServices } from "./StateAccess.ts"
import type { Declared, LoadedWorkspace, Workspace, WorkspaceError } from "./Workspace.ts"

/** What is imported. */
export interface ImportAllOptions extends Author {
  /** As typed; none for every kind that there is. */
  readonly kinds: ReadonlyArray<string>
  /** The directory that files are written to, absolute; none are without it. */
  readonly write?: string
  readonly leaseTimeoutMs: number
}

/** What became of it. */
export interface ImportedAll {
  readonly imported: ReadonlyArray<Imported>
  /** From the workspace's directory. */
  readonly files: ReadonlyArray<string>
  readonly leftOut: ReadonlyArray<LeftOut>
  /** Fields that stand in no file because they are secret. */
  readonly secrets: number
  /** Imported addresses that the next plan would change. */
  readonly differs: ReadonlyArray<Address>
}

type Services = StateServices | Workspace | ProviderFactory | FileWriter | Scope.Scope

const kindsIn = Effect.fnUntraced(function*(
  registry: Registry,
  names: ReadonlyArray<string>
): Effect.fn.Return<ReadonlyArray<Kind>, Refusal> {
  const known = [...registry.kinds.keys()].sort()
  const wanted = names.length === 0 ? known : [...new Set(names)]
  return yield* Effect.forEach(wanted, (name) => {
    const kind = registry.kinds.get(name)
    return kind === undefined
      ? Effect.fail(
        new Refusal({
          reason: "Configuration",
          summary: "the kind is not known",
          detail: `no provider serves kind ${name}`,
          hint: didYouMean(name, known, "known kinds")
        })
      )
      : Effect.succeed(kind)
  })
})

const remarksOf = ({ left }: Unfiled): ReadonlyArray<string> => {
  const [secret, odd] = (["secret", "odd"] as const).map((why) => left.filter((one) => one.why === why))
  const list = (fields: Unfiled["left"] = []): string => fields.map(({ path }) => path).join(", ")
  return [
    ...(secret?.length === 0 ? [] : [
      `Secret, and so not in this file: ${list(secret)}`,
      "They stay as they are. To manage one, declare it as ${env.NAME}."
    ]),
    ...(odd?.length === 0 ? [] : [`Cannot be declared as it is there, and so stays as it is: ${list(odd)}`])
  ]
}

const fileOfUnfiled = (directory: string, one: Unfiled): NewResource => ({
  path: directory === "" ? one.file : `${directory}/${one.file}`,
  kind: one.kind.name,
  name: one.name,
  spec: one.spec,
  remarks: remarksOf(one)
})

const uncovered = (missing: ReadonlyArray<NewResource>, directory: string): Refusal =>
  new Refusal({
    reason: "Usage",
    summary: "the files would not be read",
    detail: `${missing[0]?.path ?? directory} is none of the files that \`resources\` in amends.yaml names`,
    hint: `write into a directory that it names, or add "${directory === "" ? "" : `${directory}/`}**/*.yaml" to it`
  })

/** Files that were written, as the workspace reads them. */
const readBack = Effect.fnUntraced(function*(
  directory: string,
  files: ReadonlyArray<NewResource>
): Effect.fn.Return<LoadedWorkspace, WorkspaceError | Refusal, Services> {
  const { workspace } = yield* Effect.scoped(checkedWorkspace)
  const known = new Set(workspace.resources.map(({ place }) => place.file))
  const missing = files.filter(({ path }) => !known.has(path))
  return missing.length === 0 ? workspace : yield* uncovered(missing, directory)
})

/** Runs what follows with the files in place; without its success they are gone again. */
const withFiles = <A, E, R>(
  workspace: LoadedWorkspace,
  files: ReadonlyArray<NewResource>,
  then: Effect.Effect<A, E, R>
): Effect.Effect<A, E | WorkspaceError, R | FileWriter> =>
  Effect.flatMap(FileWriter, ({ remove, writeResources }) =>
    Effect.acquireUseRelease(
      writeResources(workspace.root, files),
      () => then,
      (_, exit) => Exit.isSuccess(exit) ? Effect.void : remove(workspace.root, files.map(({ path }) => path))
    ))

const outside = (root: string, directory: string): Refusal =>
  new Refusal({
    reason: "Usage",
    summary: "the directory lies outside the workspace",
    detail: `${directory} is not in ${root}`,
    hint: "name a directory inside the workspace, such as resources"
  })

interface Importing {
  readonly workspace: LoadedWorkspace
  readonly registry: Registry
  readonly options: ImportAllOptions
  readonly listed: ReadonlyMap<string, ReadonlyArray<Observation>>
}

/** Resources with their declarations, those of new files included. */
const pairsOf = (sorted: Sorted, workspace: LoadedWorkspace) => {
  const byAddress = new Map(workspace.resources.map((declared) => [declared.address, declared]))
  return [...sorted.declared, ...sorted.unfiled].flatMap(({ address, kind, observation }) => {
    const declared: Declared | undefined = byAddress.get(address)
    return declared === undefined ? [] : [{ kind, observation, declared }]
  })
}

const importHeld = Effect.fnUntraced(function*(
  { listed, options, registry, workspace }: Importing,
  lease: Held
): Effect.fn.Return<ImportedAll, AppError, Services> {
  yield* refuseUnfinished
  const versions = yield* Versions
  const sealer = yield* Sealer
  const sealed = yield* versions.heads
  const heads: ReadonlyArray<OpenHead> = yield* Effect.forEach(sealed, openHead(sealer))
  const isSecret = (text: string): boolean => sealer.redact(text) !== text
  const sorted = sortOut({ workspace, heads, registry, listed, files: options.write !== undefined, isSecret })
  const directory = options.write === undefined ? "" : (yield* FileWriter).within(workspace.root, options.write)
  if (directory === undefined) return yield* outside(workspace.root, options.write ?? "")
  const files = sorted.unfiled.map((one) => fileOfUnfiled(directory, one))
  const importing = Effect.gen(function*(): Effect.fn.Return<ImportedAll, AppError, Services> {
    const read = files.length === 0 ? workspace : yield* readBack(directory, files)
    const { changes, differs, imported } = yield* headsOf({
      pairs: pairsOf(sorted, read),
      workspace: read,
      registry,
      heads,
      sealed
    })
    if (changes.length > 0) yield* versions.write(lease, options, changes satisfies ReadonlyArray<HeadChange>)
    return {
      imported,
      files: files.map(({ path }) => path),
      leftOut: sorted.leftOut,
      secrets: sorted.unfiled.flatMap(({ left }) => left).filter(({ why }) => why === "secret").length,
      differs
    }
  })
  return yield* withFiles(workspace, files, importing)
})

const importIn = Effect.fnUntraced(function*(
  workspace: LoadedWorkspace,
  registry: Registry,
  options: ImportAllOptions
): Effect.fn.Return<ImportedAll, AppError, Services> {
  const kinds = yield* kindsIn(registry, options.kinds)
  const remote = readingPatiently(registry, workspace.policies)
  const listed = yield* listWhole(remote, kinds, workspace.policies.parallelism)
  const how = { lifeMs: lifeOf(registry, workspace.policies), timeoutMs: options.leaseTimeoutMs }
  return yield* holding(how, (lease) => importHeld({ workspace, registry, options, listed }, lease))
})

/** Imports all resources of some kinds. */
export const importAll = (
  options: ImportAllOptions
): Effect.Effect<ImportedAll, AppError, AppServices | FileWriter> =>
  Effect.scoped(
    Effect.flatMap(checkedWorkspace, ({ registry, workspace }) =>
      over(workspace, "write", importIn(workspace, registry, options)))
  )
