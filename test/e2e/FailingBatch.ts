/**
 * A batch with a create, update, replace and delete of every kind, disturbed at each position in turn: refused, cut
 * off before or after it applied, or unable to read the original. Real files, state and server; the same tests for
 * every provider of the kinds.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Fault } from "../../src/sandbox/Sandbox.ts"
import { type Cell, held, writes } from "./Cell.ts"
import { first, second } from "./Configurations.ts"
import { applyIn, stepsIn } from "./InProcess.ts"

/** One write of the batch: the n-th of its method on its collection. */
interface Position {
  readonly method: string
  readonly path: string
  readonly nth: number
}

/** Declares the tests for the cell that is opened. */
export const failingBatch = (open: () => Promise<Cell>): void => {
  let cell: Cell
  let before: ReadonlyArray<string>
  let after: ReadonlyArray<string>
  let positions: ReadonlyArray<Position>

  const to = async (configuration: typeof first) => {
    await cell.declare(configuration)
    const result = await applyIn(cell, { autoRecover: true })
    expect(result._tag === "ran" ? result.report.failures : []).toEqual([])
  }

  const positionsOf = (requests: ReturnType<typeof writes>): ReadonlyArray<Position> => {
    const seen = new Map<string, number>()
    return requests.map(({ method, path }) => {
      const collection = `^/${path.split("/")[1]}`
      const nth = (seen.get(`${method} ${collection}`) ?? 0) + 1
      seen.set(`${method} ${collection}`, nth)
      return { method, path: collection, nth }
    })
  }

  beforeAll(async () => {
    cell = await open()
    await to(first)
    before = held(cell.sandbox)
    const from = writes(cell.sandbox).length
    await to(second)
    after = held(cell.sandbox)
    positions = positionsOf(writes(cell.sandbox).slice(from))
    await to(first)
    expect(held(cell.sandbox)).toEqual(before)
  }, 120_000)
  afterAll(() => cell.close())

  const disturbed = async (fault: Fault, parallelism: number) => {
    cell.sandbox.clearFaults()
    if (held(cell.sandbox).join() !== before.join()) await to(first)
    await cell.declare(second)
    cell.sandbox.addFault(fault)
    // A fault that lasts ends when the batch has decided to go back.
    const result = await applyIn(cell, { policies: { parallelism } }, (event) => {
      if (event._tag === "direction") cell.sandbox.clearFaults()
    })
    cell.sandbox.clearFaults()
    return result._tag === "ran" ? result.report : undefined
  }

  /** The server and the heads are as they were. */
  const expectUntouched = async () => {
    expect(held(cell.sandbox)).toEqual(before)
    await cell.declare(first)
    expect(await stepsIn(cell)).toEqual([])
  }

  const refusals: ReadonlyArray<readonly [string, Omit<Fault, "nth">]> = [
    ["refused with 400", { act: "status", status: 400 }],
    ["answered 200 with success: false", { act: "successFalse" }],
    ["cut off before it applied, for good", { act: "dropBefore", times: 0 }],
    ["answered 500 for good", { act: "status", status: 500, times: 0 }]
  ]

  describe("a batch that fails", () => {
    for (const [how, fault] of refusals) {
      it(`ends as it began at every position: ${how}`, async () => {
        expect(positions.length).toBeGreaterThan(14)
        for (const position of positions) {
          const report = await disturbed({ ...fault, ...position }, 4)
          expect([position, report?.outcome, report?.stuck]).toEqual([position, "compensated", []])
          await expectUntouched()
        }
      })
    }

    it("ends as it began when an original cannot be read", async () => {
      for (const path of ["^/watchlists/", "^/notification-channels/", "^/custom-agents/"]) {
        for (const act of ["status", "html", "huge", "truncate"] as const) {
          const report = await disturbed({ act, method: "GET", path, times: 0, status: 503 }, 4)
          expect([path, act, report?.outcome]).toEqual([path, act, "compensated"])
          await expectUntouched()
        }
      }
    })

    it("applies once it is corrected, five rounds in a row", async () => {
      for (let round = 0; round < 5; round++) {
        const position = positions[(round * 5 + 3) % positions.length]
        expect((await disturbed({ act: "status", status: 400, ...position }, 10))?.outcome).toBe("compensated")
        await to(second)
        expect(held(cell.sandbox)).toEqual(after)
        await to(first)
        expect(held(cell.sandbox)).toEqual(before)
      }
    })
  })

  describe("an answer that is lost", () => {
    for (const act of ["dropAfter", "statusAfter", "dropBefore", "truncate"] as const) {
      for (const parallelism of [1, 10]) {
        it(`leaks and repeats nothing at any position: ${act}, parallelism ${parallelism}`, async () => {
          for (const position of positions) {
            const report = await disturbed({ act, ...position }, parallelism)
            expect([position, report?.outcome, report?.failures]).toEqual([position, "committed", []])
            expect(held(cell.sandbox)).toEqual(after)
            await to(first)
            expect(held(cell.sandbox)).toEqual(before)
          }
        })
      }
    }
  })
}
