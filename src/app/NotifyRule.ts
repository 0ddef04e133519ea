/**
 * A rule of `notify` in amends.yaml: what is told, and to whom. Which words hold of a batch is in `NotifyWords.ts`.
 */

/** What a rule may be told of. */
export const notifyWords = [
  "stuck",
  "in-doubt",
  "compensated",
  "residue",
  "kept",
  "abandoned",
  "committed",
  "long-running"
] as const
export type NotifyWord = typeof notifyWords[number]

/** Who is told. */
export type NotifyTarget =
  /** Absolute address. It is a secret. */
  | { readonly _tag: "webhook"; readonly url: string }
  /** The program is absolute, or a bare name that is looked up in PATH. */
  | { readonly _tag: "command"; readonly argv: readonly [program: string, ...rest: ReadonlyArray<string>] }

/** One rule. */
export interface NotifyRule {
  /** Where it stands in amends.yaml: `/notify/0`. */
  readonly path: string
  readonly on: ReadonlyArray<NotifyWord>
  /** How long a batch runs before it is long-running; milliseconds. */
  readonly afterMs: number
  readonly target: NotifyTarget
}
