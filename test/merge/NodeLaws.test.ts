/**
 * Elements that hold elements of their own kind and move among each other: wherever both sides put them, each is there
 * once, with both sides' edits, or there is a conflict that any answer resolves.
 */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { draftAs, keyed, mergeDocument, type Value } from "../../src/merge/Merge.ts"
import { pick, type Random, randomFrom } from "./Generate.ts"

const rules = Object.fromEntries(
  Array.from({ length: 7 }, (_, depth) => [`/n${"/*/n".repeat(depth)}`, keyed("id", "node")] as const)
)
const ids = ["a", "b", "c", "d", "e", "f"]

/** The holder of each node; the root is `""`. */
type Holders = Readonly<Record<string, string>>

const isRooted = (holders: Holders, id: string): boolean => {
  let at: string | undefined = id
  for (let steps = 0; at !== undefined && at !== "" && steps <= ids.length; steps++) at = holders[at]
  return at === ""
}

const moved = (random: Random, from: Holders): Holders => {
  let holders = from
  for (let moves = random(4); moves > 0; moves--) {
    const next = { ...holders, [pick(random, ids)]: random(4) === 0 ? "" : pick(random, ids) }
    if (ids.every((id) => isRooted(next, id))) holders = next
  }
  return holders
}

const documentOf = (holders: Holders, edited: Readonly<Record<string, number>>): Value => {
  const nodesIn = (holder: string): Value =>
    ids.filter((id) => holders[id] === holder).map((id) => ({ id, v: edited[id] ?? 0, n: nodesIn(id) }))
  return { n: nodesIn("") }
}

interface Found {
  readonly id: string
  readonly v: number
  readonly holder: string
}

const found = (document: Value | undefined, holder = ""): ReadonlyArray<Found> => {
  const { n = [] } = document as { readonly n?: ReadonlyArray<{ readonly id: string; readonly v: number }> }
  return n.flatMap((node) => [{ id: node.id, v: node.v, holder }, ...found(node as unknown as Value, node.id)])
}

describe("nodes that move", () => {
  const seeds = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2 ** 31 }))
  it.prop("are each there once, where they were put and as they were edited", [seeds], ([seed]) => {
    const random = randomFrom(seed)
    const line: Holders = Object.fromEntries(ids.map((id, at) => [id, at === 0 ? "" : ids[random(at)] ?? ""]))
    const base = moved(random, line)
    const [ours, theirs] = [moved(random, base), moved(random, base)]
    const [mine, other] = [pick(random, ids), pick(random, ids)]
    const merge = mergeDocument({
      base: documentOf(base, {}),
      ours: documentOf(ours, { [mine]: 1 }),
      theirs: documentOf(theirs, mine === other ? {} : { [other]: 2 })
    }, rules)
    const documents = merge._tag === "merged"
      ? [merge.document]
      : (["base", "ours", "theirs"] as const).map((side) => draftAs(merge, side))
    for (const document of documents) {
      assert.deepStrictEqual(found(document).map(({ id }) => id).toSorted(), ids, `${seed}`)
    }
    if (merge._tag === "conflict") return
    for (const { id, v, holder } of found(merge.document)) {
      assert.strictEqual(holder, ours[id] === base[id] ? theirs[id] : ours[id], `${seed} ${id}`)
      assert.strictEqual(v, id === mine ? 1 : id === other ? 2 : 0, `${seed} ${id}`)
    }
  }, { arbitrary: { runs: 800, seed: 17 } })
})
