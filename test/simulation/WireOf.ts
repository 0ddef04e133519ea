/**
 * The network of one process: the real in-memory provider, with a beat before and after each operation at which
 * troubles befall the process, a little time on the way, and a record of what was sent and read.
 *
 * A dead process sends nothing and learns nothing: its operations never come back.
 */
import { Clock, Deferred, Effect } from "effect"
import type { Epoch } from "../../src/domain/Ids.ts"
import { makeMemoryProvider } from "../../src/providers/memory/MemoryProvider.ts"
import { type Answer, Priority, type Provider, type Sending } from "../../src/providers/Provider.ts"
import type { ProviderError } from "../../src/providers/ProviderError.ts"
import { kindOf } from "./Kinds.ts"
import { type BeatTrouble, horizonMs, timeoutMs } from "./Scenario.ts"
import { perform } from "./Strangers.ts"
import { clockOf, startIn } from "./Timeline.ts"
import { type Actor, durableRows, kill, type Sent, stop, type Trial } from "./Trial.ts"

type Request = ReturnType<Provider["send"]>

/** What `lease break` does: nobody's lease of a higher epoch. */
const breakLease = ({ disk: { tables }, record }: Trial): void => {
  const { lease } = tables
  if (lease === undefined || lease.owner === "") return
  tables.lease = { ...lease, owner: "", epoch: (lease.epoch + 1) as Epoch, expiresMs: 0 }
  record.broken.push({ epoch: lease.epoch, rows: record.rows.length })
}

const befall = (trial: Trial, actor: Actor, trouble: BeatTrouble): void => {
  switch (trouble.act) {
    case "stranger":
      return perform(trial, trouble.deed)
    case "stop":
      return stop(trial, actor, trouble.ms)
    case "cancel":
      return void Deferred.doneUnsafe(actor.requested, Effect.succeed("Ctrl-C"))
    case "clock":
      actor.process.wallOffset += trouble.ms
      return
    case "pause":
      trial.launch("pause")
      return trial.timeline.later(trial.director, trouble.ms, () => trial.launch("resume"))
    case "break":
      return breakLease(trial)
    case "crash":
      return
  }
}

/** What befalls a process at its next beat; `crash` is left to the caller, which knows what is on its way. */
const nextBeat = (trial: Trial, actor: Actor): Extract<BeatTrouble, { readonly act: "crash" }> | undefined => {
  actor.beats += 1
  for (const trouble of actor.act.troubles) {
    if (!("beat" in trouble) || trouble.beat !== actor.beats) continue
    if (trouble.act === "crash") return trouble
    befall(trial, actor, trouble)
  }
  return undefined
}

const travelMax = 120

const travelMs = ({ draw }: Actor): number => 1 + Math.floor(draw.next() ** 3 * travelMax)

/** A beat beside which nothing is on its way, and some time that passes. */
const beat = (trial: Trial, actor: Actor): Effect.Effect<void> =>
  Effect.suspend(() => {
    if (actor.process.life === "dead") return Effect.never
    if (nextBeat(trial, actor) === undefined) return Effect.sleep(travelMs(actor))
    kill(trial, actor)
    return Effect.never
  })

/**
 * Sends a request: from here on it is the network's, and arrives whatever becomes of the process. Its answer is for
 * the process to read, if it lives.
 */
const travel = (
  { director, draw, timeline }: Trial,
  request: Request,
  ms: number,
  arrived: (exit: Effect.Effect<Answer, ProviderError>) => void = () => {}
): void => timeline.later(director, ms, () => startIn(timeline, director, draw, request).addObserver(arrived))

/** How late the server may carry out what it took. */
const latestMs = ({ scenario }: Trial): number =>
  Math.max(0, ...scenario.acts.flatMap(({ faults }) => faults.map(({ act, ms = 0 }) => act === "acceptLate" ? ms : 0)))

/** How much later a request arrives whose process died: with what the server may take, not after the horizon. */
const landingMs = (trial: Trial, ms: number): number =>
  Math.max(1, Math.min(ms, horizonMs - travelMax - latestMs(trial)))

const reading = <A, E>(
  trial: Trial,
  actor: Actor,
  what: { readonly kind: string; readonly id?: string },
  read: Effect.Effect<A, E>
): Effect.Effect<A, E> =>
  beat(trial, actor).pipe(
    Effect.andThen(Effect.suspend(() => {
      const { record, world } = trial
      const made = { process: actor.number, rows: record.rows.length, logged: world.log.length, ...what }
      // The server has a clock of its own.
      const answered = Effect.provideService(read, Clock.Clock, clockOf(trial.timeline, trial.director))
      // What was not answered told nothing.
      return Effect.exit(Effect.tap(answered, () => Effect.sync(() => record.reads.push(made))))
    })),
    Effect.tap(() => beat(trial, actor)),
    Effect.flatMap((exit) => exit)
  )

const note = (trial: Trial, actor: Actor, what: Pick<Sent, "during" | "sending">): void => {
  const { record, timeline, world } = trial
  record.sent.push({
    process: actor.number,
    at: timeline.now,
    durable: durableRows(trial),
    logged: world.log.length,
    ...what
  })
}

/** Under the same key and intent a repeated request asks for something else. */
const garbled = (trial: Trial, sending: Sending): Sending => {
  const body = sending.call.body
  const seen = trial.record.sent.some((one) => one.sending.idempotencyKey === sending.idempotencyKey)
  if (trial.mutation !== "W6" || !seen || typeof body !== "object" || body === null) return sending
  return { ...sending, call: { ...sending.call, body: { ...body, size: 77 } } }
}

const sending = (trial: Trial, actor: Actor, provider: Provider, intended: Sending): Request =>
  Effect.gen(function*() {
    if (actor.process.life === "dead") return yield* Effect.never
    const during = yield* Priority
    const actual = garbled(trial, intended)
    const request = provider.send(actual).pipe(Effect.provideService(Priority, during))
    const dies = nextBeat(trial, actor)
    if (dies !== undefined && dies.landsMs === undefined) {
      kill(trial, actor)
      return yield* Effect.never
    }
    note(trial, actor, { during, sending: actual })
    if (dies?.landsMs !== undefined) {
      travel(trial, request, landingMs(trial, dies.landsMs))
      kill(trial, actor)
      return yield* Effect.never
    }
    const exit = yield* Effect.exit(
      Effect.callback<Answer, ProviderError>((resume) =>
        travel(trial, request, travelMs(actor), (end) => trial.timeline.queue(actor.process, () => resume(end)))
      )
    )
    yield* beat(trial, actor)
    return yield* exit
  })

/** The provider of a process. */
export const wireOf = (trial: Trial, actor: Actor): Provider => {
  const provider = makeMemoryProvider(trial.world, {
    kinds: trial.scenario.kinds.map(kindOf),
    horizonMs: trial.mutation === "horizon" ? 0 : horizonMs,
    timeoutMs
  })
  return {
    ...provider,
    check: reading(trial, actor, { kind: "" }, provider.check),
    observe: (kind, id) => reading(trial, actor, { kind, id }, provider.observe(kind, id)),
    list: (kind, scope) => reading(trial, actor, { kind }, provider.list(kind, scope)),
    find: (kind, probe) => reading(trial, actor, { kind }, provider.find(kind, probe)),
    send: (one) => sending(trial, actor, provider, one)
  }
}
