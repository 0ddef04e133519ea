/**
 * Plans that resources hold given contents again: references follow, what gets another id is followed, and exactly the
 * named resources and their followers take part. Rolling back and restoring what drifted both end here.
 *
 * Reads what the planner needs and writes nothing.
 */
import { Clock, Effect, Result } from "effect"
import type { Address } from "../domain/Ids.ts"
import type { Kind } from "../domain/Kind.ts"
import type { Plan } from "../domain/Plan.ts"
import { type OpenHead, plan as planOf, type PlanInput } from "../executor/Planner.ts"
import type { PlanRefusal } from "../executor/PlanRefusal.ts"
import { recall } from "../executor/Recall.ts"
import type { Observation } from "../providers/Provider.ts"
import type { Registry } from "../providers/Registry.ts"
import { Journal } from "../state/Journal.ts"
import { Sealer } from "../state/Sealer.ts"
import type { StateError } from "../state/StateError.ts"
import { openedIn } from "./BatchView.ts"
import { type AppError, Refusal } from "./Failure.ts"
import { alsoList, observe, type Observed } from "./Observe.ts"
import { referringTo } from "./PlanBatch.ts"
import { refusalOfPlan } from "./PlanRefusals.ts"
import { desiredOf, type Rolled } from "./RollbackDesired.ts"
import { ownersOf } from "./RollbackOwners.ts"
import { holdersOf, keyOf, type Owners } from "./RollbackReferences.ts"
import type { WorkspaceSettings } from "./Workspace.ts"

/** What contents are planned over. */
export interface Scene {
  readonly settings: WorkspaceSettings
  /** Reads with patience. */
  readonly remote: Registry
  readonly kinds: ReadonlyMap<string, Kind>
  readonly heads: ReadonlyArray<OpenHead>
  /** How the versions come to be; by an apply unless given. */
  readonly origin?: NonNullable<Plan["made"]>["origin"]
  /** Takes over resources of the same name that nobody manages. */
  readonly adopts?: boolean
}

/** Refuses to tell of what an unfinished batch has touched: its end is not known yet. */
export const refuseUnderWay = Effect.fnUntraced(function*(
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
      hint: `finish it with: amends recover ${id}`,
      addresses: touched
    })
  }
})

/** The name of the kind in an address. */
export const kindNameOf = (address: Address): string => address.slice(0, address.indexOf("."))

/** Refuses what no provider serves: nobody can tell what is there. */
export const refuseUnserved = (
  addresses: Iterable<Address>,
  { kinds }: Registry
): Effect.Effect<void, Refusal> => {
  const missing = [...addresses].filter((address) => !kinds.has(kindNameOf(address)))
  return missing.length === 0 ? Effect.void : Effect.fail(
    new Refusal({
      reason: "Configuration",
      summary: "no provider serves a resource that is managed",
      detail: missing.join(", "),
      hint: "configure the provider in amends.yaml, then try again",
      addresses: missing
    })
  )
}

/** What is there, with what is known of its secrets. */
export const seenOf = (kind: Kind, head: OpenHead | undefined, observation: Observation | undefined) =>
  head === undefined || observation === undefined
    ? undefined
    : recall(kind, observation.document, recall(kind, head.observed, head.declared))

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
      leftBehind: new Map([...seen.leftBehind, ...held.leftBehind]),
      namesakes: new Map(namesakes.filter(([, found]) => found.length > 0)),
      listed: new Map([...named.listed, ...held.listed, ...seen.listed])
    }
  }
})

const inputOf = Effect.fnUntraced(function*(
  { adopts = false, kinds, origin, remote, settings }: Scene,
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
      adopt: adopts
    },
    ...(origin === undefined ? {} : {
      made: {
        origin,
        reverts: Object.fromEntries(
          all.flatMap(({ address, taken }) => taken.reverts.length === 0 ? [] : [[address, taken.reverts]])
        )
      }
    }),
    seal: (kind, document, secretPaths) => sealer.seal(document, [...kind.roles.sensitive, ...secretPaths]),
    digest: sealer.digest,
    ...read.observed
  }
  return input
})

/** Why what comes back cannot be planned. There are no files to correct, and nothing is adopted by the way. */
const cannotComeBack = (refusals: ReadonlyArray<PlanRefusal>): Refusal => {
  const refused = refusalOfPlan(refusals)
  const taken = refusals.flatMap((one) => one._tag === "Unmanaged" ? [one] : [])
  if (refused.reason !== "Unmanaged") return refused
  return new Refusal({
    reason: "Unmanaged",
    summary: refused.summary,
    detail: taken.map(({ address, ids }) =>
      `${address} would come back, but its name is taken by what nobody manages (id ${ids.join(", id ")})`
    ).join("\n"),
    hint: `take that over first: ${
      taken.map(({ address, ids: [id = "ID"] }) => `amends import ${address} ${id}`).join(", ")
    }; or remove it`,
    addresses: taken.map(({ address }) => address)
  })
}

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
    return first.failure.every(({ _tag }) => _tag === "Cycle") ? first : yield* cannotComeBack(first.failure)
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
export const planRestoration = Effect.fnUntraced(
  function*(scene: Scene, first: ReadonlyArray<Rolled>, seenFirst: Observed) {
    let all = first
    let seen = seenFirst
    for (;;) {
      const { heads, remote, settings: { policies: { parallelism } } } = scene
      const owners = yield* ownersOf(all, { heads, remote, parallelism })
      const plan = yield* made(scene, all, owners, seen)
      const holders = Result.isFailure(plan) ? [] : holdersOf(renewed(all, plan.success), owners, scene.kinds)
      if (holders.length === 0) return { all, owners, plan }
      yield* refuseUnderWay(holders.map(({ address }) => address))
      const more = yield* observe({ registry: remote, heads: holders, declared: [], parallelism })
      seen = {
        ...seen,
        observed: new Map([...seen.observed, ...more.observed]),
        leftBehind: new Map([...seen.leftBehind, ...more.leftBehind])
      }
      const followers = holders.flatMap((head) => follower(scene.kinds.get(head.kind) as Kind, head, seen))
      if (followers.length === 0) return { all, owners, plan }
      all = [...all, ...followers]
    }
  }
)
