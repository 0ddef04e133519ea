/**
 * Makes a kind ready to be called from its description, or tells everything that is wrong with it.
 */
import { parsePointer } from "../../domain/Pointer.ts"
import type { ConditionsDescription, KindDescription } from "../KindDescription.ts"
import { callsIn, queryOf } from "./CallOf.ts"
import type { Described, Mistaken, Tell, Understanding, VersionGuard, VersionPlace } from "./Described.ts"
import { kindOf, pointerOf, versionField } from "./KindOf.ts"
import { mistakesIn } from "./Mistakes.ts"
import { placesOf } from "./Naming.ts"

/** What a description came to; good for use only where there are no mistakes. */
export interface Description {
  readonly described: Described
  readonly mistakes: ReadonlyArray<Mistaken>
}

const statuses = (written: number | ReadonlyArray<number> | undefined, otherwise: ReadonlyArray<number>) =>
  written === undefined ? otherwise : typeof written === "number" ? [written] : written

const absentIn = ({ absent }: KindDescription): Pick<Understanding, "absentStatuses" | "absentWhen"> => {
  if (absent === undefined || typeof absent === "number" || Array.isArray(absent)) {
    return {
      absentStatuses: statuses(absent as number | ReadonlyArray<number> | undefined, [404, 410]),
      absentWhen: []
    }
  }
  const { status, when } = absent as Exclude<typeof absent, number | ReadonlyArray<number>>
  return {
    absentStatuses: statuses(status, [404, 410]),
    absentWhen: when === undefined ? [] : [when].flat() as ReadonlyArray<ConditionsDescription>
  }
}

const refusedWith = ({ guard }: KindDescription): ReadonlyArray<number> => {
  if (guard === undefined) return []
  if (guard === "etag") return [412]
  return statuses(guard.refusedWith, "version" in guard ? [409, 412] : [412])
}

const understandingOf = (description: KindDescription): Understanding => {
  const { error, keep, shape, success } = description
  return {
    success: success ?? {},
    ...(error === undefined ? {} : { error: parsePointer(error) }),
    ...absentIn(description),
    shape: Object.entries(shape ?? {}).map(([to, from]) => [parsePointer(to), parsePointer(from)] as const),
    keep: Object.entries(keep ?? {}),
    refusedWith: refusedWith(description)
  }
}

const versionPlace = (said: { readonly query?: string; readonly header?: string }): VersionPlace => {
  if (said.query !== undefined) return { _tag: "query", name: said.query }
  return said.header === undefined ? { _tag: "body" } : { _tag: "header", name: said.header }
}

const versionOf = (description: KindDescription): { readonly version?: VersionGuard } => {
  const { guard } = description
  const field = versionField(description)
  if (field === undefined || typeof guard !== "object" || !("version" in guard)) return {}
  const update = versionPlace(guard)
  const inDelete = guard.delete === undefined ? update : versionPlace(guard.delete)
  return { version: { field: parsePointer(field), update, delete: inDelete } }
}

const keyOf = ({ idempotency }: KindDescription): Pick<Described, "key"> => {
  if (idempotency === undefined) return {}
  return "header" in idempotency
    ? { key: { _tag: "header", name: idempotency.header.toLowerCase() } }
    : { key: { _tag: "body", place: parsePointer(idempotency.body) } }
}

const markerOf = ({ marker }: KindDescription, tell: Tell): Pick<Described, "marker"> =>
  marker === undefined
    ? {}
    : { marker: { field: parsePointer(marker.field), query: queryOf(marker.query, ["marker", "query"], tell) } }

/** Makes a kind of its description. */
export const describeKind = (provider: string, name: string, description: KindDescription): Description => {
  const mistakes: Array<Mistaken> = []
  const tell: Tell = (mistaken) => {
    mistakes.push(mistaken)
  }
  const places = placesOf(description, tell)
  const answer = parsePointer(description.answer ?? "")
  const items = parsePointer(description.items ?? description.answer ?? "")
  const calls = callsIn(description, { places, answer, items, tell })
  const { changeToken, keys, pages } = description
  const described: Described = {
    kind: kindOf(description, { name, provider, naming: places.naming, update: calls.update, tell }),
    naming: places.naming,
    understanding: understandingOf(description),
    ...calls,
    ...(pages === undefined ? {} : { pages }),
    ...(keys === undefined ? {} : { keys: parsePointer(pointerOf(keys)) }),
    always: (description.always ?? []).map((field) => parsePointer(pointerOf(field))),
    ...versionOf(description),
    ...keyOf(description),
    ...markerOf(description, tell),
    ...(changeToken === undefined ? {} : { token: parsePointer(changeToken) })
  }
  return { described, mistakes: [...mistakes, ...mistakesIn(description, described)] }
}
