/** Looking whether an address can be reached says so and nothing else. */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { reachOnce } from "../../../src/providers/http/Reach.ts"

it.live("an address by its number makes the system warn of nothing", () =>
  Effect.gen(function*() {
    const warnings: Array<string> = []
    const hear = ({ message }: Error) => void warnings.push(message)
    process.on("warning", hear)
    const found = yield* reachOnce({ url: "https://127.0.0.1:1/hook", timeoutMs: 5_000 })
    process.off("warning", hear)
    assert.match(found ?? "", /^it could not be reached \(E[A-Z]+\)$/)
    assert.deepStrictEqual(warnings, [])
  }))
