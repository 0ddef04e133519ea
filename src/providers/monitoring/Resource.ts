/**
 * What the three kinds of the monitoring API have in common, and what each has to say for itself.
 *
 * A resource is data and small functions: where it lives, which fields are written, how an answer becomes a document
 * and how a create is split into calls. Updates, deletes and restores are the same for all (Calls.ts).
 */
import type { Document, Json, JsonObject } from "../../domain/Document.ts"
import { isArray, isObject } from "../../domain/Document.ts"
import type { Kind } from "../../domain/Kind.ts"
import type { Call } from "../Provider.ts"

/** One kind of this API. */
export interface Resource {
  readonly kind: Kind
  /** `/watchlists`. */
  readonly collection: string
  /** Fields that a write may name; all others are the server's. */
  readonly writable: ReadonlyArray<string>
  /** Whether a GET of one finds by name before it finds by id, so that a name may hide an id. */
  readonly namesHideIds: boolean
  /** Tells whether an answer is the whole resource and not an excerpt. */
  readonly isWhole: (raw: JsonObject) => boolean
  /** An answer in the shape of `spec`, with the fields that only the server writes. */
  readonly toDocument: (raw: JsonObject) => Document
  /** The calls of a create; `desired` has sendable writable fields only. */
  readonly create: (desired: Document) => ReadonlyArray<Call>
  /** The body of an update that changes those fields. */
  readonly patch: (changed: JsonObject, from: Document, to: Document) => JsonObject
}

/** An id as the engine knows it. Servers count in 64 bits, more than a number of JavaScript holds. */
export const isId = (id: Json | undefined): id is string => typeof id === "string" && /^\d{1,20}$/.test(id)

/** An id as the API knows it where a number of JavaScript holds it, else the text that it is known by. */
export const numericId = (id: string): Json => Number.isSafeInteger(Number(id)) ? Number(id) : id

/** What a masked secret looks like: nothing but stars, or three and more among the parts that are shown. */
export const mask = /^\*+$|\*{3}/

/** What stands for a secret that an answer leaves out, so that it is masked like one that it shows as stars. */
export const withheld = "***"

/** Fields that the server makes for every kind. */
export const madeByServer = ["/id", "/createdAt", "/updatedAt", "/createdBy", "/createdByUserId"]

/** Copies of other kinds inside an answer keep only their ids: the rest may hold those kinds' secrets. */
export const idsOnly = (value: Json | undefined): ReadonlyArray<Json> =>
  isArray(value) ? value.flatMap((item) => isObject(item) && item["id"] !== undefined ? [{ id: item["id"] }] : []) : []

/** An object with only those of its members that are named. */
export const pick = (value: JsonObject, names: ReadonlyArray<string>): JsonObject =>
  Object.fromEntries(names.flatMap((name) => {
    const member = value[name]
    return member === undefined ? [] : [[name, member]]
  }))

/** An array whose objects keep only the named members; elements that are no objects stay. */
export const pickEach = (value: Json, names: ReadonlyArray<string>): Json =>
  isArray(value) ? value.map((item) => isObject(item) ? pick(item, names) : item) : value
