/**
 * Each style of API, rolled back: what was deleted, changed and created comes back as it was, and forth again.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { rollback, rollbackDryRun } from "../../src/app/Rollback.ts"
import { styles } from "../providers/described/Styles.ts"
import { rollbackDefaults } from "./Bench.ts"
import { declare, exampleOf, held, on, open, other, type Place, stepsOf } from "./DescribedPlace.ts"
import { applying } from "./Site.ts"

const applied = (place: Place, specs: Parameters<typeof declare>[1]) =>
  Effect.gen(function*() {
    yield* declare(place, specs)
    const result = yield* on(place, applying({ allowIrreversible: true }))
    assert.strictEqual(result._tag === "ran" ? result.report.outcome : result._tag, "committed")
    return result._tag === "ran" ? result.report.batch : "none"
  })

/** Takes a batch back, which must do what its dry run said. */
const takenBack = (place: Place, batch: string) =>
  Effect.gen(function*() {
    const what = { _tag: "batch", batch, only: [] } as const
    const said = yield* on(place, rollbackDryRun({ ...rollbackDefaults, what }))
    const done = yield* on(place, rollback({ ...rollbackDefaults, what }))
    assert.deepStrictEqual(done.report, said.report)
    const outcome = done._tag === "ran" ? done.batch.outcome : done._tag
    assert.strictEqual(outcome, "committed", JSON.stringify(done))
    return done._tag === "ran" ? done.batch.batch : "none"
  })

describe("a batch over", () => {
  for (const style of styles) {
    it.live(`${style.says}: is taken back, and that as well`, () =>
      Effect.gen(function*() {
        const { create, update } = exampleOf(style)
        const [first, second] = [{ one: create }, { one: { ...create, ...update }, two: other(create) }]
        const place = yield* open(style)
        yield* applied(place, first)
        const was = yield* held(place)
        const changing = yield* applied(place, second)
        const is = yield* held(place)
        const removing = yield* applied(place, {})
        yield* takenBack(place, removing)
        assert.deepStrictEqual(yield* held(place), is)
        const back = yield* takenBack(place, changing)
        assert.deepStrictEqual(yield* held(place), was)
        yield* declare(place, first)
        assert.deepStrictEqual(yield* stepsOf(place), [])
        yield* takenBack(place, back)
        assert.deepStrictEqual(yield* held(place), is)
        yield* declare(place, second)
        assert.deepStrictEqual(yield* stepsOf(place), [])
      }))
  }
})
