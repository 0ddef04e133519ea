/**
 * From operations to calls, as the description says: which requests a create, update or delete takes, what each sends,
 * and what should be there after it. Pure.
 *
 * Paths are filled in here from the document or the remote id; only the id of what is being created is left open. What
 * is known when a call is sent, its key and the id, is put in by Sending.ts.
 */
import { canonicalValue, isNothing } from "../../domain/Canonical.ts"
import type { Operation } from "../../domain/Change.ts"
import { type Document, equalJson, isObject, type Json, type JsonObject } from "../../domain/Document.ts"
import type { Kind } from "../../domain/Kind.ts"
import { covers, getAt, parsePointer, type Path, setAt } from "../../domain/Pointer.ts"
import type { Call } from "../Provider.ts"
import { bodyOf, picked, placeInBody, without, withoutNulls, writable } from "./Body.ts"
import type { Described, DescribedCall, VersionPlace } from "./Described.ts"
import { saidByPath } from "./KindOf.ts"
import { splitId } from "./RemoteId.ts"
import { filledWithin, isFilled, render } from "./Template.ts"

/** A call that knows which request of the description it is. */
export interface PlacedCall extends Call {
  /** Its place among the requests of its operation. */
  readonly place: number
}

/** What a path is filled from: the document, and the remote id once there is one. */
export interface Filling {
  readonly document: Document
  readonly id?: string
}

/** The value of a field in a path. `{id}` is the last part of the remote id, where the document does not name it. */
export const lookupIn = ({ naming }: Described, { document, id }: Filling) => (field: Path): Json | undefined => {
  const isId = field.length === 1 && field[0] === "id"
  const count = naming.fields.length + (naming.serverId === undefined ? 0 : 1)
  const parts = id === undefined ? undefined : splitId(id, count)
  if (isId && naming.serverId !== undefined) return parts?.at(-1)
  const named = naming.fields.findIndex((one) => one.join("\n") === field.join("\n"))
  return (named < 0 ? undefined : parts?.[named]) ?? getAt(document, field)
}

/** A request with its constants filled in; a number that a remote id holds as a text is one again where it is known. */
export const filledCall = (described: Described, call: DescribedCall, filling: Filling): DescribedCall => {
  const lookup = lookupIn(described, filling)
  const { serverId } = described.naming
  const valueOf = (field: Path): Json | undefined => {
    const value = lookup(field)
    const isId = serverId !== undefined && field.length === 1 && field[0] === "id"
    const there = getAt(filling.document, isId ? serverId : field)
    return there !== undefined && String(there) === value ? there : value
  }
  return { ...call, with: filledWithin(call.with, valueOf) }
}

/** The path of a request with its parameters; one that has no value is left out. */
export const pathOf = (
  { path, query }: Pick<DescribedCall, "path" | "query">,
  lookup: (field: Path) => Json | undefined,
  more: ReadonlyArray<readonly [string, string]> = []
): string => {
  const way = render(path, lookup)
  const parameters = [
    ...query.map(([name, template]) => [name, render(template, lookup)] as const).filter(([, value]) =>
      isFilled(value)
    ),
    ...more.map(([name, value]) => [name, encodeURIComponent(value)] as const)
  ].map(([name, value]) => `${encodeURIComponent(name)}=${value}`)
  return parameters.length === 0 ? way : `${way}${way.includes("?") ? "&" : "?"}${parameters.join("&")}`
}

const methodOf = ({ method }: DescribedCall): Call["method"] => method === "GET" ? "POST" : method

const withBody = (call: DescribedCall, document: Document): { readonly body?: Json } =>
  call.send === "none" && Object.keys(call.with).length === 0 && Object.keys(document).length === 0
    ? {}
    : { body: bodyOf(call, document) }

const said = (call: DescribedCall): ReadonlyArray<Path> => saidByPath(call).map(parsePointer)

const isEmpty = (document: Document): boolean => Object.keys(document).length === 0

const plus = (a: Document, b: Document): Document =>
  Object.entries(b).reduce<Document>((sum, [key, value]) => {
    const there = sum[key]
    return { ...sum, [key]: isObject(there) && isObject(value) ? plus(there, value) : value }
  }, a)

/** What other requests of the same operation name: one that names nothing itself leaves that to them. */
const namedByOthers = (calls: ReadonlyArray<DescribedCall>, call: DescribedCall): ReadonlyArray<Path> =>
  calls.flatMap((other) => other !== call && typeof other.send === "object" ? other.send : [])

const ofCreate = (calls: ReadonlyArray<DescribedCall>, call: DescribedCall, desired: Document): Document => {
  if (call.send === "none") return {}
  if (typeof call.send === "object") return picked(desired, call.send)
  return without(desired, [...said(call), ...namedByOthers(calls, call)])
}

const createCalls = (described: Described, wanted: Document): ReadonlyArray<PlacedCall> => {
  const desired = withoutNulls(writable(described.kind, wanted))
  const lookup = lookupIn(described, { document: desired })
  // What stands in paths is said with the first request, whether its body repeats it or not.
  let expected = picked(desired, described.naming.fields)
  return described.create.flatMap((call, place): ReadonlyArray<PlacedCall> => {
    const sent = ofCreate(described.create, call, desired)
    if (place > 0 && call.send !== "none" && isEmpty(sent)) return []
    expected = plus(expected, sent)
    return [{
      operation: "create",
      method: methodOf(call),
      path: pathOf(call, lookup),
      ...withBody(filledCall(described, call, { document: desired }), sent),
      expected,
      learnsId: place === 0,
      place
    }]
  })
}

const isSame = (kind: Kind, path: Path, a: Json | undefined, b: Json | undefined): boolean => {
  const form = (value: Json | undefined) =>
    value === undefined || isNothing(kind, value, path) ? undefined : canonicalValue(kind, value, path)
  return equalJson(form(a), form(b))
}

const isImmutable = (kind: Kind, path: Path): boolean => kind.roles.immutable.some((pattern) => covers(pattern, path))

/** The places of an update that change, among those asked for. */
const changedAmong = (kind: Kind, from: Document, to: Document, places: ReadonlyArray<Path>): ReadonlyArray<Path> =>
  places.filter((path) => {
    const wanted = getAt(to, path)
    return wanted !== undefined && !isImmutable(kind, path) && !isSame(kind, path, getAt(from, path), wanted)
  })

const topsOf = (document: Document): ReadonlyArray<Path> => Object.keys(document).map((key) => [key])

/** A JSON Merge Patch (RFC 7396) of one value: of objects what differs, with null for what goes. */
const mergePatch = (kind: Kind, path: Path, from: Json | undefined, to: Json): Json => {
  if (!isObject(from) || !isObject(to)) return to
  const gone = Object.keys(from).filter((key) => !Object.hasOwn(to, key)).map((key) => [key, null] as const)
  const changed = Object.entries(to).flatMap(([key, value]) => {
    const at = [...path, key]
    return isSame(kind, at, from[key], value) ? [] : [[key, mergePatch(kind, at, from[key], value)] as const]
  })
  return Object.fromEntries([...changed, ...gone])
}

interface Changes {
  readonly from: Document
  readonly to: Document
  readonly changed: ReadonlyArray<Path>
  /** What is asked for, changed or not. */
  readonly places: ReadonlyArray<Path>
}

const changesOf = ({ kind }: Described, call: DescribedCall, { changed, from, places, to }: Changes): Document => {
  if (typeof call.send === "object" && call.method !== "PATCH") return withoutNulls(picked({ ...from, ...to }, places))
  const sent = picked(to, changed)
  if (call.send !== "merge") return sent
  return Object.fromEntries(
    Object.entries(sent).map(([key, value]) => [key, mergePatch(kind, [key], from[key], value)])
  )
}

/** What a request of an update sends, or `undefined` where nothing of it changes. */
const ofUpdate = (
  described: Described,
  call: DescribedCall,
  from: Document,
  to: Document
): Document | undefined => {
  const { always, kind, update } = described
  if (call.send === "none") return {}
  const others = namedByOthers(update, call)
  const places = typeof call.send === "object" ? call.send : topsOf(without(to, others))
  const changed = changedAmong(kind, from, to, places)
  if (changed.length === 0) return undefined
  const all = { ...from, ...to }
  if (call.send === "whole") return withoutNulls(without(all, [...said(call), ...others]))
  return plus(picked(all, always), changesOf(described, call, { from, to, changed, places }))
}

/** Where a request repeats the version, if it repeats one. */
export const versionPlaceOf = (
  { version }: Described,
  operation: Operation["_tag"]
): VersionPlace | undefined => operation === "create" ? undefined : version?.[operation]

/** The version that a write repeats, as the API gave it: a number stays one. */
const versionIn = (from: Document, field: Path, guard: string): Json => {
  const there = getAt(from, field)
  return there !== undefined && String(there) === guard ? there : guard
}

interface Resting {
  readonly operation: Operation["_tag"]
  readonly from: Document
  readonly guard: string | undefined
}

const guardedBody = (
  described: Described,
  call: DescribedCall,
  body: Json | undefined,
  { from, guard, operation }: Resting
): { readonly body?: Json } => {
  const kept = body === undefined ? {} : { body }
  const { version } = described
  if (version === undefined || versionPlaceOf(described, operation)?._tag !== "body" || guard === undefined) return kept
  const whole = setAt(body ?? {}, placeInBody(call, version.field), versionIn(from, version.field, guard))
  return whole === undefined ? kept : { body: whole }
}

type Update = Extract<Operation, { readonly _tag: "update" }>

const updateCalls = (
  described: Described,
  { from: seen, guard, id, to: wanted }: Update
): ReadonlyArray<PlacedCall> => {
  const from = writable(described.kind, seen)
  const to = writable(described.kind, wanted)
  const filling: Filling = { document: { ...seen, ...wanted }, id }
  const lookup = lookupIn(described, filling)
  const sending = described.update.flatMap((call, place) => {
    const sent = ofUpdate(described, call, from, to)
    return sent === undefined ? [] : [{ call: filledCall(described, call, filling), place, sent }]
  })
  // A request that sends nothing of the document follows others and is none by itself.
  if (sending.every(({ call }) => call.send === "none")) return []
  let expected = seen
  return sending.map(({ call, place, sent }, index): PlacedCall => {
    expected = index === sending.length - 1 ? { ...seen, ...wanted } : plus(expected, sent)
    return {
      operation: "update",
      method: methodOf(call),
      path: pathOf(call, lookup),
      ...guardedBody(described, call, withBody(call, sent).body, {
        operation: "update",
        from: seen,
        guard: index === 0 ? guard : undefined
      }),
      expected,
      learnsId: false,
      ...(guard === undefined || index > 0 ? {} : { precondition: guard }),
      place
    }
  })
}

type Delete = Extract<Operation, { readonly _tag: "delete" }>

const deleteCall = (described: Described, { from, guard, id }: Delete): PlacedCall => {
  const call = filledCall(described, described.delete, { document: from, id })
  const sent: JsonObject = typeof call.send === "object" ? picked(from, call.send) : {}
  return {
    operation: "delete",
    method: methodOf(call),
    path: pathOf(call, lookupIn(described, { document: from, id })),
    ...guardedBody(described, call, withBody(call, sent).body, { operation: "delete", from, guard }),
    learnsId: false,
    ...(guard === undefined ? {} : { precondition: guard }),
    place: 0
  }
}

/** The ordered calls of an operation. An update that changes nothing takes none. */
export const callsOf = (described: Described, operation: Operation): ReadonlyArray<PlacedCall> => {
  switch (operation._tag) {
    case "create":
      return createCalls(described, operation.desired)
    case "update":
      return updateCalls(described, operation)
    case "delete":
      return [deleteCall(described, operation)]
  }
}
