/**
 * `context.ask`: one request over HTTP for modules, whose end means what it means to every HTTP provider
 * (http/Classify.ts). The hard part of a provider is to know what surely was not applied; here that is a table.
 */
import type { Json } from "../../domain/Document.ts"
import { Limits } from "../../domain/Limits.ts"
import { type Body, classify } from "../http/Classify.ts"
import { parseRetryAfter } from "../http/RetryAfter.ts"
import { serverWords } from "../http/Words.ts"
import type { Asked, Asking } from "../ProviderModule.ts"
import { failure } from "./Failures.ts"

/** Failures of the system before a connection is there. */
const notSent: ReadonlySet<string> = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"])

const codeOf = (thrown: unknown): string => {
  const { cause, code } = typeof thrown === "object" && thrown !== null
    ? thrown as { readonly cause?: unknown; readonly code?: unknown }
    : {}
  return typeof code === "string" ? code : cause === undefined ? "" : codeOf(cause)
}

/** What the system says of it, where it has no code. */
const wordsOf = (thrown: unknown): string => {
  const { cause, message } = typeof thrown === "object" && thrown !== null
    ? thrown as { readonly cause?: unknown; readonly message?: unknown }
    : {}
  const inner = cause === undefined ? "" : wordsOf(cause)
  return inner === "" && typeof message === "string" ? message : inner
}

const modeOf = ({ method = "GET" }: Asking): "read" | "write" => method === "GET" ? "read" : "write"

const unanswered = (asking: Asking, thrown: unknown): Error => {
  const code = codeOf(thrown)
  const why = `no answer: ${code === "" ? wordsOf(thrown) : code}`
  if (notSent.has(code)) return failure("NotSent", why, { mayLand: false })
  return failure("Ambiguous", why, { mayLand: modeOf(asking) === "write" })
}

interface Heard {
  readonly body: Body
  readonly json?: Json
  readonly text: string
}

const read = async (response: Response): Promise<Heard> => {
  const length = Number(response.headers.get("content-length") ?? 0)
  if (length > Limits.responseBytesMax) return { body: "huge", text: "" }
  let text: string
  try {
    text = await response.text()
  } catch {
    return { body: "cut", text: "" }
  }
  if (text.trim() === "") return { body: "empty", text }
  try {
    return { body: "json", json: JSON.parse(text) as Json, text }
  } catch {
    return { body: "foreign", text }
  }
}

const sent = async (url: string, asking: Asking): Promise<Response> => {
  const { body, headers = {}, method = "GET", signal } = asking
  const json = body === undefined ? {} : { "content-type": "application/json" }
  return fetch(url, {
    method,
    redirect: "manual",
    headers: { accept: "application/json", ...json, ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal })
  })
}

/** Sends a request; answers where it succeeded, and throws the failure that its end means elsewhere. */
export const ask = async (url: string, asking: Asking = {}): Promise<Asked> => {
  const response = await sent(url, asking).catch((thrown: unknown) => {
    throw unanswered(asking, thrown)
  })
  const { status } = response
  const heard = await read(response)
  const meaning = classify({ sent: true, status, body: heard.body }, modeOf(asking))
  if (meaning === "answer") {
    return { status, headers: Object.fromEntries(response.headers), body: heard.json }
  }
  // Only the form in seconds: what a date comes to depends on a clock that modules have no part in.
  const wait = response.headers.get("retry-after") ?? ""
  const retryAfterMs = /^\d+$/.test(wait) ? parseRetryAfter(wait, 0) : undefined
  const words = serverWords(heard.json, heard.text)
  throw failure(meaning.reason, `the server answered ${status}${words === "" ? "" : `: ${words}`}`, {
    status,
    mayLand: meaning.mayLand,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs })
  })
}
