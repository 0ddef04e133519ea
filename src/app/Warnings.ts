/**
 * What went wrong beside the work and does not change its outcome: told to whoever runs the verb.
 *
 * The default tells nobody; the command line shows it as a diagnostic.
 */
import { Context } from "effect"

/** Something to know that is no error: what, why, what to do. */
export interface Warning {
  readonly summary: string
  readonly detail: string
  readonly hint: string
}

/** Who is told. */
export const Warnings = Context.Reference<{ readonly warn: (warning: Warning) => void }>("amends/Warnings", {
  defaultValue: () => ({ warn: () => {} })
})
