/** Real processes over one state file: a lease is respected while its holder lives, and taken when it is killed. */
import { describe, expect, it } from "@effect/vitest"
import { Effect, type Scope } from "effect"
import { type ChildProcess, spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { lifeMs, start } from "../../contract/state/Process.ts"
import { batchOf, leasedBy, wayBack } from "../Example.ts"
import { newPlace } from "./Place.ts"

const program = fileURLToPath(new URL("Holder.ts", import.meta.url))

/** The first line that a process prints: the owner it holds the lease as. */
const ownerOf = (child: ChildProcess): Effect.Effect<string> =>
  Effect.callback((resume) => {
    child.stdout?.once("data", (data) => resume(Effect.succeed(String(data).trim())))
    child.once("exit", (code) => resume(Effect.die(`the holder ended early: ${code}`)))
  })

const holding = (file: string): Effect.Effect<ChildProcess, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => spawn(process.execPath, [program, file], { stdio: ["ignore", "pipe", "inherit"] })),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  )

const kill = (child: ChildProcess): Effect.Effect<void> =>
  Effect.callback((resume) => {
    child.once("exit", () => resume(Effect.void))
    child.kill("SIGKILL")
  })

describe("a lease", () => {
  it.live("is its holder's while that lives, and is taken at once when it was killed", () =>
    Effect.gen(function*() {
      const place = newPlace()
      const child = yield* holding(place.file)
      const owner = yield* ownerOf(child)
      const { journal, leases } = yield* start(place)
      const held = yield* Effect.flip(leases.acquire(lifeMs))
      expect([held.reason, held.detail]).toEqual(["Held", expect.stringContaining(owner)])
      const view = yield* leases.show
      expect(view).toMatchObject({ owner, ownerAlive: "alive" })
      // Both processes read one monotonic clock: what is left is nearly the whole hour.
      expect(view?.leftMs).toBeGreaterThan(3_540_000)
      expect(view?.leftMs).toBeLessThanOrEqual(3_600_000)
      yield* kill(child)
      expect(yield* leases.show).toMatchObject({ ownerAlive: "dead" })
      const lease = yield* leases.acquire(lifeMs)
      expect(lease).toMatchObject({ epoch: 2, previous: owner })
      const kinds = (yield* journal.entries(batchOf("b1"))).map(({ body }) => body._tag)
      expect(kinds.slice(0, 3)).toEqual(["opened", "leased", "intended"])
      yield* journal.append(batchOf("b1"), lease, [leasedBy(lease), ...wayBack])
      expect(yield* journal.verify).toBeUndefined()
    }))
})
