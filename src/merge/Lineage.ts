/**
 * A lineage: versions and the versions that they were made from.
 *
 * It is checked before anything is told from it, because a merge base that is wrong takes edits back without a word:
 * every parent is there, nothing is its own ancestor, no version stands there twice. All problems come at once.
 */

/** A version and its parents, the mainline first; none for the first version. */
export interface LineageVersion {
  readonly id: string
  readonly parents: ReadonlyArray<string>
}

/** What is wrong with a lineage. */
export interface LineageProblem {
  readonly version: string
  readonly kind: "there-twice" | "unknown-parent" | "parent-twice" | "cycle"
  readonly why: string
}

/** A lineage that was checked. */
export interface Lineage {
  readonly parents: ReadonlyMap<string, ReadonlyArray<string>>
  /** Parents first. */
  readonly order: ReadonlyArray<string>
  /** Where a version is in that order. */
  readonly places: ReadonlyMap<string, number>
}

/** What a check says. */
export type CheckedLineage =
  | { readonly _tag: "sound"; readonly lineage: Lineage }
  | { readonly _tag: "broken"; readonly problems: ReadonlyArray<LineageProblem> }

const problemsOf = (
  { id, parents }: LineageVersion,
  known: ReadonlySet<string>
): ReadonlyArray<LineageProblem> => {
  const distinct = [...new Set(parents)]
  return [
    ...distinct.filter((parent) => !known.has(parent)).map((parent) => ({
      version: id,
      kind: "unknown-parent" as const,
      why: `its parent ${parent} is not in the lineage`
    })),
    ...distinct.length < parents.length
      ? [{ version: id, kind: "parent-twice" as const, why: "it names one parent twice" }]
      : []
  ]
}

const twice = (versions: ReadonlyArray<LineageVersion>): ReadonlyArray<LineageProblem> => {
  const seen = new Set<string>()
  return versions.flatMap(({ id }) => {
    const isThere = seen.has(id)
    seen.add(id)
    return isThere ? [{ version: id, kind: "there-twice" as const, why: "two versions have this id" }] : []
  })
}

/** The versions with parents first; those of a cycle are left out. */
const ordered = (versions: ReadonlyArray<LineageVersion>): ReadonlyArray<string> => {
  const children = new Map<string, Array<string>>(versions.map(({ id }) => [id, []]))
  const waitsFor = new Map(versions.map(({ id, parents }) => [id, new Set(parents).size]))
  for (const { id, parents } of versions) { for (const parent of new Set(parents)) children.get(parent)?.push(id) }
  const order = versions.filter(({ parents }) => parents.length === 0).map(({ id }) => id)
  for (const id of order) {
    for (const child of children.get(id) ?? []) {
      const left = (waitsFor.get(child) ?? 0) - 1
      waitsFor.set(child, left)
      if (left === 0) order.push(child)
    }
  }
  return order
}

/** Checks a lineage, in whatever order its versions come. */
export const checkLineage = (versions: ReadonlyArray<LineageVersion>): CheckedLineage => {
  const known = new Set(versions.map(({ id }) => id))
  const problems = [...twice(versions), ...versions.flatMap((version) => problemsOf(version, known))]
  if (problems.length > 0) return { _tag: "broken", problems }
  const order = ordered(versions)
  if (order.length < versions.length) {
    const fine = new Set(order)
    return {
      _tag: "broken",
      problems: versions.filter(({ id }) => !fine.has(id)).map(({ id }) => ({
        version: id,
        kind: "cycle",
        why: "it is its own ancestor, or comes from a version that is"
      }))
    }
  }
  const parents = new Map(versions.map((version) => [version.id, version.parents]))
  return { _tag: "sound", lineage: { parents, order, places: new Map(order.map((id, at) => [id, at])) } }
}

/** A version and everything that it comes from. */
export const ancestry = ({ parents }: Lineage, ids: Iterable<string>): ReadonlySet<string> => {
  const found = new Set(ids)
  for (const id of found) { for (const parent of parents.get(id) ?? []) found.add(parent) }
  return found
}

/** Versions, the newest first. */
export const newestFirst = ({ places }: Lineage, ids: Iterable<string>): ReadonlyArray<string> =>
  [...ids].toSorted((a, b) => (places.get(b) ?? -1) - (places.get(a) ?? -1))

/**
 * The lowest common ancestors of two versions: those from which no other common ancestor comes. Usually one, several
 * after merges that crossed, none where nothing is common.
 */
export const commonAncestors = (
  lineage: Lineage,
  ours: Iterable<string>,
  theirs: Iterable<string>
): ReadonlyArray<string> => {
  const mine = ancestry(lineage, ours)
  const common = [...ancestry(lineage, theirs)].filter((id) => mine.has(id))
  const beneath = new Set(common.flatMap((id) => lineage.parents.get(id) ?? []))
  return newestFirst(lineage, common.filter((id) => !beneath.has(id)))
}
