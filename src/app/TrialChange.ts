/**
 * The second half of a trial: changes the throw-away, sees what the server changes beside it, and writes once more as
 * somebody would who has not seen the change.
 */
import { Effect, Result, type Scope } from "effect"
import { canonicalValue } from "../domain/Canonical.ts"
import { type Document, equalJson, isArray, isObject, type Json, type JsonObject } from "../domain/Document.ts"
import { type Kind, nameFields } from "../domain/Kind.ts"
import { Limits } from "../domain/Limits.ts"
import { covers, getAt, parsePointer, type Path, renderPointer, withAt } from "../domain/Pointer.ts"
import type { Observation, Provider } from "../providers/Provider.ts"
import type { ProviderError } from "../providers/ProviderError.ts"
import { bad, good, learned, type Lesson } from "./Lesson.ts"
import { changedScalars } from "./TrialFields.ts"
import { act, noted, type ProbeError, probeFor, reading, renamed, tell, type Trying } from "./Trying.ts"

interface Change {
  readonly path: Path
  readonly value: Json
}

const wordy = /^(?:description|comment|note|notes|text|summary|about|title|label)$/i

const otherValue = (value: Json): Json | undefined => {
  if (typeof value === "string") return `${value} (changed)`
  if (typeof value === "number") return value + 1
  return typeof value === "boolean" ? !value : undefined
}

const mayChange = (kind: Kind, path: Path): boolean => {
  const { immutable, readOnly, references, sensitive, writeOnly } = kind.roles
  const fixed = [...immutable, ...readOnly, ...sensitive, ...writeOnly, ...references.map((one) => one.path)]
  return ![...fixed, ...nameFields(kind)].some((pattern) => covers(pattern, path))
}

/** The single values of a document, those in lists aside. */
const placesIn = (value: Json, path: Path = []): ReadonlyArray<Change> =>
  isObject(value)
    ? Object.entries(value).flatMap(([key, member]) => placesIn(member, [...path, key]))
    : otherValue(value) === undefined
    ? []
    : [{ path, value }]

/** Changes to try, the likeliest to be taken first: values of other resources, texts, anything, and the name. */
const changesFor = ({ body, note }: Trying, kind: Kind): ReadonlyArray<Change> => {
  const places = placesIn(body.document).filter(({ path }) => mayChange(kind, path))
  const seen = places.flatMap(({ path, value }) =>
    body.others.flatMap((other): ReadonlyArray<Change> => {
      const there = getAt(other, path)
      return there === undefined || typeof there !== typeof value || there === value ? [] : [{ path, value: there }]
    })
  )
  const made = places.flatMap(({ path, value }): ReadonlyArray<Change> => {
    const other = otherValue(value)
    return other === undefined ? [] : [{ path, value: other }]
  })
  const rename = kind.capabilities.identity._tag === "server"
    ? [{ path: parsePointer(body.nameField), value: `${note.name}-2` }]
    : []
  const rank = ({ path }: Change): number => (wordy.test(path.at(-1) ?? "") ? 0 : 10) + path.length
  const all = [...seen, ...made.toSorted((a, b) => rank(a) - rank(b)), ...rename]
  return [...new Map(all.map((change) => [`${renderPointer(change.path)} ${String(change.value)}`, change])).values()]
    .slice(0, Limits.trialChangesMax)
}

const withValue = (document: Document, { path, value }: Change): Document => withAt(document, path, value)

/** Every write is another one, to a server that knows keys. */
const keyFor = (trying: Trying): string => {
  trying.writes += 1
  return `${trying.note.name}-write-${trying.writes}`
}

const writing = (trying: Trying, provider: Provider, from: Observation, change: Change) =>
  act(trying, { provider, id: from.id, key: keyFor(trying) }, {
    _tag: "update",
    id: from.id,
    from: from.document,
    to: withValue(from.document, change),
    ...(from.guard === undefined ? {} : { guard: from.guard })
  })

const read = ({ kind }: Trying, provider: Provider, id: string) => provider.observe(kind.name, id)

/** What a change was made from, and what it came to. */
export interface Changed {
  readonly change: Change
  readonly before: Observation
  readonly after: Observation
  /** What changed beside it. */
  readonly tokens: ReadonlyArray<string>
}

const holdsChange = (kind: Kind, { path, value }: Change, found: Observation | undefined): boolean =>
  found !== undefined &&
  equalJson(canonicalValue(kind, getAt(found.document, path) ?? null, path), canonicalValue(kind, value, path))

const lostBy = (trying: Trying, before: Document, after: Document): ReadonlyArray<string> =>
  Object.keys(trying.body.document).filter((field) => before[field] !== undefined && after[field] === undefined)

const judged = (trying: Trying, kind: Kind, { after, before, change }: Omit<Changed, "tokens">): Lesson => {
  const lost = lostBy(trying, before.document, after.document)
  const field = renderPointer(change.path)
  if (!holdsChange(kind, change, after)) {
    const hint = "say so: `immutable` if it cannot be changed, `readOnly` if it is the server's"
    return bad("update", `the server says that ${field} is changed, and it is not`, hint, { immutable: [field] })
  }
  return lost.length === 0
    ? good("update", `${field} can be changed, and the other fields stay`)
    : bad("update", `a change of ${field} loses ${lost.join(", ")}`, "say send: whole, or always", {
      always: lost
    })
}

/**
 * Changes that only time makes are no tokens: they differ between two reads without a write. Nor is what repeats the
 * value that was written elsewhere: it would stay through a write of another field.
 */
const tokensOf = ({ after, before, change }: Omit<Changed, "tokens">, later: Document): ReadonlyArray<string> => {
  const restless = changedScalars(after.document, later)
  return changedScalars(before.document, after.document).filter((pointer) =>
    pointer !== renderPointer(change.path) && !restless.includes(pointer) &&
    !equalJson(getAt(after.document, parsePointer(pointer)) ?? null, change.value)
  )
}

/** Tries changes until one is taken. */
export const tryUpdate = Effect.fnUntraced(function*(
  trying: Trying,
  provider: Provider,
  present: Observation
): Effect.fn.Return<Changed | undefined, ProbeError, Scope.Scope> {
  const { body, kind: { name } } = trying
  // What was learned of its fields counts from here on.
  const kind = provider.kinds.get(name) ?? trying.kind
  let refusal: ProviderError | undefined
  for (const change of changesFor(trying, kind)) {
    if (renderPointer(change.path) === renderPointer(parsePointer(body.nameField))) {
      yield* noted(trying, { probe: probeFor(trying, renamed(trying, String(change.value))) })
    }
    const before = (yield* read(trying, provider, present.id)) ?? present
    const acted = yield* Effect.result(writing(trying, provider, before, change))
    if (Result.isSuccess(acted) && acted.success.calls === 0) continue
    if (Result.isFailure(acted)) {
      if (acted.failure.applied === "unknown") return yield* acted.failure
      refusal = acted.failure
      continue
    }
    const { found } = yield* reading(provider.observe(name, present.id), (one) => holdsChange(kind, change, one))
    const after = found ?? before
    const later = (yield* read(trying, provider, present.id)) ?? after
    tell(trying, judged(trying, kind, { after, before, change }))
    return { change, before, after: later, tokens: tokensOf({ after, before, change }, later.document) }
  }
  tell(
    trying,
    refusal === undefined
      ? good("update", "not tried: no field can be changed")
      : bad("update", `no change is taken: ${refusal.detail}`, "check `update`, or say which fields are immutable")
  )
  return undefined
})

/** What changes with every write, beside what is written. Where writes are guarded, the guard tells as much. */
export const tryTokens = (trying: Trying, { tokens }: Changed): void => {
  const { description, kind, lessons } = trying
  const described = kind.capabilities.changeToken
  if (described !== undefined) {
    tell(
      trying,
      tokens.includes(described)
        ? good("token", `${described} changes with a write`)
        : bad("token", `${described} does not change with a write`, "leave `changeToken` out", { changeToken: null })
    )
    return
  }
  const { guard, readOnly } = learned(description, lessons)
  const known = isArray(readOnly) ? readOnly.map(String) : []
  const added = tokens.filter((pointer) =>
    ![...known, ...kind.roles.readOnly].some((pattern) => covers(pattern, parsePointer(pointer)))
  )
  const best = tokens.find((pointer) => likelyToken.test(pointer)) ?? tokens[0]
  if (best === undefined) return tell(trying, good("token", "no field changes with every write"))
  const says = {
    ...(guard === undefined ? { changeToken: best } : {}),
    ...(added.length === 0 ? {} : { readOnly: added })
  }
  tell(trying, good("token", `${tokens.join(", ")} changes with a write`, says))
}

const likelyToken = /(?:updated|modified|changed|version|rev|etag|generation)/i

/** A way in which writes may be guarded, as a description says it. */
interface GuardWay {
  readonly words: string
  readonly says: JsonObject
}

const waysOf = (trying: Trying, tokens: ReadonlyArray<string>, hasEtag: boolean): ReadonlyArray<GuardWay> => {
  const { description } = trying
  if (description["guard"] !== undefined) return [{ words: "the guard", says: {} }]
  const versions = tokens.filter((pointer) => /(?:version|rev|etag|generation)/i.test(pointer)).map((version) => ({
    words: `${version}, repeated in the body,`,
    says: { guard: { version } }
  }))
  const etag = { words: "the ETag, as If-Match,", says: { guard: "etag" } }
  return [...(hasEtag ? [etag] : []), ...versions].slice(0, Limits.trialGuardsMax)
}

type Guarding = "honoured" | "ignored" | "refused"

/** Writes with a guard from before the last write. */
const writeStale = Effect.fnUntraced(function*(
  trying: Trying,
  provider: Provider,
  { change, before }: Changed,
  stale: string
): Effect.fn.Return<Guarding, ProbeError> {
  const now = yield* provider.observe(trying.kind.name, before.id)
  if (now?.guard === undefined || now.guard === stale) return "ignored"
  const back = { path: change.path, value: getAt(before.document, change.path) ?? null }
  const acted = yield* Effect.result(writing(trying, provider, { ...now, guard: stale }, back))
  if (Result.isSuccess(acted)) return "ignored"
  if (acted.failure.applied === "unknown") return yield* acted.failure
  if (acted.failure.reason !== "Conflict") return "refused"
  // What refuses everything guards nothing.
  const fresh = yield* Effect.result(writing(trying, provider, now, back))
  return Result.isSuccess(fresh) ? "honoured" : "refused"
})

/** Makes one more change under a guard, so that the guard before it is a stale one. */
const staleOf = Effect.fnUntraced(function*(trying: Trying, provider: Provider, { before, change }: Changed) {
  const first = yield* provider.observe(trying.kind.name, before.id)
  if (first?.guard === undefined) return undefined
  const back = { path: change.path, value: getAt(before.document, change.path) ?? null }
  const acted = yield* Effect.result(writing(trying, provider, first, back))
  if (Result.isFailure(acted)) return undefined
  const second = yield* provider.observe(trying.kind.name, before.id)
  const again = second === undefined ? undefined : yield* Effect.result(writing(trying, provider, second, change))
  return again !== undefined && Result.isSuccess(again) ? first.guard : undefined
})

/** Writes with a stale guard, in each way in which this API may have one. */
export const tryGuard = Effect.fnUntraced(function*(
  trying: Trying,
  changed: Changed,
  hasEtag: boolean
): Effect.fn.Return<void, ProbeError, Scope.Scope> {
  const isDescribed = trying.description["guard"] !== undefined
  for (const { says, words } of waysOf(trying, changed.tokens, hasEtag)) {
    const provider = yield* trying.as(says)
    const stale = yield* staleOf(trying, provider, changed)
    const came = stale === undefined ? "refused" : yield* writeStale(trying, provider, changed, stale)
    if (came === "honoured") {
      tell(trying, good("guard", `${words} is honoured: a stale write is refused`, isDescribed ? undefined : says))
      return
    }
    if (isDescribed) {
      const hint = "leave `guard` out, or check where it is repeated and `refusedWith`"
      tell(trying, bad("guard", `${words} is not honoured: a stale write is ${cameWords[came]}`, hint, { guard: null }))
      return
    }
  }
  tell(trying, good("guard", "none was found: the last write wins"))
})

const cameWords: { readonly [G in Guarding]: string } = {
  honoured: "refused",
  ignored: "taken",
  refused: "not told from a fresh one"
}
