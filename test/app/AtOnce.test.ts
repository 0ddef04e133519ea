/**
 * Two applies at once: who comes second waits or is told who holds the lease, and never works with an outdated plan.
 */
import { Clock, Effect } from "effect"
import { describe, expect, it } from "vitest"
import { failureOf } from "../../src/app/Failure.ts"
import { Progress } from "../../src/app/Progress.ts"
import { applying, failing, lastSeq, makeSite, on, writesAfter } from "./Site.ts"

/** A promise, and how it is kept. */
const gate = () => {
  let open = (): void => {}
  const opened = new Promise<void>((resolve) => (open = resolve))
  return { open: () => open(), opened }
}

describe("an apply that waits for the yes of its user", () => {
  it("holds the lease meanwhile: another is told who holds it, or waits and plans what is left", async () => {
    const site = await makeSite()
    const [asked, answer] = [gate(), gate()]
    const confirm = () => Effect.as(Effect.promise(() => (asked.open(), answer.opened)), true)
    const first = on(site, applying({ confirm }))
    await asked.opened
    const refused = failureOf(await failing(site, applying()))
    expect(refused).toMatchObject({ exitCode: 6, summary: "another process holds the lease" })
    expect(refused.detail).toContain(`:${process.pid}:`)
    const second = on(site, applying({ leaseTimeoutMs: 60_000 }))
    answer.open()
    expect(await first).toMatchObject({ _tag: "ran", report: { outcome: "committed" } })
    const seq = lastSeq(site)
    expect(await second).toMatchObject({ _tag: "nothing" })
    expect(writesAfter(site, seq)).toEqual([])
  })

  it("is waited for by the clock that nobody sets: a jump of an hour neither ends nor prolongs the wait", async () => {
    const site = await makeSite()
    const [asked, answer] = [gate(), gate()]
    const confirm = () => Effect.as(Effect.promise(() => (asked.open(), answer.opened)), true)
    const first = on(site, applying({ confirm }))
    await asked.opened
    let jumpMs = 0
    let asksAfterJump = 0
    const progress = { publish: () => void (jumpMs = 3_600_000) }
    const second = on(
      site,
      Effect.gen(function*() {
        const clock = yield* Clock.Clock
        const jumping: Clock.Clock = Object.assign(Object.create(clock), {
          currentTimeMillisUnsafe: () => clock.currentTimeMillisUnsafe() + jumpMs,
          currentTimeMillis: Effect.map(clock.currentTimeMillis, (now) => now + jumpMs),
          monotonicTimeNanos: Effect.suspend(() => {
            // The lease is asked for again and again after the jump; only then is it given back.
            if (jumpMs > 0 && ++asksAfterJump > 4) answer.open()
            return clock.monotonicTimeNanos
          })
        })
        return yield* applying({ leaseTimeoutMs: 60_000 }).pipe(
          Effect.provideService(Progress, progress),
          Effect.provideService(Clock.Clock, jumping)
        )
      })
    )
    expect((await second)._tag).toBe("nothing")
    expect((await first)._tag).toBe("ran")
  })

  it("gives the lease back when the answer is no", async () => {
    const site = await makeSite()
    expect(await on(site, applying({ confirm: () => Effect.succeed(false) }))).toMatchObject({ _tag: "declined" })
    expect(await on(site, applying())).toMatchObject({ _tag: "ran" })
  })
})
