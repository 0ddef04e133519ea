import { describe, expect, it } from "@effect/vitest"
import { Context, Effect } from "effect"
import { readFileSync } from "node:fs"
import { Journal } from "../../../src/state/Journal.ts"
import { Leases } from "../../../src/state/Leases.ts"
import { emptyTables, memoryStore } from "../../../src/state/memory/MemoryStore.ts"
import { keysOf } from "../../../src/state/sealing/Key.ts"
import { makeSealer } from "../../../src/state/sealing/Sealing.ts"
import { StateError } from "../../../src/state/StateError.ts"
import { type LeaseRow, leftOf, type Owner, processes } from "../../../src/state/storage/Owner.ts"
import { portsOver } from "../../../src/state/storage/PortsOver.ts"
import type { Store } from "../../../src/state/storage/Store.ts"
import { lifeMs } from "../../contract/state/Process.ts"
import { batchOf, leasedBy, openedOf } from "../Example.ts"

const sealer = makeSealer(keysOf(new Uint8Array(32)))
const over = (store: Store) =>
  Effect.map(portsOver({ store, sealer, processes }), (ports) => Context.get(ports, Leases))

/** A lease as it was left by a holder that is like us but for what is told. */
const leftBehind = (how: Partial<LeaseRow>) =>
  Effect.gen(function*() {
    const tables = emptyTables()
    const self = yield* processes.self
    tables.lease = { ...self, owner: "another", epoch: 7, expiresMs: lifeMs, lifeMs, ...how }
    return yield* over(memoryStore(tables))
  })

/** A process id that no process has: above the kernel's largest. */
const noProcess = 2 ** 22 + 1

describe("a lease that was left behind", () => {
  const takeable: ReadonlyArray<readonly [string, Partial<LeaseRow>]> = [
    ["whose process is gone", { pid: noProcess }],
    ["whose process id now belongs to another process", { started: "1" }],
    ["from another boot", { boot: "another", pid: noProcess }],
    ["that has expired", { expiresMs: 0 }],
    ["from a clock that began anew", { expiresMs: 10 * lifeMs }]
  ]

  it.effect.each(takeable)("%s is taken", ([, how]) =>
    Effect.gen(function*() {
      const leases = yield* leftBehind(how)
      expect(yield* leases.acquire(lifeMs)).toMatchObject({ epoch: 8, previous: "another" })
    }))

  const kept: ReadonlyArray<readonly [string, Partial<LeaseRow>, string]> = [
    ["whose process lives", {}, "alive"],
    ["from another host", { host: "another", pid: noProcess }, "unknown"],
    ["from another process namespace", { space: "pid:[1]", pid: noProcess }, "unknown"]
  ]

  it.effect.each(kept)("%s is not", ([, how, alive]) =>
    Effect.gen(function*() {
      const leases = yield* leftBehind(how)
      const error = yield* Effect.flip(leases.acquire(lifeMs))
      expect(error.reason).toBe("Held")
      expect(error.detail).toContain("another holds the lease for another 60 s")
      expect(yield* leases.show).toEqual({ epoch: 7, owner: "another", leftMs: lifeMs, ownerAlive: alive })
    }))
})

describe("a process", () => {
  it.effect("is told from others by boot, namespace and start", () =>
    Effect.gen(function*() {
      const [self, other] = [yield* processes.self, yield* processes.self]
      expect(self.boot).toBe(readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim())
      expect(self.owner).not.toBe(other.owner)
      expect({ ...self, owner: "" }).toEqual({ ...other, owner: "" })
      expect(self.started).toMatch(/^\d+$/)
      expect(processes.alive(other, self)).toBe("alive")
    }))

  it.effect("that the platform tells nothing about cannot be proven dead", () =>
    Effect.gen(function*() {
      const bare: Owner = { ...(yield* processes.self), boot: "", space: "", started: "" }
      expect(processes.alive({ ...bare, pid: noProcess }, bare)).toBe("unknown")
      expect(leftOf({ ...bare, epoch: 1, expiresMs: 5, lifeMs: 9 }, bare, 2)).toBe(3)
    }))
})

describe("on a full disk", () => {
  const full = new StateError({ reason: "Full", operation: "lease", detail: "", hint: "" })

  it.effect("a lease is renewed on the reserve, once", () =>
    Effect.gen(function*() {
      const store = memoryStore(emptyTables())
      let reserved = false
      let failures = 0
      const leases = yield* over({
        ...store,
        freeReserve: () => [reserved, reserved = false][0] === true,
        swapLease: (expected, next) => {
          if (failures-- > 0) throw full
          return store.swapLease(expected, next)
        }
      })
      const lease = yield* leases.acquire(lifeMs)
      reserved = true
      failures = 1
      yield* leases.renew(lease, 2 * lifeMs)
      expect(yield* leases.left(lease)).toBe(2 * lifeMs)
      failures = 1
      expect((yield* Effect.flip(leases.renew(lease, lifeMs))).reason).toBe("Full")
    }))
})

describe("two that change the lease at once", () => {
  const racing = (rounds: number) => {
    const tables = emptyTables()
    const store = memoryStore(tables)
    let left = rounds
    return {
      ...store,
      swapLease: (expected: LeaseRow | undefined, next: LeaseRow) => {
        if (left-- > 0 && expected !== undefined) tables.lease = { ...expected, epoch: expected.epoch + 1 }
        return store.swapLease(expected, next)
      }
    }
  }

  it.effect("look again, and go by what is stored", () =>
    Effect.gen(function*() {
      const leases = yield* over(racing(2))
      const lease = yield* leases.acquire(lifeMs)
      expect(lease.epoch).toBe(1)
      expect(yield* leases.break).toMatchObject({ epoch: 2 })
    }))

  it.effect("do not both renew", () =>
    Effect.gen(function*() {
      const leases = yield* over(racing(2))
      const lease = yield* leases.acquire(lifeMs)
      expect((yield* Effect.flip(leases.renew(lease, lifeMs))).reason).toBe("Fenced")
    }))
})

describe("a state restored from an older copy", () => {
  it.effect("opens no batch, until its counter is taken away", () =>
    Effect.gen(function*() {
      const tables = emptyTables()
      const ports = yield* portsOver({ store: memoryStore(tables), sealer, processes })
      const lease = yield* Context.get(ports, Leases).acquire(lifeMs)
      const journal = Context.get(ports, Journal)
      const open = journal.open(batchOf("b1"), lease, openedOf("h"), leasedBy(lease))
      tables.generationBeside = 3
      expect((yield* Effect.flip(open)).reason).toBe("Restored")
      expect(yield* journal.batches).toEqual([])
      tables.generationBeside = undefined
      yield* open
      expect(tables.generationBeside).toBe(1)
    }))
})
