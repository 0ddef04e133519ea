/**
 * Where providers run: the environment that programs for credentials and the way through proxies are taken from.
 *
 * It is what amends was given, filled in by the composition root, so that nothing below reads the environment of the
 * process. Without it there are no proxies, and programs are found by their path only.
 */
import { Context } from "effect"

/** Environment variables as given. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>
}

export const Surroundings = Context.Reference<Surroundings>("amends/Surroundings", {
  defaultValue: () => ({ env: {} })
})
