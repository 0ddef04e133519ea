/**
 * Answers to the conflicts of a rollback, from a file: by address, then by the path of the conflict, a side or a value.
 */
import { Effect, Schema } from "effect"
import type { Json } from "../domain/Document.ts"
import { Refusal } from "./Failure.ts"
import type { Settling } from "./RollbackPlan.ts"
import { type Finding, findingsOf } from "./SchemaFindings.ts"
import type { Answer } from "./TakeBack.ts"

const example = "{ \"watchlist.a\": { \"/description\": { \"take\": \"theirs\" }, \"/name\": { \"value\": \"b\" } } }"

const AnswerOfFile = Schema.Union([
  Schema.Struct({ take: Schema.Literals(["ours", "theirs", "base", "both"]) }),
  Schema.Struct({ value: Schema.Json })
])

const AnswersOfFile = Schema.Record(Schema.String, Schema.Record(Schema.String, AnswerOfFile))

const unreadable = (detail: string): Refusal =>
  new Refusal({
    reason: "Usage",
    summary: "the answers cannot be read",
    detail,
    hint: `they are JSON, such as ${example}`
  })

const sentence = ({ hint, message, path: [address, ...path] }: Finding): string => {
  const place = [...address === undefined ? [] : [address], ...path.length === 0 ? [] : [`at ${path.join(" ")}`]]
  return [...place.length === 0 ? [] : [`${place.join(" ")}:`], message, ...withHint(hint)].join(" ")
}

/** Answers have no schema that could be looked up. */
const withHint = (hint: string): ReadonlyArray<string> => hint.includes("amends schema") ? [] : [`(${hint})`]

const parsed = (text: string): Effect.Effect<Json, Refusal> =>
  Effect.try({ try: () => JSON.parse(text) as Json, catch: () => unreadable("it is no JSON") })

const asAnswer = (answer: typeof AnswerOfFile.Type): Answer =>
  "take" in answer ? { take: answer.take } : { value: answer.value as Json }

/** Reads the text of such a file; everything that is wrong with it is told at once. */
export const readAnswers = (text: string): Effect.Effect<Settling["answers"], Refusal> =>
  Effect.flatMap(parsed(text), (value) => {
    const findings = findingsOf(AnswersOfFile, value)
    if (findings.length > 0) return Effect.fail(unreadable(findings.map(sentence).join("\n")))
    const found = value as typeof AnswersOfFile.Type
    return Effect.succeed(
      new Map(
        Object.entries(found).map(([address, answers]) =>
          [address, new Map(Object.entries(answers).map(([path, answer]) => [path, asAnswer(answer)]))] as const
        )
      )
    )
  })
