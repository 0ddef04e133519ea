/**
 * Members that move between groups which come and go: each is there once where both sides agree or one side alone
 * changed it, and whoever takes one side everywhere neither loses nor doubles any.
 */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { draftAs, keyed, mergeDocument, type Value } from "../../src/merge/Merge.ts"
import { pick, type Random, randomFrom } from "./Generate.ts"

const rules = { "/g": keyed("id"), "/g/*/m": keyed("id") }
const groups = ["p", "q", "r"]
const members = ["k", "l", "m"]

interface State {
  readonly groups: ReadonlyArray<string>
  /** The group of each member. */
  readonly at: ReadonlyMap<string, string>
  readonly v: ReadonlyMap<string, number>
}

const housed = (state: State): State => ({
  ...state,
  at: new Map([...state.at].filter(([, group]) => state.groups.includes(group)))
})

const initial = (random: Random): State =>
  housed({
    groups: groups.filter(() => random(4) > 0),
    at: new Map(members.map((member) => [member, pick(random, groups)])),
    v: new Map()
  })

const edited = (random: Random, from: State, mark: number): State => {
  const at = new Map(from.at)
  const v = new Map<string, number>()
  for (const member of from.at.keys()) {
    if (random(3) === 0) at.set(member, pick(random, groups))
    if (random(9) === 0) at.delete(member)
    if (random(5) === 0) v.set(member, mark)
  }
  const kept = random(3) === 0 ? from.groups.filter(() => random(3) > 0) : from.groups
  return housed({ groups: random(3) === 0 ? [...new Set([...kept, pick(random, groups)])] : kept, at, v })
}

const documentOf = ({ groups: all, at, v }: State): Value => ({
  g: all.map((id) => ({
    id,
    m: members.filter((member) => at.get(member) === id).map((member) => ({ id: member, v: v.get(member) ?? 0 }))
  }))
})

interface Group {
  readonly id: string
  readonly m: ReadonlyArray<{ readonly id: string; readonly v: number }>
}

/** Every `group/member=v` of a document. */
const housesIn = (document: Value | undefined): ReadonlyArray<string> =>
  (document as unknown as { readonly g: ReadonlyArray<Group> }).g.flatMap(({ id, m }) =>
    m.map((one) => `${id}/${one.id}=${one.v}`)
  )

describe("members that move between groups", () => {
  const seeds = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2 ** 31 }))
  it.prop("are neither lost nor doubled", [seeds], ([seed]) => {
    const random = randomFrom(seed)
    const base = initial(random)
    const [ours, theirs] = [edited(random, base, 1), edited(random, base, 2)]
    const merge = mergeDocument({ base: documentOf(base), ours: documentOf(ours), theirs: documentOf(theirs) }, rules)
    if (merge._tag === "merged") {
      const wanted = [...base.at].flatMap(([member, group]) => {
        const home = ours.at.get(member) === group ? theirs.at.get(member) : ours.at.get(member)
        return home === undefined ? [] : [`${home}/${member}=${ours.v.get(member) ?? theirs.v.get(member) ?? 0}`]
      })
      assert.deepStrictEqual(housesIn(merge.document).toSorted(), wanted.toSorted(), `${seed}`)
      return
    }
    for (const side of ["ours", "theirs"] as const) {
      const all = housesIn(draftAs(merge, side)).map((house) => house.slice(2, 3))
      for (const member of members) {
        const count = all.filter((one) => one === member).length
        assert.isAtMost(count, 1, `${seed} ${side} ${member}`)
        if (ours.at.has(member) && theirs.at.has(member)) assert.strictEqual(count, 1, `${seed} ${side} ${member}`)
      }
    }
  }, { arbitrary: { runs: 1_500, seed: 23 } })
})
