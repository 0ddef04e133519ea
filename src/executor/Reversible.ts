/**
 * How well a step can be taken back: what its kind says of the operation, made worse by what is known of this resource.
 */
import type { Kind, Reversibility } from "../domain/Kind.ts"
import { exact } from "../domain/Kind.ts"

const rank: { readonly [T in Reversibility["_tag"]]: number } = { exact: 0, lossy: 1, none: 2 }

/** The worse of two; two that lose something lose both. */
export const worse = (a: Reversibility, b: Reversibility): Reversibility => {
  if (a._tag === "lossy" && b._tag === "lossy") {
    return a.why === b.why ? a : { _tag: "lossy", why: `${a.why}; ${b.why}` }
  }
  return rank[a._tag] >= rank[b._tag] ? a : b
}

/** What secrets that cannot be read back cost. */
export const secretsLost = (pointers: ReadonlyArray<string>): Reversibility =>
  pointers.length === 0 ? exact : { _tag: "lossy", why: `the API does not give back ${pointers.join(", ")}` }

/** Names up to three of many. */
const named = (names: ReadonlyArray<string>): string =>
  names.length <= 3 ? names.join(", ") : `${names.slice(0, 3).join(", ")} and ${names.length - 3} more`

/** What unmanaged referrers of a deleted resource cost: nobody rewrites them to its new id. */
export const strangersLost = (kind: Kind, strangers: ReadonlyArray<string>): Reversibility =>
  strangers.length === 0 || kind.capabilities.identity._tag !== "server" ? exact : {
    _tag: "lossy",
    why: `its id changes on the way back; ${strangers.length} unmanaged resource${
      strangers.length === 1 ? " refers" : "s refer"
    } to it (${named(strangers)})`
  }

/** What an operation of the kind loses, and these losses on top. */
export const reversibilityOf = (
  kind: Kind,
  operation: "create" | "update" | "delete",
  losses: ReadonlyArray<Reversibility>
): Reversibility => losses.reduce(worse, kind.capabilities.reversibility[operation])
