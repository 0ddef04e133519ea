/** What the audit trail must hold: a record of everything that was done, and nothing without its record. */
import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import type { AuditBody } from "../../../src/domain/Audit.ts"
import { canonicalText } from "../../../src/domain/Document.ts"
import type { EntryBody } from "../../../src/domain/Entry.ts"
import { addressOf } from "../../../src/domain/Ids.ts"
import { Limits } from "../../../src/domain/Limits.ts"
import { ActingAs, type Operator } from "../../../src/state/ActingAs.ts"
import { digestOf } from "../../../src/state/storage/Content.ts"
import {
  applied,
  batchOf,
  dropHead,
  endedAs,
  intended,
  setHead,
  stepOf,
  treasury,
  watchlist,
  wayBack
} from "../../state/Example.ts"
import { lifeMs, type Process, start, startRunning } from "./Process.ts"
import type { World } from "./StateSuite.ts"

const ada: Operator = { actor: "ada", verb: "apply", reason: "quarterly review" }

const as = (operator: Operator) => Effect.provideService(ActingAs, () => operator)

const everything = Number.MAX_SAFE_INTEGER

const bodies = ({ audit }: Process) =>
  Effect.map(audit.after(0, everything), (records) => records.flatMap(({ body }) => body ?? []))

const last = (process: Process): Effect.Effect<AuditBody | undefined, unknown> =>
  Effect.map(bodies(process), (all) => all.at(-1))

const decisions: ReadonlyArray<EntryBody> = [
  { _tag: "human", step: stepOf(treasury), choice: "accept", digest: "sha256:1", actor: "bob", note: "seen" },
  {
    _tag: "resolved",
    step: stepOf(`${treasury}#deposed-1`),
    direction: "forward",
    call: 1,
    verdict: "applied",
    evidence: "read back"
  },
  { _tag: "control", what: "pause", actor: "cleo" }
]

const faultOf = ({ audit }: Process) => Effect.map(audit.verify({}), ({ fault }) => fault)

const whatEach = (make: () => World) => {
  it.effect("a batch begins and ends with a record, and the second tells of the first", () =>
    Effect.gen(function*() {
      const running = yield* startRunning(make())
      const { batch, journal, lease, versions } = running
      yield* as({ ...ada, verb: "recover", actor: "bob" })(
        journal.end(batch, lease, { ...endedAs("residue"), left: [addressOf("watchlist", "w")] }, [setHead("one")])
      )
      const [version] = yield* versions.lineage(treasury)
      const [opened, ended] = yield* bodies(running)
      expect(opened).toMatchObject({
        kind: "opened",
        outcome: "open",
        actor: "ada@build-7",
        reason: "quarterly review",
        plan: "hash of b1",
        steps: 1,
        touched: []
      })
      expect(ended).toMatchObject({
        kind: "batch",
        outcome: "residue",
        actor: "bob",
        verb: "recover",
        batch,
        began: { record: 1, actor: "ada@build-7" }
      })
      expect(ended?.touched).toEqual([
        {
          address: treasury,
          did: "apply",
          version: version?.id,
          content: digestOf(canonicalText(watchlist("one")))
        },
        { address: "watchlist.w", did: "none", left: true }
      ])
    }))

  it.effect("where nobody says who ends a batch, it is who began it", () =>
    Effect.gen(function*() {
      const running = yield* startRunning(make())
      yield* running.journal.end(running.batch, running.lease, endedAs("committed"), [])
      expect((yield* last(running))?.actor).toBe("ada@build-7")
    }))

  it.effect("choices, verdicts and pauses are records of their own; what the steps did is not", () =>
    Effect.gen(function*() {
      const running = yield* startRunning(make())
      const { batch, journal, lease } = running
      yield* journal.append(batch, lease, [intended(treasury), applied(treasury), ...wayBack])
      yield* as({ verb: "recover" })(journal.append(batch, lease, decisions.slice(0, 2)))
      yield* journal.ride(batch, lease, decisions.slice(2))
      yield* journal.end(batch, lease, endedAs("compensated"), [])
      expect((yield* bodies(running)).slice(1, -1)).toMatchObject([
        {
          kind: "choice",
          outcome: "accept",
          actor: "bob",
          verb: "recover",
          detail: "seen",
          touched: [{ address: treasury }]
        },
        { kind: "verdict", outcome: "applied", detail: "read back", touched: [{ address: treasury }] },
        { kind: "control", outcome: "pause", detail: "asked by cleo", touched: [] }
      ])
    }))

  it.effect("what was asked of a batch is a record with the reason of who asked", () =>
    Effect.gen(function*() {
      const running = yield* startRunning(make())
      const { batch, journal } = running
      yield* as({ actor: "cleo", verb: "pause", reason: "lunch" })(
        journal.ask(batch, { what: "pause", actor: "cleo", at: 5 })
      )
      expect(yield* last(running)).toMatchObject({ kind: "control", outcome: "asked", actor: "cleo", reason: "lunch" })
      expect(yield* journal.ask(batchOf("other"), { what: "pause", actor: "cleo", at: 5 })).toBe(false)
      expect(yield* running.audit.count).toBe(2)
    }))
}

const outsideBatches = (make: () => World) => {
  it.effect("heads that change outside of a batch are recorded as what changed them", () =>
    Effect.gen(function*() {
      const running = yield* startRunning(make())
      const { lease, versions } = running
      const by = { actor: "ada", reason: "tidying" }
      const change = setHead("one")
      yield* versions.write(lease, by, [{ ...change, origin: "import" }])
      yield* versions.write(lease, by, [{ ...setHead("one"), origin: "accept" }])
      yield* versions.write(lease, by, [dropHead(), { ...setHead("one", addressOf("watchlist", "w")), origin: "move" }])
      yield* versions.write(lease, by, [{ ...dropHead(), origin: "accept" }])
      const [, ...written] = yield* bodies(running)
      expect(written.map(({ kind }) => kind)).toEqual(["import", "accept", "move", "forget"])
      expect(written[0]).toMatchObject({ actor: "ada", reason: "tidying", touched: [{ did: "import" }] })
      expect(written[3]).toMatchObject({ touched: [{ did: "drop" }] })
    }))

  it.effect("a version that is pinned, and no longer, is a record with its address", () =>
    Effect.gen(function*() {
      const running = yield* startRunning(make())
      const { lease, versions } = running
      yield* versions.write(lease, { actor: "ada" }, [setHead("one")])
      const version = (yield* versions.lineage(treasury))[0]?.id ?? ""
      yield* versions.pin(lease, { actor: "bob", reason: "as audited" }, version)
      yield* versions.unpin(lease, { actor: "bob" }, version)
      const [, , pinned, unpinned] = yield* bodies(running)
      expect(pinned).toMatchObject({ kind: "pin", actor: "bob", reason: "as audited" })
      expect(pinned?.touched).toEqual([{ address: treasury, did: "pin", version }])
      expect(unpinned).toMatchObject({ kind: "unpin", touched: [{ address: treasury, did: "unpin" }] })
      expect(yield* faultOf(running)).toBeUndefined()
    }))

  it.effect("a lease that was broken is a record of who did so, and whose it was", () =>
    Effect.gen(function*() {
      const running = yield* startRunning(make())
      yield* as({ actor: "bob", verb: "lease break", reason: "the host is gone" })(running.leases.break)
      expect(yield* last(running)).toMatchObject({
        kind: "lease-break",
        actor: "bob",
        reason: "the host is gone",
        detail: expect.stringContaining(running.lease.owner)
      })
    }))

  it.effect("what is refused leaves no record", () =>
    Effect.gen(function*() {
      const running = yield* startRunning(make())
      const { audit, batch, journal, lease, leases, versions } = running
      yield* leases.release(lease)
      yield* Effect.flip(versions.write(lease, { actor: "ada" }, [setHead("one")]))
      yield* Effect.flip(journal.end(batch, lease, endedAs("committed"), [setHead("one")]))
      yield* leases.break
      expect(yield* audit.count).toBe(1)
    }))

  it.effect("a note is a record of what writes nothing else", () =>
    Effect.gen(function*() {
      const running = yield* startRunning(make())
      yield* as(ada)(running.audit.note(running.lease, { kind: "trial", outcome: "begun", detail: "of things" }))
      expect(yield* last(running)).toMatchObject({ kind: "trial", outcome: "begun", actor: "ada", detail: "of things" })
    }))
}

const whatItIs = (make: () => World) => {
  it.effect("masks secrets in the words of people", () =>
    Effect.gen(function*() {
      const running = yield* startRunning(make())
      running.sealer.learn(["hunter2"])
      yield* as({ actor: "ada hunter2", verb: "forget", reason: "the key was hunter2" })(
        running.versions.write(running.lease, { actor: "x" }, [setHead("one")])
      )
      expect(JSON.stringify(yield* bodies(running))).not.toContain("hunter2")
      expect(yield* last(running)).toMatchObject({ actor: "ada (sensitive)", reason: "the key was (sensitive)" })
    }))

  it.effect("tells of many addresses in records of a bounded length", () =>
    Effect.gen(function*() {
      const running = yield* startRunning(make())
      const { batch, journal, lease } = running
      const addresses = Array.from({ length: Limits.auditTouchedMax + 2 }, (_, index) =>
        addressOf("watchlist", `w${index}`))
      yield* journal.end(
        batch,
        lease,
        endedAs("committed"),
        addresses.map((address) =>
          setHead("one", address)
        )
      )
      const parts = (yield* bodies(running)).slice(1)
      expect(parts.map(({ part, touched }) => [part?.part, part?.of, touched.length])).toEqual([
        [1, 2, Limits.auditTouchedMax],
        [2, 2, 2]
      ])
      expect(yield* faultOf(running)).toBeUndefined()
    }))

  it.effect("is whole, also for the next process", () =>
    Effect.gen(function*() {
      const world = make()
      yield* Effect.scoped(Effect.gen(function*() {
        const { batch, journal, lease } = yield* startRunning(world)
        yield* journal.append(batch, lease, decisions)
        yield* journal.end(batch, lease, endedAs("committed"), [setHead("one")])
      }))
      const process = yield* start(world)
      expect(yield* process.audit.verify({})).toMatchObject({ records: 5, versions: 1, signatures: "none", stubs: 0 })
      expect(yield* faultOf(process)).toBeUndefined()
      expect((yield* process.audit.record(5))?.body?.outcome).toBe("committed")
      expect(yield* process.audit.record(6)).toBeUndefined()
    }))

  it.effect("lets go of what no rule keeps, and still is whole", () =>
    Effect.gen(function*() {
      const process = yield* start(make())
      const { epoch, owner } = yield* process.leases.acquire(lifeMs)
      const lease = { epoch, owner }
      const other = addressOf("notification_channel", "ops")
      yield* process.versions.write(lease, { actor: "ada" }, [setHead("one")])
      yield* process.versions.write(lease, { actor: "ada" }, [setHead("one", other)])
      yield* process.versions.write(lease, { actor: "ada" }, [setHead("two"), setHead("two", other)])
      const rules = [{ match: "watchlist.*", keepDays: -1 }]
      expect(yield* process.audit.prunable(rules)).toMatchObject({ records: 1 })
      expect(yield* process.audit.prunable([{ match: "watchlist.*", keepDays: 1 }])).toMatchObject({ records: 0 })
      expect(yield* process.audit.prune(lease, rules)).toMatchObject({ records: 1 })
      const records = yield* process.audit.after(0, everything)
      expect(records.map(({ body }) => body === undefined)).toEqual([true, false, false, false])
      expect(records[3]?.body).toMatchObject({ kind: "audit-prune", records: [{ first: 1, last: 1 }] })
      expect(yield* process.audit.verify({})).toMatchObject({ records: 4, stubs: 1 })
      expect(yield* faultOf(process)).toBeUndefined()
      expect(yield* process.audit.prunable(rules)).toMatchObject({ records: 0 })
    }))
}

export const auditSuite = (make: () => World) =>
  describe("Audit", () => {
    whatEach(make)
    outsideBatches(make)
    whatItIs(make)
  })
