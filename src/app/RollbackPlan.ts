/**
 * Plans a rollback: what is wanted of each resource is merged with what is there now, references follow, and the
 * planner makes a batch of it like any other. Writes nothing; a dry run and the real one go through here.
 *
 * Everything that stands in the way is told at once, as conflicts of the report.
 */
import { Effect, Result } from "effect"
import type { Document } from "../domain/Document.ts"
import type { Address, Digest } from "../domain/Ids.ts"
import type { Kind } from "../domain/Kind.ts"
import { renderPointer } from "../domain/Pointer.ts"
import { Observer } from "../executor/Observer.ts"
import type { OpenHead } from "../executor/PlanInput.ts"
import type { Registry } from "../providers/Registry.ts"
import { Versions } from "../state/Journal.ts"
import { Sealer } from "../state/Sealer.ts"
import { type AppError, Refusal } from "./Failure.ts"
import { untilReadsShow } from "./Lagging.ts"
import { observe, type Observed } from "./Observe.ts"
import { type Journals, makeJournals, type Past, pastOf } from "./Past.ts"
import { readingPatiently } from "./Patience.ts"
import { openHead, type PlannedBatch } from "./PlanBatch.ts"
import { refuseQuarantined } from "./Quarantine.ts"
import { kindNameOf, planRestoration, refuseUnderWay, refuseUnserved, type Scene, seenOf } from "./Restoration.ts"
import { nothingOf } from "./RollbackBatch.ts"
import type { Rolled } from "./RollbackDesired.ts"
import { brokenBy } from "./RollbackReferences.ts"
import type { RollbackReport } from "./RollbackReport.ts"
import { reportOf } from "./RollbackTelling.ts"
import { lastingCommandOf, type RollbackWhat, type Wish } from "./RollbackWhat.ts"
import { wishesFor } from "./RollbackWishes.ts"
import { findingsOf } from "./SchemaFindings.ts"
import type { StateServices } from "./StateAccess.ts"
import { type Answers, restoreTo, takeOut } from "./TakeBack.ts"
import type { WorkspaceSettings } from "./Workspace.ts"

/** How conflicts of a rollback are settled. */
export interface Settling {
  readonly strategy: Answers["strategy"]
  /** By address, then by the path of the conflict. */
  readonly answers: ReadonlyMap<string, Answers["given"]>
}

/** A rollback as it would be done. `planned` is absent where it would depend on itself. */
export interface RollbackPlan {
  readonly report: RollbackReport
  readonly planned?: PlannedBatch
}

const refuseUnknown = (past: Past, taken: ReadonlyArray<Digest>): Effect.Effect<void, Refusal> => {
  const lost = taken.filter((id) => past.beforeOf.get(id)?._tag === "unknown")
  return lost.length === 0 ? Effect.void : Effect.fail(
    new Refusal({
      reason: "NotAvailable",
      summary: "what stood there before is not known any more",
      detail: `neither a journal nor an older version tells what ${past.address} was before ${lost.join(", ")}`,
      hint: `go back to a version that is left with: amends rollback ${past.address} --to VERSION`,
      addresses: [past.address]
    })
  )
}

/** What a rollback writes again has to be known as a whole. */
const refuseSealed = (past: Past, { versions, what }: Wish): Effect.Effect<void, Refusal> => {
  const parents = new Map(versions.map(({ id, parents: [parent] }) => [id, parent]))
  const isSealed = (id: Digest): boolean => {
    const [before, parent] = [past.beforeOf.get(id), parents.get(id)]
    if (past.lost.has(id)) return true
    return before?._tag === "found" ? before.lost === true : parent !== undefined && past.lost.has(parent)
  }
  const sealed = what._tag === "take out"
    ? what.versions.filter(isSealed)
    : [what.version].filter((id) => past.lost.has(id))
  return sealed.length === 0 ? Effect.void : Effect.fail(
    new Refusal({
      reason: "NotAvailable",
      summary: "its secrets cannot be opened any more",
      detail: `${sealed.join(", ")} of ${past.address}, or what stood before, was sealed under a key that is lost`,
      hint: `go back to a version since then with: amends rollback ${past.address} --to VERSION`,
      addresses: [past.address]
    })
  )
}

const refuseAnswers = (all: ReadonlyArray<Rolled>, { answers }: Settling): Effect.Effect<void, Refusal> => {
  const known = new Set<string>(all.map(({ address }) => address))
  const problems = [
    ...all.flatMap(({ address, taken }) => taken.problems.map((problem) => `${address}: ${problem}`)),
    ...[...answers.keys()].filter((address) => !known.has(address)).map((address) =>
      `${address}: it has no part in this rollback`
    )
  ]
  return problems.length === 0 ? Effect.void : Effect.fail(
    new Refusal({
      reason: "StaleChoice",
      summary: "the answers do not fit the conflicts",
      detail: problems.join("\n"),
      hint: "see the conflicts as they are now with --dry-run"
    })
  )
}

const isBelow = (path: string, other: string): boolean => other === path || other.startsWith(`${path}/`)

/** Values of answers that the kind does not take. */
const misfits = (
  { remote }: Scene,
  kind: Kind,
  target: Document | undefined,
  given: Answers["given"]
): ReadonlyArray<string> => {
  const values = [...given].flatMap(([path, answer]) => "value" in answer ? [path] : [])
  const provider = remote.serving(kind.name)
  if (values.length === 0 || target === undefined || provider === undefined) return []
  return findingsOf(kind.schema, provider.restore(kind.name, target, (_, id) => id)).flatMap((finding) => {
    const path = renderPointer(finding.path)
    return values.some((one) => isBelow(one, path)) ? [`${path}: ${finding.message}; ${finding.hint}`] : []
  })
}

/** What was read for all resources of a rollback. */
interface Reading {
  readonly seen: Observed
  readonly journals: Journals
  readonly heads: ReadonlyMap<Address, OpenHead>
}

/** What is merged of one resource. */
const rolled = Effect.fnUntraced(function*(
  scene: Scene,
  [address, wish]: readonly [Address, Wish],
  { answers, strategy }: Settling,
  reading: Reading
) {
  const { kinds } = scene
  const { versions, what } = wish
  const kind = kinds.get(kindNameOf(address)) as Kind
  const head = reading.heads.get(address)
  const seen = seenOf(kind, head, reading.seen.observed.get(address))
  const after = what._tag === "go back to" ? versions.findIndex(({ id }) => id === what.version) + 1 : 0
  const out = what._tag === "take out" ? what.versions : versions.slice(after).map(({ id }) => id)
  const past = yield* pastOf({ address, kind, head, seen }, versions, new Set(out), reading.journals)
  if (what._tag === "take out") yield* refuseUnknown(past, out)
  yield* refuseSealed(past, wish)
  const given: Answers = { strategy, given: answers.get(address) ?? new Map() }
  const back = what._tag === "take out" ? takeOut(past, out, given) : restoreTo(past, what.version, given)
  const taken = { ...back, problems: [...back.problems, ...misfits(scene, kind, back.target, given.given)] }
  const one: Rolled = { address, kind, head, seen, target: taken.target, formerIds: past.formerIds, past, taken }
  return one
})

/** Plans a rollback over an open state. */
export const planRollback = Effect.fn("RollbackPlan.planRollback")(function*(
  settings: WorkspaceSettings,
  registry: Registry,
  what: RollbackWhat,
  settling: Settling
): Effect.fn.Return<RollbackPlan, AppError, StateServices> {
  const sealer = yield* Sealer
  sealer.learn(settings.secrets)
  const wishes = yield* wishesFor(what)
  yield* refuseUnderWay(wishes.keys())
  yield* refuseUnserved(wishes.keys(), registry)
  yield* refuseQuarantined(settings.quarantineAfter, [...wishes.keys()], "--only names the others")
  const heads = yield* Effect.forEach(yield* (yield* Versions).heads, openHead(sealer))
  const remote = readingPatiently(registry, settings.policies)
  const scene: Scene = { settings, remote, kinds: registry.kinds, heads, origin: "rollback" }
  const own = heads.filter(({ address }) => wishes.has(address))
  yield* untilReadsShow([...wishes.keys()].flatMap((address) => registry.kinds.get(kindNameOf(address)) ?? []))
  const seen = yield* observe({
    registry: scene.remote,
    heads: own,
    declared: [],
    parallelism: settings.policies.parallelism
  })
  const journals = yield* makeJournals()
  const reading: Reading = { seen, journals, heads: new Map(own.map((head) => [head.address, head])) }
  const first = yield* Effect.forEach([...wishes], (wish) => rolled(scene, wish, settling, reading))
  yield* refuseAnswers(first, settling)
  const { all, owners, plan } = yield* planRestoration(scene, first, seen)
  const note = what._tag === "batch" && wishes.size === 0 ? yield* nothingOf(what) : undefined
  const told = reportOf({
    all,
    broken: brokenBy(owners, scene.kinds),
    plan: Result.isSuccess(plan) ? plan.success : undefined,
    cycles: Result.isFailure(plan) ? plan.failure : [],
    command: lastingCommandOf(what, wishes),
    masked: (document, secretPaths) => sealer.mask(sealer.seal(document, secretPaths))
  })
  const report: RollbackReport = note === undefined ? told : { ...told, note }
  if (Result.isFailure(plan)) return { report }
  return { report, planned: { plan: plan.success, settings, registry, unfinished: [], warnings: [] } }
}, (planning) => Effect.flatMap(Observer, ({ within }) => within({ _tag: "plan" }, planning)))
