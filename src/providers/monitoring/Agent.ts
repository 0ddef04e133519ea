/**
 * Custom agents. What is read differs from what is written: channels come back whole inside `alertPolicies[0]`, with
 * another kind's secrets, and `rule` gains fields that the server makes. A document has the written shape: ids of
 * channels, and the rule without what the server added anywhere in it.
 */
import { Schema } from "effect"
import { type Document, isArray, isObject, type Json, type JsonObject } from "../../domain/Document.ts"
import { exact, type Kind, plainRoles } from "../../domain/Kind.ts"
import { idsOnly, madeByServer, type Resource } from "./Resource.ts"

/** Fields inside a rule that the server makes for its own pages: names and texts to show. */
const isMade = (key: string): boolean => key === "ruleString" || /(DisplayName|AddressAlias)$/.test(key)

const RemoteId = Schema.Union([
  Schema.Int.check(Schema.isGreaterThan(0)),
  Schema.String.check(Schema.isPattern(/^\d{1,20}$/, { expected: "an id: a number" }))
])

const references = (description: string) =>
  Schema.optionalKey(
    Schema.Array(Schema.Struct({ id: RemoteId.annotate({ description: "The channel's remote id" }) }))
      .annotate({ description })
  )

const amount = (description: string) =>
  Schema.optionalKey(
    Schema.NullOr(Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))).annotate({ description })
  )

const madeIn = (value: unknown): string | undefined => {
  if (Array.isArray(value)) return value.map(madeIn).find((key) => key !== undefined)
  if (typeof value !== "object" || value === null) return undefined
  return Object.keys(value).find(isMade) ?? madeIn(Object.values(value))
}

const Rule = Schema.Record(Schema.String, Schema.Json).check(
  Schema.makeFilter((rule) => {
    const made = madeIn(rule)
    return made === undefined || `rule without ${made}, which the server makes`
  })
)

const Spec = Schema.Struct({
  agentName: Schema.optionalKey(
    Schema.NonEmptyString.annotate({ description: "The name in the API; defaults to the resource's name" })
  ),
  agentType: Schema.NonEmptyString.annotate({ description: "What the agent looks for; a change means replace" }),
  severity: Schema.optionalKey(
    Schema.Literals(["High", "Medium"]).annotate({ description: "How bad it is when the agent fires" })
  ),
  state: Schema.optionalKey(
    Schema.Literals(["enabled", "disabled"]).annotate({ description: "Whether the agent works" })
  ),
  rule: Schema.optionalKey(Rule.annotate({ description: "When the agent fires; its fields depend on the type" })),
  channelsConfigurations: references("The channels that alerts go to; a set"),
  remindersConfigurations: references("The channels that reminders go to; a set"),
  muteDuration: amount("How long the agent is silent after an alert"),
  delay: amount("How long the agent waits before an alert")
}).annotate({ identifier: "CustomAgent", description: "An agent that watches by a rule and alerts channels" })

/**
 * Where a rule names watchlists, by the words that rules use. Without these, a watchlist that is deleted and created
 * again on the way back would leave rules that name what is gone.
 */
const watchlistsInRule = ["/rule", "/rule/*", "/rule/*/*"].flatMap((place) =>
  ["watchlist", "watchlistId", "watchlistIds/*", "watchlist/id", "watchlists/*", "watchlists/*/id"].map((name) =>
    `${place}/${name}`
  )
)

const written = [
  "agentName",
  "agentType",
  "severity",
  "state",
  "rule",
  "channelsConfigurations",
  "remindersConfigurations",
  "muteDuration",
  "delay"
]

const kind: Kind = {
  name: "custom_agent",
  provider: "monitoring",
  description: "An agent that watches by a rule and alerts channels",
  schema: Spec,
  nameField: "/agentName",
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
    readOnly: [
      ...madeByServer,
      "/alertPolicies",
      "/rule/ruleString",
      "/rule/chainDisplayName",
      "/rule/monitoredAddressAlias"
    ],
    closed: { "": written },
    immutable: ["/agentType"],
    references: [
      ...watchlistsInRule.map((path) => ({ path, kind: "watchlist" })),
      { path: "/channelsConfigurations/*/id", kind: "notification_channel" },
      { path: "/remindersConfigurations/*/id", kind: "notification_channel" }
    ],
    sets: ["/channelsConfigurations", "/remindersConfigurations"],
    blank: ["/channelsConfigurations", "/remindersConfigurations", "/muteDuration", "/delay"],
    defaults: { "/channelsConfigurations": [], "/remindersConfigurations": [] },
    clearable: ["/muteDuration", "/delay"]
  }
}

const withoutMade = (value: Json): Json => {
  if (isArray(value)) return value.map(withoutMade)
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, member]) => isMade(key) ? [] : [[key, withoutMade(member)]])
  )
}

/** The channels of an agent: from its policy, where the API embeds them, else from where they were written. */
const channelsOf = (raw: JsonObject, field: string): JsonObject => {
  const policies = raw["alertPolicies"]
  const policy = isArray(policies) ? policies[0] : undefined
  const embedded = isObject(policy) ? policy[field] : undefined
  const found = embedded ?? raw[field]
  if (found === undefined && !isArray(policies)) return {}
  return { [field]: idsOnly(found) }
}

const toDocument = (raw: JsonObject): Document => ({
  ...raw,
  ...(raw["rule"] === undefined ? {} : { rule: withoutMade(raw["rule"]) }),
  ...channelsOf(raw, "channelsConfigurations"),
  ...channelsOf(raw, "remindersConfigurations"),
  ...(raw["alertPolicies"] === undefined ? {} : { alertPolicies: idsOnly(raw["alertPolicies"]) })
})

/** The kind `custom_agent`. */
export const agent: Resource = {
  kind,
  collection: "/custom-agents",
  writable: written,
  namesHideIds: true,
  isWhole: (raw) =>
    raw["rule"] !== undefined && (isArray(raw["alertPolicies"]) || raw["channelsConfigurations"] !== undefined),
  toDocument,
  create: (desired) => [{
    operation: "create",
    method: "POST",
    path: "/custom-agents",
    body: desired,
    expected: desired,
    learnsId: true
  }],
  // The API refuses an update that does not say the state.
  patch: (changed, from, to) => {
    const state = to["state"] ?? from["state"]
    return state === undefined ? changed : { state, ...changed }
  }
}
