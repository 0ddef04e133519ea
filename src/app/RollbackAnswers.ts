/**
 * Answers to the conflicts of a rollback, from a file: by address, then by the path of the conflict, a side or a value.
 */
import { Effect, Schema } from "effect"
import type { Json } from "../domain/Document.ts"
import { Refusal } from "./Failure.ts"
import type { Settling } from "./RollbackPlan.ts"
import type { Answer } from "./TakeBack.ts"

const example = "{ \"watchlist.a\": { \"/description\": { \"take\": \"theirs\" }, \"/name\": { \"value\": \"b\" } } }"

const AnswerOfFile = Schema.Union([
  Schema.Struct({ take: Schema.Literals(["ours", "theirs", "base", "both"]) }),
  Schema.Struct({ value: Schema.Json })
])

const AnswersOfFile = Schema.fromJsonString(Schema.Record(Schema.String, Schema.Record(Schema.String, AnswerOfFile)))

const asAnswer = (answer: typeof AnswerOfFile.Type): Answer =>
  "take" in answer ? { take: answer.take } : { value: answer.value as Json }

/** Reads the text of such a file. */
export const readAnswers = (text: string): Effect.Effect<Settling["answers"], Refusal> =>
  Schema.decodeUnknownEffect(AnswersOfFile)(text, { errors: "all", onExcessProperty: "error" }).pipe(
    Effect.mapBoth({
      onSuccess: (found) =>
        new Map(
          Object.entries(found).map(([address, answers]) =>
            [address, new Map(Object.entries(answers).map(([path, answer]) => [path, asAnswer(answer)]))] as const
          )
        ),
      onFailure: ({ message }) =>
        new Refusal({
          reason: "Usage",
          summary: "the answers cannot be read",
          detail: message,
          hint: `they are JSON, such as ${example}`
        })
    })
  )
