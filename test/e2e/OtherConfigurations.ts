/**
 * Two configurations of ten resources with the awkward corners of the documentation: names with spaces, alike across
 * kinds or like numbers, absent and null fields, agents without channels, reminders, and rules that name watchlists.
 */
import type { Declared } from "./Cell.ts"

const channel = (name: string, type: string, configuration: object): Declared => ({
  kind: "notification_channel",
  name,
  spec: { name: `${name} channel`, type, configuration }
})

const watchlist = (name: string, spec: object): Declared => ({ kind: "watchlist", name, spec: { name, ...spec } })

const agent = (name: string, agentName: string, spec: object): Declared => ({
  kind: "custom_agent",
  name,
  spec: { agentName, severity: "High", state: "enabled", ...spec }
})

const refer = (...names: ReadonlyArray<string>) => names.map((name) => ({ id: `\${notification_channel.${name}.id}` }))
const wallet = (last: string, more: object = {}) => ({
  chain: "ethereum",
  type: "Wallet",
  address: `0xAbCdEf000000000000000000000000000000000${last}`,
  ...more
})

/** What must never be seen in clear. */
export const secrets = [
  "https://hooks.example/T0/Secret+One?x=1&y=\"2\"",
  "pager-Secret/Two==",
  "header-Secret Three",
  "retired-Secret-Four",
  "fresh-Secret-Five",
  "ops-Secret-Six-ü"
] as const
const [one, two, three, four, five, six] = secrets

export const first: ReadonlyArray<Declared> = [
  channel("ops", "Slack", { value: one }),
  channel("pager", "Webhook", {
    value: two,
    headers: [{ key: "x-token", value: three }],
    notificationStructure: { v: 1 }
  }),
  channel("retired", "Email", { value: four }),
  watchlist("treasury", { description: "ours", assets: [wallet("1", { name: "Main" }), wallet("2", { name: null })] }),
  watchlist("1", { assets: [{ chain: "polygon", type: "Protocol", name: "Aave", address: null }] }),
  watchlist("old", { description: "to go", assets: [wallet("3")] }),
  agent("transfers", "Large transfers / 100%", {
    agentType: "largeTransfer",
    rule: { chain: "ethereum", watchlistId: "${watchlist.treasury.id}", nested: { list: [1, 2, { deep: null }] } },
    channelsConfigurations: refer("ops", "pager"),
    remindersConfigurations: refer("pager")
  }),
  agent("ownership", "2", { agentType: "ownershipChange", rule: { a: 1 }, channelsConfigurations: refer("retired") }),
  agent("leaving", "leaving", {
    agentType: "largeTransfer",
    rule: { watchlistId: "${watchlist.old.id}" },
    channelsConfigurations: refer("retired", "ops")
  }),
  agent("quiet", "quiet", {
    agentType: "largeTransfer",
    state: "disabled",
    muteDuration: 60,
    delay: 5,
    rule: { threshold: 10.5 },
    channelsConfigurations: []
  })
]

export const second: ReadonlyArray<Declared> = [
  channel("ops", "Slack", { value: six }),
  channel("pager", "Webhook", {
    value: two,
    headers: [{ key: "x-token", value: five }, { key: "x-more", value: "0" }]
  }),
  channel("fresh", "Email", { value: five }),
  watchlist("treasury", { description: "ours, reviewed", assets: [wallet("2", { name: "Second" }), wallet("4")] }),
  watchlist("1", {
    description: "now said",
    assets: [{ chain: "polygon", type: "Protocol", name: "Aave", address: null }]
  }),
  watchlist("new", { assets: [wallet("5"), wallet("6")] }),
  agent("transfers", "Large transfers / 100%", {
    agentType: "largeTransfer",
    severity: "Medium",
    rule: { chain: "ethereum", watchlistId: "${watchlist.new.id}", nested: { list: [2] } },
    channelsConfigurations: refer("fresh")
  }),
  agent("ownership", "2", { agentType: "ownershipMoved", rule: { a: 1 }, channelsConfigurations: refer("ops") }),
  agent("arriving", "arriving", {
    agentType: "largeTransfer",
    rule: { watchlistId: "${watchlist.treasury.id}" },
    channelsConfigurations: refer("fresh", "pager")
  }),
  agent("quiet", "quiet", {
    agentType: "largeTransfer",
    muteDuration: 90,
    delay: 5,
    rule: { threshold: 10.5 },
    channelsConfigurations: refer("pager")
  })
]
