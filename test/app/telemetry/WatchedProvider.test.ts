/**
 * Watched providers over memory: requests, retries and lost answers are counted, and nothing else changes.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Metric } from "effect"
import { makeMeter } from "../../../src/app/telemetry/Meter.ts"
import { watchedProvider } from "../../../src/app/telemetry/WatchedProvider.ts"
import type { Watching } from "../../../src/app/telemetry/Watching.ts"
import type { Provider, Sending } from "../../../src/providers/Provider.ts"
import { ProviderError, type ProviderReason } from "../../../src/providers/ProviderError.ts"
import { retrySafely } from "../../../src/providers/Retry.ts"

const errorOf = (reason: ProviderReason) =>
  new ProviderError({ reason, provider: "p", request: "POST /things", detail: "words of a server" })

/** A provider whose sends fail for these reasons, in this order, and are taken from then on. */
const failing = (...reasons: ReadonlyArray<ProviderReason>): Provider => {
  const left = [...reasons]
  return {
    name: "p",
    version: "1",
    kinds: new Map(),
    horizonMs: 0,
    timeoutMs: 1_000,
    check: Effect.void,
    observe: () => Effect.succeed({ id: "1", document: {} }),
    list: () => Effect.succeed([]),
    find: () => Effect.succeed([]),
    calls: () => [],
    restore: (_, before) => before,
    send: () =>
      Effect.suspend(() => {
        const reason = left.shift()
        return reason === undefined ? Effect.succeed({ status: 200, id: "1" }) : Effect.fail(errorOf(reason))
      })
  }
}

const setup = () => {
  const meter = makeMeter()
  const watching: Watching = { meter, say: () => {}, traces: false, command: "test", now: () => 0 }
  const counted = (name: string): ReadonlyArray<string> =>
    Metric.snapshotUnsafe(meter.registry).filter(({ id }) => id === name).map(({ attributes, state }) =>
      `${Object.values(attributes ?? {}).join(" ")}: ${"count" in state ? state.count : ""}`
    )
  return { watching, counted }
}

const sending: Sending = {
  kind: "thing",
  call: { operation: "create", method: "POST", path: "/things", learnsId: true },
  idempotencyKey: "k1"
}

describe("a watched provider", () => {
  it.live("counts attempts by outcome, and those after a failed one as retries", () =>
    Effect.gen(function*() {
      const { counted, watching } = setup()
      const provider = watchedProvider(watching, failing("Throttled", "NotSent"))
      const answer = yield* retrySafely(provider.send(sending), { retries: 4, kind: "write" })
      assert.deepStrictEqual(answer, { status: 200, id: "1" })
      assert.deepStrictEqual(counted("amends_requests_total"), [
        "p create Throttled: 1",
        "p create NotSent: 1",
        "p create ok: 1"
      ])
      assert.deepStrictEqual(counted("amends_retries_total"), ["p create: 2"])
      assert.deepStrictEqual(counted("amends_throttled_total"), ["p: 1"])
      assert.deepStrictEqual(counted("amends_request_seconds"), ["p create: 3"])
      // The next one of that name is new.
      yield* provider.send(sending)
      assert.deepStrictEqual(counted("amends_retries_total"), ["p create: 2"])
    }))

  it.live("counts a lost answer to a write, and passes every error on as it is", () =>
    Effect.gen(function*() {
      const { counted, watching } = setup()
      const provider = watchedProvider(watching, failing("Ambiguous", "Rejected"))
      assert.strictEqual((yield* Effect.flip(provider.send(sending))).reason, "Ambiguous")
      assert.strictEqual((yield* Effect.flip(provider.send(sending))).reason, "Rejected")
      assert.deepStrictEqual(counted("amends_in_doubt_total"), ["p create: 1"])
      assert.deepStrictEqual(yield* provider.observe("thing", "1"), { id: "1", document: {} })
      assert.include(counted("amends_requests_total"), "p observe ok: 1")
    }))
})
