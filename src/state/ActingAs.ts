/**
 * Who acts, with which command and why: what every record of the audit trail begins with.
 *
 * It is asked at the moment of writing, so that a secret that was learned meanwhile is masked. The command line
 * says it for its commands, and the verbs of the library for programs.
 */
import { Context } from "effect"

export interface Operator {
  readonly actor?: string
  /** The command or the verb, e.g. `lease break`. */
  readonly verb?: string
  readonly reason?: string
}

export const ActingAs = Context.Reference<() => Operator>("amends/ActingAs", { defaultValue: () => () => ({}) })
