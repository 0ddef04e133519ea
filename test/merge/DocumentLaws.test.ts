/**
 * The laws of merging documents, for any three of them: what nobody, one or both changed, that sides can be swapped,
 * that nothing is lost or made up, and that answers go where the conflicts stand.
 */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import {
  type DocumentMerge,
  draftAs,
  mergeDocument,
  Numeral,
  parseJson,
  printJson,
  resolveDocument,
  sameValue,
  type Value
} from "../../src/merge/Merge.ts"
import { documentOf, randomFrom, rules, threeOf } from "./Generate.ts"

const seeds = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2 ** 31 }))
const runs = { arbitrary: { runs: 800, seed: 11 } }

const documentIn = (merge: DocumentMerge): Value | undefined =>
  merge._tag === "merged" ? merge.document : { conflicts: merge.conflicts.map(({ path, kind }) => `${kind} ${path}`) }

/** Lists without the order of their elements, which sides may disagree about. */
const unordered = (value: Value | undefined): unknown => {
  if (value instanceof Numeral) return `number ${value.text}`
  if (Array.isArray(value)) return value.map((item) => JSON.stringify(unordered(item))).toSorted()
  if (typeof value !== "object" || value === null) return value
  return Object.entries(value).toSorted(([a], [b]) => a < b ? -1 : 1).map(([key, member]) => [key, unordered(member)])
}

describe("any documents", () => {
  it.prop("stay as they are where nobody changed them", [seeds], ([seed]) => {
    const base = documentOf(randomFrom(seed))
    const merge = mergeDocument({ base, ours: base, theirs: base }, rules)
    assert.deepStrictEqual<unknown>(documentIn(merge), base)
    assert.deepStrictEqual<unknown>(merge.notes, [])
  }, runs)

  it.prop("take the side that changed, as it is written", [seeds], ([seed]) => {
    const { base, ours } = threeOf(randomFrom(seed))
    for (const sides of [{ base, ours, theirs: base }, { base, ours: base, theirs: ours }]) {
      const document = documentIn(mergeDocument(sides, rules)) ?? null
      assert.isTrue(sameValue(document, ours), `${printJson(document)} is not ${printJson(ours)}`)
      assert.deepStrictEqual(unordered(document), unordered(ours))
    }
  }, runs)

  it.prop("take what both sides say", [seeds], ([seed]) => {
    const { base, ours } = threeOf(randomFrom(seed))
    assert.isTrue(sameValue(documentIn(mergeDocument({ base, ours, theirs: ours }, rules)), ours))
  }, runs)

  it.prop("merge alike with the sides swapped", [seeds], ([seed]) => {
    const { base, ours, theirs } = threeOf(randomFrom(seed))
    const one = mergeDocument({ base, ours, theirs }, rules)
    const other = mergeDocument({ base, ours: theirs, theirs: ours }, rules)
    if (one._tag === "merged" && other._tag === "merged") {
      assert.isTrue(sameSpellingAside(one.document, other.document), `${seed}`)
      return
    }
    const shown = (merge: DocumentMerge, first: "ours" | "theirs", second: "ours" | "theirs") =>
      merge._tag === "merged" ?
        [] :
        merge.conflicts.map((conflict) =>
          JSON.stringify([conflict.path, conflict.kind, conflict.ranges?.[first], conflict[first], conflict[second]])
        ).toSorted()
    assert.deepStrictEqual(shown(one, "ours", "theirs"), shown(other, "theirs", "ours"))
  }, runs)

  it.prop("that are merged merge no further", [seeds], ([seed]) => {
    const { base, ours, theirs } = threeOf(randomFrom(seed))
    const merge = mergeDocument({ base, ours, theirs }, rules)
    if (merge._tag === "conflict") return
    const { document } = merge
    assert.isTrue(sameValue(documentIn(mergeDocument({ base, ours: document, theirs: document }, rules)), document))
    assert.isTrue(sameValue(documentIn(mergeDocument({ base: ours, ours: document, theirs: ours }, rules)), document))
  }, runs)

  it.prop("merge cleanly where the sides changed different members", [seeds], ([seed]) => {
    const random = randomFrom(seed)
    const [left, right] = [threeOf(random), threeOf(random)]
    const base = { left: left.base, right: right.base }
    const merge = mergeDocument({
      base,
      ours: { left: left.ours, right: right.base },
      theirs: { left: left.base, right: right.ours }
    })
    assert.isTrue(sameValue(documentIn(merge), { left: left.ours, right: right.ours }))
  }, runs)
})

/** Equal but for the order of elements and the spelling of numbers. */
const sameSpellingAside = (a: Value | undefined, b: Value | undefined): boolean => {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item) => b.some((other: Value) => sameSpellingAside(item, other)))
  }
  if (a instanceof Numeral || typeof a !== "object" || a === null || Array.isArray(a)) return sameValue(a, b)
  if (typeof b !== "object" || b === null || Array.isArray(b) || b instanceof Numeral) return false
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && sameSpellingAside(a[key as never], b[key as never]))
}

/** Every scalar that a side put in a place of plain objects, by its path. */
const leaves = (value: Value | undefined, path = ""): ReadonlyArray<readonly [string, string]> => {
  if (typeof value !== "object" || value === null || Array.isArray(value) || value instanceof Numeral) {
    return [[path, JSON.stringify(value)]]
  }
  return Object.entries(value).flatMap(([key, member]) => leaves(member, `${path}/${JSON.stringify(key)}`))
}

describe("no merge", () => {
  it.prop("loses an edit", [seeds], ([seed]) => {
    const { base, ours, theirs } = threeOf(randomFrom(seed))
    const merge = mergeDocument({ base, ours, theirs })
    if (merge._tag === "conflict") return
    const was = new Map(leaves(base))
    const now = new Map(leaves(merge.document))
    for (const side of [ours, theirs]) {
      const other = new Map(leaves(side === ours ? theirs : ours))
      for (const [path, leaf] of leaves(side)) {
        if (was.get(path) !== leaf && other.get(path) !== leaf && was.get(path) === other.get(path)) {
          const isSpelling = sameValue(parseJson(leaf), parseJson(now.get(path) ?? ""))
          assert.isTrue(isSpelling, `${seed} ${path}: ${leaf} is ${now.get(path)}`)
        }
      }
    }
  }, runs)

  it.prop("loses or doubles an element that moved", [seeds], ([seed]) => {
    const random = randomFrom(seed)
    const ids = ["k", "l", "m", "n"]
    const place = () => ids.map((id) => [id, random(4)] as const)
    const was = place()
    const change = () => was.map(([id, at]) => [id, random(2) === 0 ? at : random(4)] as const)
    const [mine, other] = [change(), change()]
    const build = (at: typeof was, mark: (id: string) => number) => ({
      groups: [1, 2, 3].map((group) => ({
        id: group,
        members: at.filter(([, where]) => where === group).map(([id]) => ({ id, v: mark(id) }))
      }))
    })
    const merge = mergeDocument({
      base: build(was, () => 0),
      ours: build(mine, () => 0),
      theirs: build(other, (id) => id === "k" ? 1 : 0)
    }, rules)
    if (merge._tag === "conflict") return
    for (const [at, [id, before]] of was.entries()) {
      const [weSay, theySay] = [mine[at]?.[1] ?? 0, other[at]?.[1] ?? 0]
      if (before === 0) continue
      const wanted = weSay === before ? theySay : weSay
      const found = JSON.stringify(merge.document).split(`{"id":"${id}",`).length - 1
      assert.strictEqual(found, wanted === 0 ? 0 : 1, `${seed}: ${id}`)
    }
  }, runs)
})

describe("answers", () => {
  it.prop("for one side everywhere give what a draft shows", [seeds], ([seed]) => {
    const merge = mergeDocument(threeOf(randomFrom(seed)), rules)
    if (merge._tag === "merged") return
    for (const take of ["ours", "theirs"] as const) {
      const resolved = resolveDocument(merge, merge.conflicts.map((_, conflict) => ({ conflict, take })))
      assert.strictEqual(resolved._tag, "resolved")
      if (resolved._tag === "resolved") assert.isTrue(sameValue(resolved.document, draftAs(merge, take)))
    }
  }, runs)

  it.prop("may come one by one, and in any order", [seeds], ([seed]) => {
    const random = randomFrom(seed)
    const merge = mergeDocument(threeOf(random), rules)
    if (merge._tag === "merged") return
    const takes = merge.conflicts.map(() => random(2) === 0 ? "ours" as const : "theirs" as const)
    const atOnce = resolveDocument(merge, takes.map((take, conflict) => ({ conflict, take })))
    let open = merge
    const left = [...takes]
    for (;;) {
      const conflict = random(left.length)
      const [take = "ours"] = left.splice(conflict, 1)
      const stored = resolveDocument(open, [{ conflict, take }])
      assert.notStrictEqual(stored._tag, "refused")
      if (stored._tag !== "unresolved") {
        assert.deepStrictEqual(stored, atOnce)
        return
      }
      open = stored.merge
    }
  }, runs)
})

describe("numbers", () => {
  it.prop("keep their digits on the way through JSON", [seeds], ([seed]) => {
    const document = documentOf(randomFrom(seed))
    const text = printJson(document)
    const read = parseJson(text)
    assert.isTrue(read !== undefined && sameValue(read, document))
    assert.strictEqual(printJson(read ?? null), text)
  }, runs)
})
