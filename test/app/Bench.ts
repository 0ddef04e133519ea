/**
 * A workspace in memory: the real verbs over the memory world and state, without files, processes or a network.
 *
 * Declared resources are given as drafts; whoever else edits does it to the world itself.
 */
import { Effect, Layer } from "effect"
import { apply, type ApplyOptions } from "../../src/app/Apply.ts"
import type { AppError } from "../../src/app/Failure.ts"
import { planBatch, planDefaults } from "../../src/app/PlanBatch.ts"
import { rollback, rollbackDryRun, type RollbackOptions } from "../../src/app/Rollback.ts"
import type { RollbackWhat } from "../../src/app/RollbackWhat.ts"
import type { AppServices } from "../../src/app/Session.ts"
import { StateAccess, type StateServices } from "../../src/app/StateAccess.ts"
import { type Place, Workspace, type Written, type WrittenWorkspace } from "../../src/app/Workspace.ts"
import { type Address, addressOf } from "../../src/domain/Ids.ts"
import { asSealed } from "../../src/domain/Sealed.ts"
import type { Template } from "../../src/domain/Template.ts"
import { makeMemoryProvider, type MemoryOptions } from "../../src/providers/memory/MemoryProvider.ts"
import { MemoryWorld } from "../../src/providers/memory/World.ts"
import { makeRegistry, ProviderFactory } from "../../src/providers/Registry.ts"
import { layerMemory } from "../../src/state/memory/Memory.ts"
import { emptyTables, type MemoryTables } from "../../src/state/memory/MemoryStore.ts"
import { Upkeep } from "../../src/state/Upkeep.ts"

const nowhere: Place = { file: "resources.yaml", line: 1, column: 1 }

/** A declared resource, without where it stands. */
export const resource = (
  kind: string,
  name: string,
  spec: Template,
  lifecycle: Partial<Written["lifecycle"]> = {}
): Written => ({
  address: addressOf(kind, name),
  kind,
  name,
  spec,
  dependsOn: [],
  lifecycle: { preventDestroy: false, ignoreChanges: [], replace: "auto", conflict: "force", ...lifecycle },
  secretPaths: [],
  place: nowhere,
  placeOf: () => nowhere
})

const workspaceOf = (resources: ReadonlyArray<Written>, quarantineAfter: number | undefined): WrittenWorkspace => ({
  ...(quarantineAfter === undefined ? {} : { quarantineAfter }),
  name: "bench",
  root: "/",
  configFile: "/amends.yaml",
  stateFile: "/state.db",
  policies: {
    onFailure: "rollback",
    continueOnError: false,
    parallelism: 4,
    retries: 1,
    timeoutMs: 1_000,
    conflict: "force",
    allowIrreversible: true
  },
  providers: [{ name: "memory", use: "memory", settings: {}, timeoutMs: 1_000 }],
  frozen: [{ name: "memory", configuration: asSealed({}) }],
  resources,
  warnings: [],
  secrets: [],
  placeOf: () => nowhere
})

/** Of keeping up, only what verbs do by the way. */
const noUpkeep = {
  prune: () => Effect.succeed({ versions: 0, batches: 0, entries: 0, bytes: 0, whole: true }),
  released: Effect.succeed(new Map()),
  lastDrift: Effect.undefined,
  noteDrift: () => Effect.void
} as unknown as Upkeep["Service"]

const layerState = (tables: MemoryTables): Layer.Layer<StateServices> =>
  Layer.merge(layerMemory({ tables }), Layer.succeed(Upkeep, noUpkeep))

/** One workspace, whose resource files are given with each verb. */
export interface Bench {
  readonly world: MemoryWorld
  readonly tables: MemoryTables
  readonly run: <A>(verb: Effect.Effect<A, AppError, AppServices>, resources?: ReadonlyArray<Written>) => Promise<A>
}

/** Makes a workspace of nothing. */
export const makeBench = (
  { quarantineAfter, ...options }: MemoryOptions & { readonly quarantineAfter?: number } = {}
): Bench => {
  const world = new MemoryWorld()
  const tables = emptyTables()
  const run: Bench["run"] = (verb, resources = []) => {
    const workspace = workspaceOf(resources, quarantineAfter)
    const services = Layer.mergeAll(
      Layer.succeed(Workspace, {
        settings: Effect.succeed(workspace),
        load: Effect.succeed(workspace),
        read: Effect.succeed({ workspace, problems: [] }),
        thaw: () => Effect.succeed({ providers: workspace.providers, secrets: [] })
      }),
      Layer.succeed(ProviderFactory, {
        make: () => Effect.sync(() => makeRegistry([makeMemoryProvider(world, { horizonMs: 1, ...options })]))
      }),
      Layer.succeed(StateAccess, { open: () => Layer.build(layerState(tables)) })
    )
    // What other verbs need besides is not there.
    return Effect.runPromise(Effect.provide(verb, services) as Effect.Effect<never>)
  }
  return { world, tables, run }
}

/** Applies what is declared, which must commit; answers the batch, or nothing where there was nothing to do. */
export const applied = async (
  bench: Bench,
  resources: ReadonlyArray<Written>,
  options: Partial<ApplyOptions> = {}
): Promise<string | undefined> => {
  const result = await bench.run(
    apply({
      plan: planDefaults,
      policies: {},
      allowIrreversible: true,
      autoRecover: false,
      leaseTimeoutMs: 0,
      actor: "tester",
      confirm: () => Effect.succeed(true),
      ...options
    }),
    resources
  )
  if (result._tag === "nothing") return undefined
  if (result._tag !== "ran" || result.report.outcome !== "committed") throw new Error(JSON.stringify(result))
  return result.report.batch
}

/** A rollback that is not asked about. */
export const rollbackDefaults: Omit<RollbackOptions, "what"> = {
  strategy: "stop",
  answers: new Map(),
  policies: {},
  allowIrreversible: true,
  leaseTimeoutMs: 0,
  actor: "tester",
  confirm: () => Effect.succeed(true)
}

/** Rolls back. */
export const rolledBack = (bench: Bench, what: RollbackWhat, options: Partial<RollbackOptions> = {}) =>
  bench.run(rollback({ what, ...rollbackDefaults, ...options }))

/** Tells what a rollback would do. */
export const rehearsed = (bench: Bench, what: RollbackWhat, options: Partial<RollbackOptions> = {}) =>
  bench.run(rollbackDryRun({ what, ...rollbackDefaults, ...options }))

/** The steps that an apply of these would take. */
export const stepsOf = async (bench: Bench, resources: ReadonlyArray<Written>): Promise<ReadonlyArray<string>> =>
  (await bench.run(planBatch(planDefaults), resources)).plan.steps.map(({ action, id }) => `${action} ${id}`)

/** The document of a resource by its name, whatever its id. */
export const found = ({ world }: Bench, kind: string, name: string) =>
  [...world.resources.get(kind)?.values() ?? []].find(({ document }) => document["name"] === name)

/** A batch as it is rolled back. */
export const batchOf = (batch: string | undefined, ...only: ReadonlyArray<string>): RollbackWhat => ({
  _tag: "batch",
  batch: batch ?? "none",
  only
})

/** An address as the engine knows it. */
export const at = (text: string): Address => text as Address
