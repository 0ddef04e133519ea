/**
 * The header Retry-After in both of its forms.
 */
import { assert, describe, it } from "@effect/vitest"
import { parseRetryAfter } from "../../../src/providers/http/RetryAfter.ts"

const now = 1_761_000_000_000 // Mon, 20 Oct 2025 22:40:00 GMT

describe("parseRetryAfter", () => {
  it.each([
    ["0", 0],
    ["120", 120_000],
    [" 1.5 ", 1_500],
    ["Mon, 20 Oct 2025 22:40:10 GMT", 10_000],
    ["Mon, 20 Oct 2025 22:39:00 GMT", 0]
  ])("reads %s", (header, ms) => assert.strictEqual(parseRetryAfter(header, now), ms))

  it.each(["", "soon", "-5", "1e3", "2025-10-20", "Mon, never"])(
    "does not wait for %j",
    (header) => assert.isUndefined(parseRetryAfter(header, now))
  )
})
