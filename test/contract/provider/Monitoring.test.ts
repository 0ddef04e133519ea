/**
 * The monitoring provider under the provider contract, against the sandbox as a real loopback server, with its
 * quirks: answers masked or not, and with or without the envelope.
 */
import { Effect, type Scope } from "effect"
import { describe, it } from "vitest"
import { makeMonitoring } from "../../../src/providers/monitoring/Monitoring.ts"
import type { ProviderSettings } from "../../../src/providers/Registry.ts"
import { type Fault, type SandboxOptions, sandboxScoped } from "../../../src/sandbox/Sandbox.ts"
import { type ContractSubject, type FaultName, type KindExample, providerContract } from "../../../src/testing.ts"

const faults: { readonly [F in Exclude<FaultName, "otherId" | "notSent">]: Fault } = {
  refused: { act: "status", status: 400, body: { success: false, error: "refused" } },
  unauthorized: { act: "status", status: 401 },
  throttled: { act: "status", status: 429, headers: { "retry-after": "0" } },
  lostBefore: { act: "dropBefore" },
  lostAfter: { act: "dropAfter" }
}

const settingsFor = (url: string): ProviderSettings => ({
  name: "monitoring",
  use: "monitoring",
  timeoutMs: 2_000,
  settings: { baseUrl: url, clientId: "sandbox", clientSecret: "sandbox-secret", horizon: "10ms" }
})

const open = (options: SandboxOptions): Effect.Effect<ContractSubject, unknown, Scope.Scope> =>
  Effect.gen(function*() {
    const sandbox = yield* sandboxScoped(options)
    const provider = yield* makeMonitoring(settingsFor(sandbox.url))
    return {
      provider,
      writes: Effect.sync(() => sandbox.requests().filter(({ method }) => method !== "GET").length),
      fault: (name) =>
        Effect.sync(() => {
          if (name in faults) sandbox.addFault(faults[name as keyof typeof faults])
        })
    }
  })

const channel = { name: "ops", type: "Slack", configuration: { value: "https://hooks.example/T000/secret" } }

const examples: ReadonlyArray<KindExample> = [
  {
    kind: "watchlist",
    create: {
      name: "treasury",
      description: "ours",
      assets: [
        { chain: "ethereum", type: "Wallet", address: "0xAbC0000000000000000000000000000000000001", name: "vault" },
        { chain: "polygon", type: "Contract", address: "0xabc0000000000000000000000000000000000002", name: "bridge" }
      ]
    },
    update: {
      description: "reviewed",
      assets: [{
        chain: "polygon",
        type: "Contract",
        address: "0xABC0000000000000000000000000000000000002",
        name: "bridge"
      }]
    }
  },
  { kind: "notification_channel", create: channel, update: { name: "ops, day shift" } },
  {
    kind: "custom_agent",
    create: {
      agentName: "large transfers",
      agentType: "largeTransfer",
      severity: "High",
      state: "enabled",
      rule: { chain: "ethereum", thresholdUsd: 100_000 },
      channelsConfigurations: [{ id: 0 }]
    },
    update: { state: "disabled", muteDuration: 60 },
    needs: [{ at: "/channelsConfigurations/0/id", kind: "notification_channel", create: channel }]
  }
]

const { kinds } = await Effect.runPromise(Effect.scoped(makeMonitoring(settingsFor("http://127.0.0.1:1"))))
const names = Object.keys(faults) as ReadonlyArray<FaultName>

for (
  const [name, options] of [
    ["monitoring", {}],
    ["monitoring, secrets masked", { maskSecrets: true }],
    ["monitoring, no envelope", { envelope: false }]
  ] as const
) {
  providerContract(name, { runner: { describe, it }, kinds, open: open(options), examples, faults: names })
}
