/**
 * "Did you mean …?": the known word that is closest to an unknown one.
 *
 * Closeness is the optimal string alignment distance (Levenshtein, with two swapped neighbours counting once), case
 * aside. A suggestion is made only where at most a third of the word differs, because a far-fetched one misleads.
 */

const distanceMax = (word: string): number => Math.max(1, Math.floor(word.length / 3))

const distance = (a: string, b: string): number => {
  let twoUp: ReadonlyArray<number> = []
  let above: ReadonlyArray<number> = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const swap = swapped ? (twoUp[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY
      row.push(Math.min((above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (above[j - 1] ?? 0) + same, swap))
    }
    twoUp = above
    above = row
  }
  return above[b.length] ?? 0
}

/** The known word closest to `word`, or `undefined` where none is close. The first of equals wins. */
export const closest = (word: string, known: Iterable<string>): string | undefined => {
  const lower = word.toLowerCase()
  let best: string | undefined
  let least = distanceMax(word) + 1
  for (const candidate of known) {
    if (Math.abs(candidate.length - word.length) >= least) continue
    const far = distance(lower, candidate.toLowerCase())
    if (far < least) [best, least] = [candidate, far]
  }
  return best
}

const listMax = 12

/** A hint for an unknown word: the closest known one, or else the known ones. */
export const didYouMean = (word: string, known: ReadonlyArray<string>, what: string): string => {
  const near = closest(word, known)
  if (near !== undefined) return `did you mean ${JSON.stringify(near)}?`
  if (known.length === 0) return `there are no ${what}`
  const more = known.length > listMax ? ", …" : ""
  return `${what}: ${known.slice(0, listMax).join(", ")}${more}`
}
