/**
 * The heads of imported resources, and what the next plan would make of them.
 *
 * The planner itself tells: it plans over the heads as if they were written, with what was just observed. What it would
 * only record is recorded at once, so that the next plan is empty; what it would change is told.
 */
import { Clock, Effect, Result } from "effect"
import { equalJson } from "../domain/Document.ts"
import type { Address } from "../domain/Ids.ts"
import type { Kind } from "../domain/Kind.ts"
import type { Plan } from "../domain/Plan.ts"
import type { Head, HeadChange } from "../domain/Version.ts"
import { headRefreshes } from "../executor/HeadRefreshes.ts"
import { type OpenHead, plan } from "../executor/Planner.ts"
import type { Observation } from "../providers/Provider.ts"
import type { Registry } from "../providers/Registry.ts"
import { Sealer } from "../state/Sealer.ts"
import { headOf, importedAs } from "./Import.ts"
import { needsOf } from "./ImportReferences.ts"
import type { Declared, LoadedWorkspace } from "./Workspace.ts"

/** A resource that is there, and its declaration. */
export interface Pair {
  readonly kind: Kind
  readonly observation: Observation
  readonly declared: Declared
}

/** What is imported, into which workspace. */
export interface Importing {
  readonly pairs: ReadonlyArray<Pair>
  readonly workspace: LoadedWorkspace
  readonly registry: Registry
  /** What is managed already, opened and as it is kept. */
  readonly heads: ReadonlyArray<OpenHead>
  readonly sealed: ReadonlyArray<Head>
}

/** A head before it is written. */
export type Imported = Omit<Head, "version">

/** Heads to write, and the addresses that the next plan would change. */
export interface ImportedHeads {
  readonly imported: ReadonlyArray<Imported>
  readonly changes: ReadonlyArray<HeadChange>
  readonly differs: ReadonlyArray<Address>
}

/** Not written yet: nothing rests on it. */
const unwritten = ""

/** Declarations of what is imported, and of everything that they need. */
const needed = ({ pairs, workspace }: Importing): ReadonlySet<Address> => {
  const needs = needsOf(workspace.resources)
  const seen = new Set<Address>()
  const open = pairs.map(({ declared }) => declared.address)
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (seen.has(at)) continue
    seen.add(at)
    open.push(...needs.get(at) ?? [])
  }
  return seen
}

const opened = (head: Imported, { declared, kind, observation }: Pair): OpenHead => ({
  ...head,
  declared: importedAs(kind, observation.document, declared),
  observed: observation.document,
  version: unwritten
})

/** What was observed of a resource that is managed already, as it was then. */
const asKnown = ({ observed, remoteId, token }: OpenHead): Observation => ({
  id: remoteId,
  document: observed,
  ...(token === undefined ? {} : { token })
})

/** Plans over some addresses and nothing else. */
const planOver = Effect.fnUntraced(function*(
  importing: Importing,
  imported: ReadonlyArray<OpenHead>,
  wanted: ReadonlySet<Address>
): Effect.fn.Return<Plan | undefined, never, Sealer> {
  const { pairs, registry, workspace } = importing
  const sealer = yield* Sealer
  const desired = workspace.resources.filter(({ address }) => wanted.has(address))
  const others = importing.heads.filter(({ address }) => wanted.has(address))
  const planned = plan({
    workspace: workspace.name,
    createdAt: yield* Clock.currentTimeMillis,
    desired,
    heads: [...others, ...imported],
    observed: new Map([
      ...others.map((head) => [head.address, asKnown(head)] as const),
      ...pairs.map(({ declared, observation }) => [declared.address, observation] as const)
    ]),
    namesakes: new Map(),
    listed: new Map(),
    kinds: registry.kinds,
    options: { destroy: false, targets: [], replace: [], refreshOnly: false, adopt: false },
    seal: (kind, document, secretPaths) => sealer.seal(document, [...kind.roles.sensitive, ...secretPaths]),
    digest: sealer.digest
  })
  return Result.getOrUndefined(planned)
})

/** Everything that is managed may refer to what is imported; where it cannot be planned, the rest is. */
const planOf = (importing: Importing, imported: ReadonlyArray<OpenHead>) => {
  const narrow = needed(importing)
  const wide = new Set([...narrow, ...importing.heads.map(({ address }) => address)])
  return Effect.flatMap(
    planOver(importing, imported, wide),
    (planned) => planned === undefined ? planOver(importing, imported, narrow) : Effect.succeed(planned)
  )
}

/** Heads that were there before and turn out to refer to what is imported now. */
const referring = (planned: Plan | undefined, sealed: ReadonlyArray<Head>): ReadonlyArray<HeadChange> => {
  const refersTo = new Map((planned?.refreshes ?? []).map((refresh) => [refresh.address, refresh.refersTo]))
  return sealed.flatMap((was): ReadonlyArray<HeadChange> => {
    const { version: _, ...head } = was
    const dependsOn = refersTo.get(head.address)
    return dependsOn === undefined || equalJson([...dependsOn], [...head.dependsOn].sort())
      ? []
      : [{ _tag: "set", head: { ...head, dependsOn }, origin: "import" }]
  })
}

/** Makes the heads of an import. */
export const headsOf = Effect.fn("ImportHeads.headsOf")(function*(
  importing: Importing
): Effect.fn.Return<ImportedHeads, never, Sealer> {
  const { pairs, registry } = importing
  const made = yield* Effect.forEach(pairs, (pair) =>
    Effect.map(
      headOf({
        address: pair.declared.address,
        kind: pair.kind,
        providerName: registry.serving(pair.kind.name)?.name ?? "",
        declared: pair.declared
      }, pair.observation),
      (head) => ({ head, open: opened(head, pair) })
    ))
  const own = new Set(made.map(({ head }) => head.address))
  const planned = yield* planOf(importing, made.map(({ open }) => open))
  const heads: ReadonlyArray<Head> = made.map(({ head }) => ({ ...head, version: unwritten }))
  const refreshed = new Map(
    (planned === undefined ? [] : headRefreshes(planned, heads)).flatMap((change) =>
      change._tag === "set" ? [[change.head.address, change.head] as const] : []
    )
  )
  const imported = made.map(({ head }) => refreshed.get(head.address) ?? head)
  const differs = (planned?.steps ?? []).map(({ address }) => address).filter((address) => own.has(address))
  return {
    imported,
    changes: [
      ...imported.map((head): HeadChange => ({ _tag: "set", head, origin: "import" })),
      ...referring(planned, importing.sealed)
    ],
    differs: [...new Set(differs)]
  }
})
