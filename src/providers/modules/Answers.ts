/**
 * What a module answered, held to the rules of the port: everything is copied and decoded before the engine sees it.
 */
import { Result, Schema } from "effect"
import type { Json } from "../../domain/Document.ts"
import type { Kind } from "../../domain/Kind.ts"
import { getAt, parsePointer } from "../../domain/Pointer.ts"
import type { Answer, Call, Observation } from "../Provider.ts"
import { asJson } from "./PlainJson.ts"
import { broken, isEffect, type RuleBroken } from "./Rules.ts"

/** Reads an answer, or says which rule it breaks. */
export type Reads<A> = (answered: unknown) => Result.Result<A, RuleBroken>

const document = Schema.Record(Schema.String, Schema.Json)
const text = Schema.optionalKey(Schema.String)

const FoundWords = Schema.Struct({ id: Schema.String, document, token: text, guard: text })

const AnswerWords = Schema.Struct({
  id: text,
  status: Schema.optionalKey(Schema.Int),
  document: Schema.optionalKey(document),
  token: text,
  guard: text
})

const decodeFound = Schema.decodeUnknownResult(FoundWords, { onExcessProperty: "error" })
const decodeAnswer = Schema.decodeUnknownResult(AnswerWords, { onExcessProperty: "error" })

const lineOf = (error: unknown): string => String(error).split("\n").map((line) => line.trim()).join(" ")

const plain = (by: string, answered: unknown): Result.Result<Json, RuleBroken> => {
  if (isEffect(answered)) {
    return Result.fail(broken(by, "answered an Effect", "answer a promise: Effect.runPromise(effect)"))
  }
  return Result.mapError(asJson(answered), (why) => broken(by, `answered what cannot be kept: ${why}`, "answer JSON"))
}

const decoded = <A, E>(by: string, json: Json, decode: (json: Json) => Result.Result<A, E>, shape: string) =>
  Result.mapError(decode(json), (error) => broken(by, `answered something else: ${lineOf(error)}`, `answer ${shape}`))

/** The token of a kind is a field where the module does not give it itself. */
const tokenOf = ({ capabilities: { changeToken } }: Kind, found: typeof FoundWords.Type): string | undefined => {
  if (found.token !== undefined || changeToken === undefined) return found.token
  const value = getAt(found.document, parsePointer(changeToken))
  return value === undefined || value === null ? undefined : typeof value === "string" ? value : JSON.stringify(value)
}

const observed = (by: string, kind: Kind, found: typeof FoundWords.Type): Result.Result<Observation, RuleBroken> => {
  if (found.id === "") return Result.fail(broken(by, "answered an empty id", "answer the id of the resource"))
  if (kind.capabilities.guard !== "none" && found.guard === undefined) {
    const instead = `the kind ${kind.name} says that it has guards: answer one, or take \`guard\` out of the kind`
    return Result.fail(broken(by, `answered ${found.id} without a guard`, instead))
  }
  const token = tokenOf(kind, found)
  return Result.succeed({
    id: found.id,
    document: found.document,
    ...(token === undefined ? {} : { token }),
    ...(found.guard === undefined ? {} : { guard: found.guard })
  })
}

const found = (by: string, kind: Kind, answered: unknown): Result.Result<Observation, RuleBroken> =>
  plain(by, answered).pipe(
    Result.flatMap((json) =>
      decoded(by, json, decodeFound, "{ id, document, token?, guard? }, texts but for document")
    ),
    Result.flatMap((one) => observed(by, kind, one))
  )

/** Reads one resource, which has to be the one that was asked for. */
export const readObserved = (kind: Kind, id: string): Reads<Observation | undefined> => (answered) => {
  const by = `observe(${kind.name}, ${JSON.stringify(id)})`
  if (answered === undefined || answered === null) return Result.succeed(undefined)
  return Result.flatMap(found(by, kind, answered), (one) =>
    one.id === id
      ? Result.succeed(one)
      : Result.fail(broken(by, `answered another resource, ${one.id}`, "answer the one of that id, or undefined")))
}

/** Reads many resources, each of which is there once. */
export const readMany = (kind: Kind, by: string): Reads<ReadonlyArray<Observation>> => (answered) => {
  if (isEffect(answered) || !Array.isArray(answered)) {
    return Result.fail(broken(by, "answered no array", "answer an array of { id, document }"))
  }
  const all: Array<Observation> = []
  const ids = new Set<string>()
  for (const one of answered as ReadonlyArray<unknown>) {
    const read = found(by, kind, one)
    if (Result.isFailure(read)) return Result.fail(read.failure)
    if (ids.has(read.success.id)) {
      return Result.fail(broken(by, `answered ${read.success.id} twice`, "each resource is there once"))
    }
    ids.add(read.success.id)
    all.push(read.success)
  }
  return Result.succeed(all)
}

const statuses = { create: 201, update: 200, delete: 204 } as const

/** Reads what a call was answered with. */
export const readAnswer =
  (by: string, { learnsId, operation }: Call, id: string | undefined): Reads<Answer> => (answered) =>
    plain(by, answered ?? {}).pipe(
      Result.flatMap((json) => decoded(by, json, decodeAnswer, "{ id?, document?, token?, guard?, status? }")),
      Result.flatMap((answer): Result.Result<Answer, RuleBroken> => {
        const known = answer.id ?? id
        if (learnsId && (known === undefined || known === "")) {
          return Result.fail(broken(by, "created something and names no id", "answer { id }: only the remote knows it"))
        }
        if (id !== undefined && answer.id !== undefined && answer.id !== id) {
          const answeredId = answer.id
          return Result.fail(broken(by, `answered another id, ${answeredId}`, `answer ${id}, or none`, { answeredId }))
        }
        return Result.succeed({ status: statuses[operation], ...answer })
      })
    )
