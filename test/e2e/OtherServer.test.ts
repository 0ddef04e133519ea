/**
 * The job of every day against a server of other habits: apply, no changes, another configuration, and back. One row
 * for each way in which the documentation of the API may be read.
 */
import { describe, expect, it } from "vitest"
import type { Declared } from "./Cell.ts"
import { applyIn, stepsIn } from "./InProcess.ts"
import { first, second } from "./OtherConfigurations.ts"
import type { Habits } from "./OtherHabits.ts"
import { openPlace, type Place } from "./OtherPlace.ts"

const habits: Readonly<Record<string, Partial<Habits>>> = {
  "as documented": {},
  "without envelope, lists bare": { envelope: false, lists: "array" },
  "answers to writes without a body": { posts: "none", patches: "none", deletes: "none" },
  "answers to writes with the id alone": { posts: "id", patches: "id", deletes: "id", lists: "array" },
  "deletes answered with 202": { deletes: "accepted" },
  "lists and sets in any order, sort and limit ignored": { order: "random", sorting: "ignored", paging: "ignored" },
  "five resources a page, whatever is asked": { paging: "alwaysCapped", sorting: "ignored", order: "random" },
  "no sorting allowed": { sorting: "refused", paging: "capped" },
  "ids beyond what a number holds": { firstId: 9007199254740993n },
  "fields that nobody documented, everywhere": { extras: true, defaults: true, order: "random" },
  "empty fields as null": { empties: "null" },
  "empty fields left out": { empties: "absent" },
  "empty fields as empty texts": { empties: "blank", addresses: "lower" },
  "addresses in a case of its own": { addresses: "mixed" },
  "updatedAt in whole seconds": { clock: "seconds" },
  "updatedAt of before in the answer to a PATCH": { clock: "lazy" },
  "no updatedAt": { clock: "absent" },
  "secrets masked, fields merged": { masked: true, nested: "merge" },
  "secrets masked, answers partial, more fields": { masked: true, posts: "id", patches: "none", extras: true },
  "pages for people instead of 404": { missing: "html", errors: "text" },
  "errors as {error: {message}}, used channels deleted": {
    errors: "message",
    missing: "message",
    usedChannels: "deleted"
  },
  "slow, chunked, a connection for each": { latencyMs: 3, chunked: true, closes: true }
}

const to = async (place: Place, configuration: ReadonlyArray<Declared>) => {
  await place.declare(configuration)
  const result = await applyIn(place)
  expect(result._tag === "ran" ? [result.report.outcome, result.report.failures] : result).toEqual(["committed", []])
  const sent = place.server.writes().length
  expect(await stepsIn(place)).toEqual([])
  expect(place.server.writes()).toHaveLength(sent)
  return place.server.held()
}

const refuseHalfWay = async (place: Place) => {
  const sent = place.server.writes().length
  place.server.meddle = ({ write }) => write >= sent + 10 ? "refuse" : undefined
  await place.declare(second)
  const result = await applyIn(place, {}, (event) => {
    if (event._tag === "direction") place.server.meddle = () => undefined
  })
  place.server.meddle = () => undefined
  expect(result._tag === "ran" ? result.report.outcome : result).toBe("compensated")
}

describe("a server with", () => {
  it.each(Object.entries(habits))("%s", async (_, habit) => {
    const place = await openPlace(habit)
    const before = await to(place, first)
    expect(before).toHaveLength(10)
    const after = await to(place, second)
    expect(after).not.toEqual(before)
    expect(await to(place, first)).toEqual(before)
    await refuseHalfWay(place)
    expect(place.server.held()).toEqual(before)
    await place.declare(first)
    expect(await stepsIn(place)).toEqual([])
    expect(await to(place, [])).toEqual([])
    await place.close()
  })
})
