/**
 * What a rollback can be about, as it is typed and as it is meant, and what both ways to say it refuse.
 */
import { Effect } from "effect"
import type { Address, Digest } from "../domain/Ids.ts"
import type { Version } from "../domain/Version.ts"
import { Refusal } from "./Failure.ts"

/** What to roll back; addresses, batches and versions as typed. */
export type RollbackWhat =
  | { readonly _tag: "batch"; readonly batch: string; readonly only: ReadonlyArray<string> }
  | { readonly _tag: "to"; readonly address: string; readonly version: string }
  /** Each a version, or `OLDER..NEWER`. */
  | { readonly _tag: "revert"; readonly address: string; readonly versions: ReadonlyArray<string> }

/** What is wanted of one resource. */
export interface Wish {
  /** Oldest first. */
  readonly versions: ReadonlyArray<Version>
  readonly what:
    | { readonly _tag: "take out"; readonly versions: ReadonlyArray<Digest> }
    | { readonly _tag: "go back to"; readonly version: Digest }
}

/** The command that says a wish again. */
export const commandOf = (what: RollbackWhat): string => {
  switch (what._tag) {
    case "batch":
      return ["amends rollback", what.batch, ...what.only.map((address) => `--only ${address}`)].join(" ")
    case "to":
      return `amends rollback ${what.address} --to ${what.version}`
    case "revert":
      return [`amends rollback ${what.address}`, ...what.versions.map((version) => `--revert ${version}`)].join(" ")
  }
}

/** Enough of an id to be unambiguous. */
export const shortId = (id: string): string => id.replace(/^(\w+:[0-9a-f]{12})[0-9a-f]*$/, "$1")

/** The command that means the same later on as well: `head` is another version once there is a newer one. */
export const lastingCommandOf = (what: RollbackWhat, wishes: ReadonlyMap<Address, Wish>): string => {
  if (what._tag === "batch") return commandOf(what)
  const [wish] = wishes.values()
  if (wish === undefined) return commandOf(what)
  return commandOf(
    wish.what._tag === "go back to"
      ? { _tag: "to", address: what.address, version: shortId(wish.what.version) }
      : { _tag: "revert", address: what.address, versions: wish.what.versions.map(shortId) }
  )
}

/** A version that let a resource go without a write cannot be taken out: the resource may still be there. */
export const refuseLetGo = (
  versions: ReadonlyArray<Version>,
  taken: ReadonlyArray<Digest>
): Effect.Effect<void, Refusal> => {
  const found = versions.find(({ id, origin }) => origin === "forget" && taken.includes(id))
  return found === undefined ? Effect.void : Effect.fail(
    new Refusal({
      reason: "NotAvailable",
      summary: "it was let go, not deleted",
      detail: `${found.id} let go of ${found.address}, which may still be there`,
      hint: `take it over again with: amends import ${found.address} ID`,
      addresses: [found.address]
    })
  )
}

/** What an address was about has another one now. */
export const movedAway = (address: Address, to: Address | undefined, command: string | undefined): Refusal =>
  new Refusal({
    reason: "NotFound",
    summary: "it has another address",
    detail: `what was ${address} was moved${to === undefined ? "" : ` to ${to}`}`,
    hint: to === undefined || command === undefined
      ? "see: amends list, amends history"
      : `name it as it is called now: ${command}`,
    addresses: [address]
  })
