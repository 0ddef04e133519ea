/**
 * Runs the real verbs `apply`, `recover` (rehearsed as well), `pause` and `resume` as a process over the simulated disk
 * and network.
 *
 * Everything between the verb and the ports is the program itself: app, planner, executor, recovery, journal, lease.
 */
import { Context, Effect, Layer } from "effect"
import { apply } from "../../src/app/Apply.ts"
import type { AppError } from "../../src/app/Failure.ts"
import { pause, resume } from "../../src/app/Pause.ts"
import { type AppServices, planDefaults } from "../../src/app/PlanBatch.ts"
import { recover } from "../../src/app/Recover.ts"
import { rehearse } from "../../src/app/Rehearse.ts"
import { rollback } from "../../src/app/Rollback.ts"
import { StateAccess, type StateServices } from "../../src/app/StateAccess.ts"
import { type Place, Workspace, type Written, type WrittenWorkspace } from "../../src/app/Workspace.ts"
import type { Policies } from "../../src/domain/Entry.ts"
import { addressOf } from "../../src/domain/Ids.ts"
import { asSealed } from "../../src/domain/Sealed.ts"
import { Progress } from "../../src/executor/Progress.ts"
import type { BatchReport } from "../../src/executor/Report.ts"
import { Stopping } from "../../src/executor/Stopping.ts"
import { makeRegistry, ProviderFactory } from "../../src/providers/Registry.ts"
import { keysOf } from "../../src/state/sealing/Key.ts"
import { makeSealer } from "../../src/state/sealing/Sealing.ts"
import { portsOver } from "../../src/state/storage/PortsOver.ts"
import { reading } from "../../src/state/storage/Reading.ts"
import { refuseRestored } from "../../src/state/storage/Restored.ts"
import { Upkeep } from "../../src/state/Upkeep.ts"
import { diskOf } from "./DiskOf.ts"
import { withMutation } from "./Mutating.ts"
import { type Act, type DeclaredDraft, timeoutMs } from "./Scenario.ts"
import type { Actor, Trial } from "./Trial.ts"
import { wireOf } from "./WireOf.ts"

const nowhere: Place = { file: "resources.yaml", line: 1, column: 1 }

const declaredOf = ({ conflict, kind, name, replace, spec }: DeclaredDraft): Written => ({
  address: addressOf(kind, name),
  kind,
  name,
  spec,
  dependsOn: [],
  lifecycle: { preventDestroy: false, ignoreChanges: [], replace, conflict },
  secretPaths: [],
  place: nowhere,
  placeOf: () => nowhere
})

/** The bounds that an act sets to its time and repetitions. */
const boundsOf = (act: Act): Partial<Policies> => {
  const { batchDeadlineMs, compensationDeadlineMs, retryBudget, stepDeadlineMs } = act
  return {
    ...(retryBudget === undefined ? {} : { retryBudget }),
    ...(stepDeadlineMs === undefined ? {} : { stepDeadlineMs }),
    ...(batchDeadlineMs === undefined ? {} : { batchDeadlineMs }),
    ...(compensationDeadlineMs === undefined ? {} : { compensationDeadlineMs })
  }
}

const workspaceOf = ({ scenario }: Trial, { act }: Actor): WrittenWorkspace => ({
  name: "simulated",
  root: "/",
  configFile: "/amends.yaml",
  stateFile: "/state.db",
  ...(scenario.quarantineAfter === undefined ? {} : { quarantineAfter: scenario.quarantineAfter }),
  policies: {
    onFailure: act.onFailure,
    continueOnError: act.continueOnError,
    parallelism: act.parallelism,
    retries: 3,
    timeoutMs,
    conflict: "stop",
    allowIrreversible: true,
    ...boundsOf(act)
  },
  providers: [{ name: "memory", use: "memory", settings: {}, timeoutMs }],
  frozen: [{ name: "memory", configuration: asSealed({}) }],
  resources: (scenario.configurations[act.configuration] ?? []).map(declaredOf),
  warnings: [],
  secrets: [],
  placeOf: () => nowhere
})

const layerWorkspace = (trial: Trial, actor: Actor): Layer.Layer<Workspace> => {
  const workspace = workspaceOf(trial, actor)
  return Layer.succeed(Workspace, {
    settings: Effect.succeed(workspace),
    load: Effect.succeed(workspace),
    read: Effect.succeed({ workspace, problems: [] }),
    thaw: () => Effect.succeed({ providers: workspace.providers, secrets: [] })
  })
}

const keys = keysOf(new Uint8Array(32).fill(7))

/** Of keeping up, only what applying does by the way: there is nothing to let go and nobody is released. */
const noUpkeep = {
  prune: () => Effect.succeed({ versions: 0, batches: 0, entries: 0, bytes: 0, whole: true }),
  released: Effect.succeed(new Map()),
  lastDrift: Effect.undefined,
  noteDrift: () => Effect.void
} as unknown as Upkeep["Service"]

const portsOf = (trial: Trial, actor: Actor) => {
  const owner = { owner: `p${actor.number}`, host: "h", boot: "", space: "", pid: actor.number, started: "" }
  const alive = (one: { readonly pid: number }) => {
    const other = trial.record.actors.find(({ number }) => number === one.pid)
    if (other === undefined) return "unknown"
    const gone = other.process.life === "dead" || other.over
    return !gone ? "alive" : other.act.provable ? "dead" : "unknown"
  }
  const store = diskOf(trial, actor)
  // As a state file does when it is opened.
  return Effect.andThen(
    reading("open", () => refuseRestored(store)),
    Effect.map(
      portsOver({ store, sealer: makeSealer(keys), processes: { self: Effect.succeed(owner), alive } }),
      (ports): Context.Context<StateServices> => Context.add(withMutation(trial, ports), Upkeep, noUpkeep)
    )
  )
}

const services = (trial: Trial, actor: Actor): Layer.Layer<Workspace | ProviderFactory | StateAccess> =>
  Layer.mergeAll(
    layerWorkspace(trial, actor),
    Layer.succeed(ProviderFactory, { make: () => Effect.sync(() => makeRegistry([wireOf(trial, actor)])) }),
    Layer.succeed(StateAccess, { open: () => portsOf(trial, actor) })
  )

/** What a verb came to. */
export interface Came {
  readonly result: string
  readonly reports: ReadonlyArray<BatchReport>
  /** What else it said. */
  readonly said?: unknown
}

const applying = ({ act }: Actor): Effect.Effect<Came, AppError, AppServices> =>
  apply({
    plan: { ...planDefaults, adopt: act.adopt },
    policies: {},
    allowIrreversible: true,
    autoRecover: act.autoRecover,
    leaseTimeoutMs: 600_000,
    actor: "tester",
    confirm: () => Effect.succeed(true),
    ...(act.batchKey === undefined ? {} : { batchKey: act.batchKey })
  }).pipe(
    Effect.map((result): Came => ({
      result: result._tag,
      reports: [...result.recovered, ...(result._tag === "ran" ? [result.report] : [])]
    }))
  )

const recoveryOf = ({ act }: Actor, choices: ReadonlyArray<string>) => ({
  direction: act.direction,
  choices,
  abandon: act.abandon,
  actor: "tester"
})

const recovering = (actor: Actor, choices: ReadonlyArray<string>): Effect.Effect<Came, AppError, AppServices> =>
  Effect.map(
    recover({ ...recoveryOf(actor, choices), leaseTimeoutMs: 600_000 }),
    ({ reports }): Came => ({ result: "recovered", reports })
  )

const rehearsing = (actor: Actor, choices: ReadonlyArray<string>): Effect.Effect<Came, AppError, AppServices> =>
  Effect.map(rehearse(recoveryOf(actor, choices)), (said): Came => ({ result: "rehearsed", reports: [], said }))

/** The newest batch that is not over, or a name that no batch has. */
const newestOf = ({ disk }: Trial): string =>
  [...disk.tables.batches.values()].findLast(({ ended }) => ended === undefined)?.id ?? "b-nobody"

const wishing = (trial: Trial, verb: typeof pause | typeof resume): Effect.Effect<Came, AppError, AppServices> =>
  Effect.map(Effect.suspend(() => verb({ batch: newestOf(trial), actor: "somebody" })), (came): Came => ({
    result: came._tag,
    reports: came._tag === "recovered" ? came.result.reports : []
  }))

/** Takes back one of the batches that are over, or what no batch is called. */
const takingBack = (trial: Trial, { act }: Actor): Effect.Effect<Came, AppError, AppServices> =>
  Effect.suspend(() => {
    const { nth = 0, strategy = "stop" } = act.takes ?? {}
    const all = [...trial.disk.tables.batches.values()]
    // Beside an unfinished batch it may go on over what that has not touched; the checks know of one batch at a time.
    const isFree = all.every(({ ended }) => ended !== undefined)
    const batch = isFree ? all[nth % Math.max(1, all.length)]?.id ?? "b-nobody" : "b-nobody"
    return rollback({
      what: { _tag: "batch", batch, only: [] },
      strategy,
      answers: new Map(),
      policies: {},
      allowIrreversible: true,
      leaseTimeoutMs: 600_000,
      actor: "tester",
      confirm: () => Effect.succeed(true)
    })
  }).pipe(
    Effect.map((result): Came => ({ result: result._tag, reports: result._tag === "ran" ? [result.batch] : [] }))
  )

const performing = (
  trial: Trial,
  actor: Actor,
  choices: ReadonlyArray<string>
): Effect.Effect<Came, AppError, AppServices> => {
  switch (actor.act.verb) {
    case "apply":
      return applying(actor)
    case "recover":
      return recovering(actor, choices)
    case "rehearse":
      return rehearsing(actor, choices)
    case "pause":
      return wishing(trial, pause)
    case "resume":
      return wishing(trial, resume)
    case "rollback":
      return takingBack(trial, actor)
  }
}

/** The verb of an act, as a process runs it. */
export const verbOf = (
  trial: Trial,
  actor: Actor,
  choices: ReadonlyArray<string>
): Effect.Effect<Came, AppError> =>
  performing(trial, actor, choices).pipe(
    Effect.provide(services(trial, actor)),
    Effect.provideService(Stopping, { requested: actor.requested }),
    Effect.provideService(Progress, {
      publish: (event) => {
        trial.record.events.push(`p${actor.number} ${JSON.stringify(event)}`)
      }
    })
    // What other verbs need besides is not there.
  ) as Effect.Effect<Came, AppError>
