/**
 * Puts back what an API masks or never returns, from what amends last wrote there.
 *
 * A masked leaf is only replaced where what is known sits in the same place beside the same neighbours; otherwise it
 * stays masked, which makes restoring it lossy (`unknownSecrets` tells).
 */
import { type Document, equalJson, isObject, type Json, sharing } from "../domain/Document.ts"
import type { Kind } from "../domain/Kind.ts"
import { getAt, parsePointer, type Path, renderPointer, select, setAt, withAt } from "../domain/Pointer.ts"

const maskedAt = (kind: Kind, document: Document): ReadonlyArray<Path> =>
  kind.mask === undefined ?
    [] :
    kind.roles.sensitive.flatMap((pattern) =>
      select(document, pattern).flatMap(([path, value]) =>
        typeof value === "string" && kind.mask?.test(value) === true ? [path] : []
      )
    )

const without = (value: Json | undefined, key: string): Json | undefined =>
  setAt(isObject(value) ? value : undefined, [key], undefined)

/** An element of an array is recognised by its other members: lists may have been reordered or cut. */
const sameNeighbours = (a: Document, b: Document, path: Path): boolean => {
  const element = path.findLastIndex((segment) => /^\d+$/.test(segment))
  if (element < 0) return true
  const at = path.slice(0, element + 1)
  const leaf = path[path.length - 1] ?? ""
  return element === path.length - 1 || equalJson(without(getAt(a, at), leaf), without(getAt(b, at), leaf))
}

const put = (document: Document, path: Path, value: Json | undefined): Document =>
  value === undefined ? document : withAt(document, path, value)

/** Fills masked and write-only places of an observed document with what is known of them. */
export const recall = (kind: Kind, observed: Document, known: Document | undefined): Document => {
  if (known === undefined) return observed
  const unmasked = maskedAt(kind, observed).reduce(
    (document, path) => sameNeighbours(document, known, path) ? put(document, path, getAt(known, path)) : document,
    observed
  )
  const recalled = kind.roles.writeOnly.flatMap((pattern) => select(known, pattern)).reduce(
    (document, [path, value]) => getAt(document, path) === undefined ? put(document, path, value) : document,
    unmasked
  )
  // What is as it is known is kept once, however often it is read.
  return sharing(recalled, known)
}

/** Pointers of the places whose content stays unknown: restoring them is lossy. */
export const unknownSecrets = (kind: Kind, document: Document): ReadonlyArray<string> =>
  maskedAt(kind, document).map(renderPointer)

/** The places in a document that a pattern means and that hold nothing. */
const empty = (document: Document, pattern: string): ReadonlyArray<Path> => {
  const path = parsePointer(pattern)
  if (!path.includes("*")) return getAt(document, path) === undefined ? [path] : []
  const leaf = path.slice(-1)
  return select(document, renderPointer(path.slice(0, -1)))
    .flatMap(([holder, value]) => isObject(value) && getAt(value, leaf) === undefined ? [[...holder, ...leaf]] : [])
}

/** Pointers of the write-only places that may hold what nobody remembers. */
export const hiddenSecrets = ({ roles }: Kind, document: Document): ReadonlyArray<string> =>
  roles.writeOnly.flatMap((pattern) => empty(document, pattern)).map(renderPointer)

/**
 * The write-only places of what is taken over that an update leaves out, where it says all that is there: they may hold
 * something, which is gone then.
 */
export const unsaidSecrets = ({ capabilities, roles }: Kind, document: Document): ReadonlyArray<Path> =>
  capabilities.updateIsWhole === true ? roles.writeOnly.flatMap((pattern) => empty(document, pattern)) : []

/** What of a document can be read back: a secret that may never have been written is not remembered. */
export const withoutSecrets = ({ mask, roles }: Kind, document: Document): Document =>
  [...roles.writeOnly, ...(mask === undefined ? [] : roles.sensitive)]
    .flatMap((pattern) => select(document, pattern)).reduceRight<Document>(
      (rest, [path]) => withAt(rest, path, undefined),
      document
    )
