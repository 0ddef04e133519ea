/**
 * Names for resources that exist: their addresses in the workspace, and the files that declare them.
 *
 * Pure, and the same for the same input in any order: of several with one name the lowest id gets it, the others have
 * their id behind it. Names differ by more than case, because files on some systems do not.
 */
import { namePattern } from "../domain/Ids.ts"

/** A resource that wants a name. */
export interface Nameless {
  readonly id: string
  /** What people call it in the remote system; empty where it has no name. */
  readonly called: string
}

const lengthMax = 80

/** Names that no file can have on some systems. */
const reserved = /^(con|prn|aux|nul|com\d|lpt\d)$/i

/** A text as a legal name, as near to it as can be; empty where nothing of it can stay. */
export const slug = (text: string): string => {
  if (namePattern.test(text) && text.length <= lengthMax) return text
  return text.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase()
    .replaceAll(/[^a-z0-9_]+/g, "-")
    .replaceAll(/^[^a-z0-9]+|-+$/g, "")
    .slice(0, lengthMax)
    .replace(/-+$/, "")
}

const isNumber = (id: string): boolean => /^\d+$/.test(id)

/** Orders ids: numbers by their size, before all others. */
export const byId = (a: string, b: string): number => {
  if (isNumber(a) !== isNumber(b)) return isNumber(a) ? -1 : 1
  if (isNumber(a) && a.length !== b.length) return a.length - b.length
  return a < b ? -1 : a > b ? 1 : 0
}

const freeName = (taken: ReadonlySet<string>, { called, id }: Nameless): string => {
  const own = slug(called)
  const ofId = slug(id)
  const candidates = [own, [own, ofId].filter((part) => part !== "").join("-"), ofId]
  const legal = candidates.filter((name) => namePattern.test(name) && !reserved.test(name))
  const free = legal.find((name) => !taken.has(name.toLowerCase()))
  if (free !== undefined) return free
  const [stem = "resource"] = legal
  for (let n = 2;; n++) if (!taken.has(`${stem}-${n}`.toLowerCase())) return `${stem}-${n}`
}

/** Names resources of one kind; `taken` are the names that others of the kind have. Answers names by id. */
export const namesFor = (
  nameless: ReadonlyArray<Nameless>,
  taken: ReadonlyArray<string>
): ReadonlyMap<string, string> => {
  const used = new Set(taken.map((name) => name.toLowerCase()))
  const names = new Map<string, string>()
  for (const one of nameless.toSorted((a, b) => byId(a.id, b.id))) {
    const name = freeName(used, one)
    used.add(name.toLowerCase())
    names.set(one.id, name)
  }
  return names
}

/** The file of a resource, from the directory that files are written to. */
export const fileOf = (kind: string, name: string): string => `${kind}/${name}.yaml`
