/**
 * What of a document may be sent: no field of the server's, no mask that stands for a secret, and new ids where the
 * resources that it refers to were created anew. Pure.
 *
 * A mask that was sent back would become the secret, so where one would have to be sent the field is left out.
 */
import { isReadOnly } from "../../domain/Canonical.ts"
import { type Document, isArray, isObject, type Json } from "../../domain/Document.ts"
import type { Kind } from "../../domain/Kind.ts"
import { getAt, type Path, select, setAt } from "../../domain/Pointer.ts"
import type { DescribedCall } from "./Described.ts"

const asDocument = (value: Json | undefined, otherwise: Document): Document => isObject(value) ? value : otherwise

const writableAt = (kind: Kind, value: Json, path: Path): Json => {
  if (isArray(value)) return value.map((item, index) => writableAt(kind, item, [...path, String(index)]))
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, member]) => {
      const at = [...path, key]
      return isReadOnly(kind, at) ? [] : [[key, writableAt(kind, member, at)]]
    })
  )
}

const withoutMasks = (kind: Kind, document: Document): Document =>
  kind.mask === undefined ? document : kind.roles.sensitive.flatMap((pattern) => select(document, pattern)).reduce(
    (done, [path, value]) =>
      typeof value === "string" && kind.mask?.test(value) === true
        ? asDocument(setAt(done, path, undefined), done)
        : done,
    document
  )

/** The part of a document that is the user's, without masks. */
export const writable = (kind: Kind, document: Document): Document =>
  withoutMasks(kind, asDocument(writableAt(kind, document, []), {}))

/** A document without its members that are null: a create says nothing of what is not there. */
export const withoutNulls = (document: Document): Document =>
  Object.fromEntries(Object.entries(document).filter(([, value]) => value !== null))

/** A document with only those of its places. */
export const picked = (document: Document, places: ReadonlyArray<Path>): Document =>
  places.reduce<Document>((done, path) => {
    const value = getAt(document, path)
    return value === undefined ? done : asDocument(setAt(done, path, value), done)
  }, {})

/** A document without those of its places. */
export const without = (document: Document, places: ReadonlyArray<Path>): Document =>
  places.reduce<Document>((done, path) => asDocument(setAt(done, path, undefined), done), document)

/** A body with a document in it, laid over what is there; a place `0` where nothing is makes a list of one. */
const wrapped = (body: Json | undefined, place: Path, document: Document): Json => {
  const [head, ...rest] = place
  if (head === undefined) return isObject(body) ? { ...body, ...document } : document
  const inner = wrapped(getAt(body, [head]), rest, document)
  if (head === "0" && (body === undefined || isArray(body))) return [inner, ...(body ?? []).slice(1)]
  return setAt(body ?? {}, [head], inner) ?? inner
}

/** The body that carries a document: wrapped, with the constant members beside it. */
export const bodyOf = (call: Pick<DescribedCall, "with" | "wrap">, document: Document): Json => {
  const isList = call.wrap === "array"
  const body = wrapped(call.with, isList ? [] : call.wrap, document)
  return isList ? [body] : body
}

/** The place in a body of a place in its document. */
export const placeInBody = ({ wrap }: Pick<DescribedCall, "wrap">, place: Path): Path =>
  wrap === "array" ? ["0", ...place] : [...wrap, ...place]

/** A remote id in the type of the one that it replaces. */
const inTypeOf = (before: Json, id: string): Json =>
  typeof before === "number" && /^\d+$/.test(id) && Number.isSafeInteger(Number(id)) ? Number(id) : id

const remapped = (
  kind: Kind,
  document: Document,
  remap: (kind: string, id: string) => string
): Document =>
  kind.roles.references.reduce<Document>(
    (done, role) =>
      select(done, role.path).reduce<Document>((at, [path, value]) => {
        if (typeof value !== "string" && typeof value !== "number") return at
        return asDocument(setAt(at, path, inTypeOf(value, remap(role.kind, String(value)))), at)
      }, done),
    document
  )

/** A before-image as a document that the API takes today, references passed through `remap`. */
export const restored = (
  kind: Kind,
  before: Document,
  remap: (kind: string, id: string) => string
): Document => remapped(kind, asDocument(writableAt(kind, before, []), {}), remap)
