/** What heads and lineages must hold. */
import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { addressOf } from "../../../src/domain/Ids.ts"
import type { HeadChange } from "../../../src/domain/Version.ts"
import { dropHead, endedAs, setHead, treasury, watchlist } from "../../state/Example.ts"
import { startRunning } from "./Process.ts"
import type { World } from "./StateSuite.ts"

const full: HeadChange = (() => {
  const change = setHead("cold wallets")
  if (change._tag !== "set") return change
  const more = { token: "t1", deposed: ["40"], dependsOn: [addressOf("notification_channel", "ops")] }
  return { ...change, head: { ...change.head, ...more, preventDestroy: true } }
})()

export const versionSuite = (make: () => World) =>
  describe("Versions", () => {
    it.effect("gives a head back as it was set, with the version it made", () =>
      Effect.gen(function*() {
        const { journal, versions, lease, batch } = yield* startRunning(make())
        yield* journal.end(batch, lease, endedAs("committed"), [full])
        const [version] = yield* versions.lineage(treasury)
        expect(version).toMatchObject({ address: treasury, batch, parents: [], origin: "apply" })
        expect(version?.document).toEqual(watchlist("cold wallets"))
        expect(version?.observed).toEqual({ ...watchlist("cold wallets"), createdBy: "ada" })
        expect(yield* versions.heads).toEqual(full._tag === "set" ? [{ ...full.head, version: version?.id }] : [])
      }))

    it.effect("makes a lineage: each version has the one before it as its parent, newest first", () =>
      Effect.gen(function*() {
        const { versions, lease } = yield* startRunning(make())
        yield* versions.write(lease, { actor: "ada" }, [setHead("one")])
        yield* versions.write(lease, { actor: "bob" }, [setHead("two")])
        yield* versions.write(lease, { actor: "ada" }, [setHead("one")])
        const lineage = yield* versions.lineage(treasury)
        const ids = lineage.map(({ id }) => id)
        expect(lineage.map(({ document }) => document?.["description"])).toEqual(["one", "two", "one"])
        expect(lineage.map(({ parents }) => parents)).toEqual([[ids[1]], [ids[2]], []])
        expect(lineage.map(({ actor }) => actor)).toEqual(["ada", "bob", "ada"])
        expect(new Set(ids).size).toBe(3)
      }))

    it.effect("makes no version where the declared content stays as it is, but moves the head", () =>
      Effect.gen(function*() {
        const { versions, lease } = yield* startRunning(make())
        yield* versions.write(lease, { actor: "ada" }, [setHead("cold wallets")])
        yield* versions.write(lease, { actor: "ada" }, [full])
        expect(yield* versions.lineage(treasury)).toHaveLength(1)
        expect(yield* versions.heads).toMatchObject([{ token: "t1", deposed: ["40"] }])
      }))

    it.effect("makes a version of what a batch wrote, also where it declares the same", () =>
      Effect.gen(function*() {
        const { journal, versions, lease, batch } = yield* startRunning(make())
        yield* versions.write(lease, { actor: "ada" }, [full])
        yield* journal.end(batch, lease, endedAs("committed"), [full._tag === "set" ? { ...full, wrote: true } : full])
        const [newest, oldest, ...others] = yield* versions.lineage(treasury)
        expect(others).toEqual([])
        expect(newest).toMatchObject({ batch, parents: [oldest?.id], document: oldest?.document })
      }))

    it.effect("tells of a version who made it and why: as its batch says, or as its writer does", () =>
      Effect.gen(function*() {
        const { journal, versions, lease, batch } = yield* startRunning(make())
        yield* journal.end(batch, lease, endedAs("committed"), [setHead("one")])
        yield* versions.write(lease, { actor: "bob", reason: "it was there before" }, [setHead("two")])
        yield* versions.write(lease, { actor: "eve" }, [dropHead()])
        const told = (yield* versions.lineage(treasury)).map(({ actor, reason }) => [actor, reason])
        expect(told).toEqual([["eve", undefined], ["bob", "it was there before"], ["ada@build-7", "quarterly review"]])
      }))

    it.effect("keeps no secret that stands in who or why", () =>
      Effect.gen(function*() {
        const { sealer, versions, lease } = yield* startRunning(make())
        sealer.learn(["hunter2-hunter2"])
        yield* versions.write(lease, { actor: "ada", reason: "rotated hunter2-hunter2" }, [setHead("one")])
        expect((yield* versions.lineage(treasury))[0]?.reason).not.toContain("hunter2-hunter2")
      }))

    it.effect("keeps which versions a version takes out, of a set and of a drop", () =>
      Effect.gen(function*() {
        const { versions, lease } = yield* startRunning(make())
        yield* versions.write(lease, { actor: "ada" }, [setHead("one")])
        yield* versions.write(lease, { actor: "ada" }, [setHead("two")])
        const [two, one] = yield* versions.lineage(treasury)
        const both = [two?.id ?? "", one?.id ?? ""]
        const back: HeadChange = { ...dropHead(), origin: "rollback", reverts: both }
        yield* versions.write(lease, { actor: "ada" }, [back])
        yield* versions.write(lease, { actor: "ada" }, [{
          ...setHead("two"),
          origin: "merge",
          reverts: [one?.id ?? ""]
        }])
        const lineage = yield* versions.lineage(treasury)
        expect(lineage.map(({ origin, reverts }) => [origin, reverts])).toEqual([
          ["merge", [one?.id]],
          ["rollback", both],
          ["apply", []],
          ["apply", []]
        ])
      }))

    it.effect("drops a head, keeps its lineage, and goes on with it when the address returns", () =>
      Effect.gen(function*() {
        const { versions, lease } = yield* startRunning(make())
        yield* versions.write(lease, { actor: "ada" }, [setHead("one")])
        yield* versions.write(lease, { actor: "ada" }, [dropHead()])
        yield* versions.write(lease, { actor: "ada" }, [dropHead()])
        expect(yield* versions.heads).toEqual([])
        yield* versions.write(lease, { actor: "ada" }, [setHead("one")])
        const lineage = yield* versions.lineage(treasury)
        expect(lineage.map(({ document }) => document?.["description"])).toEqual(["one", undefined, "one"])
        expect(yield* versions.heads).toMatchObject([{ version: lineage[0]?.id }])
      }))

    it.effect("pins a version with who and why, until it is unpinned", () =>
      Effect.gen(function*() {
        const { versions, lease } = yield* startRunning(make())
        yield* versions.write(lease, { actor: "ada" }, [setHead("one")])
        const pinned = Effect.map(versions.lineage(treasury), ([version]) => version?.pinned)
        const [version] = yield* versions.lineage(treasury)
        const id = version?.id ?? ""
        expect(version?.pinned).toBeUndefined()
        yield* versions.pin(lease, { actor: "bob", reason: "the audit asks for it" }, id)
        expect(yield* pinned).toMatchObject({ actor: "bob", reason: "the audit asks for it", at: expect.any(Number) })
        yield* versions.pin(lease, { actor: "eve" }, id)
        expect(yield* pinned).toEqual({ actor: "eve", at: expect.any(Number) })
        yield* versions.unpin(lease, { actor: "bob" }, id)
        expect(yield* pinned).toBeUndefined()
      }))

    it.effect("tells every address that has versions, also of what was dropped", () =>
      Effect.gen(function*() {
        const { versions, lease } = yield* startRunning(make())
        const other = addressOf("watchlist", "alpha")
        yield* versions.write(lease, { actor: "ada" }, [setHead("one"), setHead("one", other)])
        yield* versions.write(lease, { actor: "ada" }, [dropHead()])
        expect(yield* versions.addresses).toEqual([other, treasury])
      }))

    it.effect("makes nothing of dropping what never was", () =>
      Effect.gen(function*() {
        const { versions, lease } = yield* startRunning(make())
        yield* versions.write(lease, { actor: "ada" }, [dropHead()])
        expect(yield* versions.lineage(treasury)).toEqual([])
      }))

    it.effect("lists heads by address", () =>
      Effect.gen(function*() {
        const { versions, lease } = yield* startRunning(make())
        const names = ["zeta", "alpha", "mid"].map((name) => addressOf("watchlist", name))
        yield* versions.write(lease, { actor: "ada" }, names.map((address) => setHead("x", address)))
        expect((yield* versions.heads).map(({ address }) => address)).toEqual(names.toSorted())
        expect(yield* versions.count).toBe(names.length)
      }))

    it.effect("writes nothing under a lost lease", () =>
      Effect.gen(function*() {
        const { versions, leases, lease } = yield* startRunning(make())
        yield* leases.release(lease)
        expect((yield* Effect.flip(versions.write(lease, { actor: "ada" }, [setHead("one")]))).reason).toBe("Fenced")
        expect((yield* Effect.flip(versions.pin(lease, { actor: "ada" }, "sha256:1"))).reason).toBe("Fenced")
        expect(yield* versions.heads).toEqual([])
      }))
  })
