/**
 * Asks before something is written, and only `yes` is a yes.
 */
import { Effect } from "effect"
import { Refusal } from "../app/Failure.ts"
import { Current, enter } from "./Run.ts"
import { Screen } from "./Screen.ts"

const cannotAsk = (why: string) =>
  new Refusal({
    reason: "NotConfirmed",
    summary: "not confirmed",
    detail: `this needs a yes, and nobody can be asked: ${why}`,
    hint: "look at what would happen, then answer with --yes"
  })

/** The one who is asked, or why nobody is. */
const asked = Effect.gen(function*() {
  const { globals } = yield* Current
  const screen = yield* Screen
  if (!globals.input) return yield* cannotAsk("--input=false was given")
  if (globals.json) return yield* cannotAsk("--json was given")
  if (!screen.canAsk) return yield* cannotAsk("there is no terminal")
  return screen
})

/** How a question is answered. */
export type Answer = "yes" | "ask"

/** Answers whether to go on; a yes given before is enough. Once it is a yes, a wish to stop goes through the engine. */
export const confirmed = Effect.fnUntraced(function*(
  answer: Answer,
  question: string
): Effect.fn.Return<boolean, Refusal, Current | Screen> {
  if (answer === "ask") {
    const screen = yield* asked
    const said = yield* screen.ask(`${question}\n  Only 'yes' is a yes: `)
    if (said?.trim() !== "yes") return false
  }
  yield* enter("running")
  return true
})
