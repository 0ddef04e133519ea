/**
 * The first half of a trial: makes the throw-away, reads it, compares, and repeats the create.
 *
 * The create carries a key also where the description promises none, because whether it is honoured can be learned only
 * from a repetition of that very request. What a repetition makes is removed at once.
 */
import { Effect, Result, type Scope } from "effect"
import { isArray, isObject, type JsonObject } from "../domain/Document.ts"
import { Limits } from "../domain/Limits.ts"
import { covers, getAt, type Path } from "../domain/Pointer.ts"
import { type Observation, type Provider, scopeOf } from "../providers/Provider.ts"
import { ProviderError } from "../providers/ProviderError.ts"
import { bad, good, type Lesson } from "./Lesson.ts"
import { fieldLessons } from "./TrialFields.ts"
import { act, type Acted, bearing, noted, type ProbeError, probeFor, reading, tell, type Trying } from "./Trying.ts"

/** The header that most APIs have for keys. */
const commonHeader = "Idempotency-Key"
const commonTtl = "24h"

/** The throw-away as it was read. */
export type Present = Observation

const keyed = ({ description }: Trying): JsonObject =>
  description["idempotency"] === undefined ? { idempotency: { header: commonHeader, ttl: commonTtl } } : {}

const requestsOf = ({ body, kind }: Trying, provider: Provider): string =>
  provider.calls(kind.name, { _tag: "create", desired: body.document })
    .map(({ method, path }) => `${method} ${path.replaceAll("{/id}", "{id}")}`).join(", then ")

/** The id of what a create without an answer made, if it made anything. */
const lookedFor = Effect.fnUntraced(function*(trying: Trying, provider: Provider, error: ProviderError) {
  if (error.applied === "no") return yield* error
  trying.inDoubt = true
  yield* Effect.sleep(provider.horizonMs)
  const [one] = yield* bearing(provider, trying.kind, probeFor(trying, trying.body.document))
  return one === undefined ? yield* error : one.id
})

const made = Effect.fnUntraced(function*(
  trying: Trying,
  provider: Provider
): Effect.fn.Return<{ readonly id: string; readonly acted?: Acted }, ProbeError> {
  const operation = { _tag: "create", desired: trying.body.document } as const
  const acted = yield* Effect.result(act(trying, { provider, key: trying.note.name }, operation))
  if (Result.isFailure(acted)) return { id: yield* lookedFor(trying, provider, acted.failure) }
  const { id } = acted.success
  if (id === undefined) throw new Error("a create was applied and has no id")
  return { id, acted: acted.success }
})

/** What is there before anything is made, as far as a list tells. */
const lookAround = Effect.fnUntraced(function*(trying: Trying, provider: Provider) {
  const { body, kind } = trying
  const listed = yield* Effect.orElseSucceed(provider.list(kind.name, scopeOf(kind, body.document)), () => [])
  for (const { id } of listed) trying.before.add(id)
})

const strangers = (id: string, provider: Provider) =>
  new ProviderError({
    reason: "Conflict",
    provider: provider.name,
    request: "a create",
    detail: `the server answered with ${id}, which was there before; nothing else is done to it, so see whether the ` +
      "create changed it"
  })

const neverRead = (id: string, provider: Provider) =>
  new ProviderError({
    reason: "NotFound",
    provider: provider.name,
    request: `reading ${id}`,
    detail: `what was made is not found by its id ${id}; check \`read\`, \`id\` and \`absent\``
  })

/** Fields that the description or its schema names, or other resources of the files have. */
const yours = ({ body: { others }, description }: Trying) => (path: Path): boolean => {
  const [top = ""] = path
  const { fields, schema } = description
  const properties = getAt(schema, ["properties"])
  return (isObject(properties) && Object.hasOwn(properties, top)) ||
    (isArray(fields) && fields.some((field) => field === top || (typeof field === "string" && covers(field, path)))) ||
    others.some((other) => getAt(other, path) !== undefined)
}

/** Makes the throw-away and reads it. */
export const tryCreate = Effect.fnUntraced(function*(
  trying: Trying
): Effect.fn.Return<Present, ProbeError, Scope.Scope> {
  const { body, kind } = trying
  const provider = yield* trying.as(keyed(trying))
  yield* lookAround(trying, provider)
  yield* noted(trying, { probe: probeFor(trying, body.document) })
  const { acted, id } = yield* made(trying, provider)
  if (trying.before.has(id)) return yield* strangers(id, provider)
  yield* noted(trying, { id })
  const how = acted === undefined
    ? "makes it without an answer; it was found by its name"
    : acted.answer?.document === undefined
    ? "makes it; the answer is not the whole of it"
    : "makes it and answers it"
  tell(trying, good("create", `${requestsOf(trying, provider)} ${how}; its id is ${id}`))
  const read = yield* reading(provider.observe(kind.name, id), (one) => one !== undefined)
  if (read.found === undefined) return yield* neverRead(id, provider)
  const ms = read.pauses * Limits.trialPollMs
  tell(
    trying,
    ms > kind.capabilities.settlesWithinMs
      ? bad("read", `it was read ${ms} ms after it was made, not before`, "say so", { settles: `${2 * ms}ms` })
      : good("read", ms === 0 ? "it is there at once" : `it is there within ${ms} ms, as described`),
    ...fieldLessons(kind, { sent: body.document, seen: read.found.document, isYours: yours(trying) })
  )
  return read.found
})

interface Repetition {
  readonly came: "one" | "refused" | "another" | "lost"
  readonly status: number | undefined
}

const repeated = Effect.fnUntraced(function*(
  trying: Trying,
  { key, present, provider }: { readonly provider: Provider; readonly present: Present; readonly key: string }
): Effect.fn.Return<Repetition, ProbeError> {
  const { body: { document }, kind } = trying
  const operation = { _tag: "create", desired: document } as const
  const acted = yield* Effect.result(act(trying, { provider, key }, operation))
  if (Result.isFailure(acted)) {
    const { applied, status } = acted.failure
    if (applied === "no") return { came: "refused", status }
    trying.inDoubt = true
  }
  const again = Result.isSuccess(acted) ? acted.success.id : undefined
  if (again !== undefined) yield* noted(trying, { id: again })
  const all = yield* Effect.orElseSucceed(bearing(provider, kind, probeFor(trying, document)), () => [])
  for (const { id } of all) yield* noted(trying, { id })
  const isMore = all.some(({ id }) => id !== present.id) || (again !== undefined && again !== present.id)
  return { came: isMore ? "another" : again === undefined ? "lost" : "one", status: undefined }
})

/** Removes what the repetition made beside the first. */
const removeOthers = Effect.fnUntraced(function*(trying: Trying, provider: Provider, present: Present) {
  const { kind, note } = trying
  for (const id of note.ids.filter((one) => one !== present.id)) {
    const found = yield* provider.observe(kind.name, id)
    if (found === undefined) continue
    const { document, guard } = found
    const operation = { _tag: "delete", id, from: document, ...(guard === undefined ? {} : { guard }) } as const
    yield* act(trying, { provider, id, key: `${note.name}-other-${id}` }, operation)
  }
})

const repeatWords: { readonly [C in Repetition["came"]]: string } = {
  one: "is made once",
  refused: "is refused",
  another: "makes a second one",
  lost: "is not answered"
}

/** What carries the key of a request, as the description says it. */
const carrierOf = ({ description }: Trying): string => {
  const taken = description["idempotency"]
  const { body, header } = isObject(taken) ? taken : {}
  return typeof body === "string" ? body : typeof header === "string" ? header : commonHeader
}

/** What the repetitions say, the second of which had another key. */
const lessonOf = (trying: Trying, first: Repetition, second: Repetition | undefined): Lesson => {
  const promised = trying.kind.capabilities.idempotencyKey
  const carrier = carrierOf(trying)
  const what = "idempotency"
  if (first.came === "one" && second?.came !== "one") {
    const detail = `${carrier} is honoured: a create repeated with the same key is made once`
    return good(
      what,
      detail,
      promised === undefined ? { idempotency: { header: commonHeader, ttl: commonTtl } } : undefined
    )
  }
  if (first.came === "one") return good(what, "a repeated create is made once, whatever its key")
  const status = first.status === undefined ? "" : ` with ${first.status}`
  const detail = `a create repeated with the same ${carrier} ${repeatWords[first.came]}${status}`
  if (promised === undefined) return good(what, detail)
  const hint = "leave `idempotency` out: after a lost answer, a second one would be made or the create refused"
  return bad(what, `${detail}: the header is not honoured`, hint, { idempotency: null })
}

/** Repeats the create with the same key. A create that names its resource needs none, and says nothing of it. */
export const tryRepeat = Effect.fnUntraced(function*(
  trying: Trying,
  present: Present
): Effect.fn.Return<void, ProbeError, Scope.Scope> {
  const { capabilities } = trying.kind
  if (capabilities.identity._tag !== "server" && capabilities.idempotencyKey === undefined) {
    tell(trying, good("idempotency", "not needed: the name tells whether a create was done"))
    return
  }
  const { name } = trying.note
  const provider = yield* trying.as(keyed(trying))
  const first = yield* repeated(trying, { provider, present, key: name })
  // Without another key, a server that knows resources by their names would look as if it knew keys.
  const second = first.came === "one"
    ? yield* repeated(trying, { provider, present, key: `${name}-again` })
    : undefined
  tell(trying, lessonOf(trying, first, second))
  if (first.came === "another" || second?.came === "another") {
    yield* removeOthers(trying, yield* trying.as({}), present)
  }
})

/** Searches by the marker that the create left. */
export const tryMarker = Effect.fnUntraced(function*(
  trying: Trying,
  present: Present
): Effect.fn.Return<void, ProbeError, Scope.Scope> {
  const { kind, note } = trying
  const { marker } = kind.capabilities
  if (marker === undefined) return
  const provider = yield* trying.as({})
  const { found } = yield* reading(
    provider.find(kind.name, { [marker.field]: note.name }),
    (all) => all.some(({ id }) => id === present.id)
  )
  const hint = "check `marker`: the field has to come back, and the search has to find it; or leave it out"
  tell(
    trying,
    found.some(({ id }) => id === present.id)
      ? good("marker", `it is found by ${marker.field}`)
      : bad("marker", `it is not found by ${marker.field}`, hint, { marker: null })
  )
})

/** Looks for the throw-away in the list, and whether the list has the whole of it. */
export const tryList = Effect.fnUntraced(function*(
  trying: Trying,
  present: Present
): Effect.fn.Return<void, ProbeError, Scope.Scope> {
  const { body, kind } = trying
  const provider = yield* trying.as({})
  const listed = reading(
    provider.list(kind.name, scopeOf(kind, body.document)),
    (all) => all.some(({ id }) => id === present.id)
  )
  const { found } = yield* listed
  const one = found.find(({ id }) => id === present.id)
  const lacking = Object.keys(present.document).filter((field) =>
    one !== undefined && one.document[field] === undefined
  )
  if (one === undefined) {
    const hint = "check `list`, `items` and `pages`: without a list, a lost create cannot be settled"
    tell(trying, bad("list", `it is not among the ${found.length} that are listed`, hint))
  } else if (lacking.length > 0 && kind.capabilities.listIsWhole) {
    const hint = "describe it so, as below, or plans compare with an excerpt"
    tell(trying, bad("list", `the list leaves out ${lacking.join(", ")}`, hint, { listIsWhole: false }))
  } else tell(trying, good("list", `it is in the list, ${lacking.length > 0 ? "as an excerpt" : "as a whole"}`))
})

/** Looks for the throw-away by its name, where the description has a request of its own for that. */
export const tryFind = Effect.fnUntraced(function*(
  trying: Trying,
  present: Present
): Effect.fn.Return<void, ProbeError, Scope.Scope> {
  const { body, description, kind } = trying
  if (description["find"] === undefined) return
  const search = bearing(yield* trying.as({}), kind, probeFor(trying, body.document))
  const { found } = yield* reading(search, (all) => all.some(({ id }) => id === present.id))
  const isFound = found.some(({ id }) => id === present.id)
  const hint = "check `find`, or leave it out: then the list is looked through"
  tell(trying, isFound ? good("find", "it is found by its name") : bad("find", "it is not found by its name", hint))
})
