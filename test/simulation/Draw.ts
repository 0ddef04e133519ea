/**
 * Chance that repeats: every choice of a simulation comes from one of these, and all of them from one seed.
 *
 * The generator is sfc32 over a seed hashed with a name, so that two streams of one seed do not follow each other and
 * what one part draws does not shift what another gets.
 */

/** A stream of chance. */
export interface Draw {
  /** Between 0 and 1. */
  readonly next: () => number
  /** A whole number from `min` to `max`, both included. */
  readonly int: (min: number, max: number) => number
  readonly chance: (probability: number) => boolean
  readonly pick: <const A>(from: readonly [A, ...ReadonlyArray<A>]) => A
  /** Each element with that probability, in order. */
  readonly some: <A>(from: ReadonlyArray<A>, probability: number) => ReadonlyArray<A>
}

const hashed = (text: string): number => {
  let hash = 2_166_136_261
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 16_777_619)
  return hash >>> 0
}

const sfc32 = (seed: number, name: number): () => number => {
  let [a, b, c, counter] = [seed >>> 0, name, 0x9e3779b9, 1]
  const next = (): number => {
    const t = (a + b + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + t | 0
    return (t >>> 0) / 4_294_967_296
  }
  for (let i = 0; i < 12; i++) next()
  return next
}

/** The stream of that name of a seed. */
export const drawOf = (seed: number, name: string): Draw => {
  const next = sfc32(seed, hashed(name))
  const chance = (probability: number): boolean => next() < probability
  return {
    next,
    chance,
    int: (min, max) => min + Math.floor(next() * (max - min + 1)),
    pick: (from) => from[Math.floor(next() * from.length)] ?? from[0],
    some: (from, probability) => from.filter(() => chance(probability))
  }
}
