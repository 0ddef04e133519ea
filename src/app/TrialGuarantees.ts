/**
 * What the engine can promise for a kind, by what its API offers: the table of docs/guarantees.md for one kind. Pure.
 */
import type { Kind } from "../domain/Kind.ts"

/** One promise, and how far it goes. */
export interface Guarantee {
  readonly promise: "applied once" | "no orphan" | "others' edits"
  readonly holds: "always" | "mostly" | "with help"
  readonly detail: string
}

const onceBy = ({ capabilities: { idempotencyKey, identity, marker } }: Kind): string | undefined => {
  if (idempotencyKey !== undefined) return "the key of a request makes a repeated create one"
  if (identity._tag !== "server") return "its name tells whether it was made"
  return marker === undefined ? undefined : `what was made is found by ${marker.field}`
}

const others = ({ capabilities: { changeToken, guard } }: Kind): Omit<Guarantee, "promise"> => {
  if (guard !== "none") {
    const by = guard === "etag" ? "its ETag" : "its version"
    return { holds: "always", detail: `a write repeats ${by}, and a stale one is refused` }
  }
  const when = "an edit between our last read and our write is overwritten"
  return changeToken === undefined
    ? { holds: "mostly", detail: `documents are compared; ${when}, and one that was taken back is not seen` }
    : { holds: "mostly", detail: `${changeToken} is compared; ${when}` }
}

const byListing: { readonly [L in Listing]: Omit<Guarantee, "promise"> } = {
  listed: {
    holds: "mostly",
    detail: "unless a request lands after the horizon, or a stranger makes an identical one meanwhile"
  },
  unlisted: {
    holds: "with help",
    detail: "a create whose answer is lost waits for a person: no list tells what it made"
  }
}

/** Whether what is made can be seen in a list. */
export type Listing = "listed" | "unlisted"

/** Tells what each guarantee comes to. */
export const guaranteesOf = (kind: Kind, listing: Listing): ReadonlyArray<Guarantee> => {
  const by = onceBy(kind)
  const once: Omit<Guarantee, "promise"> = by === undefined ? byListing[listing] : { holds: "always", detail: by }
  return [
    { promise: "applied once", ...once },
    { promise: "no orphan", ...once },
    { promise: "others' edits", ...others(kind) }
  ]
}
