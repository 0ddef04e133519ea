import { assert, describe, it } from "@effect/vitest"
import type { Json } from "../../../src/domain/Document.ts"
import { conceal, serverWords } from "../../../src/providers/http/Words.ts"

describe("the words of a server", () => {
  it("are those of the usual fields, else the first line", () => {
    assert.strictEqual(serverWords({ success: false, error: { message: "no such chain" } }, "{…}"), "no such chain")
    assert.strictEqual(serverWords(undefined, "\n<html>\n<body>"), "<html>")
    assert.lengthOf(serverWords(undefined, "x".repeat(1_000)), 301)
  })

  it("are all that servers say beside a code or a title", () => {
    const rows: ReadonlyArray<readonly [Json, string]> = [
      [
        { error: "bad_request", reason: "Validation failed\n\napply-to is unknown\n" },
        "bad_request: Validation failed; apply-to is unknown"
      ],
      [
        { type: "about:blank", title: "Not allowed", detail: "only on Mondays", status: 403 },
        "Not allowed: only on Mondays"
      ],
      [
        { message: "Validation Failed", errors: [{ field: "name", message: "name is taken" }] },
        "Validation Failed: name is taken"
      ],
      [{ detail: [{ loc: ["body", "n"], msg: "field required" }] }, "field required"],
      [{ results: [{ code: 500, errors: ["Error: Validation failed"] }] }, "Error: Validation failed"],
      [{ error: { code: 404, message: "no such thing" }, message: "no such thing" }, "no such thing"]
    ]
    for (const [json, words] of rows) assert.strictEqual(serverWords(json, "{…}"), words)
  })

  it("lose every secret, but not every letter of one that has few", () => {
    assert.strictEqual(conceal("key s3cret of s3cret", ["s3cret", ""]), "key (secret) of (secret)")
    assert.strictEqual(conceal("sandbox-secret", ["sandbox", "sandbox-secret"]), "(secret)")
    assert.strictEqual(conceal("a bad address", ["a", "bad"]), "a bad address")
  })
})
