/**
 * Proposes the description of one kind from what an OpenAPI document says of its collection; what is a guess, or cannot
 * be said, is a note beside it.
 */
import type { JsonObject } from "../../domain/Document.ts"
import { type Collection, type Operation, parametersIn } from "./Collections.ts"
import { documentIn, listIn, type Sited } from "./Envelope.ts"
import { pagesOf } from "./Pages.ts"
import { ownFields, pointerTo, rolesOf } from "./Roles.ts"
import { type Flat, plain, propertiesOf } from "./Schemas.ts"

/** A description, and what a reader should look at. */
export interface ProposedKind {
  readonly name: string
  readonly description: JsonObject
  readonly notes: ReadonlyArray<string>
}

interface Known {
  readonly name: string
  readonly collection: Collection
  readonly create: Operation
  readonly read: Operation | undefined
  readonly update: Operation | undefined
  readonly remove: Operation | undefined
  readonly list: Operation | undefined
  /** The parameter of the resource's path. */
  readonly parameter: string
  /** Whether the client names the resource, by writing to its own path. */
  readonly isNatural: boolean
}

const at = (place: Collection["item"] | Collection["whole"], method: string): Operation | undefined =>
  place?.operations.get(method)

/** The operations of a kind; `undefined` where none can be made. */
const knownOf = (name: string, collection: Collection): Known | undefined => {
  const { item, whole } = collection
  const posted = at(whole, "POST")
  const put = at(item, "PUT")
  const create = posted ?? put
  if (create === undefined || item === undefined) return undefined
  return {
    name,
    collection,
    create,
    read: at(item, "GET"),
    update: at(item, "PATCH") ?? put ?? at(item, "POST"),
    remove: at(item, "DELETE"),
    list: at(whole, "GET"),
    parameter: item.parameter,
    isNatural: posted === undefined
  }
}

const idNames = ({ name, parameter }: Known): ReadonlyArray<string> => {
  const camel = name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
  return ["id", parameter, "_id", "uuid", `${name}_id`, `${camel}Id`, "name", "key", "slug"]
}

const idOf = (known: Known, document: Sited | undefined): string | undefined => {
  const properties = document === undefined ? new Map<string, Flat>() : propertiesOf(document.schema)
  return idNames(known).find((name) => properties.has(name))
}

const nameNames = ["name", "title", "displayName", "display_name", "label", "slug", "key"]

const namePart = (fields: ReadonlySet<string>): JsonObject => {
  const found = nameNames.find((name) => fields.has(name))
  if (found === "name") return {}
  return { name: found === undefined ? "none" : pointerTo(found) }
}

/** How the calls differ from those of a conventional kind. */
const callsPart = (known: Known): JsonObject => {
  const { collection, list, read, remove, update } = known
  const conventional = `${collection.whole?.path ?? collection.path}/{${known.parameter}}`
  const itemPath = collection.item?.path ?? conventional
  const own = itemPath === conventional ? "" : ` ${itemPath.replace(`{${known.parameter}}`, "{id}")}`
  const line = (operation: Operation | undefined, usual: string, key: string): JsonObject =>
    operation === undefined || (operation.method === usual && own === "")
      ? {}
      : { [key]: `${operation.method}${own}` }
  if (known.isNatural) return update?.method === "PATCH" ? { update: "PATCH" } : {}
  return {
    ...(read === undefined && list !== undefined ? { read: "list" } : line(read, "GET", "read")),
    ...(update === undefined ? { update: "none" } : line(update, "PATCH", "update")),
    ...line(remove, "DELETE", "delete")
  }
}

const answersPart = (known: Known, document: Sited | undefined, fields: ReadonlySet<string>): JsonObject => {
  const answer = document?.at ?? ""
  const list = listIn(known.list, fields)
  const pages = known.list === undefined ? undefined : pagesOf(known.list)
  const listed = list === undefined ? undefined : propertiesOf(list.schema)
  const isExcerpt = listed !== undefined && listed.size > 0 && known.read !== undefined && document !== undefined &&
    [...fields].some((name) => propertiesOf(document.schema).has(name) && !listed.has(name))
  return {
    ...(answer === "" ? {} : { answer }),
    ...(list === undefined || list.at === answer ? {} : { items: list.at }),
    ...(pages === undefined ? {} : { pages }),
    ...(isExcerpt ? { listIsWhole: false } : {})
  }
}

const header = (operation: Operation | undefined, pattern: RegExp): string | undefined =>
  operation?.parameters.find((parameter) => parameter.in === "header" && pattern.test(parameter.name))?.name

const promisesPart = ({ create, remove, update }: Known): JsonObject => {
  const isGuarded = header(update, /^if-match$/i) !== undefined || header(remove, /^if-match$/i) !== undefined
  const key = header(create, /idempotency.?key/i)
  return {
    ...(isGuarded ? { guard: "etag" } : {}),
    ...(key === undefined ? {} : { idempotency: { header: key, ttl: "24h" } }),
    ...(remove === undefined ? { reversibility: { create: { none: "the API offers no way to delete one" } } } : {})
  }
}

const identityPart = (known: Known, id: string | undefined): JsonObject => {
  const { collection, parameter } = known
  if (known.isNatural) return { path: collection.item?.path ?? `${collection.path}/{${parameter}}` }
  const path = collection.whole?.path ?? collection.path
  return { path, ...(id === undefined || id === "id" ? {} : { id: pointerTo(id) }) }
}

const notesOf = (known: Known, id: string | undefined, document: Sited | undefined): ReadonlyArray<string> => {
  const { collection, create, list, read, remove } = known
  const parents = parametersIn(collection.path)
  const when = (holds: boolean, note: string) => holds ? [note] : []
  return [
    ...when(!known.isNatural && id === undefined, "where answers hold the id is not said: /id is a guess"),
    ...when(document === undefined, "the answer to a create is not said to hold the resource"),
    ...when(list === undefined, "there is no operation that lists them: --adopt and import --all find none"),
    ...when(read === undefined && list === undefined, "there is no operation that reads one: amends cannot compensate"),
    ...when(remove === undefined, "there is no DELETE: what is created cannot be taken back"),
    ...when(create.status === 202, "a create is answered with 202: say under `poll` how it is followed up"),
    ...when(create.request === undefined, "the body of a create is not described: name its `fields`"),
    ...when(header(create, /idempotency.?key/i) !== undefined, "how long an idempotency key is known is a guess"),
    ...when(parents.length > 0, `each spec says ${parents.join(" and ")}: it stands in the path`)
  ]
}

/** Proposes one kind; `undefined` where the document has no way to create one. */
export const proposeKind = (
  name: string,
  collection: Collection,
  kinds: ReadonlySet<string>
): ProposedKind | undefined => {
  const known = knownOf(name, collection)
  if (known === undefined) return undefined
  const request = known.create.request ?? {}
  const fields = new Set(ownFields(request).map(([field]) => field))
  const document = documentIn(known.create, fields) ?? documentIn(known.read, fields)
  const id = known.isNatural ? undefined : idOf(known, document)
  const shape = plain(request)
  const description: JsonObject = {
    ...identityPart(known, id),
    ...(known.isNatural ? {} : namePart(fields)),
    ...callsPart(known),
    ...answersPart(known, document, fields),
    ...rolesOf({ create: request, update: known.update?.request, answer: document?.schema, kinds }),
    ...promisesPart(known),
    ...(shape["properties"] === undefined ? {} : { schema: shape })
  }
  return { name, description, notes: notesOf(known, id, document) }
}
