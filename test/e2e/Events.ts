/**
 * Reads what `--json` printed: every line of stdout is one event, or the test fails.
 */
import { expect } from "vitest"
import type { Ended } from "./Launch.ts"

/** An event as a program sees it. */
export interface Event {
  readonly type: string
  readonly at: string
  readonly [key: string]: unknown
}

/** The events of a command, checked for what holds of all: first the version, last the outcome with the exit code. */
export const eventsOf = ({ code, stdout }: Ended): ReadonlyArray<Event> => {
  const events = stdout.trimEnd().split("\n").map((line) => JSON.parse(line) as Event)
  expect(events[0]).toMatchObject({ type: "version" })
  expect(events.at(-1)).toMatchObject({ type: "outcome", exitCode: code })
  expect(events.filter(({ type }) => type === "outcome")).toHaveLength(1)
  for (const event of events) expect(event.at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  return events
}

/** The events of some type. */
export const typed = (events: ReadonlyArray<Event>, type: string): ReadonlyArray<Event> =>
  events.filter((event) => event.type === type)
