/**
 * Fills references while planning: with what is there, or with what an update will make of it; what a create or
 * replace brings stays unknown until it is applied.
 */
import type { Action } from "../domain/Change.ts"
import type { Document, Json } from "../domain/Document.ts"
import { isArray, isObject } from "../domain/Document.ts"
import type { Kind } from "../domain/Kind.ts"
import { covers, getAt, parsePointer, type Path, renderPointer } from "../domain/Pointer.ts"
import { fill, isUnknown, type Reference, referencesIn, type Template } from "../domain/Template.ts"

/** What is known of a referred resource once its own change is decided. */
export interface Source {
  readonly action: Action
  readonly kind: Kind
  readonly remoteId?: string
  /** What is there now. */
  readonly seen?: Document
  /** What will be there. */
  readonly after?: Document
  readonly secretPaths: ReadonlyArray<string>
}

/** The value of a reference, or whether it comes later or never. */
export type Filled =
  | { readonly _tag: "known"; readonly value: Json }
  | { readonly _tag: "later" }
  | { readonly _tag: "missing" }

const later: Filled = { _tag: "later" }

const fieldOf = (document: Document | undefined, id: string | undefined, path: string): Json | undefined =>
  getAt(document, parsePointer(path)) ?? (path === "/id" ? id : undefined)

const isReadOnly = (kind: Kind, path: string): boolean =>
  kind.roles.readOnly.some((pattern) => covers(pattern, parsePointer(path)))

/** Reads a reference from the decided change of what it refers to. */
export const valueOf = (source: Source | undefined, path: string): Filled => {
  if (source === undefined) return { _tag: "missing" }
  const { action, after, kind, remoteId, seen } = source
  if (action === "create" || action === "replace" || action === "delete") return later
  if (action === "none") {
    const value = fieldOf(seen, remoteId, path)
    return value === undefined ? { _tag: "missing" } : { _tag: "known", value }
  }
  const settled = path === "/id" || !isReadOnly(kind, path)
  const value = settled ? fieldOf(path === "/id" ? seen : after, remoteId, path) : undefined
  return value === undefined || referencesIn(value).length > 0 ? later : { _tag: "known", value }
}

/** Finds the source of a reference. */
export type Sources = (reference: Reference) => Source | undefined

const known = (filled: Filled): Json | undefined => filled._tag === "known" ? filled.value : undefined

const filledDocument = (spec: Template, sources: Sources): Document => {
  const filled = fill(spec, (reference) => known(valueOf(sources(reference), reference.path)))
  return isObject(filled) ? filled : {}
}

/** A template as far as planning can fill it. */
export interface Filling {
  /** With every reference that is known, or will be. */
  readonly filled: Document
  /** With the references to what stays as it is; the steps of the batch answer the others. */
  readonly kept: Template
  readonly missing: ReadonlyArray<Reference>
  /** Pointers at which a secret field of another resource is referred to. */
  readonly secretPaths: ReadonlyArray<string>
}

/** The places of references, a text that holds some being one place. */
const placesOf = (value: Json, path: Path = []): ReadonlyArray<readonly [Path, Json]> => {
  if (isUnknown(value)) return [[path, value]]
  if (isArray(value)) return value.flatMap((item, index) => placesOf(item, [...path, String(index)]))
  return isObject(value) ? Object.entries(value).flatMap(([key, member]) => placesOf(member, [...path, key])) : []
}

const isSecret = (source: Source | undefined, path: string): boolean =>
  source !== undefined &&
  [...source.kind.roles.sensitive, ...source.secretPaths].some((pattern) =>
    covers(pattern, parsePointer(path)) || pattern.startsWith(`${path}/`)
  )

/** Fills a template from the decisions on what it refers to. */
export const fillSpec = (spec: Template, sources: Sources): Filling => {
  const references = referencesIn(spec)
  if (references.length === 0) return { filled: spec, kept: spec, missing: [], secretPaths: [] }
  const stays: Sources = (reference) => {
    const source = sources(reference)
    return source?.action === "none" ? source : undefined
  }
  return {
    filled: filledDocument(spec, sources),
    kept: filledDocument(spec, stays),
    missing: references.filter((reference) => valueOf(sources(reference), reference.path)._tag === "missing"),
    secretPaths: placesOf(spec).flatMap(([path, node]) =>
      referencesIn(node).some((reference) => isSecret(sources(reference), reference.path)) ? [renderPointer(path)] : []
    )
  }
}

/** Lists the places that are not known yet. */
export const unknownPlaces = (document: Document): ReadonlyArray<Path> => placesOf(document).map(([path]) => path)
