/**
 * One document in the shape of another: what was declared, with the values that are there at another time.
 */
import { type Document, isObject, type Json } from "../domain/Document.ts"

const at = (shape: Json, value: Json): Json => isObject(shape) && isObject(value) ? shapedLike(shape, value) : value

/** The values of a document at the places that a shape has; lists count as a whole. */
export const shapedLike = (shape: Document, value: Document): Document =>
  Object.fromEntries(
    Object.entries(shape).flatMap(([key, inner]) => {
      const member = value[key]
      return member === undefined ? [] : [[key, at(inner, member)]]
    })
  )
