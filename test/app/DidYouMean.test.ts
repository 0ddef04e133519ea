import { assert, it } from "@effect/vitest"
import { closest, didYouMean } from "../../src/app/DidYouMean.ts"

it("a word is near one with few letters changed, added, dropped or swapped, case aside", () => {
  const known = ["watchlist", "custom_agent", "notification_channel"]
  for (const word of ["watchlst", "watchlists", "wacthlist", "Watchlist", "watchkist"]) {
    assert.strictEqual(closest(word, known), "watchlist", word)
  }
  assert.strictEqual(closest("queue", known), undefined)
  assert.strictEqual(closest("", known), undefined)
  assert.strictEqual(closest("ab", ["ba", "abc"]), "ba")
})

it("a hint lists what is known where nothing is near", () => {
  assert.strictEqual(didYouMean("queu", ["queue"], "kinds"), "did you mean \"queue\"?")
  assert.strictEqual(didYouMean("x", ["alpha", "beta"], "kinds"), "kinds: alpha, beta")
  assert.strictEqual(didYouMean("x", [], "kinds"), "there are no kinds")
  const many = Array.from({ length: 20 }, (_, i) => `kind${i}`)
  assert.match(didYouMean("zzzzzzzz", many, "kinds"), /kind11, …$/)
})
