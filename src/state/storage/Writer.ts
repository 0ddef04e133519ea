/**
 * The one writer of a state: jobs queued in a tick are committed together, in the order they were queued.
 *
 * Kept here: W2 (no holes: a ride is never dropped while something behind it becomes durable), W9 (after a failed
 * commit the writer is poisoned and appends nothing more; a failed group is not replayed row by row) and W10. On a
 * full disk, where the failed transaction was surely undone, jobs that lead forward fail as Full, from then on too;
 * nothing was sent for them, so nothing depends on them. What else was in the group has to be recorded: the reserve is
 * freed once and the rest committed once more. Only if that fails is the writer poisoned.
 *
 * A forced write costs the same for one row as for fifty. Where several wait at once, the writer gathers for about as
 * long as a commit takes before it commits; a caller that works alone never waits for company.
 */
import { Clock, Effect, Fiber, type Scope } from "effect"
import { Limits } from "../../domain/Limits.ts"
import { StateError } from "../StateError.ts"
import { fileFailure } from "./FileFailure.ts"
import { isForward, type Job, type Reply } from "./Job.ts"
import type { Store } from "./Store.ts"

interface Pending {
  readonly job: Job
  /** Absent for a ride: nobody waits for it. */
  readonly settle?: (reply: Reply) => void
}

export interface Writer {
  readonly store: Store
  readonly queue: Array<Pending>
  /** Somebody waits, or rides have waited long enough. */
  due: boolean
  closing: boolean
  /** The disk was full: nothing leads forward any more. */
  full: StateError | undefined
  /** What the first failed commit failed with. */
  poison: StateError | undefined
  /** Epochs under which an append was refused. */
  readonly fenced: Set<number>
  /** How many waited for the last commit, and how long it took; milliseconds. */
  waiters: number
  commitMs: number
  wakeWriter: () => void
  wakeRides: () => void
}

const nobody = (): void => {}

const isBusy = (error: StateError): boolean => error.reason === "Busy"

const stopped = (cause: StateError): StateError =>
  new StateError({
    reason: "Poisoned",
    operation: "append",
    detail: `the journal stopped after a failure: ${cause.detail}`,
    hint: "Run `amends recover`: it starts from what is durable.",
    technical: cause.technical ?? cause.message
  })

const tell = (pending: Pending, reply: Reply): void => pending.settle?.(reply)

const poison = (writer: Writer, cause: StateError, group: ReadonlyArray<Pending>): void => {
  writer.poison = cause
  for (const pending of [...group, ...writer.queue.splice(0)]) tell(pending, cause)
}

/** Takes what goes into one transaction; a job larger than a group goes alone. */
const takeGroup = (writer: Writer): ReadonlyArray<Pending> => {
  let [count, rows, size] = [0, 0, 0]
  for (const { job } of writer.queue) {
    rows += job.rows.length
    size += job.size
    if (count > 0 && (rows > Limits.groupRowsMax || size > Limits.groupBytesMax)) break
    count++
  }
  return writer.queue.splice(0, count)
}

/** Commits a group and tells its waiters, or answers why nothing of it was written. */
const commit = (writer: Writer, group: ReadonlyArray<Pending>): StateError | undefined => {
  try {
    const replies = writer.store.commit(group.map(({ job }) => job))
    group.forEach((pending, index) => {
      const reply = replies[index] ?? 0
      if (reply instanceof StateError && reply.reason === "Fenced") writer.fenced.add(pending.job.lease.epoch)
      tell(pending, reply)
    })
    return undefined
  } catch (cause) {
    return fileFailure("append", "state", cause)
  }
}

const commitBesides = (writer: Writer, group: ReadonlyArray<Pending>, full: StateError): void => {
  writer.full = full
  // A ride that leads forward has nobody to tell, so it cannot be left out.
  const refused = group.filter((pending) => pending.settle !== undefined && isForward(pending.job))
  for (const pending of refused) tell(pending, full)
  const rest = group.filter((pending) => !refused.includes(pending))
  if (rest.length === 0) return
  const failure = writer.store.freeReserve() ? commit(writer, rest) : full
  if (failure !== undefined) poison(writer, failure, rest)
}

/** Commits and notes how long it took, on the monotonic clock. */
const timedCommit = (writer: Writer, group: ReadonlyArray<Pending>): Effect.Effect<StateError | undefined> =>
  Effect.map(Clock.Clock, (clock) => {
    const started = clock.monotonicTimeNanosUnsafe()
    const failure = commit(writer, group)
    writer.commitMs = Number(clock.monotonicTimeNanosUnsafe() - started) / 1e6
    writer.waiters = group.filter(({ settle }) => settle !== undefined).length
    return failure
  })

const commitGroup = Effect.fnUntraced(function*(writer: Writer, group: ReadonlyArray<Pending>) {
  let failure = yield* timedCommit(writer, group)
  if (failure === undefined) return
  const deadline = (yield* Clock.currentTimeMillis) + Limits.busyTotalMs
  while (failure !== undefined && isBusy(failure) && (yield* Clock.currentTimeMillis) < deadline) {
    yield* Effect.sleep(Limits.busyMs)
    failure = commit(writer, group)
  }
  if (failure === undefined) return
  if (failure.reason === "Full") commitBesides(writer, group, failure)
  else poison(writer, failure, group)
})

const untilDue = (writer: Writer): Effect.Effect<void> =>
  Effect.callback((resume) => {
    if (writer.due) resume(Effect.void)
    else writer.wakeWriter = () => resume(Effect.void)
  })

/**
 * Lets others join a commit while it is worth it: what the event loop has ready, and where several waited for the last
 * commit, whoever comes within about its length.
 */
const gather = Effect.fnUntraced(function*(writer: Writer) {
  if (writer.store.turn === undefined || writer.closing) return
  yield* writer.store.turn
  const ms = Math.min(writer.commitMs * Limits.gatherFactor, Limits.gatherMsMax)
  if (writer.waiters >= 2 && ms >= Limits.gatherMsMin) yield* Effect.sleep(Math.ceil(ms))
})

const write = Effect.fnUntraced(function*(writer: Writer) {
  do {
    yield* untilDue(writer)
    yield* gather(writer)
    while (writer.queue.length > 0) {
      yield* commitGroup(writer, takeGroup(writer))
      // A long queue must not keep answers waiting.
      if (writer.queue.length > 0) yield* Effect.yieldNow
    }
    writer.due = false
  } while (!writer.closing)
})

const untilRides = (writer: Writer): Effect.Effect<void> =>
  Effect.callback((resume) => {
    if (writer.queue.length > 0) resume(Effect.void)
    else writer.wakeRides = () => resume(Effect.void)
  })

const makeDue = (writer: Writer): void => {
  writer.due = true
  const wake = writer.wakeWriter
  writer.wakeWriter = nobody
  wake()
}

const hurryRides = (writer: Writer): Effect.Effect<never> =>
  untilRides(writer).pipe(
    Effect.andThen(Effect.sleep(Limits.rideMs)),
    Effect.andThen(Effect.sync(() => makeDue(writer))),
    Effect.forever
  )

const refusal = (writer: Writer, job: Job): StateError | undefined => {
  if (writer.poison !== undefined) return stopped(writer.poison)
  if (writer.closing) {
    return new StateError({
      reason: "Poisoned",
      operation: "append",
      detail: "the state is closed",
      hint: "Run the command again."
    })
  }
  return writer.full !== undefined && isForward(job) ? writer.full : undefined
}

/** Queues a job and waits until it, and everything queued before it, is durable. Answers the seq of its last row. */
export const submit = (writer: Writer, job: Job): Effect.Effect<number, StateError> =>
  Effect.callback((resume) => {
    const refused = refusal(writer, job)
    if (refused !== undefined) return resume(Effect.fail(refused))
    const answer = (reply: Reply) => resume(typeof reply === "number" ? Effect.succeed(reply) : Effect.fail(reply))
    writer.queue.push({ job, settle: answer })
    makeDue(writer)
  })

/** Queues a job that rides on the next commit. */
export const submitRide = (writer: Writer, job: Job): Effect.Effect<void, StateError> =>
  Effect.suspend(() => {
    const refused = refusal(writer, job)
    if (refused !== undefined) return Effect.fail(refused)
    writer.queue.push({ job })
    const wake = writer.wakeRides
    writer.wakeRides = nobody
    wake()
    return Effect.void
  })

/** Starts the writer of a store. Closing the scope commits what is queued, then stops it. */
export const startWriter: (store: Store) => Effect.Effect<Writer, never, Scope.Scope> = Effect.fnUntraced(
  function*(store: Store) {
    const writer: Writer = {
      store,
      queue: [],
      due: false,
      closing: false,
      full: undefined,
      poison: undefined,
      fenced: new Set(),
      waiters: 0,
      commitMs: 0,
      wakeWriter: nobody,
      wakeRides: nobody
    }
    yield* Effect.forkScoped(hurryRides(writer))
    const fiber = yield* Effect.forkScoped(Effect.uninterruptible(write(writer)))
    // Registered last, so it runs first: no new jobs, commit what is queued, then let the store close.
    yield* Effect.addFinalizer(() => {
      writer.closing = true
      makeDue(writer)
      return Fiber.await(fiber)
    })
    return writer
  }
)
