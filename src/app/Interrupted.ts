/**
 * A wish to stop that came before anything was written.
 */
import { Deferred, Effect } from "effect"
import { Stopping } from "../executor/Stopping.ts"
import { Refusal } from "./Failure.ts"

/** Refuses to go on when somebody asked to stop. */
export const refuseStopped: Effect.Effect<void, Refusal> = Effect.gen(function*() {
  const { requested } = yield* Stopping
  if (!(yield* Deferred.isDone(requested))) return
  return yield* new Refusal({
    reason: "Interrupted",
    summary: "interrupted",
    detail: `${yield* Deferred.await(requested)}; nothing was written`,
    hint: "run the command again"
  })
})
