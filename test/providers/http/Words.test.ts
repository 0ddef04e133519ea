import { assert, describe, it } from "@effect/vitest"
import { conceal, serverWords } from "../../../src/providers/http/Words.ts"

describe("the words of a server", () => {
  it("are those of the usual fields, else the first line", () => {
    assert.strictEqual(serverWords({ success: false, error: { message: "no such chain" } }, "{…}"), "no such chain")
    assert.strictEqual(serverWords(undefined, "\n<html>\n<body>"), "<html>")
    assert.lengthOf(serverWords(undefined, "x".repeat(1_000)), 301)
  })

  it("lose every secret, but not every letter of one that has few", () => {
    assert.strictEqual(conceal("key s3cret of s3cret", ["s3cret", ""]), "key (secret) of (secret)")
    assert.strictEqual(conceal("sandbox-secret", ["sandbox", "sandbox-secret"]), "(secret)")
    assert.strictEqual(conceal("a bad address", ["a", "bad"]), "a bad address")
  })
})
