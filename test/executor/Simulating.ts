/**
 * Draws small worlds, plans, faults, strangers and crashes from a seed, and runs them through the engine.
 *
 * For journals and half-finished batches as they come about, where a test needs many. What the engine promises is
 * judged by test/simulation.
 */
import { Deferred, Effect, Result } from "effect"
import { TestClock } from "effect/testing"
import type { Document } from "../../src/domain/Document.ts"
import type { Choice } from "../../src/domain/Entry.ts"
import type { Desired } from "../../src/executor/Planner.ts"
import type { BatchReport } from "../../src/executor/Report.ts"
import { Stopping } from "../../src/executor/Stopping.ts"
import type { Act } from "../../src/providers/memory/Fault.ts"
import { box as plainBox, defaultKinds, memoryKind } from "../../src/providers/memory/Kinds.ts"
import type { Beat } from "../../src/providers/memory/World.ts"
import { apply, crash, idOf, makeSaga, planned, recoverNewest, runPlan, type Saga, want, withState } from "./Saga.ts"

/** A small random number generator (mulberry32): the same seed draws the same run. */
export const drawing = (seed: number) => {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
  const below = (n: number): number => Math.floor(next() * n)
  return { chance: (p: number) => next() < p, below, pick: <A>(of: ReadonlyArray<A>): A => of[below(of.length)] as A }
}

type Draw = ReturnType<typeof drawing>

const { schema } = plainBox.kind

/** Server id and a marker: what is found by it is ours. */
export const tag = memoryKind({
  name: "tag",
  nameField: "name",
  schema,
  capabilities: { marker: { field: "/mark" } },
  roles: { readOnly: ["/mark"] }
})

/** Server id and an idempotency key. */
export const coin = memoryKind({
  name: "coin",
  nameField: "name",
  schema,
  capabilities: { idempotencyKey: { ttlMs: 86_400_000 } }
})

/** Server id, and reads that lag behind writes. */
export const slow = memoryKind({ name: "slow", nameField: "name", schema, capabilities: { settlesWithinMs: 300 } })

export const simulatedKinds = [...defaultKinds, tag, coin, slow]

const plainKinds = ["box", "tag", "coin", "slow"]

const resourcesOf = (draw: Draw): ReadonlyArray<Desired> => {
  const all: Array<Desired> = []
  const size = () => draw.chance(0.5) ? { size: 1 + draw.below(3) } : {}
  const label = () => draw.chance(0.4) ? { label: draw.pick(["x", "y"]) } : {}
  for (const kind of plainKinds) {
    for (const name of ["a", "b"]) {
      const material = kind === "box" && draw.chance(0.4) ? { material: draw.pick(["oak", "iron"]) } : {}
      if (draw.chance(0.45)) all.push(want(kind, name, { name, ...size(), ...label(), ...material }))
    }
  }
  if (draw.chance(0.5)) all.push(want("vault", "v", { name: "v", secret: draw.pick(["s3cret-one", "s3cret-two"]) }))
  if (draw.chance(0.6)) {
    all.push(want("note", "n", { name: draw.pick(["n", "n", "m"]), text: draw.pick(["hi", "ho"]), tags: ["p", "q"] }))
  }
  if (draw.chance(0.5)) all.push(want("flag", "f", { key: "f", on: draw.chance(0.5) }))
  const boxes = all.filter(({ kind }) => kind === "box")
  for (const name of ["r", "s"]) {
    if (!draw.chance(0.5)) continue
    const to = boxes.length > 0 && draw.chance(0.8) ? draw.pick(boxes) : undefined
    const box = to === undefined ? {} : { box: idOf("box", to.address.slice("box.".length)) }
    const members = draw.chance(0.6) ? { members: [{ who: draw.pick(["u", "w"]) }] } : {}
    all.push(want("ring", name, { name, ...box, ...members }))
  }
  return all
}

/** A world in which a batch runs or ran, and whether a stranger has edited something there. */
interface Simulated {
  readonly saga: Saga
  isEdited: boolean
}

const acts: ReadonlyArray<Act> = [
  "refuse",
  "refuse",
  "notSent",
  "ambiguousBefore",
  "ambiguousAfter",
  "throttle",
  "lateLanding",
  "hang",
  "unauthorized",
  "die"
]

const writes: ReadonlySet<string> = new Set(["create", "update", "delete"])

/** Strangers act where the engine can still see it: just before a read of that resource. */
const meddle = (draw: Draw, run: Simulated, beat: Beat): void => {
  const { world } = run.saga
  // A guard protects whatever the moment is.
  const note = [...(world.resources.get("note")?.keys() ?? [])][0]
  if (note !== undefined && draw.chance(0.1)) {
    world.edit("note", note, { text: `theirs-${draw.below(9)}` })
    run.isEdited = true
    return
  }
  if (beat.when !== "before" || beat.id === undefined || beat.operation !== "observe") return
  const fields: { readonly [kind: string]: ReadonlyArray<string> } = {
    box: ["label", "size"],
    tag: ["label", "size"],
    ring: [],
    note: ["text"]
  }
  const field = draw.pick(fields[beat.kind] ?? [])
  // What was sent and not answered may land on an edit that nobody could see when it was sent.
  const inFlight = world.log.some(({ arrival, effect, told }) =>
    arrival.kind === beat.kind && arrival.id === beat.id && effect === "lost" && told === "Ambiguous"
  )
  if (inFlight) return
  if (field === undefined || world.get(beat.kind, beat.id) === undefined) return
  const value = field === "size" ? 100 + draw.below(9) : `theirs-${draw.below(9)}`
  world.edit(beat.kind, beat.id, { [field]: value } as Document)
  run.isEdited = true
}

interface Trouble {
  readonly faults: ReadonlyMap<number, Act>
  readonly meddleAt: number
  readonly crashAt: number
  readonly stopAt: number
}

const troubleOf = (draw: Draw): Trouble => ({
  faults: new Map(Array.from({ length: draw.below(5) }, () => [1 + draw.below(24), draw.pick(acts)])),
  meddleAt: draw.chance(0.4) ? 1 + draw.below(50) : 0,
  crashAt: draw.chance(0.5) ? 1 + draw.below(60) : 0,
  stopAt: draw.chance(0.1) ? 1 + draw.below(40) : 0
})

/** Runs something in a troubled world; `undefined` where the process died. */
const troubled = Effect.fnUntraced(function*<A>(
  draw: Draw,
  run: Simulated,
  trouble: Trouble,
  act: (saga: Saga) => Effect.Effect<A, unknown>
) {
  const { world } = run.saga
  const requested = Deferred.makeUnsafe<string>()
  let [beats, requests, dead] = [0, 0, false]
  const onBeat = (beat: Beat) =>
    Effect.suspend(() => {
      beats += 1
      dead = dead || beats === trouble.crashAt
      if (dead) return crash
      if (beats === trouble.stopAt) Deferred.doneUnsafe(requested, Effect.succeed("Ctrl-C"))
      if (trouble.meddleAt > 0 && beats >= trouble.meddleAt && !run.isEdited) meddle(draw, run, beat)
      if (beat.when === "before" && beat.operation !== "check") {
        const fault = trouble.faults.get(++requests)
        const read = !writes.has(beat.operation)
        const { kind, operation } = beat
        if (fault !== undefined && !(read && fault === "refuse")) {
          world.inject({ act: fault, match: { kind, operation }, ms: 700 })
        }
      }
      return Effect.void
    })
  world.onBeat = onBeat
  const process: Saga = { ...run.saga, options: { ...run.saga.options, onCommit: () => dead ? "Io" : undefined } }
  const exit = yield* act(process).pipe(Effect.provideService(Stopping, { requested }), Effect.exit)
  world.onBeat = () => Effect.void
  world.clearFaults()
  if (exit._tag === "Success") return exit.value
  if (!dead) return yield* exit
  return undefined
})

const safe: ReadonlyArray<Choice> = ["retry", "accept", "force", "skip"]

const decideBlocked = (draw: Draw, report: BatchReport) =>
  report.stuck.flatMap(({ address, blocked }) => {
    const offered = safe.filter((choice) => blocked.choices.includes(choice))
    return offered.length === 0 ? [] : [{ address, choice: draw.pick(offered) }]
  }).filter(({ address }, i, all) => all.findIndex((one) => one.address === address) === i)

/** Recovers until the batch is over, choosing for a person where one is asked. */
const finish = Effect.fnUntraced(function*(draw: Draw, run: Simulated) {
  let choices: ReturnType<typeof decideBlocked> = []
  for (let round = 0; round < 12; round++) {
    const recovered = yield* recoverNewest(run.saga, { choices })
    if (recovered === undefined) return
    if (Result.isFailure(recovered)) return yield* Effect.die(recovered.failure)
    if (recovered.success.outcome !== "stuck") return
    choices = decideBlocked(draw, recovered.success)
  }
  return yield* Effect.die(new Error("the batch never ends"))
})

/** A seeded run up to where its batch is over, or its process died. */
export const begin = Effect.fnUntraced(function*(seed: number) {
  const draw = drawing(seed)
  const saga = makeSaga({ kinds: simulatedKinds })
  const run: Simulated = { saga, isEdited: false }
  const [before, after] = [resourcesOf(draw), resourcesOf(draw)]
  for (const kind of plainKinds) {
    if (draw.chance(0.3)) saga.world.create(kind, { name: "theirs", size: 1 })
  }
  yield* apply(saga, before)
  const overrides = {
    parallelism: 1 + draw.below(6),
    onFailure: draw.chance(0.15) ? "keep" as const : "rollback" as const,
    continueOnError: draw.chance(0.2)
  }
  // Reads that lag have settled when somebody plans.
  yield* TestClock.adjust("1 second")
  const plan = yield* planned(saga, after)
  const report = yield* troubled(
    draw,
    run,
    troubleOf(draw),
    (process) => withState(process, runPlan(process, plan, overrides))
  )
  return { draw, run, report }
})

/** One seeded run, up to the end of its batch. */
export const simulate = Effect.fnUntraced(function*(seed: number) {
  const { draw, report, run } = yield* begin(seed)
  const { saga } = run
  if (report === undefined && draw.chance(0.4)) {
    yield* troubled(draw, run, troubleOf(draw), (process) => recoverNewest(process))
  }
  saga.world.land()
  yield* finish(draw, run)
  yield* TestClock.adjust("1 second")
  return run
})
