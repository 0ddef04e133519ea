/**
 * Rolls random batches of boxes and of rings that refer to them back, with creates, deletes, replaces and what others
 * do in between: afterwards no reference leads nowhere that did not before, and the dry run said exactly what happened.
 */
import { describe, expect, it } from "vitest"
import { planBatch, planDefaults } from "../../src/app/PlanBatch.ts"
import type { RollbackReport } from "../../src/app/RollbackReport.ts"
import type { Written } from "../../src/app/Workspace.ts"
import { refNode } from "../../src/domain/Template.ts"
import { pick, type Random, randomFrom } from "../merge/Generate.ts"
import { applied, at, batchOf, type Bench, found, makeBench, rehearsed, resource, rolledBack } from "./Bench.ts"

interface Box {
  readonly label: string
  /** Cannot change: another one replaces the box. */
  readonly material: string
}

/** What is declared: boxes by name, and the box that each ring refers to. */
interface Shelf {
  readonly boxes: ReadonlyMap<string, Box>
  readonly rings: ReadonlyMap<string, string>
}

const boxNames = ["a", "b", "c"]
const ringNames = ["r", "s", "t"]
const words = ["one", "two", "three"]
const materials = ["oak", "iron"]

const declare = ({ boxes, rings }: Shelf): ReadonlyArray<Written> => [
  ...[...boxes].map(([name, box]) => resource("box", name, { name, ...box })),
  ...[...rings].map(([name, of]) =>
    resource("ring", name, { name, box: refNode({ address: at(`box.${of}`), path: "/id" }) })
  )
]

const boxFrom = (random: Random, was?: Box): Box => ({
  label: was === undefined || random(2) === 0 ? pick(random, words) : was.label,
  material: was === undefined || random(4) === 0 ? pick(random, materials) : was.material
})

const changed = (random: Random, { boxes, rings }: Shelf): Shelf => {
  const next = new Map(boxNames.flatMap((name): ReadonlyArray<[string, Box]> => {
    const was = boxes.get(name)
    if (random(3) > 0) return was === undefined ? [] : [[name, was]]
    return was !== undefined && random(3) === 0 ? [] : [[name, boxFrom(random, was)]]
  }))
  const there = [...next.keys()]
  const held = new Map(ringNames.flatMap((name): ReadonlyArray<[string, string]> => {
    const was = rings.get(name)
    if (there.length === 0 || (was === undefined ? random(2) : random(6)) === 0) return []
    return [[name, was !== undefined && next.has(was) && random(3) > 0 ? was : pick(random, there)]]
  }))
  return { boxes: next, rings: held }
}

const boxesIn = ({ world }: Bench) => [...world.resources.get("box")?.values() ?? []]
const ringsIn = ({ world }: Bench) => [...world.resources.get("ring")?.values() ?? []]

/** Rings whose box is not there, by name and id. */
const dangling = (bench: Bench): ReadonlySet<string> => {
  const ids = new Set(boxesIn(bench).map(({ id }) => id))
  return new Set(
    ringsIn(bench).flatMap(({ document }) => {
      const id = document["box"]
      return typeof id === "string" && !ids.has(id) ? [`${String(document["name"])} → ${id}`] : []
    })
  )
}

/** What is there, without ids: references by the name of what they lead to. */
const shelfOf = (bench: Bench): unknown => {
  const names = new Map(boxesIn(bench).map(({ document, id }) => [id, document["name"]]))
  return {
    boxes: boxesIn(bench).map(({ document: { label, material, name } }) => ({ name, label, material })).toSorted((
      a,
      b
    ) => String(a.name) < String(b.name) ? -1 : 1),
    rings: ringsIn(bench).map(({ document: { box, name } }) => ({ name, box: names.get(String(box)) ?? box })).toSorted(
      (a, b) => String(a.name) < String(b.name) ? -1 : 1
    )
  }
}

const interfere = (random: Random, bench: Bench): void => {
  const box = found(bench, "box", pick(random, boxNames))
  if (box === undefined) return
  const isHeld = ringsIn(bench).some(({ document }) => document["box"] === box.id)
  if (random(3) > 0 || isHeld) bench.world.edit("box", box.id, { label: pick(random, words) })
  else bench.world.write("box", box.id, undefined)
}

/** A batch, with what was declared before it, where nobody interfered since, and what was there. */
interface Done {
  readonly batch: string
  readonly before: Shelf | undefined
  readonly there: unknown
}

const played = async (seed: number) => {
  const random = randomFrom(seed)
  const bench = makeBench()
  const batches: Array<Done> = []
  let wanted: Shelf = { boxes: new Map([["a", { label: "one", material: "oak" }]]), rings: new Map([["r", "a"]]) }
  await applied(bench, declare(wanted))
  for (let turn = 0; turn < 3 + random(4); turn++) {
    const isAlone = random(4) > 0
    if (!isAlone) interfere(random, bench)
    const [before, there] = [isAlone ? wanted : undefined, shelfOf(bench)]
    wanted = changed(random, wanted)
    const batch = await applied(bench, declare(wanted))
    if (batch !== undefined) batches.push({ batch, before, there })
  }
  return { bench, batches, random, wanted }
}

const kinds = ({ conflicts }: RollbackReport) => conflicts.map(({ address, kind, path }) => `${kind} ${address}${path}`)

const stepsOf = async (bench: Bench, shelf: Shelf) =>
  (await bench.run(planBatch(planDefaults), declare(shelf))).plan.steps.map(({ action, id }) => `${action} ${id}`)

const seeds = Array.from({ length: 25 }, (_, seed) => seed + 1)

describe("a rollback of what refers to each other", () => {
  it.each(seeds)("leaves no reference that leads nowhere, and was foretold (seed %i)", async (seed) => {
    const { batches, bench, random } = await played(seed)
    if (random(3) === 0) interfere(random, bench)
    for (let turn = 0; turn < 3 && batches.length > 0; turn++) {
      const { batch } = pick(random, batches)
      const strategy = pick(random, ["stop", "ours", "theirs"] as const)
      const [was, broken] = [shelfOf(bench), dangling(bench)]
      const said = await rehearsed(bench, batchOf(batch), { strategy })
      const done = await rolledBack(bench, batchOf(batch), { strategy })
      expect(done.report).toEqual(said.report)
      const ran = done._tag === "ran" ? done.batch : undefined
      expect(ran?.outcome ?? "committed", JSON.stringify([kinds(done.report), ran?.failures])).toBe("committed")
      expect(ran === undefined ? shelfOf(bench) : was).toEqual(was)
      if (ran !== undefined) batches.push({ batch: ran.batch, before: undefined, there: was })
      for (const one of dangling(bench)) expect(broken).toContain(one)
    }
  })

  it.each(seeds)("of the last batch gives back what was there before it (seed %i)", async (seed) => {
    const { batches, bench } = await played(seed + 1_000)
    const last = batches.at(-1)
    if (last === undefined) return
    const now = shelfOf(bench)
    const done = await rolledBack(bench, batchOf(last.batch))
    expect(kinds(done.report)).toEqual([])
    expect(shelfOf(bench)).toEqual(last.there)
    expect(last.before === undefined ? [] : await stepsOf(bench, last.before)).toEqual([])
    if (done._tag !== "ran") return
    const again = await rolledBack(bench, batchOf(done.batch.batch))
    expect(kinds(again.report)).toEqual([])
    expect(shelfOf(bench)).toEqual(now)
  })
})
