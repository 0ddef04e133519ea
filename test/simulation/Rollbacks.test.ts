/**
 * Worlds in which batches are taken back between the others; `npm run simulate -- --rollbacks` looks at more of them.
 */
import { describe, expect, it } from "vitest"
import { withRollbacks } from "./DrawRollbacks.ts"
import { drawScenario } from "./DrawScenario.ts"
import { judge } from "./Simulate.ts"

describe("batches that are taken back in between", () => {
  it.each(Array.from({ length: 40 }, (_, at) => 9_000 + at))("break no invariant (seed %i)", (seed) => {
    const scenario = withRollbacks(drawScenario(seed, seed % 2 === 0 ? "liveness" : "safety"))
    expect(judge(scenario).violations).toEqual([])
  })
})
