/**
 * Plans a rollback: what is wanted of each resource is merged with what is there now, references follow, and the
 * planner makes a batch of it like any other. Writes nothing; a dry run and the real one go through here.
 *
 * Everything that stands in the way is told at once, as conflicts of the report.
 */
import { Clock, Effect, Result } from "effect"
import type { Address, Digest } from "../domain/Ids.ts"
import type { Kind } from "../domain/Kind.ts"
import type { Plan } from "../domain/Plan.ts"
import { type OpenHead, plan as planOf, type PlanInput } from "../executor/Planner.ts"
import type { PlanRefusal } from "../executor/PlanRefusal.ts"
import { recall } from "../executor/Recall.ts"
import type { Observation } from "../providers/Provider.ts"
import type { Registry } from "../providers/Registry.ts"
import { Journal, Versions } from "../state/Journal.ts"
import { Sealer } from "../state/Sealer.ts"
import type { StateError } from "../state/StateError.ts"
import { folded, openedIn } from "./BatchView.ts"
import { type AppError, Refusal } from "./Failure.ts"
import { untilReadsShow } from "./Lagging.ts"
import { alsoList, observe, type Observed } from "./Observe.ts"
import { makeJournals, type Past, pastOf } from "./Past.ts"
import { readingPatiently } from "./Patience.ts"
import { openHead, type PlannedBatch, referringTo } from "./PlanBatch.ts"
import { refusalOfPlan } from "./PlanRefusals.ts"
import { desiredOf, type Rolled } from "./RollbackDesired.ts"
import { type Bearer, brokenBy, byId, formerOf, holdersOf, keyOf, type Owners, unowned } from "./RollbackReferences.ts"
import type { RollbackReport } from "./RollbackReport.ts"
import { reportOf } from "./RollbackTelling.ts"
import { commandOf, type RollbackWhat, type Wish, wishesFor } from "./RollbackWhat.ts"
import type { StateServices } from "./StateAccess.ts"
import { type Answers, restoreTo, takeOut } from "./TakeBack.ts"
import type { LoadedWorkspace } from "./Workspace.ts"

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

/** What a rollback works with. */
interface Scene {
  readonly settings: LoadedWorkspace
  /** Reads with patience. */
  readonly remote: Registry
  readonly kinds: ReadonlyMap<string, Kind>
  readonly heads: ReadonlyArray<OpenHead>
}

const refuseUnserved = (wishes: ReadonlyMap<Address, Wish>, { kinds }: Registry): Effect.Effect<void, Refusal> => {
  const missing = [...wishes.keys()].filter((address) => !kinds.has(kindNameOf(address)))
  return missing.length === 0 ? Effect.void : Effect.fail(
    new Refusal({
      reason: "Configuration",
      summary: "no provider serves a resource of the rollback",
      detail: missing.join(", "),
      hint: "configure the provider in amends.yaml, then try again",
      addresses: missing
    })
  )
}

/** Refuses what an unfinished batch has touched: what it comes to is not known yet. */
const refuseUnderWay = Effect.fnUntraced(function*(
  addresses: Iterable<Address>
): Effect.fn.Return<void, StateError | Refusal, Journal> {
  const journal = yield* Journal
  const wanted = new Set(addresses)
  for (const { id } of yield* journal.unfinished) {
    const steps = openedIn(yield* journal.toFold(id))?.plan.steps ?? []
    const touched = [...new Set(steps.map(({ address }) => address))].filter((address) => wanted.has(address))
    if (touched.length === 0) continue
    return yield* new Refusal({
      reason: "UnfinishedBatch",
      summary: "a batch is not finished",
      detail: `${id} was not finished, and has to do with ${touched.join(", ")}`,
      hint: `finish it with: amends recover ${id} (or roll back the others with --only)`,
      addresses: touched
    })
  }
})

const kindNameOf = (address: Address): string => address.slice(0, address.indexOf("."))

const seenOf = (kind: Kind, head: OpenHead | undefined, observation: Observation | undefined) =>
  head === undefined || observation === undefined
    ? undefined
    : recall(kind, observation.document, recall(kind, head.observed, head.declared))

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

const refuseAnswers = (all: ReadonlyArray<Rolled>): Effect.Effect<void, Refusal> => {
  const problems = all.flatMap(({ address, taken }) => taken.problems.map((problem) => `${address}: ${problem}`))
  return problems.length === 0 ? Effect.void : Effect.fail(
    new Refusal({
      reason: "StaleChoice",
      summary: "the answers do not fit the conflicts",
      detail: problems.join("\n"),
      hint: "see the conflicts as they are now with --dry-run"
    })
  )
}

/** What is merged of one resource. */
const rolled = Effect.fnUntraced(function*(
  { heads, kinds }: Scene,
  [address, { versions, what }]: readonly [Address, Wish],
  { answers, strategy }: Settling,
  reading: { readonly seen: Observed; readonly journals: Effect.Success<ReturnType<typeof makeJournals>> }
) {
  const kind = kinds.get(kindNameOf(address)) as Kind
  const head = heads.find((one) => one.address === address)
  const seen = seenOf(kind, head, reading.seen.observed.get(address))
  const after = what._tag === "go back to" ? versions.findIndex(({ id }) => id === what.version) + 1 : 0
  const out = what._tag === "take out" ? what.versions : versions.slice(after).map(({ id }) => id)
  const past = yield* pastOf({ address, kind, head, seen }, versions, new Set(out), reading.journals)
  if (what._tag === "take out") yield* refuseUnknown(past, out)
  const taken = what._tag === "take out"
    ? takeOut(past, out, { strategy, given: answers.get(address) ?? new Map() })
    : restoreTo(past, what.version)
  const one: Rolled = { address, kind, head, seen, target: taken.target, formerIds: past.formerIds, past, taken }
  return one
})

/** Who had ids that nobody bears, by the batches that deleted them. */
const bearersOf = Effect.fnUntraced(function*(ids: ReadonlySet<string>) {
  const journal = yield* Journal
  const found = new Map<string, Bearer>()
  if (ids.size === 0) return found
  for (const { id, pruned } of yield* journal.batches) {
    if (pruned === true || found.size === ids.size) continue
    const entries = yield* journal.toFold(id)
    const { states } = folded(entries)
    for (const step of openedIn(entries)?.plan.steps ?? []) {
      const key = keyOf(step.kind, step.remoteId ?? "")
      const stands = states.get(step.id)?.complete === true && states.get(step.id)?.compensated === undefined
      if (step.action !== "delete" || !stands || !ids.has(key) || found.has(key)) continue
      found.set(key, { address: step.address, deletedBy: id })
    }
  }
  return found
})

const ownersOf = Effect.fnUntraced(function*({ heads }: Scene, all: ReadonlyArray<Rolled>) {
  const known: Owners = {
    heads: byId(heads),
    wanted: new Map(all.map((one) => [one.address, one])),
    former: formerOf(all)
  }
  const missing = new Set(all.flatMap((one) => unowned(one, known)).map(({ id, kind }) => keyOf(kind, id)))
  const bearers = yield* bearersOf(missing)
  return { ...known, former: new Map([...bearers, ...known.former]) }
})

/** What is read for planning: the resources themselves, who holds their ids, and who has the names of new ones. */
const readFor = Effect.fnUntraced(function*(
  { heads, kinds, remote, settings }: Scene,
  all: ReadonlyArray<Rolled>,
  owners: Owners,
  seen: Observed
) {
  const { parallelism } = settings.policies
  const ids = new Set(all.flatMap(({ head, kind }) => head === undefined ? [] : [keyOf(kind.name, head.remoteId)]))
  const holders = holdersOf(ids, owners, kinds)
  const more = holders.filter(({ address }) => !seen.observed.has(address))
  const held = yield* observe({ registry: remote, heads: more, declared: [], parallelism })
  const coming = all.flatMap(({ address, kind, seen: there, target }) =>
    target === undefined || there !== undefined ? [] : [{ address, kind: kind.name, spec: target }]
  )
  const named = yield* observe({ registry: remote, heads: [], declared: coming, parallelism })
  const claimed = new Set(
    heads.flatMap(({ deposed, kind, remoteId }) => [remoteId, ...deposed].map((id) => keyOf(kind, id)))
  )
  const namesakes = [...named.namesakes].map(([address, found]) =>
    [address, found.filter(({ id }) => !claimed.has(keyOf(kindNameOf(address), id)))] as const
  )
  const own = new Set(all.map(({ address }) => address))
  return {
    heads: [...heads.filter(({ address }) => own.has(address)), ...holders],
    observed: {
      observed: new Map([...seen.observed, ...held.observed]),
      namesakes: new Map(namesakes.filter(([, found]) => found.length > 0)),
      listed: new Map([...named.listed, ...held.listed, ...seen.listed])
    }
  }
})

const inputOf = Effect.fnUntraced(function*(
  { kinds, remote, settings }: Scene,
  all: ReadonlyArray<Rolled>,
  owners: Owners,
  read: Effect.Success<ReturnType<typeof readFor>>
) {
  const sealer = yield* Sealer
  const input: PlanInput = {
    workspace: settings.name,
    createdAt: yield* Clock.currentTimeMillis,
    desired: all.flatMap((one) => desiredOf(one, owners, remote)),
    heads: read.heads,
    kinds,
    options: {
      destroy: false,
      targets: [],
      only: new Set(all.map(({ address }) => address)),
      replace: [],
      refreshOnly: false,
      adopt: false
    },
    made: {
      origin: "rollback",
      reverts: Object.fromEntries(
        all.flatMap(({ address, taken }) => taken.reverts.length === 0 ? [] : [[address, taken.reverts]])
      )
    },
    seal: (kind, document, secretPaths) => sealer.seal(document, [...kind.roles.sensitive, ...secretPaths]),
    digest: sealer.digest,
    ...read.observed
  }
  return input
})

/** A plan, or the refusals of one that would depend on itself. */
type Made = Result.Result<Plan, ReadonlyArray<PlanRefusal>>

const made = Effect.fnUntraced(function*(
  scene: Scene,
  all: ReadonlyArray<Rolled>,
  owners: Owners,
  seen: Observed
): Effect.fn.Return<Made, AppError, Sealer> {
  const read = yield* readFor(scene, all, owners, seen)
  const input = yield* inputOf(scene, all, owners, read)
  const first = planOf(input)
  if (Result.isFailure(first)) {
    return first.failure.every(({ _tag }) => _tag === "Cycle") ? first : yield* refusalOfPlan(first.failure)
  }
  const missing = referringTo(scene.remote, first.success).filter((kind) => !input.listed.has(kind))
  if (missing.length === 0) return first
  return planOf({ ...input, ...(yield* alsoList(read.observed, scene.remote, missing)) })
})

/** Ids that a plan puts out of use: of what it replaces, and of what it makes again. */
const renewed = (all: ReadonlyArray<Rolled>, { changes }: Plan): ReadonlySet<string> => {
  const actions = new Map(changes.map(({ action, address }) => [address, action]))
  return new Set(all.flatMap(({ address, formerIds, head, kind }) => {
    const action = actions.get(address)
    if (action === "create") return formerIds.map((id) => keyOf(kind.name, id))
    return action === "replace" && head !== undefined ? [keyOf(kind.name, head.remoteId)] : []
  }))
}

/** What has to follow only because something else gets another id. */
const follower = (kind: Kind, head: OpenHead, seen: Observed): ReadonlyArray<Rolled> => {
  const there = seenOf(kind, head, seen.observed.get(head.address))
  if (there === undefined) return []
  const taken = { target: there, declares: head.declared, reverts: [], conflicts: [], drops: [], problems: [] }
  return [{ address: head.address, kind, head, seen: there, target: there, formerIds: [], taken }]
}

/** Plans until nothing more has to follow. */
const planAll = Effect.fnUntraced(function*(scene: Scene, first: ReadonlyArray<Rolled>, seenFirst: Observed) {
  let all = first
  let seen = seenFirst
  for (;;) {
    const owners = yield* ownersOf(scene, all)
    const plan = yield* made(scene, all, owners, seen)
    const holders = Result.isFailure(plan) ? [] : holdersOf(renewed(all, plan.success), owners, scene.kinds)
    if (holders.length === 0) return { all, owners, plan }
    yield* refuseUnderWay(holders.map(({ address }) => address))
    const { parallelism } = scene.settings.policies
    const more = yield* observe({ registry: scene.remote, heads: holders, declared: [], parallelism })
    seen = { ...seen, observed: new Map([...seen.observed, ...more.observed]) }
    const followers = holders.flatMap((head) => follower(scene.kinds.get(head.kind) as Kind, head, seen))
    if (followers.length === 0) return { all, owners, plan }
    all = [...all, ...followers]
  }
})

/** Plans a rollback over an open state. */
export const planRollback = Effect.fn("RollbackPlan.planRollback")(function*(
  settings: LoadedWorkspace,
  registry: Registry,
  what: RollbackWhat,
  settling: Settling
): Effect.fn.Return<RollbackPlan, AppError, StateServices> {
  const sealer = yield* Sealer
  sealer.learn(settings.secrets)
  const wishes = yield* wishesFor(what)
  yield* refuseUnderWay(wishes.keys())
  yield* refuseUnserved(wishes, registry)
  const heads = yield* Effect.forEach(yield* (yield* Versions).heads, openHead(sealer))
  const scene: Scene = { settings, remote: readingPatiently(registry, settings.policies), kinds: registry.kinds, heads }
  const own = heads.filter(({ address }) => wishes.has(address))
  yield* untilReadsShow([...wishes.keys()].flatMap((address) => registry.kinds.get(kindNameOf(address)) ?? []))
  const seen = yield* observe({
    registry: scene.remote,
    heads: own,
    declared: [],
    parallelism: settings.policies.parallelism
  })
  const journals = yield* makeJournals()
  const first = yield* Effect.forEach([...wishes], (wish) => rolled(scene, wish, settling, { seen, journals }))
  yield* refuseAnswers(first)
  const { all, owners, plan } = yield* planAll(scene, first, seen)
  const report = reportOf({
    all,
    broken: brokenBy(owners, scene.kinds),
    plan: Result.isSuccess(plan) ? plan.success : undefined,
    cycles: Result.isFailure(plan) ? plan.failure : [],
    command: commandOf(what),
    mask: sealer.mask
  })
  if (Result.isFailure(plan)) return { report }
  return { report, planned: { plan: plan.success, settings, registry, unfinished: [], warnings: [] } }
})
