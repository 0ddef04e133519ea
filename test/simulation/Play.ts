/**
 * Plays a scenario: one process after the other, or beside each other, until nothing more can happen.
 *
 * In liveness mode faults end after the last act; then a person recovers and answers until every batch is over, applies
 * the last configuration and plans it once more. In safety mode troubles go on, and the run stops wherever it stands.
 */
import { Deferred, Exit, type Fiber } from "effect"
import type { AppError } from "../../src/app/Failure.ts"
import { MemoryWorld } from "../../src/providers/memory/World.ts"
import { emptyTables } from "../../src/state/memory/MemoryStore.ts"
import { answersTo } from "./Answers.ts"
import { drawOf } from "./Draw.ts"
import { type Act, horizonMs, type KindDraft, type Scenario } from "./Scenario.ts"
import { perform } from "./Strangers.ts"
import { makeProcess, startIn, Timeline } from "./Timeline.ts"
import { type Actor, durableRows, kill, type Mutation, type Record, restore, type Told, type Trial } from "./Trial.ts"
import { type Came, verbOf } from "./Verbs.ts"

const recordOf = (scenario: Scenario, world: MemoryWorld, disk: Trial["disk"]): Record => ({
  scenario,
  kinds: new Map(scenario.kinds.map((kind) => [kind.name, kind])),
  sent: [],
  reads: [],
  moments: [],
  told: [],
  rowsLogged: [],
  written: [],
  broken: [],
  events: [],
  actors: [],
  world,
  get rows() {
    return disk.tables.rows
  },
  heads: () => [...disk.tables.heads.values()],
  kept: () => {
    const { heads, rows, versions } = disk.tables
    return [...rows.map(({ body }) => body), JSON.stringify([[...heads], [...versions]])].join("\n")
  }
})

const trialOf = (scenario: Scenario, mutation: Mutation | undefined): Trial => {
  const world = new MemoryWorld()
  const disk: Trial["disk"] = { tables: emptyTables(), behind: undefined, copy: undefined }
  const record = recordOf(scenario, world, disk)
  const trial: Trial = {
    scenario,
    mutation,
    timeline: new Timeline(),
    world,
    disk,
    record,
    director: makeProcess("director"),
    draw: drawOf(scenario.seed, "play"),
    launch: (verb) => {
      if (unfinished(trial) > 0) start(trial, calm(trial, { verb }))
    }
  }
  for (const { document, kind } of scenario.strangers) perform(trial, { deed: "create", kind, document })
  return trial
}

const textOf = (error: unknown): string => {
  if (typeof error !== "object" || error === null) return String(error)
  const { _tag, batch, cause, detail, reason } = error as { readonly [key: string]: unknown }
  return `${String(_tag)} ${String(batch ?? "")} ${String(reason ?? "")} ${String(detail ?? "")} ${
    typeof cause === "object" ? textOf(cause) : ""
  }`
}

const toldOf = (trial: Trial, actor: Actor, exit: Exit.Exit<Came, AppError>): Told => {
  const { timeline, world } = trial
  const base = { process: actor.number, at: timeline.now, durable: durableRows(trial), logged: world.log.length }
  if (Exit.isFailure(exit)) {
    const text = exit.cause.reasons.map((reason) =>
      reason._tag === "Fail"
        ? textOf(reason.error)
        : reason._tag === "Die"
        ? `Died ${String(reason.defect)}`
        : "Interrupted"
    ).join("; ")
    return { ...base, reports: [], error: text, text }
  }
  const { reports, result, said } = exit.value
  return {
    ...base,
    result,
    text: JSON.stringify([reports, said]),
    reports: reports.map((report) => ({
      batch: report.batch,
      outcome: report.outcome,
      left: report.left,
      stuck: report.stuck.map(({ address, blocked, step }) => ({
        address,
        step,
        digest: blocked.digest,
        why: blocked.why,
        choices: blocked.choices
      }))
    }))
  }
}

const start = (trial: Trial, act: Act): Actor => {
  const number = trial.record.actors.length + 1
  const actor: Actor = {
    number,
    process: makeProcess(`p${number}`),
    act,
    draw: drawOf(trial.scenario.seed, `process ${number}`),
    requested: Deferred.makeUnsafe<string>(),
    since: trial.world.log.length,
    startedAt: trial.timeline.now,
    beats: 0,
    commits: 0,
    marks: 0,
    overdue: false,
    over: false
  }
  const choices = act.answers === undefined
    ? []
    : answersTo(trial, drawOf(act.answers, "answers"), act.contrary ?? false)
  trial.record.actors.push(actor)
  trial.world.inject(...act.faults)
  const fiber: Fiber.Fiber<Came, AppError> = startIn(
    trial.timeline,
    actor.process,
    actor.draw,
    verbOf(trial, actor, choices)
  )
  fiber.addObserver((exit) => {
    if (actor.process.life === "dead") return
    actor.over = true
    trial.record.told.push(toldOf(trial, actor, exit))
  })
  return actor
}

const isGone = ({ over, process }: Actor): boolean => over || process.life !== "running"

/** A script gives one command right after another, a person later; milliseconds. */
const betweenMs = [1, 1_000] as const

/** Whether clocks jump, so that nobody can tell how long ago something was written. */
const hasJumps = ({ acts }: Scenario): boolean =>
  acts.some(({ troubles }) => troubles.some(({ act }) => act === "clock"))

/** Lets time pass between two acts. */
const pause = ({ director, draw, scenario, timeline }: Trial): void => {
  let over = false
  timeline.later(director, hasJumps(scenario) ? betweenMs[1] : draw.pick(betweenMs), () => {
    over = true
  })
  timeline.run(() => over)
}

/** How long a person looks on before they kill a process: longer than a lease is waited for; milliseconds. */
const patienceMs = 900_000

/** Lets time pass until a condition holds, or until nobody would wait any longer; tells whether that came first. */
const wait = ({ timeline }: Trial, until: () => boolean): boolean => {
  const late = timeline.now + patienceMs
  timeline.run(() => until() || timeline.now > late)
  return timeline.now > late && !until()
}

const giveUp = (trial: Trial, actor: Actor): void => {
  if (actor.over || actor.process.life === "dead") return
  actor.overdue = true
  kill(trial, actor)
}

/** Starts a process and waits until it is over, killed or stopped, or until the next one is to start beside it. */
const enact = (trial: Trial, act: Act, last?: Act): Actor => {
  if (last?.besideMs === undefined) pause(trial)
  const actor = start(trial, act)
  let besides = false
  if (act.besideMs !== undefined) {
    trial.timeline.later(trial.director, act.besideMs, () => {
      besides = true
    })
  }
  if (wait(trial, () => isGone(actor) || besides)) giveUp(trial, actor)
  return actor
}

/** Lets everything that is under way come to its end. */
const drain = (trial: Trial): void => {
  const { actors } = trial.record
  const isLate = wait(trial, () => actors.every(({ over, process }) => over || process.life === "dead"))
  if (isLate) { for (const actor of actors) giveUp(trial, actor) }
}

/** Runs an act while an older copy of the state stands where the newest was; nobody else may be at work. */
const enactOver = (trial: Trial, act: Act): void => {
  const { copy, tables } = trial.disk
  drain(trial)
  // A copy of the same time as the counter beside it is no older one.
  if (copy === undefined || copy.generation >= (tables.generationBeside ?? 0)) return
  const newest = structuredClone(tables)
  restore(tables, copy)
  enact(trial, act)
  drain(trial)
  restore(tables, newest)
}

const calm = (trial: Trial, act: Partial<Act>): Act => ({
  verb: "recover",
  configuration: trial.scenario.configurations.length - 1,
  parallelism: 4,
  onFailure: "rollback",
  continueOnError: false,
  autoRecover: false,
  adopt: true,
  direction: "auto",
  abandon: false,
  faults: [],
  troubles: [],
  provable: true,
  ...act
})

/** How often a person recovers before they may say that a batch never ends. */
export const patience = 8

const unfinished = ({ disk }: Trial): number =>
  [...disk.tables.batches.values()].filter((batch) => batch.ended === undefined).length

/** Recovers until nothing is unfinished. What a choice does not settle a person takes back, and in the end gives up. */
const settle = (trial: Trial): void => {
  for (let round = 0; round < patience && unfinished(trial) > 0; round++) {
    const answers = round === 0 ? {} : { answers: trial.draw.int(0, 1_000_000) }
    enact(trial, calm(trial, { ...answers, direction: round < 5 ? "auto" : "back", abandon: round === patience - 1 }))
    drain(trial)
  }
}

const finish = (trial: Trial): void => {
  trial.world.clearFaults()
  settle(trial)
  for (let round = 0; round < 2 && unfinished(trial) === 0; round++) {
    enact(trial, calm(trial, { verb: "apply" }))
    drain(trial)
  }
  settle(trial)
}

/** Another workspace over the same server: kinds, disk and record of its own. */
const neighbourOf = (trial: Trial): Trial => {
  const kinds = trial.scenario.kinds.map(({ places, refersTo: _refersTo, ...kind }): KindDraft => ({
    ...kind,
    ...(places === undefined ? {} : { places: places === "owner" ? "parent" : places }),
    name: `n-${kind.name}`
  }))
  const declared = kinds.map(({ name, places }) => ({
    kind: name,
    name: "ann",
    spec: { name: "ann", size: 2, ...(places === undefined ? {} : { place: "north" }) },
    conflict: "stop" as const,
    replace: "auto" as const
  }))
  const scenario = { ...trial.scenario, kinds, configurations: [declared], acts: [] }
  const disk: Trial["disk"] = { tables: emptyTables(), behind: undefined, copy: undefined }
  const record = recordOf(scenario, trial.world, disk)
  return { ...trial, scenario, mutation: undefined, disk, record, launch: () => {} }
}

/** The acts of a scenario, each after or beside the one before; another workspace works beside the second. */
const enactAll = (trial: Trial, neighbour: Trial | undefined): void => {
  const { acts } = trial.scenario
  acts.forEach((act, index) => {
    if (index === 1 && neighbour !== undefined) start(neighbour, calm(neighbour, { verb: "apply", configuration: 0 }))
    if (act.older === true) enactOver(trial, act)
    else enact(trial, act, acts[index - 1])
  })
  drain(trial)
}

/** Plays a scenario, with a rule switched off where one is named. */
export const play = (scenario: Scenario, mutation?: Mutation): Trial => {
  const trial = trialOf(scenario, mutation)
  const neighbour = scenario.neighbour ? neighbourOf(trial) : undefined
  enactAll(trial, neighbour)
  if (scenario.mode === "liveness") finish(trial)
  else {
    enact(trial, calm(trial, { verb: "recover" }))
    drain(trial)
  }
  if (neighbour !== undefined) drain(neighbour)
  trial.world.land()
  return neighbour === undefined ? trial : { ...trial, neighbour: neighbour.record }
}

/** Lets everything land that is still on its way, also of a batch that was given up. */
const rest = ({ director, timeline, world }: Trial): void => {
  let over = false
  timeline.later(director, horizonMs, () => {
    over = true
  })
  timeline.run(() => over)
  world.land()
}

/** Plays the acts of a scenario; then troubles are over, and a recovery follows for each that is said of it. */
export const playThenRecover = (scenario: Scenario, recoveries: ReadonlyArray<Pick<Act, "troubles">>): Trial => {
  const trial = trialOf(scenario, undefined)
  enactAll(trial, undefined)
  trial.world.clearFaults()
  trial.world.land()
  for (const recovery of recoveries) {
    enact(trial, calm(trial, recovery))
    drain(trial)
  }
  rest(trial)
  return trial
}
