/**
 * Lengths of time as people write them.
 */
import { assert, describe, it } from "@effect/vitest"
import { parseDuration } from "../../src/domain/Duration.ts"

describe("parseDuration", () => {
  it.each([
    ["500ms", 500],
    ["2s", 2_000],
    ["1.5m", 90_000],
    ["1h", 3_600_000],
    ["7d", 604_800_000],
    ["0s", 0]
  ])("reads %s", (text, ms) => assert.strictEqual(parseDuration(text), ms))

  it.each(["", "2", "s", "-1s", "1e3s", "2 seconds", "1s2m", "Infinitys", "1..5s", "2S"])(
    "does not take %j for one",
    (text) => assert.isUndefined(parseDuration(text))
  )
})
