/**
 * Rolls random batches back after random edits by us and by others, and compares what comes of it with an account of
 * who set which field last that knows nothing of merges; the dry run has to say exactly what happens.
 */
import { describe, expect, it } from "vitest"
import type { Written } from "../../src/app/Workspace.ts"
import { pick, type Random, randomFrom } from "../merge/Generate.ts"
import { applied, batchOf, type Bench, found, makeBench, rehearsed, resource, rolledBack } from "./Bench.ts"

const names = ["a", "b", "c"]
const fields = ["label", "size"] as const
type Field = typeof fields[number]
type Values = { readonly [F in Field]: string | number }

/** What a box and a note hold: scalars, and a set. */
interface Thing {
  readonly values: Values
  readonly tags: ReadonlyArray<string>
}

type Things = ReadonlyMap<string, Thing>

const words = ["one", "two", "three", "four"]
const tags = ["p", "q", "r", "s", "t"]

const valueOf = (random: Random, field: Field): string | number =>
  field === "size" ? random(5) + 1 : pick(random, words)

const changed = (random: Random, { tags: held, values }: Thing): Thing => ({
  values: Object.fromEntries(
    fields.map((field) => [field, random(3) === 0 ? valueOf(random, field) : values[field]])
  ) as unknown as Values,
  tags: tags.filter((tag) => held.includes(tag) !== (random(6) === 0))
})

const declare = (things: Things): ReadonlyArray<Written> =>
  [...things].flatMap(([name, { tags: held, values }]) => [
    resource("box", name, { name, ...values }),
    resource("note", name, { name, text: "fixed", tags: [...held] })
  ])

const seen = (bench: Bench): Things =>
  new Map(names.map((name) => {
    const box = found(bench, "box", name)?.document ?? {}
    const note = found(bench, "note", name)?.document ?? {}
    const held = note["tags"]
    return [name, {
      values: { label: String(box["label"]), size: Number(box["size"]) },
      tags: Array.isArray(held) ? tags.filter((tag) => held.includes(tag)) : []
    }]
  }))

const editBehind = (bench: Bench, things: Things): void => {
  for (const [name, { tags: held, values }] of things) {
    bench.world.edit("box", found(bench, "box", name)?.id ?? "", { ...values })
    bench.world.edit("note", found(bench, "note", name)?.id ?? "", { tags: [...held] })
  }
}

/** What is right: a place that the batch changed goes back where nobody touched it since, and is a conflict else. */
const expectedOf = (before: Things, after: Things, now: Things) => {
  const conflicts: Array<string> = []
  const things = new Map(names.map((name) => {
    const [was, made, is] = [before.get(name), after.get(name), now.get(name)] as const
    if (was === undefined || made === undefined || is === undefined) throw new Error(name)
    const values = Object.fromEntries(fields.map((field) => {
      const touched = made.values[field] !== was.values[field]
      if (!touched || is.values[field] === was.values[field]) return [field, is.values[field]]
      if (is.values[field] === made.values[field]) return [field, was.values[field]]
      conflicts.push(`box.${name} /${field}`)
      return [field, is.values[field]]
    })) as unknown as Values
    const held = tags.filter((tag) => {
      const [had, has] = [was.tags.includes(tag), made.tags.includes(tag)]
      return had === has ? is.tags.includes(tag) : had
    })
    return [name, { values, tags: held }]
  }))
  return { conflicts, things }
}

const played = async (seed: number) => {
  const random = randomFrom(seed)
  const bench = makeBench()
  const history: Array<{ readonly batch: string; readonly before: Things; readonly after: Things }> = []
  let wanted: Things = new Map(names.map((name) => [name, { values: { label: "one", size: 1 }, tags: ["p"] }]))
  await applied(bench, declare(wanted))
  for (let turn = 0; turn < 3 + random(3); turn++) {
    const before = seen(bench)
    if (random(3) === 0) {
      editBehind(bench, new Map([...before].map(([name, thing]) => [name, changed(random, thing)])))
      // What others did becomes ours as well, or is overwritten by what we declare.
      if (random(2) === 0) wanted = seen(bench)
      continue
    }
    wanted = new Map([...wanted].map(([name, thing]) => [name, changed(random, thing)]))
    const batch = await applied(bench, declare(wanted))
    if (batch !== undefined) history.push({ batch, before, after: seen(bench) })
  }
  return { bench, history, random }
}

describe("a rollback", () => {
  const seeds = Array.from({ length: 60 }, (_, at) => at + 1)

  it.each(seeds)("keeps what came later, and does what its dry run said (seed %i)", async (seed) => {
    const { bench, history, random } = await played(seed)
    if (history.length === 0) return
    const chosen = pick(random, history)
    const { batch } = chosen
    const { conflicts, things } = expectedOf(chosen.before, chosen.after, seen(bench))
    const now = seen(bench)
    const said = await rehearsed(bench, batchOf(batch))
    const done = await rolledBack(bench, batchOf(batch))
    expect(done.report).toEqual(said.report)
    expect(done.report.conflicts.map(({ address, path }) => `${address} ${path}`).toSorted()).toEqual(
      conflicts.toSorted()
    )
    const isBlocked = conflicts.length > 0
    expect(done._tag === "blocked").toBe(isBlocked)
    expect(seen(bench)).toEqual(isBlocked ? now : things)
    const kept = isBlocked ? await rolledBack(bench, batchOf(batch), { strategy: "ours" }) : done
    expect(["ran", "nothing"]).toContain(kept._tag)
    expect(seen(bench)).toEqual(things)
  })

  it.each(seeds.slice(0, 20))("that is rolled back itself gives what was there (seed %i)", async (seed) => {
    const { bench, history, random } = await played(seed + 1_000)
    if (history.length === 0) return
    const now = seen(bench)
    const done = await rolledBack(bench, batchOf(pick(random, history).batch), { strategy: "theirs" })
    if (done._tag !== "ran") return
    expect((await rolledBack(bench, batchOf(done.batch.batch)))._tag).toBe("ran")
    expect(seen(bench)).toEqual(now)
  })
})
