/**
 * Plans and runs batches on the in-memory world and state, as apply and recover do, for tests of the engine.
 *
 * Time is virtual: `settle` lets it pass until a run is over. A saga over the same world and tables as another is a
 * new process after the first one's death.
 */
import { Clock, Effect, Fiber, Result } from "effect"
import { TestClock } from "effect/testing"
import { canonicalText, type Document } from "../../src/domain/Document.ts"
import type { Opened, Policies } from "../../src/domain/Entry.ts"
import { type Address, addressOf, type BatchId } from "../../src/domain/Ids.ts"
import type { Plan } from "../../src/domain/Plan.ts"
import { refNode } from "../../src/domain/Template.ts"
import { execute } from "../../src/executor/Executor.ts"
import { type Desired, plan as makePlan, type PlanOptions } from "../../src/executor/Planner.ts"
import { leftBehindId } from "../../src/executor/PlanSteps.ts"
import { recover, type RecoverOptions } from "../../src/executor/Recovery.ts"
import { rehearse } from "../../src/executor/Rehearsal.ts"
import { threeWay } from "../../src/merge/Structure.ts"
import { makeMemoryProvider, type MemoryOptions as WorldOptions } from "../../src/providers/memory/MemoryProvider.ts"
import { MemoryWorld } from "../../src/providers/memory/World.ts"
import type { Observation } from "../../src/providers/Provider.ts"
import { makeRegistry, type Registry } from "../../src/providers/Registry.ts"
import { Journal, Versions } from "../../src/state/Journal.ts"
import { Leases } from "../../src/state/Leases.ts"
import { layerMemory, type MemoryOptions } from "../../src/state/memory/Memory.ts"
import { emptyTables, type MemoryTables } from "../../src/state/memory/MemoryStore.ts"
import { Sealer } from "../../src/state/Sealer.ts"

/** A declared resource of a test. */
export const want = (
  kind: string,
  name: string,
  spec: Document,
  extra: Partial<Desired["lifecycle"]> & { readonly dependsOn?: ReadonlyArray<Address> } = {}
): Desired => ({
  address: addressOf(kind, name),
  kind,
  spec,
  dependsOn: extra.dependsOn ?? [],
  secretPaths: [],
  lifecycle: { preventDestroy: false, ignoreChanges: [], replace: "auto", conflict: "stop", ...extra }
})

/** A reference to the remote id of another resource. */
export const idOf = (kind: string, name: string) => refNode({ address: addressOf(kind, name), path: "/id" })

export interface SagaOptions extends WorldOptions {
  readonly world?: MemoryWorld
  readonly tables?: MemoryTables
  readonly onCommit?: MemoryOptions["onCommit"]
}

export interface Saga {
  readonly world: MemoryWorld
  readonly tables: MemoryTables
  readonly registry: Registry
  readonly options: SagaOptions
}

export const makeSaga = (options: SagaOptions = {}): Saga => {
  const world = options.world ?? new MemoryWorld()
  const registry = makeRegistry([makeMemoryProvider(world, { horizonMs: 2_000, timeoutMs: 1_000, ...options })])
  return { world, registry, tables: options.tables ?? emptyTables(), options }
}

export const policies: Policies = {
  onFailure: "rollback",
  continueOnError: false,
  parallelism: 10,
  retries: 4,
  timeoutMs: 1_000,
  conflict: "stop",
  allowIrreversible: true
}

const plain: PlanOptions = { destroy: false, targets: [], replace: [], refreshOnly: false, adopt: false }

/** What the death of a process looks like from inside; a defect of a provider is not one. */
export const crash: Effect.Effect<never> = Effect.interrupt

/** Lets virtual time pass until an effect is over. */
export const settle = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.forkChild(effect, { startImmediately: true })
    while (fiber.pollUnsafe() === undefined) {
      yield* TestClock.adjust("250 millis")
      for (let i = 0; i < 20; i++) yield* Effect.yieldNow
    }
    return yield* Fiber.join(fiber)
  })

const scoped = <A, E>(saga: Saga, effect: Effect.Effect<A, E, Journal | Versions | Leases | Sealer>) =>
  effect.pipe(
    Effect.provide(layerMemory({
      tables: saga.tables,
      ...(saga.options.onCommit === undefined ? {} : { onCommit: saga.options.onCommit })
    })),
    settle
  )

const observeAll = Effect.fnUntraced(function*(saga: Saga, desired: ReadonlyArray<Desired>) {
  const versions = yield* Versions
  const sealer = yield* Sealer
  const heads = yield* Effect.forEach(
    yield* versions.heads,
    (head) =>
      Effect.all({ declared: sealer.open(head.declared), observed: sealer.open(head.observed) }).pipe(
        Effect.map((open) => ({ ...head, ...open }))
      )
  )
  const observed = new Map<Address, Observation | undefined>()
  const listed = new Map<string, ReadonlyArray<Observation>>()
  for (const [kind, { scope }] of saga.registry.kinds) {
    const provider = saga.registry.serving(kind)
    if (provider !== undefined && scope === undefined) listed.set(kind, yield* provider.list(kind))
  }
  for (const head of heads) observed.set(head.address, listed.get(head.kind)?.find(({ id }) => id === head.remoteId))
  const claimed = new Set(heads.map((head) => `${head.kind}/${head.remoteId}`))
  const namesakes = new Map(desired.map((one) => {
    const field = saga.registry.kinds.get(one.kind)?.nameField ?? "name"
    const same = (listed.get(one.kind) ?? []).filter(({ document, id }) =>
      document[field] === one.spec[field] && !claimed.has(`${one.kind}/${id}`)
    )
    return [one.address, same] as const
  }))
  const leftBehind = new Map(
    heads.flatMap(({ address, deposed, kind }) =>
      (listed.get(kind) ?? []).filter(({ id }) => deposed.includes(id))
        .map((one) => [leftBehindId(address, one.id), one] as const)
    )
  )
  return { heads, observed, leftBehind, listed, namesakes }
})

/** Plans what is desired, as `plan` does. */
export const planFor = Effect.fnUntraced(function*(
  saga: Saga,
  desired: ReadonlyArray<Desired>,
  options: Partial<PlanOptions> = {}
) {
  const sealer = yield* Sealer
  const seen = yield* observeAll(saga, desired)
  const made = makePlan({
    workspace: "test",
    createdAt: yield* Clock.currentTimeMillis,
    desired,
    ...seen,
    kinds: saga.registry.kinds,
    options: { ...plain, ...options },
    seal: (kind, document, paths) => sealer.seal(document, [...kind.roles.sensitive, ...paths]),
    digest: sealer.digest
  })
  if (Result.isFailure(made)) return yield* Effect.die(made.failure)
  return made.success
})

const openedOf = (plan: Plan, overrides: Partial<Policies>, generation: number): Opened => ({
  _tag: "opened",
  plan,
  engine: "test",
  providers: [],
  policies: { ...policies, ...overrides },
  actor: "tester",
  generation
})

let batches = 0

/** Runs a plan as a batch, as `apply` does. */
export const runPlan = Effect.fnUntraced(function*(saga: Saga, plan: Plan, overrides: Partial<Policies> = {}) {
  const leases = yield* Leases
  const journal = yield* Journal
  const lease = yield* leases.acquire(600_000)
  const batch = `b-${String(++batches).padStart(6, "0")}` as BatchId
  const opened = openedOf(plan, overrides, yield* journal.generation)
  const report = yield* execute({ batch, lease, opened, registry: saga.registry, threeWay })
  yield* leases.release(lease)
  return report
})

/** Plans and runs what is desired. */
export const apply = (saga: Saga, desired: ReadonlyArray<Desired>, overrides: Partial<Policies> = {}) =>
  scoped(
    saga,
    Effect.gen(function*() {
      return yield* runPlan(saga, yield* planFor(saga, desired), overrides)
    })
  )

/** Plans only. */
export const planned = (saga: Saga, desired: ReadonlyArray<Desired>, options: Partial<PlanOptions> = {}) =>
  scoped(saga, planFor(saga, desired, options))

/** Uses the state of a saga. */
export const withState = scoped

const newestOf = Effect.fnUntraced(function*(saga: Saga, options: Partial<RecoverOptions>) {
  const journal = yield* Journal
  const [newest] = yield* journal.unfinished
  if (newest === undefined) return undefined
  return {
    batch: newest.id,
    registry: saga.registry,
    threeWay,
    entries: yield* journal.entries(newest.id),
    options: { direction: "auto", choices: [], abandon: false, actor: "tester", ...options } as const
  }
})

/** Recovers the newest unfinished batch; `undefined` where there is none. */
export const recoverNewest = (saga: Saga, options: Partial<RecoverOptions> = {}) =>
  scoped(
    saga,
    Effect.gen(function*() {
      const request = yield* newestOf(saga, options)
      if (request === undefined) return undefined
      const leases = yield* Leases
      const lease = yield* leases.acquire(600_000)
      const recovered = yield* recover({ ...request, lease })
      yield* leases.release(lease)
      return recovered
    })
  )

/** Rehearses the recovery of the newest unfinished batch; `undefined` where there is none. */
export const rehearseNewest = (saga: Saga, options: Partial<RecoverOptions> = {}) =>
  scoped(
    saga,
    Effect.flatMap(
      newestOf(saga, options),
      (request) => request === undefined ? Effect.undefined : rehearse(request)
    )
  )

/** What is there, told apart by name instead of id: re-created resources have new ids, and references follow. */
export const shape = (world: MemoryWorld): unknown => {
  const nameOf = (kind: string, id: unknown): unknown => {
    const document = typeof id === "string" ? world.get(kind, id)?.document : undefined
    return document === undefined ? id : `the ${kind} ${String(document["name"] ?? document["key"])}`
  }
  const docs = [...world.resources].flatMap(([kind, ofKind]) =>
    [...ofKind.values()].map(({ document }) => {
      const { updatedAt: _, version: __, id: ___, mark: ____, ...rest } = document
      const present = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null))
      return { kind, ...present, ...("box" in present ? { box: nameOf("box", present["box"]) } : {}) }
    })
  )
  return docs.map((doc) => canonicalText(doc as Document)).sort()
}

/** What the heads hold as observed, open. */
export const observedHeads = (saga: Saga) =>
  scoped(
    saga,
    Effect.gen(function*() {
      const sealer = yield* Sealer
      return yield* Effect.forEach(yield* (yield* Versions).heads, ({ observed }) => sealer.open(observed))
    })
  )
