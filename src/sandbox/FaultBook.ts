/**
 * The faults that wait for their request, and the counting that says when each is due.
 *
 * Delays add up and combine with any other fault; of the rest that are due at one request, the one added first acts.
 */
import type { Fault } from "./Fault.ts"

interface Entry {
  readonly fault: Fault
  readonly pattern: RegExp | undefined
  seen: number
}

/** The faults of a running sandbox. */
export interface FaultBook {
  entries: ReadonlyArray<Entry>
}

/** What the faults do with one request. */
export interface Due {
  readonly delayMs: number
  /** The fault that acts in place of the plain answer, if any. */
  readonly fault: Fault | undefined
  /** The acts that fired, for the log. */
  readonly acts: ReadonlyArray<Fault["act"]>
}

const nothing: Due = { delayMs: 0, fault: undefined, acts: [] }

/** Adds faults; each begins to count now. */
export const addFaults = (book: FaultBook, faults: ReadonlyArray<Fault>): void => {
  const added = faults.map((fault) => ({
    fault,
    pattern: fault.path === undefined ? undefined : new RegExp(fault.path),
    seen: 0
  }))
  book.entries = [...book.entries, ...added]
}

const matches = ({ fault, pattern }: Entry, method: string, path: string): boolean =>
  (fault.method === undefined || fault.method.toUpperCase() === method) && (pattern?.test(path) ?? true)

const isDue = ({ fault, seen }: Entry): boolean => {
  const first = fault.nth ?? 1
  const times = fault.times ?? 1
  return seen >= first && (times < 1 || seen < first + times)
}

/** Counts a request at every fault that it matches, and answers what is due. */
export const takeDue = (book: FaultBook, method: string, path: string): Due => {
  if (book.entries.length === 0) return nothing
  const matching = book.entries.filter((entry) => matches(entry, method, path))
  for (const entry of matching) entry.seen += 1
  const due = matching.filter(isDue).map((entry) => entry.fault)
  if (due.length === 0) return nothing
  const delays = due.filter((fault) => fault.act === "delay")
  const fault = due.find((candidate) => candidate.act !== "delay")
  return {
    delayMs: delays.reduce((sum, delay) => sum + (delay.ms ?? 0), 0),
    fault,
    acts: [...delays.map((delay) => delay.act), ...(fault === undefined ? [] : [fault.act])]
  }
}
