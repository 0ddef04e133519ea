/**
 * Watchlists. A create takes no assets, so it is two calls; assets are a set in which the case of an address does not
 * count. Where assets are only added or only removed, the update says so, which cannot undo what somebody else adds
 * at the same time.
 */
import { Schema } from "effect"
import { canonicalValue } from "../../domain/Canonical.ts"
import { canonicalText, type Document, isArray, type Json, type JsonObject } from "../../domain/Document.ts"
import { exact, type Kind, plainRoles } from "../../domain/Kind.ts"
import type { Call } from "../Provider.ts"
import { idsOnly, madeByServer, pickEach, type Resource } from "./Resource.ts"

const nullableText = (description: string) => Schema.optionalKey(Schema.NullOr(Schema.String).annotate({ description }))

const Asset = Schema.Struct({
  chain: Schema.NonEmptyString.annotate({ description: "The chain, e.g. ethereum" }),
  type: Schema.NonEmptyString.annotate({ description: "What it is: Wallet, Contract, Protocol and so on" }),
  address: nullableText("The address on the chain; its case does not count"),
  name: nullableText("A name for people")
})

const Spec = Schema.Struct({
  name: Schema.optionalKey(
    Schema.NonEmptyString.annotate({ description: "The name in the API; defaults to the resource's name" })
  ),
  description: nullableText("What the list is for"),
  assets: Schema.optionalKey(
    Schema.Array(Asset).annotate({ description: "What is watched; a set, the order does not count" })
  )
}).annotate({ identifier: "Watchlist", description: "A list of assets that are watched" })

const written = ["name", "description", "assets"]

const kind: Kind = {
  name: "watchlist",
  provider: "monitoring",
  description: "A list of assets that are watched",
  schema: Spec,
  nameField: "/name",
  capabilities: {
    identity: { _tag: "server" },
    guard: "none",
    changeToken: "/updatedAt",
    settlesWithinMs: 0,
    listIsWhole: true,
    reversibility: { create: exact, update: exact, delete: exact }
  },
  roles: {
    ...plainRoles,
    readOnly: [...madeByServer, "/alertPolicies", "/alertsTagsStats"],
    closed: { "": written },
    sets: ["/assets"],
    caseInsensitive: ["/assets/*/address"],
    blank: ["/description", "/assets", "/assets/*/address", "/assets/*/name"],
    defaults: { "/description": "", "/assets": [] }
  }
}

const toDocument = (raw: JsonObject): Document => ({
  ...raw,
  ...(raw["assets"] === undefined ? {} : { assets: pickEach(raw["assets"], ["chain", "type", "address", "name"]) }),
  ...(raw["alertPolicies"] === undefined ? {} : { alertPolicies: idsOnly(raw["alertPolicies"]) })
})

const create = (desired: Document): ReadonlyArray<Call> => {
  const { assets, ...body } = desired
  const post: Call = {
    operation: "create",
    method: "POST",
    path: "/watchlists",
    body,
    expected: { ...body, assets: [] },
    learnsId: true
  }
  if (!isArray(assets) || assets.length === 0) return [post]
  const patch: Call = {
    operation: "create",
    method: "PATCH",
    path: "/watchlists/{id}",
    body: { assets, mode: "replaceAll" },
    expected: desired,
    learnsId: false
  }
  return [post, patch]
}

const byText = (assets: Json | undefined): ReadonlyMap<string, Json> =>
  new Map(
    (isArray(assets) ? assets : []).map((asset) =>
      [canonicalText(canonicalValue(kind, asset, ["assets", "0"])), asset] as const
    )
  )

const without = (from: ReadonlyMap<string, Json>, other: ReadonlyMap<string, Json>): ReadonlyArray<Json> =>
  [...from].flatMap(([text, asset]) => other.has(text) ? [] : [asset])

const patch = (changed: JsonObject, from: Document, to: Document): JsonObject => {
  if (!("assets" in changed)) return changed
  const [before, after] = [byText(from["assets"]), byText(to["assets"])]
  const [added, removed] = [without(after, before), without(before, after)]
  if (removed.length === 0) return { ...changed, assets: added, mode: "add" }
  if (added.length === 0) return { ...changed, assets: removed, mode: "remove" }
  return { ...changed, assets: [...after.values()], mode: "replaceAll" }
}

/** The kind `watchlist`. */
export const watchlist: Resource = {
  kind,
  collection: "/watchlists",
  writable: written,
  namesHideIds: false,
  isWhole: (raw) => raw["assets"] !== undefined,
  toDocument,
  create,
  patch
}
