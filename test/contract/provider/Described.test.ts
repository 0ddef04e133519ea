/**
 * Described kinds under the provider contract, one API style after the other, against loopback servers.
 */
import { Effect, type Scope } from "effect"
import { describe, it } from "vitest"
import { makeHttpProvider } from "../../../src/providers/described/HttpProvider.ts"
import type { ProviderSettings } from "../../../src/providers/Registry.ts"
import { type ContractSubject, type FaultName, providerContract } from "../../../src/testing.ts"
import { startApi } from "../../providers/described/Api.ts"
import type { Style } from "../../providers/described/Style.ts"
import { styles } from "../../providers/described/Styles.ts"

const settingsFor = ({ kinds }: Style, url: string): ProviderSettings => ({
  name: "shop",
  use: "http",
  timeoutMs: 2_000,
  settings: { baseUrl: url, horizon: "10ms", kinds }
})

const open = (style: Style): Effect.Effect<ContractSubject, unknown, Scope.Scope> =>
  Effect.gen(function*() {
    const api = yield* startApi(style.make())
    const provider = yield* makeHttpProvider(settingsFor(style, api.url))
    return {
      provider,
      writes: Effect.sync(() => api.writes().length),
      fault: (name) => Effect.sync(() => api.strike(name))
    }
  })

const onWrites: ReadonlyArray<FaultName> = ["refused", "unauthorized", "throttled", "lostBefore", "lostAfter"]

for (const style of styles) {
  const made = makeHttpProvider(settingsFor(style, "http://127.0.0.1:1"))
  const { kinds } = await Effect.runPromise(Effect.scoped(made))
  const faults: ReadonlyArray<FaultName> = style.lists === true ? onWrites : [...onWrites, "otherId"]
  providerContract(style.says, { runner: { describe, it }, kinds, open: open(style), examples: style.examples, faults })
}
