/**
 * Trying again: what may be repeated, how often, and not sooner than the server asked.
 */
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber, Random } from "effect"
import { TestClock } from "effect/testing"
import { Limits } from "../../src/domain/Limits.ts"
import { factsOf, ProviderError, type ProviderReason } from "../../src/providers/ProviderError.ts"
import { mayRepeat, pauseMs, type Retrying, retrySafely } from "../../src/providers/Retry.ts"

const error = (reason: ProviderReason, retryAfterMs?: number) =>
  new ProviderError({
    reason,
    provider: "p",
    request: "GET /",
    detail: "d",
    ...(retryAfterMs === undefined ? {} : { retryAfterMs })
  })

/** Fails with these errors one after the other, then succeeds; tells when each attempt began. */
const attempts = (errors: ReadonlyArray<ProviderError>, retrying: Retrying) =>
  Effect.gen(function*() {
    const began: Array<number> = []
    const request = Effect.suspend(() =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        const failing = errors[began.length]
        began.push(now)
        return failing === undefined ? Effect.succeed("done") : Effect.fail(failing)
      })
    )
    const fiber = yield* Effect.forkChild(Effect.result(retrySafely(request, retrying)), { startImmediately: true })
    yield* TestClock.adjust("10 minutes")
    return { began, result: yield* Fiber.join(fiber) }
  }).pipe(Random.withSeed(1))

describe("retrySafely", () => {
  const reasons = Object.keys(factsOf) as ReadonlyArray<ProviderReason>

  it("repeats a write only after what surely was not applied, and a read after whatever may pass", () => {
    const repeated = (kind: "read" | "write") => reasons.filter((reason) => mayRepeat(error(reason), kind))
    assert.deepStrictEqual(repeated("write"), ["Throttled", "NotSent"])
    assert.deepStrictEqual(repeated("read"), ["Throttled", "NotSent", "Ambiguous"])
  })

  it.effect("gives the answer of a later attempt", () =>
    Effect.gen(function*() {
      const { began, result } = yield* attempts([error("NotSent"), error("Throttled")], { retries: 4, kind: "write" })
      assert.deepInclude(result, { _tag: "Success", success: "done" })
      assert.lengthOf(began, 3)
    }))

  it.effect("makes at most `retries` further attempts", () =>
    Effect.gen(function*() {
      const errors = Array.from({ length: 9 }, () => error("NotSent"))
      const { began, result } = yield* attempts(errors, { retries: 3, kind: "read" })
      assert.strictEqual(result._tag, "Failure")
      assert.lengthOf(began, 4)
    }))

  it.effect("does not repeat a write whose answer was lost", () =>
    Effect.gen(function*() {
      const { began } = yield* attempts([error("Ambiguous")], { retries: 4, kind: "write" })
      assert.lengthOf(began, 1)
    }))

  it.effect("never comes back sooner than it was asked", () =>
    Effect.gen(function*() {
      const { began } = yield* attempts([error("Throttled", 30_000)], { retries: 1, kind: "write" })
      assert.isAtLeast((began[1] ?? 0) - (began[0] ?? 0), 30_000)
    }))

  it.effect("gives up when it was asked to wait longer than it may", () =>
    Effect.gen(function*() {
      const { began } = yield* attempts([error("Throttled", Limits.retryAfterMaxMs + 1)], { retries: 4, kind: "read" })
      assert.lengthOf(began, 1)
    }))

  it("pauses longer each time, within half and all of a capped exponential", () => {
    for (const attempt of [1, 2, 3, 8, 30]) {
      const full = Math.min(Limits.retryCapMs, Limits.retryBaseMs * 2 ** (attempt - 1))
      assert.strictEqual(pauseMs(error("NotSent"), attempt, 0), full / 2)
      assert.strictEqual(pauseMs(error("NotSent"), attempt, 1), full)
    }
  })
})
