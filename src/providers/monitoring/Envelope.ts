/**
 * The envelope of the API's answers: `{ success, data, error, … }`, which some answers lack.
 *
 * An answer of 200 may say `success: false` inside. That is a refusal, unless it carries the status of a failure or
 * the stack of one: then nobody knows how far the server got.
 */
import { isArray, isObject, type Json, type JsonObject } from "../../domain/Document.ts"
import { classify, type Meaning, type Mode } from "../http/Classify.ts"
import { serverWords } from "../http/Words.ts"
import { isId } from "./Resource.ts"

/** What is inside an answer. */
export type Opened =
  | { readonly _tag: "data"; readonly data: Json | undefined }
  | {
    readonly _tag: "refusal"
    readonly meaning: Exclude<Meaning, "answer">
    readonly detail: string
    readonly status?: number
  }

const statusFields = ["status", "statusCode", "code"]

const statusIn = (value: Json | undefined): number | undefined => {
  if (!isObject(value)) return undefined
  const status = statusFields.map((name) => Number(value[name])).find((n) =>
    Number.isInteger(n) && n >= 400 && n <= 599
  )
  return status ?? statusIn(value["error"])
}

const refusal = (envelope: JsonObject, mode: Mode): Opened => {
  const status = statusIn(envelope)
  const { stackTrace, ...said } = envelope
  const failed = isArray(stackTrace)
    ? stackTrace.length > 0
    : stackTrace !== undefined && stackTrace !== null && stackTrace !== ""
  const inside = status ?? (failed ? 500 : 400)
  const meaning = classify({ sent: true, status: inside, body: "json" }, mode)
  const detail = serverWords(said, "the server answered success: false and no reason")
  return {
    _tag: "refusal",
    meaning: meaning === "answer" ? { reason: "Rejected", mayLand: false } : meaning,
    detail,
    ...(status === undefined ? {} : { status })
  }
}

/** Takes an answer out of its envelope, where it has one. */
export const openEnvelope = (json: Json | undefined, mode: Mode): Opened => {
  if (!isObject(json)) return { _tag: "data", data: json }
  if (typeof json["success"] !== "boolean") {
    // A resource has an id; what has data and no id is an envelope that does not say how it went.
    const wraps = json["data"] !== undefined && json["data"] !== null && json["id"] === undefined
    return { _tag: "data", data: wraps ? json["data"] : json }
  }
  return json["success"] ? { _tag: "data", data: json["data"] } : refusal(json, mode)
}

/** The id of a resource in an answer, as the text that the engine knows it by. */
export const idIn = (raw: JsonObject): string | undefined => {
  const { id } = raw
  if (typeof id === "number" && Number.isSafeInteger(id)) return String(id)
  return isId(id) ? id : undefined
}

/** The resources of a list answer: bare, or under `results`. */
export const resultsIn = (data: Json | undefined): ReadonlyArray<JsonObject> | undefined => {
  const results = isObject(data) ? data["results"] : data
  return isArray(results) && results.every(isObject) ? results : undefined
}
