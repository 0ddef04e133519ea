/**
 * The laws of merging trees, for any three of them, and trees as versions of a lineage.
 */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import {
  checkLineage,
  mergeBase,
  mergeTrees,
  resolveTree,
  revert,
  type Tree,
  treeContents,
  type TreeEntry,
  weaveTree
} from "../../src/merge/Merge.ts"
import { pick, type Random, randomFrom } from "./Generate.ts"

const paths = ["a", "b", "B", "d", "d/e", "d/f.json", "x/y/z", "é", "e\u0301"]
const texts = ["", "1\n", "1\n2\n3\n4\n", "1\n2\n3\nfour\n", "one\n2\n3\n4\n", `{"a":1,"b":2}`, `{"a":2,"b":2}`, "\0"]

const entryOf = (random: Random): TreeEntry =>
  random(8) === 0
    ? { _tag: "symlink", target: pick(random, ["x", "y"]) }
    : {
      _tag: "file",
      mode: pick(random, [0o644, 0o644, 0o755, 0o600]),
      content: new TextEncoder().encode(pick(random, texts))
    }

/** What may be there together: no file above a file, no two spellings of one path. */
const lawful = (entries: ReadonlyArray<readonly [string, TreeEntry]>): Tree => {
  const tree = new Map<string, TreeEntry>()
  const fold = (path: string): string => path.normalize("NFC").toLowerCase()
  for (const [path, entry] of entries) {
    const clashes = [...tree.keys()].some((other) =>
      fold(other) === fold(path) || path.startsWith(`${other}/`) || other.startsWith(`${path}/`)
    )
    if (!clashes) tree.set(path, entry)
  }
  return tree
}

const treeOf = (random: Random): Tree =>
  lawful(paths.toSorted(() => random(3) - 1).slice(0, random(7)).map((path) => [path, entryOf(random)]))

const edited = (random: Random, tree: Tree): Tree =>
  lawful(
    [...tree].flatMap(([path, entry]): ReadonlyArray<readonly [string, TreeEntry]> => {
      switch (random(8)) {
        case 0:
          return []
        case 1:
          return [[path, entryOf(random)]]
        case 2:
          return [[pick(random, paths), entry]]
        case 3:
          return [[path, entry], [pick(random, paths), entryOf(random)]]
        default:
          return [[path, entry]]
      }
    })
  )

const shown = (tree: Tree | undefined): unknown =>
  tree === undefined ? undefined : [...tree].toSorted(([a], [b]) => a < b ? -1 : 1)

const seeds = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2 ** 31 }))
const runs = { arbitrary: { runs: 500, seed: 13 } }

describe("any trees", () => {
  it.prop("take the side that changed", [seeds], ([seed]) => {
    const random = randomFrom(seed)
    const base = treeOf(random)
    const side = edited(random, base)
    for (
      const trees of [{ base, ours: side, theirs: base }, { base, ours: base, theirs: side }, {
        base,
        ours: side,
        theirs: side
      }]
    ) {
      const merge = mergeTrees(trees)
      assert.deepStrictEqual(shown(merge._tag === "merged" ? merge.tree : undefined), shown(side), `${seed}`)
    }
  }, runs)

  it.prop("merge alike with the sides swapped", [seeds], ([seed]) => {
    const random = randomFrom(seed)
    const base = treeOf(random)
    const [ours, theirs] = [edited(random, base), edited(random, base)]
    const [one, other] = [mergeTrees({ base, ours, theirs }), mergeTrees({ base, ours: theirs, theirs: ours })]
    if (one._tag === "refused" || other._tag === "refused") throw new Error("the paths are safe")
    assert.deepStrictEqual([...one.tree.keys()].toSorted(), [...other.tree.keys()].toSorted(), `${seed}`)
    if (one._tag === "merged" || other._tag === "merged") {
      assert.strictEqual(one._tag, other._tag, `${seed}`)
      return
    }
    const kinds = (merge: typeof one): unknown => merge.conflicts.map(({ path, kind }) => `${path} ${kind}`).toSorted()
    assert.deepStrictEqual(kinds(one), kinds(other), `${seed}`)
  }, runs)

  it.prop("give back a side where it is taken everywhere and changed all, and nothing half", [seeds], ([seed]) => {
    const random = randomFrom(seed)
    const base = treeOf(random)
    const [ours, theirs] = [edited(random, base), edited(random, base)]
    const merge = mergeTrees({ base, ours, theirs })
    if (merge._tag !== "conflict") return
    for (const take of ["ours", "theirs"] as const) {
      const found = resolveTree(merge, merge.conflicts.map((_, conflict) => ({ conflict, take })))
      if (found._tag === "refused") continue
      assert.strictEqual(found._tag, "resolved", `${seed}`)
      if (found._tag !== "resolved") continue
      const again = mergeTrees({ base: found.tree, ours: found.tree, theirs: found.tree })
      assert.strictEqual(again._tag, "merged")
      for (const conflict of merge.conflicts) {
        for (const [path] of conflict.puts[take]) assert.isTrue(found.tree.has(path), `${seed} ${path}`)
      }
    }
  }, runs)

  it.prop("have every path that one side alone changed as that side left it", [seeds], ([seed]) => {
    const random = randomFrom(seed)
    const base = treeOf(random)
    // Nothing is removed, so that nothing is renamed, and paths tell what belongs together.
    const change = (): Tree => lawful([...base, ...edited(random, base)].toReversed())
    const [ours, theirs] = [change(), change()]
    if ([...base.keys()].some((path) => !ours.has(path) || !theirs.has(path))) return
    const merge = mergeTrees({ base, ours, theirs })
    if (merge._tag !== "merged") return
    for (const path of new Set([...ours.keys(), ...theirs.keys()])) {
      const [was, mine, other] = [base, ours, theirs].map((tree) => tree.get(path))
      const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)
      if (same(other, was)) assert.deepStrictEqual(merge.tree.get(path), mine, `${seed} ${path}`)
      if (same(mine, was)) assert.deepStrictEqual(merge.tree.get(path), other, `${seed} ${path}`)
    }
  }, runs)
})

describe("trees as versions", () => {
  const file = (text: string): TreeEntry => ({ _tag: "file", mode: 0o644, content: new TextEncoder().encode(text) })
  const versions: Readonly<Record<string, Tree>> = {
    v1: new Map([["a", file("1\n2\n3\n")]]),
    v2: new Map([["a", file("one\n2\n3\n")], ["b", file("b\n")]]),
    v3: new Map([["c", file("one\n2\nthree\n")], ["b", file("b\n")]])
  }
  const contentOf = (id: string): Tree => versions[id] ?? new Map()

  it("are taken out, and later renames and edits are kept", () => {
    const checked = checkLineage([{ id: "v1", parents: [] }, { id: "v2", parents: ["v1"] }, {
      id: "v3",
      parents: ["v2"]
    }])
    if (checked._tag === "broken") throw new Error("it is sound")
    const undone = revert(checked.lineage, { head: "v3", take: ["v2"] }, treeContents(contentOf))
    assert.deepStrictEqual(shown(undone._tag === "reverted" ? undone.content : undefined), [[
      "c",
      file("1\n2\nthree\n")
    ]])
    const only = revert(checked.lineage, { head: "v3", take: ["v2"], only: ["b"] }, treeContents(contentOf))
    assert.deepStrictEqual(shown(only._tag === "reverted" ? only.content : undefined), [["c", file("one\n2\nthree\n")]])
  })

  it("have a virtual base in which a disagreement is like nothing else", () => {
    const line = [["a", ""], ["b", "a"], ["c", "a"], ["m", "b c"], ["n", "c b"]] as const
    const checked = checkLineage(line.map(([id, parents]) => ({ id, parents: parents.split(" ").filter(Boolean) })))
    if (checked._tag === "broken") throw new Error("it is sound")
    const trees: Readonly<Record<string, Tree>> = {
      a: new Map([["x", file("1\n")], ["y", file("1\n")]]),
      b: new Map([["x", file("2\n")], ["y", file("1\n")]]),
      c: new Map([["x", file("3\n")], ["y", file("2\n")]])
    }
    const base = mergeBase(checked.lineage, "m", "n", { contentOf: (id) => trees[id] ?? new Map(), weave: weaveTree })
    if (base._tag !== "virtual") throw new Error("there are two ancestors")
    assert.deepStrictEqual(base.content.get("y"), file("2\n"))
    const merge = mergeTrees({ base: base.content, ours: trees["b"] ?? new Map(), theirs: trees["c"] ?? new Map() })
    assert.deepStrictEqual(merge._tag === "conflict" && merge.conflicts.map(({ path, kind }) => [path, kind]), [
      ["x", "edit-edit"]
    ])
  })
})
