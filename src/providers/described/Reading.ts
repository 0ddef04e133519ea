/**
 * Reads of a described kind: one resource, all of a collection, and those that bear a probe. Nothing here modifies
 * anything, and nothing is tried again here: how often that is worth it, whoever asks decides.
 */
import { Effect } from "effect"
import type { Document } from "../../domain/Document.ts"
import { getAt, parsePointer, type Path } from "../../domain/Pointer.ts"
import type { Reply, Request } from "../http/Client.ts"
import { bears, type Observation, type Probe } from "../Provider.ts"
import type { ProviderError } from "../ProviderError.ts"
import { documentAt, documentOf, idOf, isAbsent, isDocument, isSameId, marksOf } from "./Answers.ts"
import { ask, malformed, readRequest, type Wire } from "./Asking.ts"
import { filledCall, lookupIn, pathOf } from "./CallsOf.ts"
import type { Described, DescribedCall } from "./Described.ts"
import { type Found, readList } from "./Paging.ts"
import { joinId, splitId, withFields } from "./RemoteId.ts"
import { fieldsOf, scalarText } from "./Template.ts"

/** Resources that are read at once where a list has excerpts only. */
const readsAtOnce = 8

/** A probe as a document: the values where they belong. */
const documentFrom = (probe: Probe): Document =>
  withFields({}, Object.keys(probe).map(parsePointer), Object.values(probe).map((value) => value ?? undefined))

const countOf = ({ naming }: Described): number => naming.fields.length + (naming.serverId === undefined ? 0 : 1)

/** What every document of a collection has, by the remote id of one of them or by its scope. */
const parentsOf = ({ naming }: Described, values: ReadonlyArray<string>): Document =>
  withFields({}, naming.scope, values.slice(0, naming.scope.length))

const notAnId = (wire: Wire, described: Described, request: Request): ProviderError => {
  const { fields, serverId } = described.naming
  const parts = [...fields.map((path) => path.at(-1)), ...(serverId === undefined ? [] : ["id"])].join("/")
  const detail = `an id of ${described.kind.name} is ${parts}, each part percent-encoded`
  return wire.client.failure(request, { reason: "Rejected", mayLand: false }, { detail })
}

/** Whether an error is how this API says that there is none. */
export const saysAbsent = ({ understanding: { absentStatuses } }: Described, error: ProviderError): boolean =>
  error.status !== undefined && absentStatuses.includes(error.status) &&
  // A page that is no answer of the API's says nothing about the resource.
  error.reason !== "Malformed" && error.reason !== "Ambiguous"

/** Such a page, with a status that stands for absence: the server's own way of saying so, or something before it. */
const isStrangeAbsence = ({ understanding: { absentStatuses } }: Described, error: ProviderError): boolean =>
  error.reason === "Malformed" && error.status !== undefined && absentStatuses.includes(error.status)

const observation = (described: Described, found: {
  readonly id: string
  readonly raw: Document
  readonly document: Document
  readonly headers?: Reply["headers"]
}): Observation => ({
  id: found.id,
  document: found.document,
  ...marksOf(described, found.raw, found.headers)
})

const readOne = Effect.fnUntraced(function*(wire: Wire, described: Described, read: DescribedCall, id: string) {
  const call = filledCall(described, read, { document: {}, id })
  const request = readRequest(wire, described, call, pathOf(call, lookupIn(described, { document: {}, id })))
  const reply = yield* ask(wire, described, request).pipe(
    Effect.catch((error) => saysAbsent(described, error) ? Effect.succeed(undefined) : Effect.fail(error))
  )
  if (reply === undefined) return undefined
  const raw = documentAt(reply.json, call.answer)
  if (isAbsent(described, raw)) return undefined
  if (!isDocument(raw)) return yield* malformed(wire, request, "the answer holds no document where `answer` says")
  const document = documentOf(described, raw, { id })
  const answered = idOf(described, raw, document)
  if (answered === undefined || !isSameId(described, answered, id)) {
    const detail = answered === undefined
      ? "the answer has no id where `id` says"
      : `the answer has another id: ${answered}`
    return yield* malformed(wire, request, detail)
  }
  return observation(described, { id, raw, document, headers: reply.headers })
})

const listWith = (wire: Wire, described: Described, list: DescribedCall, known: Document) => {
  const call = filledCall(described, list, { document: known })
  const lookup = lookupIn(described, { document: known })
  return readList({
    wire,
    described,
    call,
    known: parentsIn(described, known),
    request: (more) => readRequest(wire, described, call, pathOf(call, lookup, more))
  })
}

const parentsIn = ({ naming }: Described, known: Document): Document =>
  withFields({}, naming.scope, naming.scope.map((field) => getAt(known, field)))

/** Absent where the list is one of the API's and does not have it; else what was answered about it stands. */
const orUnlisted = (listed: Effect.Effect<unknown, ProviderError>, error: ProviderError) =>
  Effect.matchEffect(listed, {
    onSuccess: (found) => found === undefined ? Effect.succeed(undefined) : Effect.fail(error),
    onFailure: (failed) => Effect.fail(failed.retry ? failed : error)
  })

/** Reads one resource by its id, or `undefined` where there is none. */
export const observe = Effect.fnUntraced(function*(
  wire: Wire,
  described: Described,
  id: string
): Effect.fn.Return<Observation | undefined, ProviderError> {
  const { kind, list, read } = described
  const parts = splitId(id, countOf(described))
  if (parts === undefined) return yield* notAnId(wire, described, readRequest(wire, described, list, `/${kind.name}`))
  const listed = Effect.map(listWith(wire, described, list, parentsOf(described, parts)), (found) => found.get(id))
  if (read !== "list") {
    const one = readOne(wire, described, read, id)
    return yield* Effect.catch(
      one,
      (error) => isStrangeAbsence(described, error) ? orUnlisted(listed, error) : Effect.fail(error)
    )
  }
  const found = yield* listed
  return found === undefined ? undefined : observation(described, { id, ...found })
})

const inFull = (wire: Wire, described: Described, found: Found) =>
  Effect.map(
    Effect.forEach(found, ([id, one]) =>
      described.kind.capabilities.listIsWhole
        ? Effect.succeed(observation(described, { id, ...one }))
        : observe(wire, described, id), { concurrency: readsAtOnce }),
    (all) => all.filter((one) => one !== undefined)
  )

/** A parent that is not there has no resources. */
const orNobody = (
  { naming }: Described,
  found: Effect.Effect<Found, ProviderError>
): Effect.Effect<Found, ProviderError> =>
  naming.scope.length === 0 ? found : Effect.catch(
    found,
    (error) => error.reason === "NotFound" ? Effect.succeed<Found>(new Map()) : Effect.fail(error)
  )

/** Reads all resources of a kind; those that a list has as excerpts only are read one by one. */
export const list = (
  wire: Wire,
  described: Described,
  scope: Probe = {}
): Effect.Effect<ReadonlyArray<Observation>, ProviderError> =>
  Effect.flatMap(
    orNobody(described, listWith(wire, described, described.list, documentFrom(scope))),
    (found) => inFull(wire, described, found)
  )

const hasAll = (call: Pick<DescribedCall, "path" | "query">, document: Document): boolean =>
  [call.path, ...call.query.map(([, template]) => template)].flatMap(fieldsOf).every((field) =>
    scalarText(getAt(document, parsePointer(field))) !== undefined
  )

const isMarked = ({ marker }: Described, probe: Probe): Path | undefined =>
  marker !== undefined && Object.keys(probe).some((field) => parsePointer(field).join("\n") === marker.field.join("\n"))
    ? marker.field
    : undefined

/** The request that searches for a probe: by the marker, as `find` says, or the whole list. */
const searchFor = (described: Described, probe: Probe, document: Document): DescribedCall => {
  const { find, marker } = described
  const marked = isMarked(described, probe)
  if (marked !== undefined && marker !== undefined) {
    return { ...described.list, query: [...described.list.query, ...marker.query] }
  }
  return find !== undefined && hasAll(find, document) ? find : described.list
}

/** What is looked up while searching: the probe, and `{value}` for what a marker holds. */
const lookupFor = (described: Described, probe: Probe, document: Document) => {
  const marked = isMarked(described, probe)
  const lookup = lookupIn(described, { document })
  return (field: Path) =>
    marked !== undefined && field.length === 1 && field[0] === "value" ? getAt(document, marked) : lookup(field)
}

/** Searches by a probe; answers what bears all of it. */
export const find = Effect.fnUntraced(function*(
  wire: Wire,
  described: Described,
  probe: Probe
): Effect.fn.Return<ReadonlyArray<Observation>, ProviderError> {
  const document = documentFrom(probe)
  const { fields, serverId } = described.naming
  const named = serverId === undefined ? joinId(fields.map((field) => getAt(document, field))) : undefined
  if (named !== undefined && described.read !== "list") {
    const one = yield* observe(wire, described, named)
    if (one === undefined) return []
    const known = { ...one, document: withFields(one.document, fields, fields.map((field) => getAt(document, field))) }
    return bears(known.document, probe) ? [known] : []
  }
  const call = filledCall(described, searchFor(described, probe, document), { document })
  const lookup = lookupFor(described, probe, document)
  const found = yield* orNobody(
    described,
    readList({
      wire,
      described,
      call,
      known: parentsIn(described, document),
      request: (more) => readRequest(wire, described, call, pathOf(call, lookup, more))
    })
  )
  return (yield* inFull(wire, described, found)).filter((one) => bears(one.document, probe))
})
