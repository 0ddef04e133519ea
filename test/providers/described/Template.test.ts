/**
 * Templates: whatever a value holds, it stays in its segment or parameter, and comes out of it as it went in.
 */
import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import { fieldsOf, isFilled, parseTemplate, render, unsafeIn } from "../../../src/providers/described/Template.ts"

const template = (text: string) => Result.getOrThrow(parseTemplate(text))
const filled = (text: string, values: Readonly<Record<string, string | number | boolean>>) =>
  render(template(text), (field) => values[field.join("/")])

describe("a template", () => {
  it.prop("keeps any value inside its segment and its parameter", [Schema.String, Schema.String], ([a, b]) => {
    const path = filled("/things/{a}/parts/{/b/c}?q={a}", { "a": a, "b/c": b })
    if (a === "" || b === "") return assert.isFalse(isFilled(path))
    const segments = (path.split("?", 1)[0] ?? "").split("/")
    assert.lengthOf(segments, 5)
    assert.deepStrictEqual(segments.filter((_, index) => index % 2 === 0).slice(1).map(decodeURIComponent), [
      a.toWellFormed(),
      b.toWellFormed()
    ])
    assert.deepStrictEqual(new URL(`http://host${path}`).searchParams.getAll("q"), [a.toWellFormed()])
    assert.match(path, /^[\w.~%/?=-]*$/)
  })

  it.prop("leads nowhere else as long as it is not unsafe", [Schema.String], ([value]) => {
    const path = filled("/things/{id}", { id: value })
    if (unsafeIn(path) !== undefined) return assert.include(["", ".", ".."], value.toWellFormed())
    assert.strictEqual(new URL(`http://host${path}`).pathname, path)
  })

  it.each(["", ".", ".."])("cannot name %j", (value) => {
    assert.isDefined(unsafeIn(filled("/things/{id}/parts", { id: value })))
    assert.isDefined(unsafeIn(filled("/things/{id}", { id: value })))
  })

  it.each(["%2e", "...", ".a", "a/../b", "%2F..", "{id}", "a b", "ü"])("can name %j", (value) => {
    const path = filled("/things/{id}", { id: value })
    assert.isUndefined(unsafeIn(path))
    assert.strictEqual(decodeURIComponent(new URL(`http://host${path}`).pathname.split("/")[2] ?? ""), value)
  })

  it("names its fields once each, however they are written", () => {
    assert.deepStrictEqual(fieldsOf(template("/a/{x}/{/x}/{/y/z}/{id}")), ["/x", "/y/z", "/id"])
    assert.strictEqual(filled("/{n}-{t}", { n: 5, t: true }), "/5-true")
  })

  it.each(["/a/{x", "/a/x}", "/a/{}", "/a/{/}", "/a/{x{y}}", "/{a//b}"])("cannot be %s", (text) => {
    assert.isTrue(Result.isFailure(parseTemplate(text)))
  })
})
