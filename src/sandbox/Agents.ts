/**
 * The custom agents of the monitoring API.
 *
 * Quirks kept: the read shape differs from the write shape (whole channels come back inside `alertPolicies[0]`, and
 * `rule` gains fields that the server makes), a GET finds by name before it finds by id, so an agent named `7` hides
 * the agent with id 7, a PATCH needs `state`, `agentType` cannot change, and channels must exist.
 */
import { accept, checkBody, type KindOperations, refuse, type Refused, type View } from "./Answer.ts"
import { embeddedChannel } from "./Channels.ts"
import type { Json, JsonObject } from "./Json.ts"
import { anyObject, type Check, fields, integerWithin, listOf, nullable, numberFrom, oneOf, words } from "./Shape.ts"
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
import { type AgentRow, tick, type Users, type World } from "./World.ts"

const readOnly = [...stampFields, "alertPolicies"]
const serverMade = ["ruleString", "chainDisplayName", "monitoredAddressAlias"]

/** A rule has the fields of its agent type, which the API does not document: any, but none that the server makes. */
const ruleBody: Check = (value, path) => {
  const problems = anyObject(value, path)
  if (problems.length > 0) return problems
  return serverMade.filter((key) => Object.hasOwn(value as JsonObject, key)).map((key) =>
    `${path}.${key}: is read-only`
  )
}

const references = listOf(fields({ required: { id: integerWithin(1) } }))

const requiredFields = {
  agentName: words,
  agentType: words,
  severity: oneOf(["High", "Medium"]),
  state: oneOf(["enabled", "disabled"]),
  rule: ruleBody,
  channelsConfigurations: references
}

const optionalFields = {
  remindersConfigurations: references,
  muteDuration: nullable(numberFrom(0)),
  delay: nullable(numberFrom(0))
}

const createBody = fields({ required: requiredFields, optional: optionalFields, readOnly })

const updateBody = fields({
  required: { state: requiredFields.state },
  optional: { ...requiredFields, ...optionalFields },
  readOnly
})

const idsOf = (value: Json | undefined): ReadonlyArray<number> =>
  value === undefined ? [] : [...new Set((value as ReadonlyArray<JsonObject>).map((item) => Number(item["id"])))]

const refuseUnknownChannels = (world: World, body: JsonObject): Refused | undefined => {
  const asked = [...idsOf(body["channelsConfigurations"]), ...idsOf(body["remindersConfigurations"])]
  const unknown = asked.filter((id) => !world.channels.rows.has(id))
  return unknown.length === 0
    ? undefined
    : refuse(400, `unknown notification channel ${[...new Set(unknown)].join(", ")}`)
}

const enlist = (users: Users, agent: number, channels: ReadonlyArray<number>): void => {
  for (const channel of channels) {
    const known = users.get(channel)
    if (known === undefined) users.set(channel, new Set([agent]))
    else known.add(agent)
  }
}

const dismiss = (users: Users, agent: number, channels: ReadonlyArray<number>): void => {
  for (const channel of channels) users.get(channel)?.delete(agent)
}

/** Replaces the uses of channels by one agent: what it used before, and what it uses now. */
const rewireUses = (world: World, before: AgentRow | undefined, now: AgentRow | undefined): void => {
  if (before !== undefined) {
    dismiss(world.alertUsers, before.id, before.channels)
    dismiss(world.reminderUsers, before.id, before.reminders)
  }
  if (now !== undefined) {
    enlist(world.alertUsers, now.id, now.channels)
    enlist(world.reminderUsers, now.id, now.reminders)
  }
}

const create: KindOperations["create"] = (world, sent, view) => {
  const checked = checkBody(createBody, sent)
  if (!checked.fits) return checked.refusal
  const { body } = checked
  const unknown = refuseUnknownChannels(world, body)
  if (unknown !== undefined) return unknown
  const row: AgentRow = {
    ...newStamp(world.agents, tick(world)),
    agentName: String(body["agentName"]),
    agentType: String(body["agentType"]),
    severity: String(body["severity"]),
    state: String(body["state"]),
    rule: body["rule"] as JsonObject,
    channels: idsOf(body["channelsConfigurations"]),
    reminders: idsOf(body["remindersConfigurations"]),
    muteDuration: body["muteDuration"] ?? null,
    delay: body["delay"] ?? null
  }
  insertRow(world.agents, row)
  rewireUses(world, undefined, row)
  return accept(render(world, row.id, view), 201)
}

const patched = (row: AgentRow, body: JsonObject, updatedAt: string): AgentRow => {
  const { agentName, channelsConfigurations, delay, muteDuration, remindersConfigurations, rule, severity } = body
  return {
    ...row,
    agentName: agentName === undefined ? row.agentName : String(agentName),
    severity: severity === undefined ? row.severity : String(severity),
    state: String(body["state"]),
    rule: rule === undefined ? row.rule : rule as JsonObject,
    channels: channelsConfigurations === undefined ? row.channels : idsOf(channelsConfigurations),
    reminders: remindersConfigurations === undefined ? row.reminders : idsOf(remindersConfigurations),
    muteDuration: muteDuration === undefined ? row.muteDuration : muteDuration,
    delay: delay === undefined ? row.delay : delay,
    updatedAt
  }
}

const update: KindOperations["update"] = (world, id, sent) => {
  const checked = checkBody(updateBody, sent)
  if (!checked.fits) return checked.refusal
  const row = rowOf(world.agents, id)
  const { agentType } = checked.body
  if (agentType !== undefined && agentType !== row.agentType) return refuse(400, "agentType cannot be changed")
  const unknown = refuseUnknownChannels(world, checked.body)
  if (unknown !== undefined) return unknown
  const now = patched(row, checked.body, tick(world))
  world.agents.rows.set(id, now)
  rewireUses(world, row, now)
  return undefined
}

const remove: KindOperations["remove"] = (world, id) => {
  rewireUses(world, rowOf(world.agents, id), undefined)
  deleteRow(world.agents, id)
  return undefined
}

const capitalised = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1)

const shownRule = ({ agentType, rule }: AgentRow): JsonObject => {
  const { address, chain } = rule
  const chainName = typeof chain === "string" ? capitalised(chain) : null
  return {
    ...rule,
    ruleString: chainName === null ? `${agentType} fires` : `${agentType} fires on ${chainName}`,
    chainDisplayName: chainName,
    monitoredAddressAlias: typeof address === "string" ? `${address.slice(0, 6)}…${address.slice(-4)}` : null
  }
}

const embedded = (world: World, ids: ReadonlyArray<number>, view: View): ReadonlyArray<Json> =>
  ids.map((id) => embeddedChannel(rowOf(world.channels, id), view))

const render: KindOperations["render"] = (world, id, view) => {
  const row = rowOf(world.agents, id)
  return {
    id,
    agentName: row.agentName,
    agentType: row.agentType,
    severity: row.severity,
    state: row.state,
    rule: shownRule(row),
    muteDuration: row.muteDuration,
    delay: row.delay,
    ...authorship(row),
    alertPolicies: [{
      id,
      channelsConfigurations: embedded(world, row.channels, view),
      remindersConfigurations: embedded(world, row.reminders, view)
    }]
  }
}

/** A name wins over an id; of several agents with one name, the oldest. */
const findToRead = (world: World, key: string): number | undefined => {
  for (const row of world.agents.rows.values()) if (row.agentName === key) return row.id
  return findById(world.agents, key)
}

/** The operations on custom agents. */
export const agents: KindOperations = {
  noun: "custom agent",
  ids: (world) => listingOrder(world.agents),
  risingIds: (world) => risingIds(world.agents),
  find: (world, key) => findById(world.agents, key),
  findToRead,
  render,
  create,
  update,
  remove
}
