/**
 * Promises of a module that nobody waits for. One that fails would end the process in the middle of a batch, and that
 * over something that nobody asked about; it is told as a warning instead.
 *
 * The engine has no such promises of its own, so that while a module is open they are taken for the module's.
 */
import { Effect, type Scope } from "effect"
import { WarnOf } from "../WarnOf.ts"
import { thrownText } from "./Rules.ts"

/** Listens for such promises for the length of the scope. */
export const watchLostPromises = (provider: string): Effect.Effect<void, never, Scope.Scope> =>
  Effect.flatMap(WarnOf, (warn) => {
    const told = new Set<string>()
    const tell = (thrown: unknown): void => {
      const why = thrownText(thrown)
      if (told.has(why)) return
      told.add(why)
      warn({
        summary: "a provider module did not wait for something that failed",
        detail: `${provider}: ${why}`,
        hint: "await every promise in the module: what it does behind an answer is part of no batch"
      })
    }
    return Effect.asVoid(Effect.acquireRelease(
      Effect.sync(() => process.on("unhandledRejection", tell)),
      () => Effect.sync(() => process.off("unhandledRejection", tell))
    ))
  })
