/**
 * Two configurations of the three kinds: going from one to the other creates, updates, replaces and deletes each.
 */
import type { Declared } from "./Cell.ts"

const channel = (name: string, value: string, more: object = {}): Declared => ({
  kind: "notification_channel",
  name,
  spec: { name, type: "Webhook", configuration: { value, ...more } }
})

const watchlist = (name: string, description: string, ...addresses: ReadonlyArray<string>): Declared => ({
  kind: "watchlist",
  name,
  spec: {
    name,
    description,
    assets: addresses.map((address) => ({ chain: "ethereum", type: "Wallet", address, name: null }))
  }
})

const agent = (name: string, agentType: string, channels: ReadonlyArray<string>, more: object = {}): Declared => ({
  kind: "custom_agent",
  name,
  spec: {
    agentName: name,
    agentType,
    severity: "High",
    state: "enabled",
    rule: { chain: "ethereum", threshold: 10 },
    channelsConfigurations: channels.map((one) => ({ id: `\${notification_channel.${one}.id}` })),
    ...more
  }
})

const headers = { headers: [{ key: "x-token", value: "header-secret-0001" }] }

export const first: ReadonlyArray<Declared> = [
  channel("ops", "https://hooks.example/ops-secret-0001"),
  channel("pager", "https://hooks.example/pager-secret-0001", headers),
  channel("retired", "https://hooks.example/retired-secret-0001"),
  watchlist(
    "treasury",
    "ours",
    "0xA000000000000000000000000000000000000001",
    "0xA000000000000000000000000000000000000002"
  ),
  watchlist("partners", "theirs", "0xB000000000000000000000000000000000000001"),
  watchlist("old", "to go", "0xC000000000000000000000000000000000000001"),
  agent("transfers", "largeTransfer", ["ops", "pager"]),
  agent("ownership", "ownershipChange", ["retired"]),
  agent("leaving", "largeTransfer", ["retired", "ops"]),
  agent("quiet", "largeTransfer", ["pager"], { state: "disabled", muteDuration: 60 })
]

export const second: ReadonlyArray<Declared> = [
  channel("ops", "https://hooks.example/ops-secret-0002"),
  channel("pager", "https://hooks.example/pager-secret-0001", {
    headers: [{ key: "x-token", value: "header-secret-0002" }]
  }),
  channel("fresh", "https://hooks.example/fresh-secret-0002"),
  watchlist("treasury", "ours, reviewed", "0xA000000000000000000000000000000000000002"),
  watchlist(
    "partners",
    "theirs",
    "0xB000000000000000000000000000000000000001",
    "0xB000000000000000000000000000000000000002"
  ),
  watchlist("brand-new", "new", "0xD000000000000000000000000000000000000001"),
  agent("transfers", "largeTransfer", ["fresh"], { severity: "Medium" }),
  agent("ownership", "ownershipMoved", ["ops"]),
  agent("arriving", "largeTransfer", ["fresh", "pager"]),
  agent("quiet", "largeTransfer", ["pager"], { muteDuration: 90 })
]
