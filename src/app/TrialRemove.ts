/**
 * The end of a trial: whether a PUT to the address of nothing makes something, and what becomes of a resource that is
 * deleted, also twice.
 */
import { Effect, Result, type Scope } from "effect"
import { isArray, isObject, type Json, type JsonObject } from "../domain/Document.ts"
import { Limits } from "../domain/Limits.ts"
import { getAt, parsePointer } from "../domain/Pointer.ts"
import type { Observation, Provider } from "../providers/Provider.ts"
import type { ProviderError } from "../providers/ProviderError.ts"
import { bad, good, learned, type Lesson } from "./Lesson.ts"
import { changedScalars } from "./TrialFields.ts"
import { act, noted, type ProbeError, probeFor, reading, renamed, tell, type Trying } from "./Trying.ts"

/** The path of a resource that nobody has made. */
const pathOfNothing = (provider: Provider, trying: Trying, id: string): string =>
  provider.calls(trying.kind.name, { _tag: "delete", id, from: renamed(trying, id) })[0]?.path ?? ""

const madeByPut = (path: string): Lesson => good("put", `a PUT to ${path} makes one`)

/** Sends a PUT to the address of nothing. */
export const tryPut = Effect.fnUntraced(function*(
  trying: Trying
): Effect.fn.Return<void, ProbeError, Scope.Scope> {
  const { kind } = trying
  const provider = yield* trying.as({})
  const [create] = provider.calls(kind.name, { _tag: "create", desired: trying.body.document })
  if (create?.method === "PUT") {
    tell(trying, good("put", "a PUT creates, as described"))
    return
  }
  const name = `${trying.note.name}-put`
  const document = renamed(trying, name)
  const isServer = kind.capabilities.identity._tag === "server"
  if (isServer && kind.scope !== undefined) {
    tell(trying, good("put", "not tried: it would have to be in the collection of a parent"))
    return
  }
  const path = pathOfNothing(provider, trying, isServer ? name : idOf(trying, name))
  if (path === "") return
  yield* noted(trying, { probe: probeFor(trying, document) })
  const putting = yield* trying.as({ create: { method: "PUT", path: path.replaceAll(/[{}]/g, "") } })
  const acted = yield* Effect.result(act(trying, { provider: putting, key: name }, {
    _tag: "create",
    desired: document
  }))
  if (Result.isFailure(acted) && acted.failure.applied === "no") {
    const { status = 0 } = acted.failure
    tell(trying, good("put", `a PUT to the address of nothing makes nothing${status < 400 ? "" : ` (${status})`}`))
    return
  }
  if (Result.isFailure(acted)) trying.inDoubt = true
  const id = Result.isSuccess(acted) ? acted.success.id : undefined
  const known = id ?? (isServer ? name : undefined)
  const there = known === undefined ? undefined : yield* provider.observe(kind.name, known)
  if (there !== undefined) yield* noted(trying, { id: there.id })
  tell(trying, there === undefined ? good("put", "a PUT to the address of nothing shows no effect") : madeByPut(path))
})

/** The remote id that a resource of that name would have. */
const idOf = ({ note }: Trying, name: string): string => (note.ids[0] ?? "").replaceAll(note.name, name)

const statusesIn = (value: Json | undefined): ReadonlyArray<Json> =>
  isArray(value) ? value : value === undefined ? [404, 410] : [value]

/** What says that there is none, beside what is described as saying so. */
const absentWith = (
  { description, lessons }: Trying,
  more: { readonly status?: number; readonly when?: JsonObject }
): JsonObject => {
  const { absent } = learned(description, lessons)
  const was: JsonObject = isObject(absent) ? absent : {}
  const status = [
    ...statusesIn(isObject(absent) ? was["status"] : absent),
    ...(more.status === undefined ? [] : [more.status])
  ]
  const when = { ...(isObject(was["when"]) ? was["when"] : {}), ...more.when }
  return { absent: Object.keys(when).length === 0 ? status : { status, when } }
}

const again = (trying: Trying, came: Result.Result<unknown, ProviderError>): Lesson => {
  if (Result.isSuccess(came)) return good("delete again", "a second DELETE is answered as the first: it is idempotent")
  const { applied, reason, status } = came.failure
  if (reason === "NotFound") return good("delete again", `a second DELETE says that there is none (${status ?? "404"})`)
  if (applied === "unknown" || status === undefined) {
    return bad("delete again", "a second DELETE is not answered", "after a lost answer, a person may be asked")
  }
  const says = absentWith(trying, { status })
  return bad("delete again", `a second DELETE is refused with ${status}`, "describe that it means none, as below", says)
}

/** Where a resource says that it is deleted. */
const marksOf = (before: Observation, after: Observation): ReadonlyArray<string> =>
  changedScalars(before.document, after.document)
    .filter((pointer) => /delet|remov|archiv|state|status|active/i.test(pointer))

/** What shows that a resource that can still be read is a deleted one. */
const softly = (trying: Trying, before: Observation, after: Observation): Lesson => {
  const changed = changedScalars(before.document, after.document)
  const marks = marksOf(before, after)
  const when: JsonObject = Object.fromEntries(
    marks.map((pointer) => [pointer, getAt(after.document, parsePointer(pointer)) ?? null])
  )
  const told = changed.length === 0 ? "and nothing shows that it is deleted" : `with another ${changed.join(", ")}`
  const says = marks.length === 0 ? {} : absentWith(trying, { when })
  return bad("delete", `a deleted one can still be read, ${told}`, "say what stands for a deleted one", says)
}

const unreadable = (trying: Trying, { detail, status }: ProviderError): Lesson =>
  bad(
    "delete",
    `reading a deleted one is refused${status === undefined ? "" : ` with ${status}`}: ${detail}`,
    "describe that it means none, as below",
    status === undefined || status >= 500 ? {} : absentWith(trying, { status })
  )

/** Deletes the throw-away, reads what is left, and deletes it again. */
export const tryDelete = Effect.fnUntraced(function*(
  trying: Trying,
  provider: Provider,
  id: string
): Effect.fn.Return<void, ProbeError, Scope.Scope> {
  const { kind, note } = trying
  const found = yield* provider.observe(kind.name, id)
  if (found === undefined) {
    tell(trying, bad("delete", "it was gone before it was deleted", "somebody else may have deleted it"))
    return
  }
  const { document, guard } = found
  const operation = { _tag: "delete", id, from: document, ...(guard === undefined ? {} : { guard }) } as const
  yield* act(trying, { provider, id, key: `${note.name}-delete` }, operation)
  const gone = yield* Effect.result(
    reading(provider.observe(kind.name, id), (one) => one === undefined || marksOf(found, one).length > 0)
  )
  if (Result.isFailure(gone)) tell(trying, unreadable(trying, gone.failure))
  else if (gone.success.found !== undefined) tell(trying, softly(trying, found, gone.success.found))
  else {
    const ms = gone.success.pauses * Limits.trialPollMs
    tell(trying, good("delete", ms === 0 ? "it is gone at once" : `it is gone within ${ms} ms`))
  }
  const { guard: _, ...unguarded } = operation
  tell(trying, again(trying, yield* Effect.result(act(trying, { provider, id, key: `${note.name}-again` }, unguarded))))
})
