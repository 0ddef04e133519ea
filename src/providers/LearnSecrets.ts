/**
 * Told every secret that a provider comes to know only while it works: what a program printed, a token it fetched.
 *
 * Those of the files are known before anything is sent; these must be sealed and redacted like them from the moment
 * they are there. Nobody is told unless somebody listens.
 */
import { Context } from "effect"

export const LearnSecrets = Context.Reference<(values: ReadonlyArray<string>) => void>("amends/LearnSecrets", {
  defaultValue: () => () => undefined
})
