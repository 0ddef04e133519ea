/** Looking whether an address can be reached says so and nothing else. */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { reachOnce } from "../../../src/providers/http/Reach.ts"
import { answer, loopback } from "./Loopback.ts"

it.live("an address by its number makes the system warn of nothing", () =>
  Effect.gen(function*() {
    const warnings: Array<string> = []
    const hear = ({ message }: Error) => void warnings.push(message)
    process.on("warning", hear)
    const found = yield* reachOnce({})({ url: "https://127.0.0.1:1/hook", timeoutMs: 5_000 })
    process.off("warning", hear)
    assert.match(found ?? "", /^it could not be reached \(E[A-Z]+\)$/)
    assert.deepStrictEqual(warnings, [])
  }))

it.live("where a proxy leads there, the proxy is looked for", () =>
  Effect.gen(function*() {
    const server = yield* loopback((response) => answer(response, 200, ""))
    const look = (proxy: string) => reachOnce({ HTTPS_PROXY: proxy })({ url: "https://hooks.test/h", timeoutMs: 5_000 })
    assert.isUndefined(yield* look(server.url))
    assert.strictEqual(yield* look("http://127.0.0.1:1"), "its proxy could not be reached (ECONNREFUSED)")
    assert.strictEqual(yield* look("socks5://127.0.0.1"), "HTTPS_PROXY is not the address of an HTTP proxy")
  }))
