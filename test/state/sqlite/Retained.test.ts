/** Whatever the rules, and whatever happened: what is in use stays, and a lineage tells where something is gone. */
import { describe, expect, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { TestClock } from "effect/testing"
import { type Address, addressOf, type Digest } from "../../../src/domain/Ids.ts"
import type { Author, HeadChange, Version } from "../../../src/domain/Version.ts"
import type { Pruning } from "../../../src/state/Upkeep.ts"
import { lifeMs, type Process, start } from "../../contract/state/Process.ts"
import { dropHead, setHead, treasury } from "../Example.ts"
import { keeping, thoroughly } from "./Past.ts"
import { newPlace } from "./Place.ts"

const addresses = ["a", "b"].map((name) => addressOf("watchlist", name))
const by: Author = { actor: "ada" }

const small = (maximum: number) => Schema.Int.check(Schema.isBetween({ minimum: 0, maximum }))

/** One thing that happens; numbers choose among what is there. */
const Act = Schema.Struct({
  what: Schema.Literals(["set", "set", "set", "drop", "revert", "pin", "unpin", "move"]),
  address: small(1),
  number: small(20),
  days: small(3)
})
type Act = typeof Act.Type

const Rule = Schema.Struct({ keepVersions: small(4), keepDays: small(6) })

/** What happens, and how is pruned then. */
const Life = Schema.Struct({ acts: Schema.Array(Act).check(Schema.isMinLength(8), Schema.isMaxLength(25)), rule: Rule })

type Lineages = ReadonlyMap<Address, ReadonlyArray<Version>>

const lineagesOf = ({ versions }: Process) =>
  Effect.map(
    Effect.forEach(addresses, (address) => Effect.map(versions.lineage(address), (all) => [address, all] as const)),
    (all): Lineages => new Map(all)
  )

const changeOf = (act: Act, address: Address, lineages: Lineages): ReadonlyArray<HeadChange> => {
  const all = [...lineages.values()].flat()
  const chosen = all[act.number % Math.max(1, all.length)]
  if (act.what === "drop") return [dropHead(address)]
  if (act.what === "revert" && chosen !== undefined) {
    return [{ ...setHead(`${act.number}`, address), origin: "rollback", reverts: [chosen.id] }]
  }
  const other = addresses.find((one) => one !== address) ?? address
  const was = lineages.get(other)?.[0]
  if (act.what !== "move" || was?.document === undefined || lineages.get(address)?.length !== 0) {
    return [setHead(`${act.number}`, address)]
  }
  const set = setHead(String(was.document["description"]), address)
  const moved: HeadChange = set._tag === "set" ? { ...set, origin: "move", parent: was.id } : set
  return [{ ...dropHead(other), origin: "move" }, moved]
}

const happen = Effect.fnUntraced(function*(process: Process, acts: ReadonlyArray<Act>) {
  const { epoch, owner } = yield* process.leases.acquire(lifeMs)
  const lease = { epoch, owner }
  for (const act of acts) {
    yield* TestClock.adjust(`${act.days} days`)
    yield* process.leases.renew(lease, lifeMs)
    const lineages = yield* lineagesOf(process)
    const all = [...lineages.values()].flat()
    const chosen = all[act.number % Math.max(1, all.length)]
    if (act.what === "pin" || act.what === "unpin") {
      if (chosen !== undefined) yield* process.versions[act.what](lease, by, chosen.id)
    } else yield* process.versions.write(lease, by, changeOf(act, addresses[act.address] ?? treasury, lineages))
  }
  yield* process.leases.renew(lease, lifeMs)
  return lease
})

/** The parent that a version has, or the one that its gap leads to. */
const below = ({ gap, parents: [parent] }: Version): Digest | undefined => gap === undefined ? parent : gap.older

type Ever = Map<Digest, Version>

/** Every version there ever was, as it was when it was last seen. */
const remember = (ever: Ever, lineages: Lineages): void => {
  for (const version of [...lineages.values()].flat()) ever.set(version.id, version)
}

const held = (ever: Ever, before: Lineages, after: Lineages): void => {
  const is = new Map([...after.values()].flat().map((version) => [version.id, version]))
  for (const [address, lineage] of before) expect(after.get(address)?.[0]?.id).toBe(lineage[0]?.id)
  for (const { id, pinned } of [...before.values()].flat()) if (pinned !== undefined) expect(is.has(id)).toBe(true)
  for (const version of is.values()) {
    expect({ ...ever.get(version.id), gap: undefined }).toEqual({ ...version, gap: undefined })
    for (const id of version.reverts) expect(is.has(id)).toBe(true)
    let [parent] = version.parents
    let gone = 0
    while (parent !== undefined && !is.has(parent)) {
      gone += 1
      parent = ever.get(parent)?.parents[0]
    }
    expect(version.gap?.versions ?? 0).toBe(gone)
    expect(below(version)).toBe(parent)
  }
}

describe("pruning, whatever happened before and whatever the rules,", () => {
  it.effect.prop(
    "keeps what is in use, and tells of every version that lost its parent how many went and what is next below",
    { lives: Schema.Array(Life).check(Schema.isMinLength(2), Schema.isMaxLength(4)), looked: small(1) },
    ({ lives, looked }) =>
      Effect.gen(function*() {
        const place = newPlace()
        const process = yield* start(place)
        const upkeep = yield* keeping(place)
        const ever: Ever = new Map()
        for (const { acts, rule } of lives) {
          const lease = yield* happen(process, acts)
          const before = yield* lineagesOf(process)
          remember(ever, before)
          const heads = yield* process.versions.heads
          const contents = looked === 0 ? "all" : "of what goes"
          const pruning: Pruning = { ...thoroughly, contents, rules: [{ match: "*", ...rule }] }
          const would = yield* upkeep.prunable(pruning)
          expect(yield* upkeep.prune(lease, pruning)).toEqual(would)
          held(ever, before, yield* lineagesOf(process))
          expect(yield* process.versions.heads).toEqual(heads)
          expect(yield* process.journal.verify).toBeUndefined()
          expect(yield* upkeep.prune(lease, pruning)).toMatchObject({ versions: 0, bytes: 0 })
          yield* process.leases.release(lease)
        }
      }),
    { arbitrary: { runs: 20 } }
  )
})
