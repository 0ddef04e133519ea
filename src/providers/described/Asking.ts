/**
 * Requests that only read, through the envelope of the description: the same for one resource, a list and a poll.
 */
import { Effect } from "effect"
import { type Document, isArray, isObject, type Json } from "../../domain/Document.ts"
import { getAt, type Path, withAt } from "../../domain/Pointer.ts"
import type { Client, Reply, Request } from "../http/Client.ts"
import type { ProviderError } from "../ProviderError.ts"
import { successOf } from "./Answers.ts"
import type { Described, DescribedCall } from "./Described.ts"
import { unsafeIn } from "./Template.ts"

/** A described provider at work: where requests go, and what each of them carries. */
export interface Wire {
  readonly client: Client
  /** Headers of every request, names and values in turn. */
  readonly headers: ReadonlyArray<string>
  /** Path that every request begins with; an address in an answer has to be below it. */
  readonly prefix: string
  readonly origin: string
}

/** Where a refusal says why, as the client looks for it. */
export const wordsOf = ({ understanding: { error } }: Described): Pick<Request, "wordsOf"> =>
  error === undefined ? {} : { wordsOf: (json) => getAt(json, error) }

/** A reading request. */
export const readRequest = (
  wire: Wire,
  described: Described,
  call: Pick<DescribedCall, "method" | "headers" | "with">,
  path: string
): Request => ({
  method: call.method,
  path,
  mode: "read",
  ...(wire.headers.length + call.headers.length === 0 ? {} : { headers: [...wire.headers, ...call.headers] }),
  ...(Object.keys(call.with).length === 0 ? {} : { body: call.with }),
  ...wordsOf(described)
})

/** An answer that cannot be understood. */
export const malformed = (wire: Wire, request: Request, detail: string): ProviderError =>
  wire.client.failure(request, { reason: "Malformed", mayLand: false }, { detail })

const refused = (wire: Wire, described: Described, request: Request, reply: Reply): ProviderError => {
  const said = wordsOf(described).wordsOf?.(reply.json ?? null)
  const detail = said === undefined || said === null ? "the answer says that it is no success" : textOf(said)
  return wire.client.failure(request, { reason: "Rejected", mayLand: false }, { detail, status: reply.status })
}

const textOf = (said: Json): string => typeof said === "string" ? said : JSON.stringify(said)

/** Takes an answer that is one of success, or fails as the description says. */
export const succeeded = (
  wire: Wire,
  described: Described,
  request: Request,
  reply: Reply
): Effect.Effect<Reply, ProviderError> => {
  const success = successOf(described, reply.json)
  if (success === "yes") return Effect.succeed(reply)
  if (success === "refusal") return Effect.fail(refused(wire, described, request, reply))
  const detail = "the answer does not hold what `success` asks for"
  const meaning = request.mode === "read"
    ? { reason: "Malformed", mayLand: false } as const
    : { reason: "Ambiguous", mayLand: false } as const
  return Effect.fail(wire.client.failure(request, meaning, { detail, status: reply.status }))
}

/** Asks once; nothing is sent along a path that would lead elsewhere. */
export const ask = (
  wire: Wire,
  described: Described,
  request: Request
): Effect.Effect<Reply, ProviderError> => {
  const unsafe = unsafeIn(request.path)
  if (unsafe !== undefined) {
    const detail = `the path cannot be asked for: it holds ${unsafe}`
    return Effect.fail(wire.client.failure(request, { reason: "Rejected", mayLand: false }, { detail }))
  }
  return Effect.flatMap(wire.client.send(request), (reply) => succeeded(wire, described, request, reply))
}

/**
 * The path under the base of an address that an answer names, `undefined` where it leads out of it. Requests only ever
 * go to our own host, so what an address says of another one is not followed, and not an obstacle: servers behind a
 * proxy do not know by which name they are reached.
 */
export const pathBelow = ({ origin, prefix }: Wire, address: string, from: string): string | undefined => {
  const base = `${origin}${prefix}${from}`
  if (!URL.canParse(address, base)) return undefined
  const { pathname, search } = new URL(address, base)
  return pathname.startsWith(`${prefix}/`) ? `${pathname.slice(prefix.length)}${search}` : undefined
}

/** The text at a place of an answer. */
export const addressAt = (json: Json | undefined, at: Path): string | undefined => {
  const found = getAt(json, at)
  return typeof found === "string" && found !== "" ? found : undefined
}

/** What a list holds, and under which key where it is an object. */
type Member = readonly [key: string | undefined, value: Json]

const membersOf = (value: Json | undefined): ReadonlyArray<Member> | undefined => {
  if (isArray(value)) return value.map((item) => [undefined, item])
  return isObject(value) ? Object.entries(value) : undefined
}

const under = (value: Json | undefined, place: Path, key?: string): ReadonlyArray<Member> | undefined => {
  const star = place.indexOf("*")
  const found = getAt(value, star < 0 ? place : place.slice(0, star))
  if (star < 0) return found === undefined ? undefined : [[key, found]]
  const inner = membersOf(found)?.map(([name, member]) => under(member, place.slice(star + 1), name))
  return inner?.every((one) => one !== undefined) === true ? inner.flat() : undefined
}

/**
 * The documents that a list holds at a place, where `*` goes through members; `undefined` where they are none. What
 * lacks the field `keys` has the key that it stands under there.
 */
export const documentsAt = (
  json: Json | undefined,
  place: Path,
  keys?: Path
): ReadonlyArray<Document> | undefined => {
  const listed = getAt(json, place)
  const found = place.includes("*") ? under(json, place) : isArray(listed) ? membersOf(listed) : undefined
  const documents = found?.map(([key, value]) =>
    isObject(value) && keys !== undefined && getAt(value, keys) === undefined ? withAt(value, keys, key) : value
  )
  return documents?.every(isObject) === true ? documents : undefined
}
