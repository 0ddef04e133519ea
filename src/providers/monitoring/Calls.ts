/**
 * From operations to calls: which requests a create, update or delete takes, and what should be there after each.
 *
 * Bodies hold writable fields only, ids as the integers that the API knows, and never a mask: `***` sent back would
 * become the secret. Where a masked value would have to be sent it is left out, so that the server refuses the write
 * and does not take the mask for a secret.
 */
import { canonicalValue, isNothing, isReadOnly } from "../../domain/Canonical.ts"
import type { Operation } from "../../domain/Change.ts"
import {
  type Document,
  equalJson,
  isArray,
  isObject,
  type Json,
  type JsonObject,
  mapScalars
} from "../../domain/Document.ts"
import type { Kind } from "../../domain/Kind.ts"
import { matches, type Path, select, withAt } from "../../domain/Pointer.ts"
import type { Call } from "../Provider.ts"
import { isId, mask, numericId, pick, type Resource } from "./Resource.ts"

/** Inside a rule a text stays one: there it may be a name. */
const withNumericIds = ({ kind }: Resource, document: Document): Document =>
  kind.roles.references.filter(({ path }) => !path.startsWith("/rule/")).reduce<Document>(
    (done, { path }) =>
      select(done, path).reduce<Document>(
        (at, [place, id]) => isId(id) ? withAt(at, place, numericId(id)) : at,
        done
      ),
    document
  )

const withoutMasks = ({ kind }: Resource, document: Document): Document =>
  kind.roles.sensitive.flatMap((pattern) => select(document, pattern)).reduce<Document>(
    (done, [place, value]) => typeof value === "string" && mask.test(value) ? withAt(done, place, undefined) : done,
    document
  )

/** The document without what the server makes, also inside of what is written. */
const written = (kind: Kind, value: Json, path: Path): Json => {
  if (isArray(value)) return value.map((item, index) => written(kind, item, [...path, String(index)]))
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, member]) => {
      const at = [...path, key]
      return isReadOnly(kind, at) ? [] : [[key, written(kind, member, at)]]
    })
  )
}

/** The fields of a document that may be sent, in the form in which they may be. */
const sendable = (resource: Resource, document: Document): Document => {
  const sent = written(resource.kind, pick(document, resource.writable), [])
  return withoutMasks(resource, withNumericIds(resource, isObject(sent) ? sent : {}))
}

const withoutNulls = (document: Document): Document =>
  Object.fromEntries(Object.entries(document).filter(([, value]) => value !== null))

const isSame = (resource: Resource, field: string, a: Json | undefined, b: Json | undefined): boolean => {
  const form = (value: Json | undefined) =>
    value === undefined || isNothing(resource.kind, value, [field])
      ? undefined
      : canonicalValue(resource.kind, value, [field])
  return equalJson(a, b) || equalJson(form(a), form(b))
}

const isImmutable = ({ kind }: Resource, field: string): boolean =>
  kind.roles.immutable.some((pattern) => matches(pattern, [field]))

const changedFields = (resource: Resource, from: Document, to: Document): JsonObject =>
  pick(
    to,
    resource.writable.filter((field) =>
      to[field] !== undefined && !isImmutable(resource, field) && !isSame(resource, field, from[field], to[field])
    )
  )

const update = (resource: Resource, from: Document, to: Document): ReadonlyArray<Call> => {
  const changed = changedFields(resource, from, to)
  if (Object.keys(changed).length === 0) return []
  const body = sendablePatch(resource, resource.patch(changed, from, to))
  return [{
    operation: "update",
    method: "PATCH",
    path: `${resource.collection}/{id}`,
    body,
    expected: { ...from, ...to },
    learnsId: false
  }]
}

const sendablePatch = (resource: Resource, { mode, ...fields }: JsonObject): JsonObject => ({
  ...sendable(resource, fields),
  ...(mode === undefined ? {} : { mode })
})

const rawJson = (JSON as unknown as { readonly rawJSON: (text: string) => Json }).rawJSON

/** Ids that are too large for a number go out as the digits that they are. */
const withLargeIds = ({ kind }: Resource, call: Call): Call =>
  call.body === undefined ? call : {
    ...call,
    body: mapScalars(call.body, (value, path) =>
      isId(value) && !Number.isSafeInteger(Number(value)) &&
        kind.roles.references.some((role) => matches(role.path, path))
        ? rawJson(value)
        : value)
  }

/** The ordered calls of an operation. An update that changes nothing takes none. */
export const callsOf = (resource: Resource, operation: Operation): ReadonlyArray<Call> =>
  callsWith(resource, operation).map((call) => withLargeIds(resource, call))

const callsWith = (resource: Resource, operation: Operation): ReadonlyArray<Call> => {
  switch (operation._tag) {
    case "create":
      return resource.create(withoutNulls(sendable(resource, operation.desired)))
    case "update":
      return update(resource, operation.from, operation.to)
    case "delete":
      return [{ operation: "delete", method: "DELETE", path: `${resource.collection}/{id}`, learnsId: false }]
  }
}

/** A before-image as a body that the API takes today: writable fields, references passed through `remap`. */
export const restoreOf = (
  { kind, writable }: Resource,
  before: Document,
  remap: (kind: string, id: string) => string
): Document => {
  const restored = mapScalars(pick(before, writable), (value, path) => {
    const reference = kind.roles.references.find((role) => matches(role.path, path))
    if (reference === undefined || value === null || typeof value === "boolean") return value
    const id = remap(reference.kind, String(value))
    return typeof value === "number" && isId(id) ? numericId(id) : id
  })
  return isObject(restored) ? restored : {}
}
