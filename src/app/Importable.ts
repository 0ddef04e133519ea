/**
 * What a file can say of a resource that exists: its document without what the server makes, what says nothing, and
 * what must not stand in a file.
 *
 * Pure. Secrets are left out, and so is what the kind's schema does not take: such fields stay as they are and are not
 * managed, which the file says. A list goes as a whole, because a list without one of its parts would be another list.
 */
import { isNothing, isReadOnly } from "../domain/Canonical.ts"
import { type Document, isArray, isObject, type Json } from "../domain/Document.ts"
import type { Kind } from "../domain/Kind.ts"
import { type Path, renderPointer, select, setAt } from "../domain/Pointer.ts"
import { isUnknown } from "../domain/Template.ts"
import { type Finding, findingsOf } from "./SchemaFindings.ts"

/** A field that a file does not hold. */
export interface LeftField {
  /** JSON Pointer in the spec. */
  readonly path: string
  readonly why: "secret" | "odd"
}

/** What a file can say, or why it cannot say it. */
export type Importable =
  | { readonly _tag: "declarable"; readonly spec: Document; readonly left: ReadonlyArray<LeftField> }
  | { readonly _tag: "undeclarable"; readonly why: string }

/** A document without what the server makes. */
export const writable = (kind: Kind, value: Json, path: Path = []): Json => {
  if (isArray(value)) return value.map((item, index) => writable(kind, item, [...path, String(index)]))
  if (!isObject(value)) return value
  const members = Object.entries(value).filter(([key]) => !isReadOnly(kind, [...path, key]))
  return Object.fromEntries(members.map(([key, member]) => [key, writable(kind, member, [...path, key])]))
}

const asDocument = (value: Json | undefined): Document => isObject(value) ? value : {}

/** Without members that mean that nothing is there. */
const speaking = (kind: Kind, value: Json, path: Path): Json => {
  if (isArray(value)) return value.map((item, index) => speaking(kind, item, [...path, String(index)]))
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, member]) => {
      const at = [...path, key]
      return isNothing(kind, member, at) ? [] : [[key, speaking(kind, member, at)]]
    })
  )
}

/** A field, or the outermost list that it is in. */
const wholeOf = (document: Document, path: Path): Path => {
  let at: Json | undefined = document
  for (const [index, segment] of path.entries()) {
    if (isArray(at)) return path.slice(0, index)
    at = isObject(at) ? at[segment] : undefined
  }
  return path
}

/** Removes a place, and the objects around it that hold nothing else. */
const without = (document: Document, path: Path): Document => {
  const next = asDocument(setAt(document, path, undefined))
  const parent = path.slice(0, -1)
  const left = parent.reduce<Json | undefined>((at, segment) => isObject(at) ? at[segment] : undefined, next)
  return parent.length > 0 && isObject(left) && Object.keys(left).length === 0 ? without(next, parent) : next
}

const textPlaces = (
  value: Json,
  means: (text: string) => boolean,
  path: Path = []
): ReadonlyArray<Path> => {
  if (typeof value === "string") return means(value) ? [path] : []
  if (isArray(value)) return value.flatMap((item, index) => textPlaces(item, means, [...path, String(index)]))
  return isObject(value)
    ? Object.entries(value).flatMap(([key, member]) => textPlaces(member, means, [...path, key]))
    : []
}

/** Keys that have a meaning of their own in a resource file. */
const oddPlaces = (value: Json, path: Path = []): ReadonlyArray<Path> => {
  if (isArray(value)) return value.flatMap((item, index) => oddPlaces(item, [...path, String(index)]))
  if (!isObject(value)) return []
  if (isUnknown(value)) return [path]
  return Object.entries(value).flatMap(([key, member]) =>
    key.includes("${") ? [[...path, key]] : oddPlaces(member, [...path, key])
  )
}

interface Left {
  readonly spec: Document
  readonly left: ReadonlyMap<string, LeftField>
}

const leave = ({ left, spec }: Left, paths: ReadonlyArray<Path>, why: LeftField["why"]): Left => {
  const whole = paths.map((path) => wholeOf(spec, path)).filter((path) => path.length > 0)
  return {
    spec: whole.reduce(without, spec),
    left: new Map([...left, ...whole.map((path) => [renderPointer(path), { path: renderPointer(path), why }] as const)])
  }
}

const placesOf = (patterns: ReadonlyArray<string>, spec: Document): ReadonlyArray<Path> =>
  patterns.flatMap((pattern) => select(spec, pattern).map(([path]) => path))

/** Rounds in which what the schema does not take is left out: leaving one thing out may make another one wrong. */
const roundsMax = 4

const whyNot = (kind: Kind, { path }: Finding, left: Left["left"]): string => {
  const pointer = renderPointer(path)
  const declare = "declare the resource yourself, with ${env.NAME} there, then import it by its id"
  return left.get(pointer)?.why === "secret"
    ? `${pointer} is required and secret: ${declare}`
    : `what is there does not fit the kind ${kind.name}: ${pointer === "" ? "the document" : pointer}`
}

const fitting = (kind: Kind, first: Left): Importable => {
  let now = first
  for (let round = 0; round < roundsMax; round++) {
    const findings = findingsOf(kind.schema, now.spec)
    const [finding] = findings
    if (finding === undefined) {
      const left = [...now.left.values()].sort((a, b) => a.path < b.path ? -1 : 1)
      return { _tag: "declarable", spec: now.spec, left }
    }
    const missing = findings.filter(({ message }) => message.startsWith("the required key"))
    const [wanting] = missing.filter(({ path }) => path.length === 1)
    if (wanting !== undefined) return { _tag: "undeclarable", why: whyNot(kind, wanting, now.left) }
    // A key that the kind does not know is one more that the server makes.
    const made = findings.filter(({ part }) => part === "key").map(({ path }) => path)
    const odd = findings.filter(({ part }) => part !== "key").map(({ path }) => path.slice(0, 1))
    now = leave({ ...now, spec: made.reduce(without, now.spec) }, odd, "odd")
  }
  return { _tag: "undeclarable", why: `what is there does not fit the kind ${kind.name}` }
}

/** Says what a file can declare of an observed document; `isSecret` knows texts that are secret by their value. */
export const importable = (kind: Kind, observed: Document, isSecret: (text: string) => boolean): Importable => {
  const own = asDocument(speaking(kind, writable(kind, observed), []))
  const { sensitive, writeOnly } = kind.roles
  const open = leave({ spec: own, left: new Map() }, placesOf([...sensitive, ...writeOnly], own), "secret")
  const plain = leave(open, textPlaces(open.spec, isSecret), "secret")
  return fitting(kind, leave(plain, oddPlaces(plain.spec), "odd"))
}
