/**
 * Which addresses an API may live at.
 */
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { parseBaseUrl } from "../../../src/providers/http/BaseUrl.ts"
import { isLoopback } from "../../../src/providers/Loopback.ts"

const detail = (text: string) =>
  Result.match(parseBaseUrl(text, "loopback"), { onFailure: (bad) => bad.detail, onSuccess: () => "fine" })

describe("parseBaseUrl", () => {
  it.each([
    ["https://api.example.com", "https://api.example.com", ""],
    ["https://api.example.com/v1/", "https://api.example.com", "/v1"],
    ["http://127.0.0.1:8080/api", "http://127.0.0.1:8080", "/api"],
    ["http://localhost:1", "http://localhost:1", ""],
    ["http://[::1]:1", "http://[::1]:1", ""]
  ])(
    "takes %s",
    (text, origin, prefix) =>
      assert.deepStrictEqual(Result.getOrThrow(parseBaseUrl(text, "loopback")), { origin, prefix })
  )

  it.each([
    ["api.example.com", "is not an address"],
    ["", "is not an address"],
    ["ftp://example.com", "begins with ftp:"],
    ["https://user:hunter2@example.com", "holds a user name or password"],
    ["https://example.com/?key=hunter2", "holds a query"],
    ["https://example.com/#hunter2", "holds a query"],
    ["http://example.com", "unencrypted"],
    ["http://localhost.example.com", "unencrypted"],
    ["http://127.0.0.1.example.com", "unencrypted"],
    ["http://10.0.0.1", "unencrypted"]
  ])("refuses %s and does not repeat it", (text, why) => {
    assert.include(detail(text), why)
    assert.notInclude(detail(text), "hunter2")
  })

  it("lets http out where that is asked for", () =>
    assert.isTrue(Result.isSuccess(parseBaseUrl("http://example.com", "anywhere"))))

  it("knows this machine", () => {
    assert.deepStrictEqual(["127.9.8.7", "[::1]", "localhost", "128.0.0.1", "a"].map(isLoopback), [
      true,
      true,
      true,
      false,
      false
    ])
  })
})
