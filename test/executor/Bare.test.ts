/** A kind whose API guards writes, and readings that carry no guard. */
import { expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { describe } from "vitest"
import type { Provider } from "../../src/providers/Provider.ts"
import { makeRegistry } from "../../src/providers/Registry.ts"
import { apply, makeSaga, shape, want } from "./Saga.ts"

describe("a guard that is described and not there", () => {
  it.effect("keeps a write from being sent: what was planned as guarded is not overwritten unguarded", () =>
    Effect.gen(function*() {
      const saga = makeSaga()
      yield* apply(saga, [want("note", "n", { name: "n", text: "x" })])
      const was = shape(saga.world)
      const provider = saga.registry.serving("box")
      if (provider === undefined) throw new Error("nobody serves boxes")
      const observe: Provider["observe"] = (kind, id) =>
        Effect.map(provider.observe(kind, id), (seen) => {
          const { guard: _, ...rest } = seen ?? { id, document: {} }
          return seen === undefined ? undefined : rest
        })
      const bare = { ...saga, registry: makeRegistry([{ ...provider, observe }]) }
      const report = yield* apply(bare, [want("note", "n", { name: "n", text: "y" })])
      expect(report).toMatchObject({
        outcome: "compensated",
        failures: [{
          address: "note.n",
          failure: { summary: "the server gave no guard for the resource", applied: "no" }
        }]
      })
      expect(shape(saga.world)).toEqual(was)
    }))
})
