/**
 * Where in an answer the document sits, and where a list holds its documents.
 *
 * An answer that has the fields of the document, or the id, is the document; else it is looked for one level down,
 * under the names that envelopes use, then under any.
 */
import type { Operation } from "./Collections.ts"
import { elementOf, type Flat, flat, propertiesOf, typesOf } from "./Schemas.ts"

/** A schema, and where it was found. */
export interface Sited {
  /** A JSON Pointer; empty for the answer itself. */
  readonly at: string
  readonly schema: Flat
}

const usual = ["data", "result", "results", "items", "item", "response", "payload", "value", "values", "records"]

const ids = ["id", "_id", "uuid"]

const likeness = (schema: Flat, fields: ReadonlySet<string>): number => {
  const names = [...propertiesOf(schema).keys()]
  return names.filter((name) => fields.has(name)).length + (names.some((name) => ids.includes(name)) ? 1 : 0)
}

const escaped = (name: string): string => name.replaceAll("~", "~0").replaceAll("/", "~1")

const isObjectSchema = (schema: Flat): boolean => typesOf(schema).includes("object")

/** Where an answer holds the document that has these fields. */
export const documentIn = (operation: Operation | undefined, fields: ReadonlySet<string>): Sited | undefined => {
  const answer = operation?.answer
  if (answer === undefined || !isObjectSchema(answer)) return undefined
  const inside = [...propertiesOf(answer)].filter(([, schema]) => isObjectSchema(schema))
    .map(([name, schema]) => ({ name, at: `/${escaped(name)}`, schema, like: likeness(schema, fields) }))
  const best = inside.toSorted((a, b) => b.like - a.like)
    .find(({ like, name }) => like > likeness(answer, fields) || (like > 0 && usual.includes(name)))
  return best === undefined ? { at: "", schema: answer } : { at: best.at, schema: best.schema }
}

/** Where an answer holds a list of documents that have these fields; the schema is that of one. */
export const listIn = (operation: Operation | undefined, fields: ReadonlySet<string>): Sited | undefined => {
  const answer = operation?.answer
  if (answer === undefined) return undefined
  const bare = elementOf(answer)
  if (bare !== undefined) return { at: "", schema: bare }
  const listed = (schema: Flat, at: string): ReadonlyArray<Sited> =>
    [...propertiesOf(schema)].flatMap(([name, property]) => {
      const here = `${at}/${escaped(name)}`
      const element = elementOf(property)
      if (element !== undefined) return isObjectSchema(flat(element)) ? [{ at: here, schema: element }] : []
      return at === "" && isObjectSchema(property) ? listed(property, here) : []
    })
  return listed(answer, "").toSorted((a, b) => likeness(b.schema, fields) - likeness(a.schema, fields))[0]
}
