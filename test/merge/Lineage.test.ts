/**
 * Lineages and merge bases: what is refused, which ancestors count, and what a base of several is.
 */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import {
  checkLineage,
  commonAncestors,
  type Lineage,
  mergeBase,
  mergeDocument,
  mergeText,
  Unsettled,
  type Value,
  weaveDocument,
  weaveText
} from "../../src/merge/Merge.ts"
import { randomFrom } from "./Generate.ts"

/** `a; b a; c a; d b c`: each version with its parents. */
const versionsOf = (text: string) =>
  text.split(";").map((one) => {
    const [id = "", ...parents] = one.trim().split(" ")
    return { id, parents }
  })

const lineageOf = (text: string): Lineage => {
  const checked = checkLineage(versionsOf(text))
  if (checked._tag === "broken") throw new Error(JSON.stringify(checked.problems))
  return checked.lineage
}

describe("a lineage", () => {
  it("is refused with everything that is wrong with it", () => {
    const problems = (text: string) => {
      const checked = checkLineage(versionsOf(text))
      return checked._tag === "broken" ? checked.problems.map(({ version, kind }) => `${version} ${kind}`) : []
    }
    assert.deepStrictEqual(problems("a; b x; c a a; a"), ["a there-twice", "b unknown-parent", "c parent-twice"])
    assert.deepStrictEqual(problems("a; b c; c b; d c"), ["b cycle", "c cycle", "d cycle"])
    assert.deepStrictEqual(problems("a a"), ["a cycle"])
    assert.deepStrictEqual(problems("a; b a; c"), [])
  })

  const cases = [
    ["of a line", "a; b a; c b; d b", "c", "d", ["b"]],
    ["of a version and one it comes from", "a; b a; c b", "c", "a", ["a"]],
    ["of one version", "a; b a", "b", "b", ["b"]],
    ["after a merge", "a; b a; c a; m b c; d m; e c", "d", "e", ["c"]],
    ["after merges that crossed", "a; b a; c a; m b c; n c b", "m", "n", ["c", "b"]],
    ["of nothing in common", "a; b", "a", "b", []],
    ["with three parents", "a; b a; c a; d a; m b c d; n b; o n d", "m", "o", ["d", "b"]]
  ] as const
  for (const [fact, text, ours, theirs, found] of cases) {
    it(`has the lowest common ancestors ${fact}`, () => {
      assert.deepStrictEqual(commonAncestors(lineageOf(text), [ours], [theirs]), [...found])
    })
  }

  const seeds = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2 ** 31 }))
  it.prop("of any shape has the common ancestors that no other comes from", [seeds], ([seed]) => {
    const random = randomFrom(seed)
    const count = 2 + random(12)
    const versions = Array.from({ length: count }, (_, at) => ({
      id: `v${at}`,
      parents: at === 0 ? [] : [...new Set(Array.from({ length: random(3) }, () => `v${random(at)}`))]
    }))
    const checked = checkLineage(versions.toSorted(() => random(3) - 1))
    if (checked._tag === "broken") throw new Error("it is sound")
    const parents = new Map(versions.map((version) => [version.id, version.parents]))
    const comesFrom = (id: string, from: string): boolean =>
      id === from || (parents.get(id) ?? []).some((parent) => comesFrom(parent, from))
    const [ours, theirs] = [`v${random(count)}`, `v${random(count)}`]
    const common = versions.map(({ id }) => id).filter((id) => comesFrom(ours, id) && comesFrom(theirs, id))
    const lowest = common.filter((id) => !common.some((other) => other !== id && comesFrom(other, id)))
    assert.deepStrictEqual(commonAncestors(checked.lineage, [ours], [theirs]).toSorted(), lowest.toSorted())
  }, { arbitrary: { runs: 300, seed: 3 } })

  it("may be long, and cross at every step", () => {
    const crossed = ["a0; b0"]
    for (let at = 1; at < 2_000; at++) crossed.push(`a${at} a${at - 1} b${at - 1}; b${at} b${at - 1} a${at - 1}`)
    const lineage = lineageOf(crossed.join(";"))
    const base = mergeBase(lineage, "a1999", "b1999", {
      contentOf: (version) => `${version}\n`,
      weave: (_, ours) => ours
    })
    assert.deepStrictEqual(base._tag === "virtual" && [...base.versions].toSorted(), ["a1998", "b1998"])
  })
})

describe("a virtual base", () => {
  const lineage = lineageOf("a; b a; c a; m b c; n c b")
  const baseOf = (contents: Readonly<Record<string, Value>>) =>
    mergeBase<Value | undefined>(lineage, "m", "n", { contentOf: (id) => contents[id], weave: weaveDocument({}) })

  it("holds what both ancestors changed", () => {
    const base = baseOf({ a: { x: 1, y: 1 }, b: { x: 2, y: 1 }, c: { x: 1, y: 2 } })
    assert.deepStrictEqual<unknown>(base, { _tag: "virtual", versions: ["c", "b"], content: { x: 2, y: 2 } })
  })

  it("leaves open where they disagree, so that sides which disagree conflict and sides which agree do not", () => {
    const base = baseOf({ a: { x: 1, y: 1 }, b: { x: 2, y: 1 }, c: { x: 3, y: 1 } })
    if (base._tag !== "virtual") throw new Error("there are two ancestors")
    assert.deepStrictEqual<unknown>(base.content, { x: new Unsettled(3, 2), y: 1 })
    const merge = mergeDocument({ base: base.content, ours: { x: 2, y: 1 }, theirs: { x: 3, y: 4 } })
    assert.deepStrictEqual(merge._tag === "conflict" && merge.conflicts.map(({ path, kind }) => [path, kind]), [
      ["/x", "edit-edit"]
    ])
    const agreed = mergeDocument({ base: base.content, ours: { x: 5, y: 1 }, theirs: { x: 5, y: 4 } })
    assert.deepStrictEqual<unknown>(agreed._tag === "merged" && agreed.document, { x: 5, y: 4 })
  })

  it("of texts has a line that is like no other where they disagree", () => {
    const contents: Readonly<Record<string, string>> = { a: "1\n2\n3\n", b: "one\n2\n3\n", c: "uno\n2\n3\n" }
    const base = mergeBase(lineage, "m", "n", { contentOf: (id) => contents[id] ?? "", weave: weaveText })
    if (base._tag !== "virtual") throw new Error("there are two ancestors")
    assert.match(base.content, /^\uFFFC .*\n2\n3\n$/)
    const merged = (ours: string, theirs: string) => mergeText({ path: "", base: base.content, ours, theirs })
    assert.strictEqual(merged("one\n2\n3\n", "uno\n2\n3\n")._tag, "conflict")
    assert.deepStrictEqual(merged("one\n2\n3\n", "one\n2\n4\n"), { _tag: "merged", content: "one\n2\n4\n" })
  })

  it("is none where nothing is common", () => {
    const strangers = lineageOf("a; b")
    assert.deepStrictEqual(mergeBase(strangers, "a", "b", { contentOf: () => "", weave: weaveText }), { _tag: "none" })
  })
})
