/**
 * Notification channels. The create takes and answers an array; `configuration` holds secrets, which may come back
 * masked or not at all, and is written as a whole.
 */
import { Schema } from "effect"
import type { Document, Json, JsonObject } from "../../domain/Document.ts"
import { isArray, isObject } from "../../domain/Document.ts"
import { exact, type Kind, plainRoles } from "../../domain/Kind.ts"
import { idsOnly, madeByServer, mask, pickEach, type Resource, withheld } from "./Resource.ts"

const Header = Schema.Struct({
  key: Schema.NonEmptyString.annotate({ description: "The header's name" }),
  value: Schema.String.annotate({ description: "The header's value; a secret" })
})

const Configuration = Schema.Struct({
  value: Schema.optionalKey(
    Schema.NonEmptyString.annotate({ description: "Where messages go: an address, token or webhook; a secret" })
  ),
  headers: Schema.optionalKey(
    Schema.Array(Header).annotate({ description: "Headers that a webhook is called with" })
  ),
  notificationStructure: Schema.optionalKey(
    Schema.Json.annotate({ description: "The shape of the messages" })
  )
})

const Spec = Schema.Struct({
  name: Schema.optionalKey(
    Schema.NonEmptyString.annotate({ description: "The name in the API; defaults to the resource's name" })
  ),
  type: Schema.Literals(["Email", "Slack", "Discord", "Telegram", "Webhook", "Defender", "PagerDuty"])
    .annotate({ description: "How messages are sent" }),
  configuration: Schema.optionalKey(Configuration.annotate({ description: "Where messages go, and how they look" }))
}).annotate({ identifier: "NotificationChannel", description: "A way that alerts are sent to people or systems" })

const written = ["name", "type", "configuration"]
const configured = ["value", "headers", "notificationStructure"]

const kind: Kind = {
  name: "notification_channel",
  provider: "monitoring",
  description: "A way that alerts are sent to people or systems",
  schema: Spec,
  nameField: "/name",
  mask,
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
    readOnly: [...madeByServer, "/channelsAlertPolicies", "/remindersAlertPolicies"],
    closed: { "": written, "/configuration": configured },
    sensitive: ["/configuration/value", "/configuration/headers/*/value"],
    keyed: [{ path: "/configuration/headers", key: "key" }],
    blank: ["/configuration/headers"],
    defaults: { "/configuration/headers": [] }
  }
}

const policies = ["channelsAlertPolicies", "remindersAlertPolicies"]

const withSecret = (holder: JsonObject): JsonObject => ({ ...holder, value: holder["value"] ?? withheld })

const headersOf = (value: Json): Json => {
  const headers = pickEach(value, ["key", "value"])
  return isArray(headers) ? headers.map((header) => isObject(header) ? withSecret(header) : header) : headers
}

const toDocument = (raw: JsonObject): Document => {
  const { configuration } = raw
  const headers = isObject(configuration) ? configuration["headers"] : undefined
  return {
    ...raw,
    ...(isObject(configuration)
      ? {
        configuration: {
          ...withSecret(configuration),
          ...(headers === undefined ? {} : { headers: headersOf(headers) })
        }
      }
      : {}),
    ...Object.fromEntries(policies.flatMap((name) => raw[name] === undefined ? [] : [[name, idsOnly(raw[name])]]))
  }
}

/** The kind `notification_channel`. */
export const channel: Resource = {
  kind,
  collection: "/notification-channels",
  writable: written,
  namesHideIds: false,
  isWhole: (raw) => raw["configuration"] !== undefined,
  toDocument,
  create: (desired) => [{
    operation: "create",
    method: "POST",
    path: "/notification-channels",
    body: [desired],
    expected: desired,
    learnsId: true
  }],
  patch: (changed) => changed
}
