/**
 * Random edits, deletes and deletes that are made again behind everybody's back: restored, all is as it was declared;
 * accepted, nothing remote is written and nothing drifts any more; and what nobody touched is never named.
 */
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { drift } from "../../src/app/Drift.ts"
import { acceptDrift, restoreDrift } from "../../src/app/DriftSettle.ts"
import type { Written } from "../../src/app/Workspace.ts"
import { canonicalText, type Document } from "../../src/domain/Document.ts"
import { refNode } from "../../src/domain/Template.ts"
import { pick, type Random, randomFrom } from "../merge/Generate.ts"
import { applied, at, type Bench, found, makeBench, resource, stepsOf } from "./Bench.ts"

const by = { actor: "tester", leaseTimeoutMs: 0 }
const restoring = { ...by, allowIrreversible: true, confirm: () => Effect.succeed(true) }
const words = ["one", "two", "three"]
const names = ["a", "b", "c"]

const declared = (random: Random): ReadonlyArray<Written> =>
  names.flatMap((name) => [
    resource("box", name, { name, label: pick(random, words), size: random(4) + 1 }),
    resource("note", name, { name, text: pick(random, words), tags: words.filter(() => random(2) === 0) }),
    resource("flag", name, { key: name, on: random(2) === 0, text: pick(random, words) }),
    resource("vault", name, { name, secret: `secret-${pick(random, words)}`, note: pick(random, words) }),
    ...random(3) === 0 ? [] : [
      resource("ring", name, { name, box: refNode({ address: at(`box.${pick(random, names)}`), path: "/id" }) })
    ]
  ])

const kinds = ["box", "note", "flag", "vault", "ring"]
const fields: Readonly<Record<string, string>> = { box: "label", note: "text", flag: "text", vault: "note" }

const named = ({ world }: Bench, kind: string, name: string) =>
  [...world.resources.get(kind)?.values() ?? []].find(({ document }) => (document["name"] ?? document["key"]) === name)

/** Does something to one resource; answers its address, where that changed anything. */
const meddle = (random: Random, bench: Bench): ReadonlyArray<string> => {
  const [kind, name] = [pick(random, kinds), pick(random, names)]
  const stored = named(bench, kind, name)
  const field = fields[kind]
  if (stored === undefined) return []
  const act = random(4)
  if (act < 2 && field !== undefined) {
    const value = pick(random, words)
    bench.world.edit(kind, stored.id, { [field]: value })
    return stored.document[field] === value ? [] : [`${kind}.${name}`]
  }
  if (kind === "box") return []
  bench.world.write(kind, stored.id, undefined)
  if (act === 3)
    bench.world.write(kind, kind === "ring" || kind === "vault" ? bench.world.nextId(kind) : stored.id, stored.document)
  return act === 3 && kind !== "ring" && kind !== "vault" ? [] : [`${kind}.${name}`]
}

const contents = ({ world }: Bench): ReadonlyArray<Document> =>
  kinds.flatMap((kind) => [...world.resources.get(kind)?.values() ?? []].map(({ document }) => ({ kind, ...document })))
    .toSorted((a, b) => canonicalText(a) < canonicalText(b) ? -1 : 1)

const played = async (seed: number) => {
  const random = randomFrom(seed)
  const bench = makeBench()
  const resources = declared(random)
  await applied(bench, resources)
  const before = contents(bench)
  const touched = new Set(Array.from({ length: 1 + random(5) }, () => meddle(random, bench)).flat())
  const report = await bench.run(drift)
  const addresses = report.drifted.map(({ address }) => address as string)
  return { bench, resources, before, touched, report, addresses }
}

const seeds = Array.from({ length: 15 }, (_, seed) => seed + 1)

describe("drift", () => {
  it.each(seeds)("names only what was touched (seed %i)", async (seed) => {
    const { addresses, touched } = await played(seed)
    for (const address of addresses) expect(touched).toContain(address)
  })

  it.each(seeds)("that is restored is as it was (seed %i)", async (seed) => {
    const { addresses, bench, before, resources } = await played(seed)
    const done = addresses.length === 0 ? undefined : await bench.run(restoreDrift({ addresses, ...restoring }))
    expect([undefined, "ran"]).toContain(done?._tag)
    expect(done?._tag === "ran" ? done.report.outcome : "committed").toBe("committed")
    expect(contents(bench)).toEqual(before)
    expect((await bench.run(drift)).drifted).toEqual([])
    expect(await stepsOf(bench, resources)).toEqual([])
  })

  it.each(seeds)("that is accepted is nothing any more, and nothing was written (seed %i)", async (seed) => {
    const { addresses, bench } = await played(seed)
    const now = contents(bench)
    await bench.run(acceptDrift({ addresses, ...by }))
    expect(contents(bench)).toEqual(now)
    expect((await bench.run(drift)).drifted).toEqual([])
    expect(found(bench, "box", "a")).toBeDefined()
  })
})
