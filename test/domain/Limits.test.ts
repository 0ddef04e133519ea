import { describe, expect, it } from "vitest"
import { leaseLifeMs, Limits } from "../../src/domain/Limits.ts"

describe("the bounds", () => {
  it("are positive numbers", () => {
    for (const [name, bound] of Object.entries(Limits)) expect([name, bound > 0]).toEqual([name, true])
  })

  it("of a lease: it lives for two requests and a margin; renewed at a third, it leaves time to send", () => {
    for (const timeoutMs of [1_000, Limits.requestTimeoutMs, Limits.requestTimeoutMaxMs]) {
      const lifeMs = leaseLifeMs(timeoutMs)
      expect(lifeMs).toBeGreaterThanOrEqual(2 * (timeoutMs + Limits.leaseMarginMs))
      expect((lifeMs * 2) / 3).toBeGreaterThan(timeoutMs + Limits.leaseMarginMs / 2)
    }
  })

  it("of retries: the defaults are within what may be asked for, and a pause is no longer than its cap", () => {
    expect(Limits.retriesMax).toBeLessThanOrEqual(Limits.retriesCeiling)
    expect(Limits.retryBaseMs).toBeLessThan(Limits.retryCapMs)
    expect(Limits.retryCapMs).toBeLessThanOrEqual(Limits.retryAfterMaxMs)
    expect(Limits.requestTimeoutMs).toBeLessThanOrEqual(Limits.requestTimeoutMaxMs)
    expect(Limits.parallelism).toBeLessThanOrEqual(Limits.parallelismMax)
  })

  it("of a capture: it outlives the ride of an outcome, and one that grew old is made again in bounds", () => {
    expect(Limits.captureAgeMaxMs).toBeGreaterThan(10 * Limits.rideMs)
    expect(Limits.recapturesMax).toBeLessThan(Limits.undoAttemptsMax)
    expect(Limits.busyMs).toBeLessThan(Limits.rideMs)
    expect(Limits.busyMs).toBeLessThan(Limits.busyTotalMs)
  })

  it("of sizes: an answer fits a file of the same content, and a group commit is no larger than either", () => {
    expect(Limits.fileBytesMax).toBeLessThanOrEqual(Limits.responseBytesMax)
    expect(Limits.groupBytesMax).toBeLessThan(Limits.fileBytesMax)
  })

  it("of managed files: what documents hold fits a file that declares it, and larger ones are read in pieces", () => {
    expect(Limits.managedInlineBytesMax * 2).toBeLessThan(Limits.fileBytesMax)
    expect(Limits.managedInlineBytesMax).toBeLessThanOrEqual(Limits.managedChunkBytes)
    expect(Limits.managedChunkBytes).toBeLessThan(Limits.managedFileBytesMax)
  })

  it("of a module: it loads before a request would be given up", () => {
    expect(Limits.moduleLoadMs).toBeLessThan(Limits.requestTimeoutMs)
  })

  it("of a share: compensations have some, and forward requests have more", () => {
    expect(Limits.compensationShare).toBeLessThan(0.5)
  })

  it("of a notification: one attempt fits its time with room for another, and so do the pauses", () => {
    expect(Limits.notifyRetryBaseMs).toBeLessThan(Limits.notifyRetryCapMs)
    expect(Limits.notifyTimeoutMs + Limits.notifyRetryCapMs).toBeLessThan(Limits.notifyTotalMs)
    expect((Limits.notifyAttemptsMax - 1) * Limits.notifyRetryCapMs).toBeLessThan(Limits.notifyTotalMs)
    expect(Limits.notifyAfterMs).toBeLessThan(Limits.notifyAfterMaxMs)
    // A longer timer would go off at once.
    expect(Limits.notifyAfterMaxMs).toBeLessThan(2 ** 31)
  })
})
