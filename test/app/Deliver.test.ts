/**
 * Attempts to deliver, on virtual time: what is tried again, how long, and what is said when it stays in vain.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { deliver, type Meaning, meaningOf, type Parcel, pauseMs, type Undelivered } from "../../src/app/Deliver.ts"
import { type Attempt, type Letter, Notifier, type Summons } from "../../src/app/Notifier.ts"
import type { NotifyTarget } from "../../src/app/NotifyRule.ts"
import { Limits } from "../../src/domain/Limits.ts"

const url = "https://hooks.example/secret"
const webhook: NotifyTarget = { _tag: "webhook", url }
const parcel = (target: NotifyTarget): Parcel => ({ target, directory: "/w", body: "{}", variables: { A: "b" } })

/** Attempts that come to these in turn; the last one from then on. `undefined` never ends. */
const outside = (...attempts: ReadonlyArray<Attempt | undefined>) => {
  const tried: Array<Letter | Summons> = []
  const next = (what: Letter | Summons): Effect.Effect<Attempt> => {
    const attempt = tried.length < attempts.length ? attempts[tried.length] : attempts.at(-1)
    tried.push(what)
    return attempt === undefined ? Effect.never : Effect.succeed(attempt)
  }
  return { tried, notifier: Notifier.of({ post: next, run: next, probe: () => Effect.undefined }) }
}

/** Delivers, and lets time pass until that is over or so much has passed. */
const delivered = (world: ReturnType<typeof outside>, target: NotifyTarget = webhook, ms = 60_000) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.forkChild(Effect.provideService(deliver(parcel(target)), Notifier, world.notifier), {
      startImmediately: true
    })
    yield* TestClock.adjust(ms)
    return fiber.pollUnsafe()
  })

const whyNot = (exit: Exit.Exit<void, Undelivered> | undefined): Undelivered => {
  if (exit === undefined || Exit.isSuccess(exit)) throw new Error("it is not known to be in vain")
  const [failed] = exit.cause.reasons
  if (failed?._tag !== "Fail") throw new Error("it did not fail")
  return failed.error
}

const answered = (status: number, retryAfterMs?: number): Attempt => ({
  _tag: "answered",
  status,
  ...(retryAfterMs === undefined ? {} : { retryAfterMs })
})
const unreachable: Attempt = { _tag: "failed", why: "it could not be reached", again: true }

describe("what an attempt means", () => {
  const cases: ReadonlyArray<readonly [Attempt, Meaning["_tag"], boolean]> = [
    [answered(200), "taken", false],
    [answered(204), "taken", false],
    [answered(202), "taken", false],
    [answered(301), "not taken", false],
    [answered(400), "not taken", false],
    [answered(401), "not taken", false],
    [answered(404), "not taken", false],
    [answered(408), "not taken", true],
    [answered(425), "not taken", true],
    [answered(429), "not taken", true],
    [answered(500), "not taken", true],
    [answered(503), "not taken", true],
    [{ _tag: "exited", code: 0 }, "taken", false],
    [{ _tag: "exited", code: 1 }, "not taken", true],
    [unreachable, "not taken", true],
    [{ _tag: "failed", why: "there is no such program", again: false }, "not taken", false]
  ]
  it.each(cases)("%j: %s, tried again: %s", (attempt, tag, again) => {
    const meaning = meaningOf(attempt)
    assert.strictEqual(meaning._tag, tag)
    assert.strictEqual(meaning._tag === "not taken" && meaning.again, again)
  })
})

describe("a pause", () => {
  it("grows up to a bound, is jittered, and is no shorter than was asked for", () => {
    const { notifyRetryBaseMs: base, notifyRetryCapMs: cap } = Limits
    assert.deepStrictEqual([pauseMs(1, 0), pauseMs(1, 1), pauseMs(2, 1)], [base / 2, base, 2 * base])
    assert.strictEqual(pauseMs(20, 1), cap)
    assert.strictEqual(pauseMs(1, 0, 7_000), 7_000)
  })
})

describe("a notification", () => {
  it.effect("is tried again until it is taken, with the same body", () =>
    Effect.gen(function*() {
      const world = outside(answered(500), unreachable, answered(200), answered(500))
      assert.deepStrictEqual(yield* delivered(world), Exit.void)
      const letter = { url, body: "{}", timeoutMs: Limits.notifyTimeoutMs }
      assert.deepStrictEqual(world.tried, [letter, letter, letter])
    }))

  it.effect("is not tried again where that helps nobody", () =>
    Effect.gen(function*() {
      const world = outside(answered(302))
      const { attempts, why } = whyNot(yield* delivered(world))
      assert.deepStrictEqual([attempts, why], [1, "it answered 302, and redirects are not followed"])
    }))

  it.effect("is given up after so many attempts", () =>
    Effect.gen(function*() {
      const world = outside(answered(500))
      assert.deepStrictEqual(whyNot(yield* delivered(world)), {
        attempts: Limits.notifyAttemptsMax,
        why: "it answered 500"
      })
      assert.strictEqual(world.tried.length, Limits.notifyAttemptsMax)
    }))

  it.effect("waits as long as the webhook asks, and gives up where that is too long", () =>
    Effect.gen(function*() {
      const patient = outside(answered(429, 9_000), answered(200))
      assert.strictEqual(yield* delivered(patient, webhook, 8_999), undefined)
      assert.strictEqual(patient.tried.length, 1)
      const other = outside(answered(429, 9_000), answered(200))
      assert.deepStrictEqual(yield* delivered(other, webhook, 9_000), Exit.void)
      const endless = outside(answered(503, 3_600_000))
      assert.strictEqual(whyNot(yield* delivered(endless, webhook, 0)).attempts, 1)
    }))

  it.effect("is given up after so long, also in the middle of an attempt, which is interrupted", () =>
    Effect.gen(function*() {
      const world = outside(answered(500), undefined)
      assert.strictEqual(yield* delivered(world, webhook, Limits.notifyTotalMs - 1), undefined)
      const other = outside(answered(500), undefined)
      assert.deepStrictEqual(whyNot(yield* delivered(other, webhook, Limits.notifyTotalMs)), {
        attempts: 2,
        why: "it answered 500; it was not taken within 20s"
      })
      const silent = outside(undefined)
      assert.strictEqual(whyNot(yield* delivered(silent)).why, "it was not taken within 20s")
    }))

  it.effect("for a command is its input, in the workspace, with variables", () =>
    Effect.gen(function*() {
      const world = outside({ _tag: "exited", code: 3 }, { _tag: "exited", code: 0 })
      assert.deepStrictEqual(yield* delivered(world, { _tag: "command", argv: ["/w/page.sh", "now"] }), Exit.void)
      const summons: Summons = {
        argv: ["/w/page.sh", "now"],
        directory: "/w",
        variables: { A: "b" },
        input: "{}",
        timeoutMs: Limits.notifyTimeoutMs
      }
      assert.deepStrictEqual(world.tried, [summons, summons])
    }))

  it.effect("leaves nothing running when nobody waits for it any more", () =>
    Effect.gen(function*() {
      const world = outside(answered(500), answered(200))
      const fiber = yield* Effect.forkChild(
        Effect.provideService(deliver(parcel(webhook)), Notifier, world.notifier),
        { startImmediately: true }
      )
      yield* Fiber.interrupt(fiber)
      yield* TestClock.adjust(60_000)
      assert.strictEqual(world.tried.length, 1)
    }))
})
