/**
 * Remote ids of kinds that more than one value names: the parents' fields and the id, or several fields together.
 *
 * One value is an id as it is; several are encoded each and joined by slashes, `acme/17`, so that people can read and
 * write them and no value can be taken for two.
 */
import { type Document, type Json } from "../../domain/Document.ts"
import { getAt, type Path, withAt } from "../../domain/Pointer.ts"
import { encoded, scalarText } from "./Template.ts"

/** Puts the values of a remote id together; `undefined` where one is missing or empty. */
export const joinId = (values: ReadonlyArray<Json | undefined>): string | undefined => {
  const texts = values.map(scalarText)
  if (texts.some((text) => text === undefined || text === "")) return undefined
  return texts.length === 1 ? texts[0] : texts.map((text) => encoded(text ?? "")).join("/")
}

const decoded = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** Takes a remote id of so many values apart, or answers `undefined` where it is none. */
export const splitId = (id: string, count: number): ReadonlyArray<string> | undefined => {
  if (count === 1) return id === "" ? undefined : [id]
  const values = id.split("/").flatMap((part) => decoded(part) ?? [])
  return values.length === count && values.every((value) => value !== "") ? values : undefined
}

/** A document with those fields where it lacks them: an API does not repeat what stands in its paths. */
export const withFields = (
  document: Document,
  fields: ReadonlyArray<Path>,
  values: ReadonlyArray<Json | undefined>
): Document =>
  fields.reduce<Document>((done, field, index) => {
    const value = values[index]
    if (value === undefined || getAt(done, field) !== undefined) return done
    return withAt(done, field, value)
  }, document)
