/**
 * Which proxy the variables of the environment name for an origin.
 */
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { proxyTo } from "../../../src/providers/http/Proxy.ts"

const proxies = { HTTPS_PROXY: "http://secure:3128", HTTP_PROXY: "plain:8080" }

const found = (env: Readonly<Record<string, string>>, origin = "https://api.test"): string | undefined =>
  Result.getOrThrow(proxyTo(env, origin))?.origin

describe("a proxy", () => {
  it("is that of the scheme, by either spelling of the variable", () => {
    assert.strictEqual(found(proxies), "http://secure:3128")
    assert.strictEqual(found(proxies, "http://api.test"), "http://plain:8080")
    assert.strictEqual(found({ ...proxies, https_proxy: "https://lower" }), "https://lower")
    assert.isUndefined(found({ HTTP_PROXY: "plain" }))
    assert.isUndefined(found({ HTTPS_PROXY: "  " }))
  })

  it.each(["http://127.0.0.1:8080", "https://localhost:1", "https://[::1]"])(
    "is none for this machine: %s",
    (origin) => {
      assert.isUndefined(found(proxies, origin))
    }
  )

  it.each<readonly [string, string, boolean]>([
    ["api.test", "https://api.test", true],
    [" other.test , api.test", "https://api.test", true],
    ["test", "https://api.test", true],
    [".test", "https://api.test", true],
    ["*.test", "https://api.test", true],
    ["*", "https://api.test", true],
    ["API.TEST.", "https://api.test", true],
    ["api.test:443", "https://api.test", true],
    ["api.test:8443", "https://api.test", false],
    ["api.test:8443", "https://api.test:8443", true],
    ["pi.test", "https://api.test", false],
    ["api.test.com", "https://api.test", false],
    ["10.0.0.0/8", "https://10.1.2.3", true],
    ["10.0.0.0/8", "https://11.1.2.3", false],
    ["10.0.0.0/99", "https://10.1.2.3", false],
    ["fd00::/8", "https://[fd12::1]", true],
    ["fd12::1", "https://[fd12::1]", true],
    ["10.1.2.3", "https://10.1.2.3:444", true],
    ["", "https://api.test", false]
  ])("is passed by where NO_PROXY is %j, for %s: %s", (NO_PROXY, origin, direct) => {
    assert.strictEqual(found({ ...proxies, NO_PROXY }, origin) === undefined, direct)
  })

  it("may want credentials, which are secrets in every form", () => {
    const proxy = Result.getOrThrow(proxyTo({ HTTPS_PROXY: "http://me:p%40ss@secure" }, "https://api.test"))
    assert.strictEqual(proxy?.origin, "http://secure")
    assert.strictEqual(proxy?.authorization, `Basic ${Buffer.from("me:p@ss").toString("base64")}`)
    assert.includeMembers([...proxy?.secrets ?? []], ["p@ss", "p%40ss", Buffer.from("me:p@ss").toString("base64")])
  })

  it.each(["socks5://hunter2:1", "http://", "hunter2 hunter2"])(
    "that is none is refused without a word of it: %s",
    (value) => {
      const result = proxyTo({ https_proxy: value }, "https://api.test")
      assert.isTrue(Result.isFailure(result))
      assert.strictEqual(Result.isFailure(result) ? result.failure.variable : "", "https_proxy")
      assert.notInclude(JSON.stringify(result), "hunter2")
    }
  )
})
