/**
 * From the shape that answers have to the shape that is written: fields that answers hold elsewhere go where they are
 * written, and of what answers embed only the named members stay. Pure.
 *
 * `*` on both sides goes through a list or an object member by member. Where an answer does not hold the other place,
 * the field is taken from where it is written. All places are read in the answer as it came, so that two may swap.
 */
import { type Document, isArray, isObject, type Json, type JsonObject } from "../../domain/Document.ts"
import { getAt, type Path, select, setAt } from "../../domain/Pointer.ts"
import type { Understanding } from "./Described.ts"

const asDocument = (value: Json | undefined, otherwise: Document): Document => isObject(value) ? value : otherwise

const membersOf = (value: Json | undefined): ReadonlyArray<readonly [string, Json]> | undefined => {
  if (isArray(value)) return value.map((item, index) => [String(index), item] as const)
  return isObject(value) ? Object.entries(value) : undefined
}

const memberOf = (value: Json | undefined, key: string): Json | undefined => getAt(value, [key])

/** What stands at `from` in an answer, laid over what is at `to`; `undefined` where the answer holds nothing there. */
const moved = (answer: Json, from: Path, laidOver: Json | undefined, to: Path): Json | undefined => {
  const [star, target] = [from.indexOf("*"), to.indexOf("*")]
  if (star < 0 || target < 0) {
    const value = getAt(answer, from)
    return value === undefined ? undefined : setAt(laidOver, to, value)
  }
  const source = getAt(answer, from.slice(0, star))
  const members = membersOf(source)
  if (members === undefined) return undefined
  const there = getAt(laidOver, to.slice(0, target))
  const inner = members.map(([key, member]) => {
    const before = memberOf(there, key)
    return [key, moved(member, from.slice(star + 1), before, to.slice(target + 1)) ?? before ?? null] as const
  })
  const value = isArray(source) ? inner.map(([, member]) => member) : Object.fromEntries(inner)
  return setAt(laidOver, to.slice(0, target), value)
}

/** Takes away what was read from elsewhere, so that it is not there twice. */
const withoutPlace = (document: Document, from: Path): Document => {
  const star = from.indexOf("*")
  return asDocument(setAt(document, star < 0 ? from : from.slice(0, star), undefined), document)
}

const pick = (value: JsonObject, members: ReadonlyArray<string>): JsonObject =>
  Object.fromEntries(Object.entries(value).filter(([key]) => members.includes(key)))

const kept = (document: Document, keep: Understanding["keep"]): Document =>
  keep.reduce<Document>(
    (done, [pattern, members]) =>
      select(done, pattern).reduce<Document>(
        (at, [path, value]) => isObject(value) ? asDocument(setAt(at, path, pick(value, members)), at) : at,
        done
      ),
    document
  )

const isAbove = (upper: Path, lower: Path): boolean => upper.every((segment, index) => lower[index] === segment)

/** Brings a document as answers hold it into the shape in which it is written. */
export const shaped = (answer: Document, { keep, shape }: Pick<Understanding, "keep" | "shape">): Document => {
  const found = shape.filter(([to, from]) => moved(answer, from, {}, to) !== undefined)
  const left = found.reduce<Document>((done, [, from]) => withoutPlace(done, from), answer)
  const placed = found.reduce<Document>(
    // What stands where the field is written is another reading of it, unless that is where the field was read.
    (done, [to, from]) =>
      asDocument(moved(answer, from, isAbove(to, from) ? setAt(done, to, undefined) : done, to), done),
    left
  )
  return kept(placed, keep)
}
