/**
 * Which contents that are kept outside of the state it names anywhere: in documents of heads and versions, and in what
 * journals tell. Names are found as texts, so that nothing that is named is overlooked, whatever it is named by.
 */
import type { Database } from "better-sqlite3"
import { StateError } from "../StateError.ts"
import { contentsIn, intactText } from "./Contents.ts"

const names = /sha256:[0-9a-f]{64}/g

const unread = new StateError({
  reason: "Corrupt",
  operation: "prune",
  detail: "a document cannot be read, so nobody knows what it names",
  hint: "Put back a copy with `amends state restore FILE`; contents that are kept outside stay until then."
})

/** Every digest that stands anywhere in the state. Throws StateError where a document is damaged. */
export const namedIn = (db: Database): ReadonlySet<string> => {
  const found = new Set<string>()
  const look = (text: string): void => {
    for (const [name] of text.matchAll(names)) found.add(name)
  }
  for (const row of contentsIn(db)) {
    const text = intactText(row)
    if (text === undefined) throw unread
    look(text)
  }
  for (const body of db.prepare<[], string>("select body from entry").pluck().iterate()) look(body)
  return found
}
