/**
 * Names for kinds: the last word of a collection's path in the singular, with the words before it where two are alike.
 */
import type { Collection } from "./Collections.ts"

const singular = (word: string): string => {
  if (/ies$/i.test(word)) return word.replace(/ies$/i, "y")
  if (/(ss|us|is)$/i.test(word)) return word
  if (/(sses|xes|ches|shes|zzes)$/i.test(word)) return word.slice(0, -2)
  return word.replace(/s$/i, "")
}

/** A word in small letters, with underscores. */
const spelled = (word: string): string =>
  word.replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2").replaceAll(/[^a-zA-Z0-9]+/g, "_").replaceAll(/^_+|_+$/g, "")
    .toLowerCase()

const wordsOf = (path: string): ReadonlyArray<string> =>
  path.split("/").filter((segment) => segment !== "" && !segment.startsWith("{")).map((segment) =>
    singular(spelled(segment))
  )

const nameOf = (path: string, words: number): string => {
  const name = wordsOf(path).slice(-words).join("_")
  return /^[a-z]/.test(name) ? name : `kind_${name}`.replace(/_$/, "")
}

/** Names each collection, no two alike. */
export const kindNames = (collections: ReadonlyArray<Collection>): ReadonlyMap<Collection, string> => {
  const names = new Map<Collection, string>()
  const taken = new Set<string>()
  for (const collection of collections) {
    const { path } = collection
    const lengths = wordsOf(path).map((_, index) => index + 1)
    const free = lengths.map((words) => nameOf(path, words)).find((name) => !taken.has(name)) ??
      `${nameOf(path, 1)}_${taken.size + 1}`
    names.set(collection, free)
    taken.add(free)
  }
  return names
}
