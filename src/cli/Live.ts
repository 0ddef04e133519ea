/**
 * The live view: what is running right now, in a few lines at the bottom of a terminal.
 *
 * A pure picture of what is under way; whoever shows it erases the last picture first. It never holds more lines than
 * fit, and nothing that is not also said by a plain line once it is over.
 */
import type { Paint } from "./Style.ts"

/** One thing that is under way. */
export interface Running {
  readonly what: string
  /** Milliseconds since the epoch. */
  readonly since: number
}

/** What there is to picture. */
export interface LiveState {
  readonly running: ReadonlyMap<string, Running>
  readonly done: number
  /** How many there are to do; undefined while that is not known. */
  readonly total: number | undefined
  /** What a long wait waits for, with when it ends. */
  readonly waiting: { readonly what: string; readonly until: number } | undefined
  readonly since: number
}

const linesMax = 8

/** Whole seconds, as `12s` or `3m 05s`. */
export const elapsed = (ms: number): string => {
  const seconds = Math.max(0, Math.floor(ms / 1_000))
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m ${String(seconds % 60).padStart(2, "0")}s`
}

const cut = (text: string, columns: number): string =>
  text.length < columns ? text : `${text.slice(0, Math.max(0, columns - 2))}…`

/** The lines of the picture at a moment, none where nothing is under way. */
export const liveLines = (state: LiveState, now: number, columns: number, paint: Paint): ReadonlyArray<string> => {
  const running = [...state.running.values()]
  const shown = running.slice(0, linesMax).map(({ since, what }) =>
    paint("dim", cut(`  … ${what} (${elapsed(now - since)})`, columns))
  )
  const more = running.length > linesMax ? [paint("dim", `  … and ${running.length - linesMax} more`)] : []
  const waiting = state.waiting === undefined || state.waiting.until <= now
    ? []
    : [paint("yellow", cut(`  waiting: ${state.waiting.what} (${elapsed(state.waiting.until - now)} left)`, columns))]
  const count = state.total === undefined ? "" : `${state.done} of ${state.total} done, `
  const last = running.length + waiting.length === 0
    ? []
    : [paint("dim", cut(`  ${count}${elapsed(now - state.since)} elapsed`, columns))]
  return [...shown, ...more, ...waiting, ...last]
}

/** The escape codes that take a picture of so many lines away. */
export const erase = (lines: number): string => lines === 0 ? "" : `\u001B[${lines}A\u001B[0J`
