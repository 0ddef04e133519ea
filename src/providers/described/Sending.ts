/**
 * Sends one call of a described kind, once, and says what its answer means.
 *
 * Here goes in what is known only now: the id of what was created, the key in its header and marker, the guard. An
 * answer of success that cannot be tied to the resource leaves the call in doubt: something was done, and reading the
 * remote will tell what.
 */
import { Effect } from "effect"
import { type Document, type Json } from "../../domain/Document.ts"
import { getAt, type Path, renderPointer, setAt, withAt } from "../../domain/Pointer.ts"
import type { Reply, Request } from "../http/Client.ts"
import type { Answer, Sending } from "../Provider.ts"
import { ProviderError } from "../ProviderError.ts"
import { documentAt, documentOf, idInLocation, idOf, isDocument, isSameId, isWhole, marksOf } from "./Answers.ts"
import { ask, type Wire, wordsOf } from "./Asking.ts"
import { placeInBody } from "./Body.ts"
import { type PlacedCall, versionPlaceOf } from "./CallsOf.ts"
import type { Described, DescribedCall } from "./Described.ts"
import { follow } from "./Polling.ts"
import { saysAbsent } from "./Reading.ts"
import { joinId, splitId } from "./RemoteId.ts"
import { encoded } from "./Template.ts"

const doubtful = { reason: "Ambiguous", mayLand: false } as const

/** A call on its way, with the request of the description that it is. */
interface Going {
  readonly wire: Wire
  readonly described: Described
  readonly sending: Sending
  readonly how: DescribedCall
}

const howOf = (described: Described, { operation, ...call }: Sending["call"]): DescribedCall => {
  if (operation === "delete") return described.delete
  const place = "place" in call ? (call as PlacedCall).place : 0
  const how = described[operation][place]
  if (how === undefined) throw new Error(`a ${described.kind.name} has no ${operation} number ${place + 1}`)
  return how
}

const ownId = ({ naming }: Described, id: string): string =>
  splitId(id, naming.fields.length + (naming.serverId === undefined ? 0 : 1))?.at(-1) ?? id

/** Only the id of what was just created is still open in a path. */
const pathOf = ({ described, sending: { call, id } }: Going): string => {
  const place = versionPlaceOf(described, call.operation)
  const path = id === undefined ? call.path : call.path.replaceAll("{/id}", () => encoded(ownId(described, id)))
  if (place?._tag !== "query" || call.precondition === undefined) return path
  const parameter = `${encodeURIComponent(place.name)}=${encodeURIComponent(call.precondition)}`
  return `${path}${path.includes("?") ? "&" : "?"}${parameter}`
}

const guardHeaders = ({ described, how, sending: { call } }: Going): ReadonlyArray<string> => {
  const { kind, naming } = described
  if (call.precondition !== undefined) {
    if (kind.capabilities.guard === "etag") return ["if-match", call.precondition]
    const place = versionPlaceOf(described, call.operation)
    return place?._tag === "header" ? [place.name.toLowerCase(), call.precondition] : []
  }
  // A PUT would overwrite what somebody else made of that name meanwhile.
  return call.learnsId && how.method === "PUT" && naming.serverId === undefined ? ["if-none-match", "*"] : []
}

const headersOf = (going: Going): ReadonlyArray<string> => {
  const { described, how, sending, wire } = going
  const { key } = described
  return [
    ...wire.headers,
    ...how.headers,
    ...guardHeaders(going),
    ...(key?._tag === "header" ? [key.name, sending.idempotencyKey] : [])
  ]
}

/** Where the key goes in the body: where the API takes it, and to the marker where a resource is made. */
const keyPlaces = ({ described: { key, marker }, how, sending: { call } }: Going): ReadonlyArray<Path> => [
  ...(key?._tag === "body" ? [key.place] : []),
  ...(marker !== undefined && call.learnsId ? [placeInBody(how, marker.field)] : [])
]

/** The body, with the key in it. */
const bodyOf = (going: Going): Json | undefined => {
  const { call, idempotencyKey } = going.sending
  return call.body === undefined
    ? undefined
    : keyPlaces(going).reduce<Json | undefined>((body, place) => setAt(body, place, idempotencyKey), call.body)
}

/** The place that cannot hold the key, for a list or a text is above it: without it a lost answer is never settled. */
const withoutRoom = (going: Going, body: Json | undefined): Path | undefined =>
  body === undefined
    ? undefined
    : keyPlaces(going).find((place) => getAt(body, place) !== going.sending.idempotencyKey)

const requestOf = (going: Going): Request => {
  const { described, how, sending: { call } } = going
  const body = bodyOf(going)
  const headers = headersOf(going)
  return {
    method: call.method,
    path: pathOf(going),
    ...(body === undefined ? {} : { body }),
    ...(headers.length === 0 ? {} : { headers }),
    ...(how.poll === undefined ? {} : { accepts: "later" as const }),
    ...wordsOf(described)
  }
}

const retold = (error: ProviderError, reason: "Conflict" | "NotFound"): ProviderError => {
  const { detail, provider, request, status } = error
  return new ProviderError({
    reason,
    provider,
    request,
    detail,
    ...(status === undefined ? {} : { status }),
    mayLand: false
  })
}

/** What a refusal is in the words of this API: a stale guard, or nothing there. */
const understood = ({ described, sending: { call } }: Going, error: ProviderError): ProviderError => {
  const { refusedWith } = described.understanding
  if (error.applied === "unknown" || error.status === undefined || error.reason === "Unauthorized") return error
  if (call.precondition !== undefined && refusedWith.includes(error.status)) return retold(error, "Conflict")
  return !call.learnsId && saysAbsent(described, error) ? retold(error, "NotFound") : error
}

/** What a document made by this call is named by: what it holds so far. */
const namedBy = ({ described, sending: { call, id } }: Going): Document => {
  if (id !== undefined || call.expected === undefined) return {}
  const { fields } = described.naming
  return fields.reduce<Document>((done, field) => withAt(done, field, getAt(call.expected, field)), {})
}

interface Told {
  readonly id?: string
  readonly raw?: Document
  readonly document?: Document
}

const toldBy = (going: Going, reply: Reply, at: DescribedCall["answer"]): Told => {
  const { described, sending } = going
  const names = namedBy(going)
  const raw = documentAt(reply.json, at)
  const known = sending.id === undefined ? { document: names } : { id: sending.id }
  const document = isDocument(raw) ? documentOf(described, raw, known) : undefined
  const own = isDocument(raw) && document !== undefined ? idOf(described, raw, document, going.how.id) : undefined
  // Fields that name a resource were sent: no answer has to repeat them.
  const { fields, serverId } = described.naming
  const sent = serverId === undefined && sending.call.learnsId
    ? joinId(fields.map((field) => getAt(names, field)))
    : undefined
  const id = sent ?? own ?? (sending.call.learnsId ? idInLocation(described, reply.headers, names) : undefined)
  return {
    ...(id === undefined ? {} : { id }),
    ...(isDocument(raw) && document !== undefined && own !== undefined ? { raw, document } : {})
  }
}

const answerOf = (going: Going, reply: Reply, told: Told): Answer => {
  const { described, sending: { call } } = going
  const { document, id, raw } = told
  const whole = document !== undefined && isWhole(described, document, call.expected)
  return {
    status: reply.status,
    ...(id === undefined ? {} : { id }),
    ...(whole ? { document } : {}),
    ...(raw === undefined ? {} : marksOf(described, raw, reply.headers))
  }
}

const tied = (going: Going, request: Request, reply: Reply, at: DescribedCall["answer"]) => {
  const { described, sending: { call, id }, wire } = going
  if (call.operation === "delete") return Effect.succeed<Answer>({ status: reply.status })
  const told = toldBy(going, reply, at)
  if (call.learnsId && told.id === undefined) {
    const detail = "the server says it is done and does not say the id of what it made"
    return Effect.fail(wire.client.failure(request, doubtful, { status: reply.status, detail }))
  }
  if (id !== undefined && told.id !== undefined && !isSameId(described, told.id, id)) {
    const detail = `the answer is about another resource, ${told.id}`
    return Effect.fail(wire.client.failure(request, doubtful, { status: reply.status, detail, answeredId: told.id }))
  }
  return Effect.succeed(answerOf(going, reply, told))
}

/** Sends one call once. */
export const send = (wire: Wire, described: Described, sending: Sending): Effect.Effect<Answer, ProviderError> => {
  const { call, id } = sending
  if (call.path.includes("{/id}") && id === undefined && described.naming.serverId !== undefined) {
    return Effect.die(new Error(`${call.method} ${call.path} was sent without the id of the resource`))
  }
  const going: Going = { wire, described, sending, how: howOf(described, call) }
  const request = requestOf(going)
  const crowded = withoutRoom(going, request.body)
  if (crowded !== undefined) {
    const detail = `its key cannot be put at ${renderPointer(crowded)}: what is above it is no object`
    return Effect.fail(wire.client.failure(request, { reason: "Rejected", mayLand: false }, { detail }))
  }
  const { poll } = going.how
  return ask(wire, described, request).pipe(
    Effect.flatMap((reply) =>
      poll !== undefined && reply.status === 202
        ? Effect.flatMap(
          follow({ wire, described, poll, request, reply }),
          (last) => tied(going, request, last, poll.answer)
        )
        : tied(going, request, reply, going.how.answer)
    ),
    Effect.mapError((error) => understood(going, error))
  )
}
