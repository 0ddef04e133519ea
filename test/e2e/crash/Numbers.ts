/**
 * A small generator of numbers, so that a seed replays the same moments.
 */

/** Answers a generator of numbers in [0, 1). */
export const numbers = (start: number): () => number => {
  let state = start
  const next = (): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return state / 2_147_483_648
  }
  // Near starts give near first numbers.
  for (let i = 0; i < 5; i++) next()
  return next
}
