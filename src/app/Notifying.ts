/**
 * Tells the rules of `notify` what becomes of the batches that a verb runs: while one runs for long, and once this
 * process is through with it.
 *
 * What is told is durable before; it is told beside the work and not under the lease (ADR 15). The end of the verb
 * waits for what is under way, within bounds and not past a wish to stop, and is the same whatever comes of it.
 */
import { Cause, Clock, Deferred, Effect, Exit, Fiber } from "effect"
import type { BatchId } from "../domain/Ids.ts"
import { Limits } from "../domain/Limits.ts"
import { Progress } from "../executor/Progress.ts"
import type { BatchReport } from "../executor/Report.ts"
import { Stopping } from "../executor/Stopping.ts"
import { Journal } from "../state/Journal.ts"
import { Leases } from "../state/Leases.ts"
import { beside, type Courier, type CourierServices, type News, tellAll } from "./Courier.ts"
import { Delivering } from "./Delivering.ts"
import { type AppError, type Failure, failureOf, failureOfDefect } from "./Failure.ts"
import { type CameTo, cameToNothing, wordFor, wordsOf } from "./NotifyWords.ts"
import { type OpenQuestions, openQuestionsIn } from "./OpenQuestions.ts"
import { BatchListener, type WatchedBatch } from "./Telemetry.ts"
import type { WorkspaceSettings } from "./Workspace.ts"

/** A batch that this process works on. */
interface Underway extends Pick<News, "watched" | "startedAt"> {
  /** Each waits until the batch is long-running for one rule. */
  readonly timers: ReadonlyArray<Fiber.Fiber<void>>
}

interface Desk {
  readonly courier: Courier
  readonly underway: Map<BatchId, Underway>
}

const nothing: OpenQuestions = { waiting: [], inDoubt: [] }

const startTimers = ({ courier }: Desk, begun: Omit<Underway, "timers">) =>
  Effect.forEach(courier.rules.filter(({ on }) => on.includes("long-running")), (rule) => {
    const telling = tellAll(courier, [{ rule, event: "long-running" }], { ...begun, ...nothing })
    return Effect.forkIn(Effect.andThen(Effect.sleep(rule.afterMs), beside(courier, telling)), courier.scope)
  })

const begins = (desk: Desk) => (watched: WatchedBatch): Effect.Effect<void> =>
  Effect.gen(function*() {
    const begun = { watched, startedAt: yield* Clock.currentTimeMillis }
    desk.underway.set(watched.batch, { ...begun, timers: yield* startTimers(desk, begun) })
  })

/** What a batch came to, as far as it is known without its journal. */
interface End {
  readonly cameTo: CameTo
  readonly report?: BatchReport
  readonly stopped?: Failure
}

/** The journal is read only where the batch is not over, and somebody wants to know. */
const tellEnd = Effect.fnUntraced(function*(
  { courier }: Desk,
  { startedAt, watched }: Underway,
  { cameTo, report, stopped }: End
): Effect.fn.Return<void, never, CourierServices> {
  const possible = wordsOf({ cameTo, doubt: "some" })
  if (!courier.rules.some((rule) => wordFor(rule, possible) !== undefined)) return
  const known: OpenQuestions = { waiting: report?.stuck ?? [], inDoubt: [] }
  const isOver = cameTo !== "stuck" && cameTo !== "halted"
  const questions = isOver ? known : yield* (yield* Journal).toFold(watched.batch).pipe(
    Effect.map(openQuestionsIn),
    Effect.orElseSucceed(() => known)
  )
  const words = wordsOf({ cameTo, doubt: questions.inDoubt.length > 0 ? "some" : "none" })
  const addressed = courier.rules.flatMap((rule) => {
    const event = wordFor(rule, words)
    return event === undefined ? [] : [{ rule, event }]
  })
  const why = stopped === undefined ? {} : { stopped }
  yield* tellAll(courier, addressed, {
    watched,
    startedAt,
    ...questions,
    ...(report === undefined ? why : { report })
  })
})

/** Takes a batch off the desk. */
const taken = Effect.fnUntraced(function*({ underway }: Desk, batch: BatchId) {
  const one = underway.get(batch)
  underway.delete(batch)
  if (one !== undefined) yield* Fiber.interruptAll(one.timers)
  return one
})

const ends = (desk: Desk) => (batch: BatchId, report: BatchReport | undefined): Effect.Effect<void> =>
  Effect.flatMap(taken(desk, batch), (one) =>
    one === undefined || report === undefined || cameToNothing(report)
      ? Effect.void
      : beside(desk.courier, tellEnd(desk, one, { cameTo: report.outcome, report })))

const defect: Failure = failureOfDefect("perhaps", "what was written is in the journal: amends recover finishes it")

const errorIn = (exit: Exit.Exit<unknown, AppError>): AppError | undefined => {
  if (Exit.isSuccess(exit)) return undefined
  const [failed] = exit.cause.reasons.filter(Cause.isFailReason)
  return failed?.error
}

const isFenced = (error: AppError | undefined): boolean => {
  const cause = error?._tag === "Halted" ? error.cause : error
  return cause?._tag === "StateError" && cause.reason === "Fenced"
}

/** Whether a batch is not over and nobody else works on it; a state that cannot be read tells nothing better. */
const isLeft = Effect.fnUntraced(function*(
  batch: BatchId,
  error: AppError | undefined
): Effect.fn.Return<boolean, never, CourierServices> {
  const { unfinished } = yield* Journal
  const isOpen = Effect.map(unfinished, (open) => open.some(({ id }) => id === batch))
  if (!(yield* Effect.orElseSucceed(isOpen, () => true))) return false
  if (!isFenced(error)) return true
  const isFree = Effect.map((yield* Leases).show, (view) => view === undefined || view.leftMs === 0)
  return yield* Effect.orElseSucceed(isFree, () => true)
})

/** What was begun and has no report was stopped: by an error, or because the lease was lost. */
const tellStopped = Effect.fnUntraced(function*(desk: Desk, exit: Exit.Exit<unknown, AppError>) {
  const error = errorIn(exit)
  for (const batch of desk.underway.keys()) {
    const one = yield* taken(desk, batch)
    if (one === undefined || !(yield* isLeft(batch, error))) continue
    const stopped = error === undefined ? defect : failureOf(error)
    yield* beside(desk.courier, tellEnd(desk, one, { cameTo: "halted", stopped }))
  }
})

const notice = Effect.gen(function*() {
  const progress = yield* Progress
  yield* Effect.sleep(Limits.noticeAfterMs)
  progress.publish({ _tag: "waiting", what: "notifications to be delivered", ms: Limits.notifyTotalMs })
  return yield* Effect.never
})

/**
 * Waits until everything is delivered or given up; a wish to stop that comes now gives up the rest. One that came
 * before was about the batch, so that it takes a second one.
 */
const settled = Effect.fnUntraced(function*({ deliveries }: Courier) {
  const { requested } = yield* Stopping
  const insisted = Deferred.makeUnsafe<void>()
  const wasRequested = yield* Deferred.isDone(requested)
  if (deliveries.length > 0) (yield* Delivering).begins(() => Deferred.doneUnsafe(insisted, Effect.void))
  const delivered = Effect.raceFirst(Effect.asVoid(Fiber.awaitAll(deliveries)), notice)
  const asked = wasRequested ? Effect.never : Effect.asVoid(Deferred.await(requested))
  yield* Effect.raceAllFirst([delivered, asked, Deferred.await(insisted)])
  yield* Fiber.interruptAll(deliveries)
})

const makeDesk = (settings: WorkspaceSettings) =>
  Effect.gen(function*() {
    const { name, notify: rules = [], root } = settings
    const context = yield* Effect.context<CourierServices>()
    const courier: Courier = { settings: { name, root }, rules, context, scope: yield* Effect.scope, deliveries: [] }
    const desk: Desk = { courier, underway: new Map() }
    return desk
  })

const listening = <A, E, R>(verb: Effect.Effect<A, E, R>, listener: BatchListener["Service"]) =>
  Effect.provideService(verb, BatchListener, listener)

/** Runs a verb whose batches are told of. */
export const notifying = <A, E extends AppError, R>(
  settings: WorkspaceSettings,
  verb: Effect.Effect<A, E, R>
): Effect.Effect<A, E, Exclude<R, BatchListener> | CourierServices> => {
  if ((settings.notify ?? []).length === 0) {
    return listening(verb, { begins: () => Effect.void, ends: () => Effect.void })
  }
  return Effect.scoped(Effect.gen(function*() {
    const desk = yield* makeDesk(settings)
    const exit = yield* Effect.exit(listening(verb, { begins: begins(desk), ends: ends(desk) }))
    yield* Effect.ignoreCause(Effect.andThen(tellStopped(desk, exit), settled(desk.courier)))
    return yield* exit
  })) as Effect.Effect<A, E, Exclude<R, BatchListener> | CourierServices>
}
