/**
 * Each write of a batch disturbed in turn, on a server whose answers tell as little as the documentation allows: ids
 * alone or nothing, secrets masked, no updatedAt, everything in any order, and pages for people where nothing is.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { applyIn, stepsIn } from "./InProcess.ts"
import { first, second } from "./OtherConfigurations.ts"
import { openPlace, type Place } from "./OtherPlace.ts"
import type { Mischief } from "./OtherServer.ts"

let place: Place
let before: ReadonlyArray<string>
let after: ReadonlyArray<string>
let writes = 0

const to = async (configuration: typeof first) => {
  await place.declare(configuration)
  const result = await applyIn(place)
  expect(result._tag === "ran" ? result.report.failures : []).toEqual([])
  return place.server.held()
}

beforeAll(async () => {
  place = await openPlace({
    envelope: false,
    posts: "id",
    patches: "none",
    deletes: "none",
    masked: true,
    extras: true,
    order: "random",
    clock: "absent",
    missing: "html",
    errors: "text",
    echo: "encoded"
  })
  before = await to(first)
  const sent = place.server.writes().length
  after = await to(second)
  writes = place.server.writes().length - sent
  expect(await to(first)).toEqual(before)
})
afterAll(() => place.close())

/** Applies the second configuration; its nth write meets mischief. */
const disturbed = async (nth: number, mischief: Mischief, parallelism: number) => {
  const sent = place.server.writes().length
  await place.declare(second)
  place.server.meddle = ({ write }) => write === sent + nth ? mischief : undefined
  const result = await applyIn(place, { policies: { parallelism } })
  place.server.meddle = () => undefined
  return result._tag === "ran" ? result.report.outcome : result._tag
}

describe("a batch on a server of few words", () => {
  it("ends as it began wherever it is refused", async () => {
    expect(writes).toBeGreaterThan(14)
    for (let nth = 1; nth <= writes; nth++) {
      expect([nth, await disturbed(nth, "refuse", 4)]).toEqual([nth, "compensated"])
      expect(place.server.held()).toEqual(before)
      await place.declare(first)
      expect(await stepsIn(place)).toEqual([])
    }
  })

  it.each([1, 10])("leaks and repeats nothing wherever an answer is lost, parallelism %i", async (parallelism) => {
    for (let nth = 1; nth <= writes; nth++) {
      expect([nth, await disturbed(nth, "dropAfter", parallelism)]).toEqual([nth, "committed"])
      expect(place.server.held()).toEqual(after)
      expect(await to(first)).toEqual(before)
    }
  })
})
