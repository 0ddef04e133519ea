/**
 * Reading a store as an Effect: its StateErrors become failures, and a busy state is tried again for a while.
 *
 * The driver itself may block on a lock only briefly (`Limits.busyMs`), for it blocks the whole process.
 */
import { Effect, Schedule } from "effect"
import { Limits } from "../../domain/Limits.ts"
import type { StateError } from "../StateError.ts"
import { fileFailure } from "./FileFailure.ts"

const whileBusy = Schedule.spaced(Limits.busyMs).pipe(Schedule.upTo({ duration: Limits.busyTotalMs }))

/** Does synchronous work that throws StateErrors, and does it again while the state is busy. */
export const reading = <A>(operation: string, work: () => A): Effect.Effect<A, StateError> =>
  Effect.try({ try: work, catch: (cause) => fileFailure(operation, "state", cause) }).pipe(
    Effect.retry({ while: (error) => error.reason === "Busy", schedule: whileBusy })
  )
