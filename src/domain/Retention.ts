/**
 * What may be let go of the past: rules of `retention:` in amends.yaml, and which of them an address obeys.
 *
 * A rule only keeps: a version goes when neither its place among the newest nor its age keeps it. An address without a
 * rule keeps everything. Whatever the rules say, the newest version stays, and so does what a head holds, what is
 * pinned, and what a version that stays takes out.
 */
import type { Address, Digest } from "./Ids.ts"

/** One line of `retention:`; without numbers it keeps everything. */
export interface RetentionRule {
  /** An address in which `*` stands for any characters. */
  readonly match: string
  /** The newest versions that stay, whatever their age. */
  readonly keepVersions?: number
  /** Versions younger than this stay, however many they are. */
  readonly keepDays?: number
}

const dayMs = 86_400_000

/** A pattern of addresses in which `*` stands for any characters. */
export const patternOf = (match: string): RegExp =>
  new RegExp(`^${match.split("*").map((part) => part.replaceAll(/[.\\+?^${}()|[\]]/g, "\\$&")).join(".*")}$`)

/** Finds the rule of an address: the first that matches and says what to keep. */
export const ruleOf = (rules: ReadonlyArray<RetentionRule>): (address: Address) => RetentionRule | undefined => {
  const compiled = rules.map((rule) => ({ rule, pattern: patternOf(rule.match) }))
  return (address) => {
    const rule = compiled.find(({ pattern }) => pattern.test(address))?.rule
    return rule?.keepVersions === undefined && rule?.keepDays === undefined ? undefined : rule
  }
}

/** The time before which a rule's days keep nothing; milliseconds since the epoch. */
export const keptSince = ({ keepDays }: RetentionRule, now: number): number =>
  keepDays === undefined ? Number.MAX_SAFE_INTEGER : now - keepDays * dayMs

/** The rule that keeps what any of these keeps. */
export const strictest = (rules: ReadonlyArray<RetentionRule>): Required<Omit<RetentionRule, "match">> => ({
  keepVersions: Math.max(0, ...rules.map(({ keepVersions }) => keepVersions ?? 0)),
  keepDays: Math.max(0, ...rules.map(({ keepDays }) => keepDays ?? 0))
})

/** Versions of a lineage, newest first, that a rule no longer keeps. The newest stays: the next one is its child. */
export const goingOf = <V extends { readonly at: number }>(
  lineage: ReadonlyArray<V>,
  rule: RetentionRule,
  now: number
): ReadonlyArray<V> => {
  const since = keptSince(rule, now)
  return lineage.slice(Math.max(1, rule.keepVersions ?? 1)).filter(({ at }) => at < since)
}

/** A version that takes others out. */
export interface Reverting {
  readonly id: Digest
  readonly reverts: ReadonlyArray<Digest>
}

/** Of versions that may go, those that stay because one that stays takes them out, or because one of these does. */
export const revertedBy = (reverting: ReadonlyArray<Reverting>, going: ReadonlySet<Digest>): ReadonlySet<Digest> => {
  const taking = new Map(reverting.map(({ id, reverts }) => [id, reverts]))
  const staying = new Set<Digest>()
  const left = reverting.filter(({ id }) => !going.has(id)).flatMap(({ reverts }) => reverts)
  for (let id = left.pop(); id !== undefined; id = left.pop()) {
    if (!going.has(id) || staying.has(id)) continue
    staying.add(id)
    left.push(...taking.get(id) ?? [])
  }
  return staying
}
