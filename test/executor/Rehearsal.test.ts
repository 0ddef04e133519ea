// A rehearsal takes the course of the recovery that follows, and leaves no trace.
import { expect, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { describe } from "vitest"
import { Journal } from "../../src/state/Journal.ts"
import { apply, crash, idOf, makeSaga, recoverNewest, rehearseNewest, type Saga, want, withState } from "./Saga.ts"
import { begin, drawing } from "./Simulating.ts"

const entriesOf = (saga: Saga) =>
  withState(
    saga,
    Effect.flatMap(Journal, (journal) =>
      Effect.flatMap(journal.batches, (batches) => Effect.forEach(batches, ({ id }) => journal.entries(id))))
  )

/** The writes that reached the remote since `from`, as a rehearsal tells them. */
const sentSince = (saga: Saga, from: number) => {
  const log = saga.world.log.slice(from).filter(({ by, request }) => by === "provider" && request !== undefined)
  const made = new Set(log.flatMap(({ after, before }) => before === undefined && after !== undefined ? [after] : []))
  const isNew = (id: string | undefined) => [...made].some((one) => "id" in one && one.id === id)
  return log.flatMap(({ arrival, request }) =>
    request === undefined ? [] : [[
      arrival.operation,
      request.method,
      request.path.replace("{id}", arrival.id === undefined || isNew(arrival.id) ? "(new)" : arrival.id),
      Object.keys(request.body ?? {}).join()
    ].join(" ")]
  )
}

const compared = Effect.fnUntraced(function*(seed: number) {
  const { report, run } = yield* begin(seed)
  const { saga } = run
  saga.world.land()
  if (report !== undefined && report.outcome !== "stuck") return "over"
  const draw = drawing(seed)
  const direction = draw.pick(["auto", "auto", "back", "forward"] as const)
  const before = yield* entriesOf(saga)
  const [logged, writes] = [saga.world.log.length, saga.world.writes.length]
  const rehearsed = yield* rehearseNewest(saga, { direction })
  expect([seed, saga.world.writes.length]).toEqual([seed, writes])
  expect(yield* entriesOf(saga)).toEqual(before)
  const recovered = yield* recoverNewest(saga, { direction })
  if (rehearsed === undefined || recovered === undefined) throw new Error(`nothing to recover with seed ${seed}`)
  if (Result.isFailure(rehearsed) || Result.isFailure(recovered)) {
    expect([seed, rehearsed]).toEqual([seed, recovered])
    return "refused"
  }
  const { report: expected, requests, to } = rehearsed.success
  const told = requests.map(({ fields, method, operation, path }) => [operation, method, path, fields.join()].join(" "))
  expect([seed, ...told.sort()]).toEqual([seed, ...sentSince(saga, logged).sort()])
  const { left, outcome, stuck } = recovered.success
  expect([seed, expected.outcome, expected.left]).toEqual([seed, outcome, left])
  expect(expected.stuck.map(({ address, blocked }) => [address, blocked.choices])).toEqual(
    stuck.map(({ address, blocked }) => [address, blocked.choices])
  )
  // The newest batch comes first.
  const bodies = ((yield* entriesOf(saga))[0] ?? []).map(({ body }) => body)
  if (to !== "none") expect(bodies.some((body) => body._tag === "decided" && body.to === to)).toBe(true)
  const verdicts = bodies.slice(before[0]?.length).flatMap((body) =>
    body._tag === "resolved" ? [`${body.verdict} ${body.evidence}`] : []
  )
  expect([seed, ...rehearsed.success.verdicts.map(({ evidence, verdict }) => `${verdict} ${evidence}`).sort()])
    .toEqual([seed, ...verdicts.sort()])
  return direction
})

describe("a rehearsal", () => {
  it.effect(
    "sends what the recovery sends, reads the same verdicts, and comes to the same",
    () =>
      Effect.gen(function*() {
        const seen = new Map<string, number>()
        for (let seed = 1; seed <= 300; seed++) {
          const kind = yield* compared(seed)
          seen.set(kind, (seen.get(kind) ?? 0) + 1)
        }
        for (const kind of ["auto", "back", "forward", "refused"]) expect(seen.get(kind) ?? 0).toBeGreaterThan(5)
      }),
    60_000
  )

  it.effect("names the requests with what is not known yet, and no values", () =>
    Effect.gen(function*() {
      const saga = makeSaga()
      yield* apply(saga, [want("box", "a", { name: "a", size: 1 })])
      let writes = 0
      saga.world.onBeat = (beat) =>
        beat.when === "after" && beat.operation === "update" && ++writes === 1 ? crash : Effect.void
      yield* Effect.exit(apply(saga, [
        want("box", "a", { name: "a", size: 2 }),
        want("box", "b", { name: "b" }, { dependsOn: [want("box", "a", {}).address] }),
        want("ring", "r", { name: "r", box: idOf("box", "b"), members: [{ who: "x" }] })
      ], { parallelism: 1 }))
      saga.world.onBeat = () => Effect.void
      const forward = yield* rehearseNewest(saga, { direction: "forward" })
      expect(forward).toMatchObject({
        success: {
          verdicts: [{ address: "box.a", verdict: "applied" }],
          requests: [
            { address: "box.b", direction: "forward", method: "POST", path: "/box", fields: ["name"] },
            { address: "ring.r", method: "POST", path: "/ring", fields: ["name", "box"] },
            { address: "ring.r", method: "PATCH", path: "/ring/(new)", fields: ["members"] }
          ],
          report: { outcome: "committed" }
        }
      })
      const back = yield* rehearseNewest(saga, { direction: "back" })
      expect(back).toMatchObject({
        success: {
          to: "back",
          requests: [{ address: "box.a", direction: "back", operation: "update", fields: ["size"] }]
        }
      })
    }))
})
