/**
 * Answers to the conflicts of a rollback, from a file: by address, then by the path of the conflict, a side or a value.
 *
 * Read as resource files are: what is wrong is told at once, each with its place, and a number is what was written.
 */
import { Effect, Schema } from "effect"
import type { Json } from "../../domain/Document.ts"
import { Refusal } from "../Failure.ts"
import { inOrder, renderProblem } from "../Problems.ts"
import type { Settling } from "../RollbackPlan.ts"
import { type Finding, findingsOf } from "../SchemaFindings.ts"
import type { Answer } from "../TakeBack.ts"
import type { Place, Problem } from "../Workspace.ts"
import { type Located, offsetOf, placesIn } from "./Located.ts"
import { parseJson } from "./Yaml.ts"

const example = "{ \"watchlist.a\": { \"/description\": { \"take\": \"theirs\" }, \"/name\": { \"value\": \"b\" } } }"

const AnswerOfFile = Schema.Union([
  Schema.Struct({ take: Schema.Literals(["ours", "theirs", "base", "both"]) }),
  Schema.Struct({ value: Schema.Json })
])

const AnswersOfFile = Schema.Record(Schema.String, Schema.Record(Schema.String, AnswerOfFile))

const unreadable = (problems: ReadonlyArray<Problem>): Refusal =>
  new Refusal({
    reason: "Usage",
    summary: "the answers cannot be read",
    detail: inOrder(problems).map(renderProblem).join("\n"),
    hint: `they are JSON, such as ${example}`
  })

/** The address, the path of the conflict, and what of the answer it is. */
const pathOf = ([address, ...path]: Finding["path"]): string =>
  [...address === undefined ? [] : [address], ...path.length === 0 ? [] : [`at ${path.join(" ")}`]].join(" ")

/** Answers have no schema that could be looked up. */
const hintOf = ({ hint }: Finding): string => hint.includes("amends schema") ? "see the example" : hint

const problemsIn = (node: Located, placeAt: (offset: number) => Place): ReadonlyArray<Problem> =>
  findingsOf(AnswersOfFile, node.value).map((found) => ({
    place: placeAt(offsetOf(node, found.path, found.part)),
    path: pathOf(found.path),
    message: found.message,
    hint: hintOf(found)
  }))

const asAnswer = (answer: typeof AnswerOfFile.Type): Answer =>
  "take" in answer ? { take: answer.take } : { value: answer.value as Json }

/** Reads the text of such a file. */
export const readAnswers = (text: string, file = "answers"): Effect.Effect<Settling["answers"], Refusal> =>
  Effect.suspend(() => {
    const { documents: [node], faults } = parseJson(text)
    const placeAt = placesIn(file, text)
    const problems = [
      ...faults.map(({ at, hint, message }) => ({ place: placeAt(at), path: "", message, hint })),
      ...node === undefined ? [] : problemsIn(node, placeAt)
    ]
    if (node === undefined || problems.length > 0) return Effect.fail(unreadable(problems))
    const found = node.value as typeof AnswersOfFile.Type
    return Effect.succeed(
      new Map(
        Object.entries(found).map(([address, answers]) =>
          [address, new Map(Object.entries(answers).map(([path, answer]) => [path, asAnswer(answer)]))] as const
        )
      )
    )
  })
