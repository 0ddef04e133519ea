/**
 * Values as they may be shown: sealed leaves as `(sensitive)`, references that are not filled yet as
 * `(known after apply)`, and no character that could steer a terminal.
 *
 * Texts of servers and files are somebody else's: an escape sequence in a resource's name must not move the cursor.
 */
import { sensitiveText, unknownText } from "../app/Shown.ts"
import { isArray, isObject, type Json } from "../domain/Document.ts"
import { sealMark } from "../domain/Sealed.ts"
import { isUnknown } from "../domain/Template.ts"

/** Tells whether a value is a sealed secret. */
export const isSealed = (value: Json | undefined): boolean =>
  isObject(value) && Object.keys(value).length === 1 && Object.hasOwn(value, sealMark)

// Control characters (C0 without tab and line feed, DEL, C1) and the ones that turn the direction of writing.
// oxlint-disable-next-line no-control-regex
const steering = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u200E\u200F\u202A-\u202E\u2066-\u2069]/g

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`

/** Text that cannot steer a terminal; lines and tabs stay. */
export const harmless = (text: string): string => text.replace(steering, escaped)

/** A value on one line, as JSON with its secrets and unknowns named. */
export const shownValue = (value: Json | undefined): string => {
  if (value === undefined) return "(absent)"
  if (isSealed(value)) return sensitiveText
  if (isUnknown(value)) return unknownText
  if (isArray(value)) return `[${value.map(shownValue).join(", ")}]`
  if (isObject(value)) {
    const members = Object.entries(value).map(([key, member]) => `${harmless(key)}: ${shownValue(member)}`)
    return members.length === 0 ? "{}" : `{ ${members.join(", ")} }`
  }
  return harmless(JSON.stringify(value))
}
