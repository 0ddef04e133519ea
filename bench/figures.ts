/**
 * What a measurement comes to: figures, some of them with a bar (DESIGN.md, section 7, printed in docs/performance.md).
 */

/** One figure. A figure with a bar holds where it is at most that. */
export interface Figure {
  /** The measurement that it is of. */
  readonly of: string
  readonly what: string
  readonly value: number
  readonly unit: string
  readonly bar?: number
}

/** How much of a processor and of time a piece of work took. */
export interface Cost {
  readonly ms: number
  readonly cpuMs: number
}

/** The middle of some numbers: what a disturbance now and then does not move. */
export const median = (numbers: ReadonlyArray<number>): number =>
  numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN

/** The medians of some costs. */
export const medianCost = (costs: ReadonlyArray<Cost>): Cost => ({
  ms: median(costs.map(({ ms }) => ms)),
  cpuMs: median(costs.map(({ cpuMs }) => cpuMs))
})

/** Starts to measure; answers what tells the cost since. */
export const costSince = (): () => Cost => {
  const cpu = process.cpuUsage()
  const started = performance.now()
  return () => {
    const ms = performance.now() - started
    const { system, user } = process.cpuUsage(cpu)
    return { ms, cpuMs: (user + system) / 1_000 }
  }
}

/** The most memory that this process ever had; megabytes. */
export const peakMb = (): number => process.resourceUsage().maxRSS / 1_024

const rounded = (value: number): number => Number(value.toPrecision(value >= 100 ? 4 : 3))

/** Prints figures as a table. */
export const show = (figures: ReadonlyArray<Figure>): void =>
  console.table(figures.map(({ bar, of, unit, value, what }) => ({
    of,
    what,
    value: rounded(value),
    unit,
    bar: bar === undefined ? "" : `≤ ${bar}`,
    holds: bar === undefined ? "" : value <= bar ? "yes" : "NO"
  })))
