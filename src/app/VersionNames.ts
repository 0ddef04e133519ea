/**
 * How versions are named by people: by a beginning of their id that only one has, by `head`, or by `head~N`, the N-th
 * before it.
 *
 * The head is the newest version of an address, also where that says that the resource was deleted.
 */
import { Effect } from "effect"
import type { Address, Digest } from "../domain/Ids.ts"
import type { Version } from "../domain/Version.ts"
import { Refusal } from "./Failure.ts"

/** Beginnings of digests that are shorter than this are too likely to be something else. */
const prefixMin = 6

/** Tells whether an id is meant by a name: it, or a beginning of it, with or without how it was made. */
export const named = (name: string, id: string): boolean =>
  id === name || (name.length >= prefixMin && (id.startsWith(name) || id.replace(/^\w+:/, "").startsWith(name)))

/** What is looked for is not there. */
export const notFound = (detail: string): Refusal =>
  new Refusal({
    reason: "NotFound",
    summary: "there is no such thing",
    detail,
    hint: "see: amends list, amends batches, amends history"
  })

/** A name is the beginning of several ids. */
export const ambiguous = (name: string, ids: ReadonlyArray<string>): Refusal =>
  new Refusal({
    reason: "NotFound",
    summary: "the name is not that of one thing only",
    detail: `${JSON.stringify(name)} is the beginning of ${ids.length}: ${ids.slice(0, 5).join(", ")}`,
    hint: "write more of it"
  })

const before = (address: Address, lineage: ReadonlyArray<Version>, count: number) => {
  const byId = new Map<Digest, Version>(lineage.map((version) => [version.id, version]))
  let at = lineage[0]
  for (let step = 0; step < count && at !== undefined; step++) {
    const next = byId.get(at.parents[0] ?? "")
    if (next === undefined && at.gap !== undefined) {
      return notFound(`head~${count} of ${address} was let go: retention kept ${step} before the head`)
    }
    at = next
  }
  return at ?? notFound(`${address} has no head~${count}: there are only ${lineage.length - 1} before its head`)
}

/** Finds the version of an address that a name means. */
export const versionIn = (
  address: Address,
  lineage: ReadonlyArray<Version>,
  name: string
): Effect.Effect<Version, Refusal> => {
  const [newest] = lineage
  if (newest === undefined) return Effect.fail(notFound(`${address} was never managed`))
  const back = /^head(?:~(\d+))?$/.exec(name)
  if (back !== null) {
    const found = before(address, lineage, Number(back[1] ?? 0))
    return found instanceof Refusal ? Effect.fail(found) : Effect.succeed(found)
  }
  const [found, ...others] = lineage.filter(({ id }) => named(name, id))
  if (found === undefined) return Effect.fail(notFound(`${address} has no version ${JSON.stringify(name)}`))
  return others.length === 0
    ? Effect.succeed(found)
    : Effect.fail(ambiguous(name, [found, ...others].map(({ id }) => id)))
}
