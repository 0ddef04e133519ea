/**
 * The faults that a sandbox can be told to have, and the check of their definitions.
 *
 * A fault counts the requests that match its `method` and `path`, from when it was added, and fires at the `nth` of
 * them and at the ones that follow, `times` in all. It counts a request also when another fault got to act on it.
 */
import { Result } from "effect"
import { validateHeaderName, validateHeaderValue } from "node:http"
import type { Json } from "./Json.ts"
import { SandboxError } from "./SandboxError.ts"
import { anything, type Check, fields, flag, integerWithin, listOf, mapOf, oneOf, text, words } from "./Shape.ts"

/**
 * What a fault does. Not applied: `status` answers it, `dropBefore` cuts the connection, `html` answers a page with
 * 200, `successFalse` answers 200 with `success: false`, `huge` answers more than 64 MiB, `hang` never answers.
 * Applied: `statusAfter` answers a status, `dropAfter` cuts the connection, `truncate` cuts it in the middle of the
 * answer, `hangAfter` never answers. Applied later: `delay` waits `ms` and goes on (also when the client has given up
 * meanwhile), `lateLanding` cuts the connection at once and applies after `ms`.
 */
export type Act =
  | "status"
  | "dropBefore"
  | "dropAfter"
  | "statusAfter"
  | "delay"
  | "lateLanding"
  | "truncate"
  | "html"
  | "successFalse"
  | "huge"
  | "hang"
  | "hangAfter"

/** One fault. */
export interface Fault {
  readonly act: Act
  /** The HTTP method it is for, in any case; every method when left out. */
  readonly method?: string
  /** A regular expression, searched in the path without its query; every path when left out. */
  readonly path?: string
  /** The matching request that it fires at first, counted from 1; 1 when left out. */
  readonly nth?: number
  /** How many matching requests in a row it fires at; 1 when left out, 0 or -1 for all that follow. */
  readonly times?: number
  /** For `status` and `statusAfter`: the status; 500 when left out. */
  readonly status?: number
  /** For answers that the fault makes: further headers. */
  readonly headers?: Readonly<Record<string, string>>
  /** For answers that the fault makes: the body; a text goes as it is, anything else as JSON. */
  readonly body?: Json
  /** For `status` and `statusAfter`: repeat the body of the request inside the error text, as careless servers do. */
  readonly echo?: boolean
  /** For `delay` and `lateLanding`: milliseconds. */
  readonly ms?: number
  /** For `huge`: the size of the answer; 65 MiB when left out. */
  readonly bytes?: number
}

const acts: ReadonlyArray<Act> = [
  "status",
  "dropBefore",
  "dropAfter",
  "statusAfter",
  "delay",
  "lateLanding",
  "truncate",
  "html",
  "successFalse",
  "huge",
  "hang",
  "hangAfter"
]

const method: Check = (value, path) =>
  typeof value === "string" && /^(get|post|put|patch|delete|head|options)$/i.test(value)
    ? []
    : [`${path}: expected an HTTP method`]

const pattern: Check = (value, path) => {
  const problems = words(value, path)
  if (problems.length > 0) return problems
  try {
    return new RegExp(String(value)).source === "" ? [`${path}: expected an expression`] : []
  } catch (cause) {
    return [`${path}: not a regular expression (${cause instanceof Error ? cause.message : String(cause)})`]
  }
}

/** Headers that node agrees to send; those that frame a message are the server's own. */
const headers: Check = (value, path) => {
  const problems = mapOf(text)(value, path)
  if (problems.length > 0) return problems
  return Object.entries(value as Record<string, string>).flatMap(([name, content]) => {
    if (/^(content-length|transfer-encoding|connection)$/i.test(name)) return [`${path}.${name}: cannot be set`]
    try {
      validateHeaderName(name)
      validateHeaderValue(name, content)
      return []
    } catch {
      return [`${path}.${name}: not a valid header`]
    }
  })
}

const shape = fields({
  required: { act: oneOf(acts) },
  optional: {
    method,
    path: pattern,
    nth: integerWithin(1),
    times: integerWithin(-1),
    status: integerWithin(200, 599),
    headers,
    body: anything,
    echo: flag,
    ms: integerWithin(0, 86_400_000),
    bytes: integerWithin(1)
  }
})

const timed: ReadonlyArray<unknown> = ["delay", "lateLanding"]

const fault: Check = (value, path) => {
  const problems = shape(value, path)
  if (problems.length > 0) return problems
  const { act, ms } = value as Fault
  return timed.includes(act) && ms === undefined ? [`${path}.ms: required for ${act}`] : []
}

const faults = listOf(fault)

/** Reads the definitions of faults from parsed JSON, an array; the error names every problem and where it is. */
export const parseFaults = (json: unknown): Result.Result<ReadonlyArray<Fault>, SandboxError> => {
  const problems = faults(json, "faults")
  return problems.length === 0
    ? Result.succeed(json as ReadonlyArray<Fault>)
    : Result.fail(new SandboxError({ reason: "faults", message: problems.join("; ") }))
}
