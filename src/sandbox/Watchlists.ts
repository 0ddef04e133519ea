/**
 * The watchlists of the monitoring API.
 *
 * Quirks kept: a create takes no assets (it ignores them without a word), a PATCH replaces all assets unless `mode`
 * says `add` or `remove`, the case of an address is not significant but is kept as sent, and assets are a set that
 * comes back in no order.
 */
import { accept, checkBody, type KindOperations, type View } from "./Answer.ts"
import type { Json, JsonObject } from "./Json.ts"
import { anything, fields, listOf, nullable, oneOf, text, words } from "./Shape.ts"
import {
  authorship,
  deleteRow,
  findById,
  insertRow,
  listingOrder,
  newStamp,
  risingIds,
  rowOf,
  stampFields
} from "./Table.ts"
import { type Asset, disorder, tick, type World } from "./World.ts"

type Assets = ReadonlyMap<string, Asset>

const readOnly = [...stampFields, "alertPolicies", "alertsTagsStats"]

const createBody = fields({
  required: { name: words },
  optional: { description: nullable(text), assets: anything },
  readOnly
})

const assetBody = fields({
  required: { chain: words, type: words },
  optional: { address: nullable(text), name: nullable(text) }
})

const updateBody = fields({
  optional: {
    name: words,
    description: nullable(text),
    assets: listOf(assetBody),
    mode: oneOf(["replaceAll", "add", "remove"])
  },
  readOnly
})

const textOrNull = (value: Json | undefined): string | null => typeof value === "string" ? value : null

const toAsset = (item: JsonObject): Asset => ({
  chain: String(item["chain"]),
  type: String(item["type"]),
  address: textOrNull(item["address"]),
  name: textOrNull(item["name"])
})

/** What makes two assets the same: chain, type and address, or the name where there is no address. */
const assetKey = ({ address, chain, name, type }: Asset): string =>
  JSON.stringify(address === null ? [chain, type, null, name] : [chain, type, address.toLowerCase()])

/** An asset that is there already stays as it is, its spelling and its name too. */
const added = (present: Assets, sent: ReadonlyArray<Asset>): Assets => {
  const all = new Map(present)
  for (const asset of sent) {
    const key = assetKey(asset)
    if (!all.has(key)) all.set(key, asset)
  }
  return all
}

const removed = (present: Assets, sent: ReadonlyArray<Asset>): Assets => {
  const left = new Map(present)
  for (const asset of sent) left.delete(assetKey(asset))
  return left
}

const assetsAfter = (present: Assets, body: JsonObject): Assets => {
  if (body["assets"] === undefined) return present
  const sent = (body["assets"] as ReadonlyArray<JsonObject>).map(toAsset)
  if (body["mode"] === "add") return added(present, sent)
  return body["mode"] === "remove" ? removed(present, sent) : added(new Map(), sent)
}

const create: KindOperations["create"] = (world, sent, view) => {
  const checked = checkBody(createBody, sent)
  if (!checked.fits) return checked.refusal
  const stamp = newStamp(world.watchlists, tick(world))
  const { description, name } = checked.body
  const assets = new Map<string, Asset>()
  insertRow(world.watchlists, { ...stamp, name: String(name), description: textOrNull(description), assets })
  return accept(render(world, stamp.id, view))
}

const update: KindOperations["update"] = (world, id, sent) => {
  const checked = checkBody(updateBody, sent)
  if (!checked.fits) return checked.refusal
  const row = rowOf(world.watchlists, id)
  const { description, name } = checked.body
  world.watchlists.rows.set(id, {
    ...row,
    name: name === undefined ? row.name : String(name),
    description: description === undefined ? row.description : textOrNull(description),
    assets: assetsAfter(row.assets, checked.body),
    updatedAt: tick(world)
  })
  return undefined
}

const remove: KindOperations["remove"] = (world, id) => {
  deleteRow(world.watchlists, id)
  return undefined
}

const shownAssets = (world: World, assets: Assets, view: View): ReadonlyArray<Json> => {
  const shown = view.sortSets
    ? [...assets].sort(([left], [right]) => left < right ? -1 : 1).map(([, asset]) => asset)
    : disorder(world, [...assets.values()])
  return shown.map((asset) => ({ ...asset }))
}

const render: KindOperations["render"] = (world, id, view) => {
  const row = rowOf(world.watchlists, id)
  return {
    id,
    name: row.name,
    description: row.description,
    assets: shownAssets(world, row.assets, view),
    ...authorship(row),
    alertPolicies: [],
    alertsTagsStats: {}
  }
}

/** The operations on watchlists. */
export const watchlists: KindOperations = {
  noun: "watchlist",
  ids: (world) => listingOrder(world.watchlists),
  risingIds: (world) => risingIds(world.watchlists),
  find: (world, key) => findById(world.watchlists, key),
  render,
  create,
  update,
  remove
}
