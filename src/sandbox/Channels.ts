/**
 * The notification channels of the monitoring API.
 *
 * Quirks kept: a create takes an array and answers one, all or nothing; `configuration` is replaced as a whole; a
 * channel that an agent uses cannot be deleted. `configuration.value` and header values are secrets, shown as `***`
 * when the view masks. The server takes what it is sent literally: sending `***` back makes `***` the secret.
 */
import { accept, checkBody, type KindOperations, refuse, type View } from "./Answer.ts"
import type { Json, JsonObject } from "./Json.ts"
import { anything, fields, listOf, oneOf, text, words } from "./Shape.ts"
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
import { type ChannelRow, tick, type Users, type World } from "./World.ts"

const readOnly = [...stampFields, "channelsAlertPolicies", "remindersAlertPolicies"]

const channelFields = {
  name: words,
  type: oneOf(["Email", "Slack", "Discord", "Telegram", "Webhook", "Defender", "PagerDuty"]),
  configuration: fields({
    required: { value: words },
    optional: { headers: listOf(fields({ required: { key: words, value: text } })), notificationStructure: anything }
  })
}

const createItem = fields({ required: channelFields, readOnly })
const createBody = listOf(createItem)
const updateBody = fields({ optional: channelFields, readOnly })

const insert = (world: World, item: JsonObject): number => {
  const stamp = newStamp(world.channels, tick(world))
  const configuration = item["configuration"] as JsonObject
  insertRow(world.channels, { ...stamp, name: String(item["name"]), type: String(item["type"]), configuration })
  return stamp.id
}

const create: KindOperations["create"] = (world, sent, view) => {
  const problems = createBody(sent, "")
  if (problems.length > 0) return refuse(400, `validation failed: ${problems.join("; ")}`)
  const items = sent as ReadonlyArray<JsonObject>
  if (items.length === 0) return refuse(400, "validation failed: body: expected at least one channel")
  const ids = items.map((item) => insert(world, item))
  return accept(ids.map((id) => render(world, id, view)))
}

const update: KindOperations["update"] = (world, id, sent) => {
  const checked = checkBody(updateBody, sent)
  if (!checked.fits) return checked.refusal
  const { configuration, name, type } = checked.body
  const row = rowOf(world.channels, id)
  world.channels.rows.set(id, {
    ...row,
    name: name === undefined ? row.name : String(name),
    type: type === undefined ? row.type : String(type),
    configuration: configuration === undefined ? row.configuration : configuration as JsonObject,
    updatedAt: tick(world)
  })
  return undefined
}

const remove: KindOperations["remove"] = (world, id) => {
  const users = [...usersOf(world.alertUsers, id), ...usersOf(world.reminderUsers, id)]
  if (users.length > 0) {
    return refuse(409, `notification channel ${id} is used by custom agent ${[...new Set(users)].join(", ")}`)
  }
  deleteRow(world.channels, id)
  return undefined
}

const usersOf = (users: Users, id: number): ReadonlyArray<number> => [...users.get(id) ?? []]

const masked = (configuration: JsonObject): JsonObject => {
  const headers = configuration["headers"] as ReadonlyArray<JsonObject> | undefined
  const value = "***"
  return headers === undefined
    ? { ...configuration, value }
    : { ...configuration, value, headers: headers.map((header) => ({ ...header, value })) }
}

/** Shows a channel as agents embed it: whole, but without the policies that lead back to the agents. */
export const embeddedChannel = (row: ChannelRow, view: View): JsonObject => ({
  id: row.id,
  name: row.name,
  type: row.type,
  configuration: view.maskSecrets ? masked(row.configuration) : row.configuration,
  ...authorship(row)
})

const policies = (world: World, users: Users, id: number): ReadonlyArray<Json> =>
  usersOf(users, id).map((agent) => ({ id: agent, customAgentId: agent, name: rowOf(world.agents, agent).agentName }))

const render: KindOperations["render"] = (world, id, view) => ({
  ...embeddedChannel(rowOf(world.channels, id), view),
  channelsAlertPolicies: policies(world, world.alertUsers, id),
  remindersAlertPolicies: policies(world, world.reminderUsers, id)
})

/** The operations on notification channels. */
export const channels: KindOperations = {
  noun: "notification channel",
  ids: (world) => listingOrder(world.channels),
  risingIds: (world) => risingIds(world.channels),
  find: (world, key) => findById(world.channels, key),
  render,
  create,
  update,
  remove
}
