/**
 * A provider over a sandbox, and how a test performs whole operations with it.
 */
import { Effect, type Scope } from "effect"
import type { Operation } from "../../../src/domain/Change.ts"
import type { Document, Json } from "../../../src/domain/Document.ts"
import { makeMonitoring } from "../../../src/providers/monitoring/Monitoring.ts"
import type { Answer, Provider } from "../../../src/providers/Provider.ts"
import type { ProviderError } from "../../../src/providers/ProviderError.ts"
import type { ProviderSettings, RegistryError } from "../../../src/providers/Registry.ts"
import { type Sandbox, type SandboxError, type SandboxOptions, sandboxScoped } from "../../../src/sandbox/Sandbox.ts"

/** Settings of a provider as a workspace hands them over. */
export const settingsOf = (settings: Readonly<Record<string, Json>>): ProviderSettings => ({
  name: "monitoring",
  use: "monitoring",
  timeoutMs: 5_000,
  settings
})

/** A provider of the API at that address. */
export const providerAt = (
  baseUrl: string,
  more: Readonly<Record<string, Json>> = {}
): Effect.Effect<Provider, RegistryError, Scope.Scope> =>
  makeMonitoring(settingsOf({ baseUrl, clientId: "sandbox", clientSecret: "sandbox-secret", ...more }))

/** A sandbox and a provider of it. */
export const world = (
  options: SandboxOptions = {},
  more: Readonly<Record<string, Json>> = {}
): Effect.Effect<
  { readonly sandbox: Sandbox; readonly provider: Provider },
  RegistryError | SandboxError,
  Scope.Scope
> =>
  Effect.gen(function*() {
    const sandbox = yield* sandboxScoped(options)
    return { sandbox, provider: yield* providerAt(sandbox.url, more) }
  })

/** Sends the calls of an operation, one after the other. */
export const perform = (
  provider: Provider,
  kind: string,
  operation: Operation
): Effect.Effect<ReadonlyArray<Answer>, ProviderError> =>
  Effect.gen(function*() {
    const answers: Array<Answer> = []
    let id = operation._tag === "create" ? undefined : operation.id
    for (const call of provider.calls(kind, operation)) {
      const answer = yield* provider.send({ kind, call, idempotencyKey: "k", ...(id === undefined ? {} : { id }) })
      id = id ?? answer.id
      answers.push(answer)
    }
    return answers
  })

/** Creates a resource and answers its id. */
export const create = (provider: Provider, kind: string, desired: Document): Effect.Effect<string, ProviderError> =>
  Effect.map(perform(provider, kind, { _tag: "create", desired }), ([first]) => first?.id ?? "")

export const slack: Document = { name: "ops", type: "Slack", configuration: { value: "https://hooks/s3cret" } }

export const agentOf = (channels: ReadonlyArray<number | string>): Document => ({
  agentName: "large transfers",
  agentType: "largeTransfer",
  severity: "High",
  state: "enabled",
  rule: { chain: "ethereum", address: "0xabcdef0123", parts: [{ chain: "base" }] },
  channelsConfigurations: channels.map((id) => ({ id }))
})

export const asset = (address: string, chain = "ethereum"): Document => ({ chain, type: "Wallet", address, name: null })
