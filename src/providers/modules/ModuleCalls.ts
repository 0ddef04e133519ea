/**
 * The calls of an operation, as a module says them or as they follow from the operation. Pure, and held to it.
 *
 * The engine asks for calls again after a crash, so that they have to be the same each time. A module that breaks this
 * or any other rule of `calls` yields one call that cannot be sent: the step fails by it with nothing written.
 */
import { Result, Schema } from "effect"
import { canonicalValue, isNothing, isReadOnly } from "../../domain/Canonical.ts"
import type { Operation } from "../../domain/Change.ts"
import { canonicalText, type Document, equalJson, isArray, isObject, type Json } from "../../domain/Document.ts"
import type { Kind } from "../../domain/Kind.ts"
import { withoutNulls, writable } from "../described/Body.ts"
import type { Call } from "../Provider.ts"
import type { OpenModule } from "../ProviderModule.ts"
import { asJson } from "./PlainJson.ts"
import { broken, isEffect, type RuleBroken, thrownText } from "./Rules.ts"

/** A call that stands for a rule that was broken: it is refused when it is to be sent. */
export interface ImpossibleCall extends Call {
  readonly impossible: string
}

/** Tells whether a call cannot be sent, and why. */
export const whyImpossible = (call: Call): string | undefined =>
  "impossible" in call && typeof call.impossible === "string" ? call.impossible : undefined

const methods = { create: "POST", update: "PATCH", delete: "DELETE" } as const

const CallWords = Schema.Struct({
  method: Schema.optionalKey(Schema.Literals(["POST", "PUT", "PATCH", "DELETE"])),
  path: Schema.optionalKey(Schema.String),
  body: Schema.optionalKey(Schema.Json),
  expected: Schema.optionalKey(Schema.Record(Schema.String, Schema.Json))
})

const decode = Schema.decodeUnknownResult(Schema.Array(CallWords), { onExcessProperty: "error" })

const frozen = <A>(value: A): A => {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    Object.values(value).forEach(frozen)
  }
  return value
}

/** The members of an update that differ from what is there. */
const changedIn = (kind: Kind, from: Document, to: Document): Document =>
  Object.fromEntries(
    Object.entries(to).filter(([member, wanted]) => {
      const path = [member]
      if (isReadOnly(kind, path)) return false
      const form = (value: Json | undefined): Json | undefined =>
        value === undefined || isNothing(kind, value, path) ? undefined : canonicalValue(kind, value, path)
      return !equalJson(form(from[member]), form(wanted))
    })
  )

const hasMask = (kind: Kind, document: Document): Document => writable(kind, document)

/** What a resource holds once an operation is done; `undefined` for nothing there. */
const targetOf = (kind: Kind, operation: Operation): Document | undefined => {
  if (operation._tag === "delete") return undefined
  if (operation._tag === "create") return withoutNulls(writable(kind, operation.desired))
  return { ...operation.from, ...operation.to }
}

const guardOf = (operation: Operation): { readonly precondition?: string } =>
  operation._tag === "create" || operation.guard === undefined ? {} : { precondition: operation.guard }

const bodyOf = (kind: Kind, operation: Operation): { readonly body?: Document } => {
  if (operation._tag === "delete") return {}
  if (operation._tag === "create") return { body: withoutNulls(hasMask(kind, operation.desired)) }
  return { body: changedIn(kind, operation.from, hasMask(kind, operation.to)) }
}

/** The one call that an operation takes where the module does not say. */
const usualCalls = (kind: Kind, operation: Operation): ReadonlyArray<unknown> => {
  const { body } = bodyOf(kind, operation)
  if (operation._tag === "update" && Object.keys(body ?? {}).length === 0) return []
  return [body === undefined ? {} : { body }]
}

const readCalls = (by: string, answered: unknown): Result.Result<ReadonlyArray<typeof CallWords.Type>, RuleBroken> => {
  if (isEffect(answered) || !isArray(answered as Json)) {
    const what = isEffect(answered) ? "answered an Effect" : "answered no array"
    return Result.fail(broken(by, what, "it answers the calls themselves, in order"))
  }
  const json = asJson(answered)
  if (Result.isFailure(json))
    return Result.fail(broken(by, `answered what cannot be kept: ${json.failure}`, "use JSON"))
  const decoded = decode(json.success)
  if (Result.isSuccess(decoded)) return Result.succeed(decoded.success)
  const [line = ""] = String(decoded.failure).split("\n", 1)
  return Result.fail(
    broken(by, `answered no calls: ${line}`, "each has method, path, body and expected, or some of it")
  )
}

const asked = (kind: Kind, operation: Operation, opened: OpenModule): Result.Result<unknown, RuleBroken> => {
  if (opened.calls === undefined) return Result.succeed(usualCalls(kind, operation))
  const by = `calls(${kind.name}, ${operation._tag})`
  try {
    const [one, two] = [opened.calls(kind.name, operation), opened.calls(kind.name, operation)]
    const [first, second] = [asJson(one), asJson(two)]
    const differ = Result.isSuccess(first) && Result.isSuccess(second) &&
      canonicalText(first.success) !== canonicalText(second.success)
    if (!differ) return Result.succeed(one)
    return Result.fail(broken(by, "answered differently when asked twice", "it depends on nothing but its arguments"))
  } catch (thrown) {
    return Result.fail(
      broken(by, `threw ${thrownText(thrown)}`, "it only says which calls there are, and changes nothing")
    )
  }
}

const completed = (
  kind: Kind,
  operation: Operation,
  words: ReadonlyArray<typeof CallWords.Type>
): Result.Result<ReadonlyArray<Call>, RuleBroken> => {
  const by = `calls(${kind.name}, ${operation._tag})`
  const target = targetOf(kind, operation)
  const silent = words.findIndex(({ expected }, index) => expected === undefined && index < words.length - 1)
  if (operation._tag !== "delete" && silent >= 0) {
    const what = `does not say what is there after call ${silent + 1} of ${words.length}`
    return Result.fail(broken(by, what, "every call but the last needs `expected`"))
  }
  if (words.length === 0 && operation._tag !== "update") {
    return Result.fail(broken(by, "answered no call", "only an update that changes nothing takes none"))
  }
  return Result.succeed(words.map(({ body, expected = target, method, path }, index): Call => ({
    operation: operation._tag,
    method: method ?? methods[operation._tag],
    path: path ?? (operation._tag === "create" && index === 0 ? `/${kind.name}` : `/${kind.name}/{id}`),
    ...(body === undefined ? {} : { body }),
    ...(expected === undefined ? {} : { expected }),
    learnsId: operation._tag === "create" && index === 0,
    ...(index === 0 ? guardOf(operation) : {})
  })))
}

const impossible = (kind: Kind, operation: Operation, { detail }: RuleBroken): ImpossibleCall => {
  const target = targetOf(kind, operation)
  return {
    operation: operation._tag,
    method: methods[operation._tag],
    path: `/${kind.name}`,
    learnsId: operation._tag === "create",
    ...(isObject(target) ? { expected: target } : {}),
    impossible: detail
  }
}

/** The calls of an operation. */
export const moduleCalls = (opened: OpenModule, kind: Kind, operation: Operation): ReadonlyArray<Call> => {
  const by = `calls(${kind.name}, ${operation._tag})`
  const calls = Result.flatMap(
    Result.flatMap(asked(kind, frozen(operation), opened), (answered) => readCalls(by, answered)),
    (words) => completed(kind, operation, words)
  )
  return Result.isSuccess(calls) ? calls.success : [impossible(kind, operation, calls.failure)]
}
