/**
 * Documents as a user may see them: secrets as `(sensitive)`, what is not known yet as `(known after apply)`.
 *
 * Takes sealed documents only, so that nothing secret can be shown; it needs no key.
 */
import { isArray, isObject, type Json } from "../domain/Document.ts"
import { type SealedDocument, sealMark } from "../domain/Sealed.ts"
import { isUnknown } from "../domain/Template.ts"

/** What stands for a secret. */
export const sensitiveText = "(sensitive)"

/** What stands for a value that a change brings about. */
export const unknownText = "(known after apply)"

const shownAt = (value: Json): Json => {
  if (isUnknown(value)) return unknownText
  if (isArray(value)) return value.map(shownAt)
  if (!isObject(value)) return value
  if (Object.hasOwn(value, sealMark)) return sensitiveText
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, shownAt(member)]))
}

/** Renders a sealed document for showing. */
export const shown = (document: SealedDocument): Json => shownAt(document)
