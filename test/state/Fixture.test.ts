/** States that exist: what an earlier amends wrote has to be opened, verified and folded by this one. */
import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { copyFileSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { canonicalText, type Json } from "../../src/domain/Document.ts"
import type { Entry } from "../../src/domain/Entry.ts"
import { addressOf, type BatchId } from "../../src/domain/Ids.ts"
import { foldStep, phaseOf, untouched } from "../../src/executor/Fold.ts"
import { isOf, keysOf, parseKey } from "../../src/state/sealing/Key.ts"
import { openLeaf, sealedTextOf, sealLeaf } from "../../src/state/sealing/Leaf.ts"
import { makeSealer } from "../../src/state/sealing/Sealing.ts"
import { layerSqlite } from "../../src/state/sqlite/Sqlite.ts"
import { chainOf, type Row } from "../../src/state/storage/Row.ts"
import { start } from "../contract/state/Process.ts"
import { batchOf, stepOf, treasury } from "./Example.ts"
import { newFolder } from "./Folders.ts"
import { rescue } from "./sqlite/Past.ts"

const fixture = (format: string): string => fileURLToPath(new URL(`../fixtures/state/${format}`, import.meta.url))
const [v1, v2] = [fixture("v1"), fixture("v2")]
const jsonOf = <A>(name: string, of = v1): A => JSON.parse(readFileSync(join(of, name), "utf8")) as A

const finished = batchOf("20260921-143320-4kq2")
const unfinished = batchOf("20260922-090001-7hxm")

/** A copy of the state, as it would lie in a workspace. */
const copied = (of = v1) => {
  const folder = newFolder()
  for (const name of ["state.db", "key"]) copyFileSync(join(of, name), join(folder, name))
  const file = join(folder, "state.db")
  return { file, open: layerSqlite({ stateFile: file, create: false }) }
}

/** The phase of each step, from its entries. */
const phases = (entries: ReadonlyArray<Entry>): Readonly<Record<string, string>> => {
  const opened = entries[0]?.body
  const steps = opened?._tag === "opened" ? opened.plan.steps : []
  return Object.fromEntries(steps.map(({ id }) => {
    const own = entries.filter(({ body }) => "step" in body && body.step === id)
    return [id, phaseOf(own.reduce(foldStep, untouched(stepOf(id))))]
  }))
}

describe("a state of format 1", () => {
  const expected = jsonOf<Readonly<Record<"finished" | "unfinished", ReadonlyArray<Entry>>>>("entries.json")

  it.effect("opens, holds the entries that were written, and its chain", () =>
    Effect.gen(function*() {
      const { journal } = yield* start(copied())
      expect(yield* journal.entries(finished)).toEqual(expected.finished)
      expect(yield* journal.entries(unfinished)).toEqual(expected.unfinished)
      expect(yield* journal.verify).toBeUndefined()
      expect(yield* journal.generation).toBe(2)
    }))

  it.effect("folds to what was done", () =>
    Effect.gen(function*() {
      const { journal } = yield* start(copied())
      const of = (batch: BatchId) => Effect.map(journal.entries(batch), phases)
      expect(yield* of(finished)).toEqual({ "watchlist.treasury": "applied", "notification_channel.ops": "applied" })
      expect(yield* of(unfinished)).toEqual({
        "custom_agent.large-transfers": "in doubt",
        "watchlist.treasury": "refused",
        "watchlist.old": "planned"
      })
    }))

  it.effect("is salvaged where its first page, of 4 KB, is lost", () =>
    Effect.gen(function*() {
      const { file, open } = copied()
      writeFileSync(file, readFileSync(file).fill(0, 0, 4096))
      const salvaged = yield* (yield* rescue).salvage(file)
      yield* (yield* rescue).restore(file, salvaged.file)
      const { journal } = yield* start({ open })
      expect(yield* journal.entries(unfinished)).toEqual(expected.unfinished)
    }))

  it.effect("lists its batches, heads and versions", () =>
    Effect.gen(function*() {
      const { journal, versions } = yield* start(copied())
      expect((yield* journal.unfinished).map(({ id }) => id)).toEqual([unfinished])
      expect(yield* journal.byKey("deploy-7")).toMatchObject({ id: finished, ended: "committed", steps: 2 })
      const heads = yield* versions.heads
      expect(heads.map(({ address, remoteId }) => [address, remoteId])).toEqual([
        ["notification_channel.ops", "7"],
        ["watchlist.treasury", "41"]
      ])
      for (const { address, version } of heads) {
        expect((yield* versions.lineage(address)).map(({ id }) => id)).toEqual([version])
      }
    }))

  it.effect("opens its secrets, and shows none", () =>
    Effect.gen(function*() {
      const { sealer, versions } = yield* start(copied())
      const [channel] = yield* versions.heads
      const declared = channel === undefined ? undefined : yield* sealer.open(channel.declared)
      expect(declared?.["configuration"]).toEqual({ url: "https://hooks.example/T0/B0/Zq81-pL44" })
      for (const name of ["state.db", "entries.json"]) {
        expect(readFileSync(join(v1, name)).includes("hooks.example")).toBe(false)
      }
    }))

  it.effect("can be gone on with: its lease is from another boot", () =>
    Effect.gen(function*() {
      const { journal, leases } = yield* start(copied())
      const lease = yield* leases.acquire(60_000)
      expect(lease).toMatchObject({ epoch: 3, previous: "build-7:4711:8f3a90" })
      yield* journal.append(unfinished, lease, [{ _tag: "leased", owner: lease.owner }])
      expect(yield* journal.verify).toBeUndefined()
    }))
})

describe("a state of format 2", () => {
  const expected = jsonOf<Readonly<Record<"heads" | "treasury" | "desk" | "trading", ReadonlyArray<Json>>>>(
    "versions.json",
    v2
  )

  it.effect("opens, and has its heads and lineages, also of what was deleted, created again and moved", () =>
    Effect.gen(function*() {
      const { journal, versions } = yield* start(copied(v2))
      expect(yield* versions.heads).toEqual(expected.heads)
      for (const name of ["treasury", "desk", "trading"] as const) {
        const lineage = yield* versions.lineage(addressOf("watchlist", name))
        expect(lineage).toMatchObject(expected[name])
        expect(lineage).toHaveLength(expected[name].length)
      }
      expect(yield* journal.verify).toBeUndefined()
    }))

  it.effect("is salvaged with all of them where its first page is lost", () =>
    Effect.gen(function*() {
      const { file, open } = copied(v2)
      writeFileSync(file, readFileSync(file).fill(0, 0, 4096))
      const salvaged = yield* (yield* rescue).salvage(file)
      yield* (yield* rescue).restore(file, salvaged.file)
      const { journal, versions } = yield* start({ open })
      expect(yield* versions.heads).toEqual(expected.heads)
      expect(yield* versions.lineage(treasury)).toMatchObject(expected.treasury)
      expect(yield* journal.verify).toBeUndefined()
    }))

  it.effect("tells of its versions who made them and why, and that they take nothing out", () =>
    Effect.gen(function*() {
      const { versions } = yield* start(copied(v2))
      const told = (yield* versions.lineage(treasury)).map(({ actor, reason, reverts }) => [actor, reason, reverts])
      expect(told.slice(0, 3)).toEqual([
        ["ada@build-7", undefined, []],
        ["ada@build-7", undefined, []],
        ["ada@build-7", "quarterly review", []]
      ])
    }))
})

describe("the hashes of format 1", () => {
  interface Hashes {
    readonly key: string
    readonly check: string
    readonly canonical: { readonly value: Json; readonly text: string }
    readonly digests: ReadonlyArray<{ readonly value: Json; readonly digest: string }>
    readonly sealed: ReadonlyArray<{ readonly value: Json; readonly leaf: Json }>
    readonly chain: ReadonlyArray<{ readonly previous: string; readonly row: Row; readonly chain: string }>
  }
  const hashes = jsonOf<Hashes>("hashes.json")
  const keys = keysOf(parseKey(hashes.key, "hashes.json"))

  it("are what is made today: canonical text, digests and the key's check value", () => {
    expect(canonicalText(hashes.canonical.value)).toBe(hashes.canonical.text)
    expect(isOf(keys, hashes.check)).toBe(true)
    const sealer = makeSealer(keys)
    expect(hashes.digests.map(({ value }) => sealer.digest(value))).toEqual(hashes.digests.map(({ digest }) => digest))
  })

  it("are what is made today: sealed leaves, which open to what was sealed", () => {
    expect(hashes.sealed.map(({ value }) => sealLeaf(keys, value))).toEqual(hashes.sealed.map(({ leaf }) => leaf))
    const opened = hashes.sealed.map(({ leaf }) => openLeaf(keys, sealedTextOf(leaf) ?? ""))
    expect(opened).toEqual(hashes.sealed.map(({ value }) => value))
  })

  it("are what is made today: links of the chain", () => {
    expect(hashes.chain.map(({ previous, row }) => chainOf(previous, row))).toEqual(
      hashes.chain.map(({ chain }) => chain)
    )
  })
})
