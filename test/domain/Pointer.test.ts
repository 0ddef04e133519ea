/**
 * Patterns of places: what they mean, compared with taking pattern and path apart.
 */
import { describe, expect, it } from "vitest"
import { covers, matches, overlaps, parsePointer, type Path, renderPointer, withAt } from "../../src/domain/Pointer.ts"

const segments = ["a", "ab", "*", "", "a/b", "~", "~1", "10"]
const longer = (paths: ReadonlyArray<Path>): ReadonlyArray<Path> =>
  paths.flatMap((path) => segments.map((segment) => [...path, segment]))
const short = [[], ...longer([[]])]
const all = [...short, ...longer(longer([[]]))]

const begins = (pattern: string, path: Path): boolean =>
  parsePointer(pattern).every((segment, index) => index < path.length && (segment === "*" || segment === path[index]))

describe("a pattern", () => {
  it("covers a path that begins as it says, and matches one of its length", () => {
    const wrong = all.map(renderPointer).flatMap((pattern) =>
      all.filter((path) =>
        covers(pattern, path) !== begins(pattern, path) ||
        matches(pattern, path) !== (begins(pattern, path) && parsePointer(pattern).length === path.length)
      ).map((path) => [pattern, path])
    )
    expect(wrong).toEqual([])
  })

  it("takes a star for any one segment, and the empty text for the whole document", () => {
    expect(matches("/a/*/c", ["a", "b", "c"])).toBe(true)
    expect(matches("/a/*", ["a", "b", "c"])).toBe(false)
    expect(covers("/a/*", ["a", "b", "c"])).toBe(true)
    expect([matches("", []), matches("", ["a"]), covers("", ["a"])]).toEqual([true, false, true])
  })
})

describe("a document with another value at a path", () => {
  it("holds it there, or nothing, and is as it was elsewhere", () => {
    const document = { name: "n", lid: { colour: "red" } }
    expect(withAt(document, ["lid", "colour"], "blue")).toEqual({ name: "n", lid: { colour: "blue" } })
    expect(withAt(document, ["lid", "colour"], undefined)).toEqual({ name: "n", lid: {} })
    expect(document).toEqual({ name: "n", lid: { colour: "red" } })
  })

  it("stays itself where that would leave no document", () => {
    expect(withAt({ name: "n" }, [], "text")).toEqual({ name: "n" })
    expect(withAt({ name: "n" }, [], undefined)).toEqual({ name: "n" })
  })
})

describe("places that overlap", () => {
  it.each([
    ["/items/*/secret", "/items/0", true],
    ["/items/0", "/items/*/secret", true],
    ["/items/*/secret", "/items/0/secret/part", true],
    ["/a", "", true],
    ["/a/b", "/a/b", true],
    ["/items/*/secret", "/items/0/name", false],
    ["/a/b", "/a/c", false]
  ])("%s and %s: %s", (a, b, expected) => {
    expect([overlaps(a, b), overlaps(b, a)]).toEqual([expected, expected])
  })
})
