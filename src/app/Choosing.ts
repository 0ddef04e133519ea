/**
 * The choices of a person as text: `ADDR=CHOICE`, with `@DIGEST` bound to the conflict that was seen.
 *
 * A choice with a digest is refused once the conflict is another one, so that a command pasted late does no harm.
 */
import { Effect } from "effect"
import { parseChoice } from "../executor/Choices.ts"
import type { RecoverOptions } from "../executor/Recovery.ts"
import type { StuckStep } from "../executor/Report.ts"
import { Refusal } from "./Failure.ts"
import { addressIn } from "./Session.ts"

type EngineChoice = RecoverOptions["choices"][number]

const bare = (digest: string): string => digest.replace(/^\w+:/, "")

/** Renders a choice for a stuck step as `--choice` takes it, bound to what the user saw. */
export const choiceText = ({ address, blocked }: StuckStep, choice: string): string =>
  `${address}=${choice}@${bare(blocked.digest).slice(0, 12)}`

const unreadable = (text: string): Refusal =>
  new Refusal({
    reason: "Usage",
    summary: "not a choice",
    detail: `${JSON.stringify(text)} is no choice`,
    hint: "write ADDR=CHOICE with one of retry, force, accept, applied, not-applied, adopt:ID, skip"
  })

const readChoice = Effect.fnUntraced(function*(text: string): Effect.fn.Return<EngineChoice, Refusal> {
  const [, address = "", word = "", digest] = /^([^=]+)=(.+?)(?:@([0-9a-f]{6,}))?$/.exec(text) ?? []
  const choice = parseChoice(word)
  if (choice === undefined) return yield* unreadable(text)
  return { address: yield* addressIn(address), choice, ...(digest === undefined ? {} : { digest }) }
})

/** Reads choices as typed. */
export const readChoices = (texts: ReadonlyArray<string>): Effect.Effect<ReadonlyArray<EngineChoice>, Refusal> =>
  Effect.forEach(texts, readChoice)
