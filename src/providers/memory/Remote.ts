/**
 * How the imagined server handles a write: in one step, as a table of methods over the world.
 *
 * It knows nothing of faults, hooks or the engine. Like a real server it looks at the newest state, refuses what it
 * does not take, and remembers the answers it gave to idempotency keys.
 */
import { canonicalValue } from "../../domain/Canonical.ts"
import { canonicalText, type Document, equalJson, isArray, isObject, type Json } from "../../domain/Document.ts"
import { type Identity } from "../../domain/Kind.ts"
import { getAt, parsePointer, select, setAt, withAt } from "../../domain/Pointer.ts"
import type { Answer, Observation, Sending } from "../Provider.ts"
import type { ProviderReason } from "../ProviderError.ts"
import { groupOf, type MemoryKind } from "./MemoryKind.ts"
import { patchedDocument, shown, withDefaults } from "./Shape.ts"
import type { LogEntry, MemoryWorld, Stored } from "./World.ts"

/** What the server made of a write. */
export type Reply =
  | {
    readonly _tag: "applied"
    readonly effect: Extract<LogEntry["effect"], "created" | "updated" | "deleted" | "replayed">
    readonly answer: Answer
    readonly before?: Stored
    readonly after?: Stored
  }
  | {
    readonly _tag: "refused"
    readonly reason: ProviderReason
    readonly status: number
    readonly detail: string
  }

/** A write as it arrives. */
export interface Write {
  readonly world: MemoryWorld
  readonly memoryKind: MemoryKind
  readonly kinds: ReadonlyMap<string, MemoryKind>
  readonly sending: Sending
  readonly now: number
}

const refused = (reason: ProviderReason, status: number, detail: string): Reply => ({
  _tag: "refused",
  reason,
  status,
  detail
})

/** What a read answers of a resource. */
export const observation = (memoryKind: MemoryKind, stored: Stored): Observation => ({
  id: stored.id,
  document: shown(memoryKind, stored.document, stored.updatedAt),
  ...(memoryKind.kind.capabilities.changeToken === undefined ? {} : { token: String(stored.updatedAt) }),
  ...(memoryKind.kind.capabilities.guard === "none" ? {} : { guard: `v${stored.version}` })
})

const answerWith = (memoryKind: MemoryKind, status: number, stored: Stored): Answer => {
  if (memoryKind.answers === "bare") return { status, id: stored.id }
  return { status, ...observation(memoryKind, stored) }
}

const bodyOf = (write: Write): Document => isObject(write.sending.call.body) ? write.sending.call.body : {}

/** The first reference of a document to a resource that is not there. */
const dangling = (write: Write, document: Document): string | undefined => {
  if (write.memoryKind.references === "unchecked") return undefined
  for (const { path, kind } of write.memoryKind.kind.roles.references) {
    const missing = select(document, path).find(([, id]) => write.world.get(kind, String(id)) === undefined)
    if (missing !== undefined) return `${kind} ${String(missing[1])} does not exist`
  }
  return undefined
}

type Habit = NonNullable<MemoryKind["references"]>

/** Who refers to a resource, of kinds that treat references so. */
const referrers = (write: Write, target: { readonly kind: string; readonly id: string }, habit: Habit) =>
  [...write.kinds].flatMap(([name, { kind, references = "checked" }]) => {
    const roles = kind.roles.references.filter((role) => role.kind === target.kind)
    if (references !== habit || roles.length === 0) return []
    return [...(write.world.resources.get(name)?.values() ?? [])].filter(({ document }) =>
      roles.some((role) => select(document, role.path).some(([, value]) => String(value) === target.id))
    ).map((stored) => ({ kind: name, id: stored.id, stored }))
  })

/** Deletes what refers to what was deleted, and what refers to that. */
const cascade = (write: Write, target: { readonly kind: string; readonly id: string }): void => {
  for (const { id, kind, stored } of referrers(write, target, "cascade")) {
    write.world.write(kind, id, undefined, write.now)
    write.world.record({
      at: write.now,
      by: "server",
      arrival: { operation: "delete", kind, id, during: "forward" },
      effect: "deleted",
      told: "nothing",
      before: stored
    })
    cascade(write, { kind, id })
  }
}

const idFor = (write: Write, identity: Identity, body: Document): string | undefined => {
  if (identity._tag === "server") return write.world.nextId(write.memoryKind.kind.name, write.memoryKind.ids)
  const parts = identity.fields.map((field) => getAt(body, parsePointer(field)))
  const named = parts.every((value) => typeof value === "string" || typeof value === "number")
  return named ? parts.join("/") : undefined
}

/** The server takes from a POST only what its first call takes; other fields are dropped without a word. */
const taken = (write: Write): Document => {
  const fields = Object.entries(bodyOf(write)).filter(([field]) => groupOf(write.memoryKind, field) === 0)
  const body = patchedDocument({}, Object.fromEntries(fields))
  const marker = write.memoryKind.kind.capabilities.marker
  const marked = marker === undefined
    ? body
    : setAt(body, parsePointer(marker.field), write.sending.idempotencyKey)
  return isObject(marked) ? marked : body
}

const mapped = (document: Document, pointers: ReadonlyArray<string>, form: (value: Json) => Json): Document =>
  pointers.flatMap((pointer) => select(document, pointer)).reduce<Document>(
    (own, [path, value]) => withAt(own, path, form(value)),
    document
  )

/** Sets and texts without case in an order and a form that nobody sent. */
const inOwnForms = ({ kind: { roles }, ownForms = false }: MemoryKind, document: Document): Document => {
  if (!ownForms) return document
  const shouted = mapped(
    document,
    roles.caseInsensitive,
    (value) => typeof value === "string" ? value.toUpperCase() : value
  )
  return mapped(shouted, roles.sets, (value) => isArray(value) ? value.toReversed() : value)
}

/** A document as the server keeps it: with its defaults, and with some texts in its own form. */
const kept = (memoryKind: MemoryKind, document: Document): Document =>
  withDefaults(
    memoryKind.kind,
    (memoryKind.normalises ?? []).reduce<Document>((own, field) => {
      const value = own[field]
      return typeof value === "string" ? { ...own, [field]: value.toLowerCase() } : own
    }, inOwnForms(memoryKind, document))
  )

const post = (write: Write): Reply => {
  const { memoryKind, world, now } = write
  const { kind } = memoryKind
  const document = kept(memoryKind, taken(write))
  const wrong = dangling(write, document)
  if (wrong !== undefined) return refused("Rejected", 422, wrong)
  const id = idFor(write, kind.capabilities.identity, document)
  if (id === undefined) return refused("Rejected", 422, "the field that names the resource is missing")
  if (world.get(kind.name, id) !== undefined) return refused("Conflict", 409, `${kind.name} ${id} exists`)
  if ((world.resources.get(kind.name)?.size ?? 0) >= (memoryKind.quota ?? Infinity)) {
    return refused("Rejected", 507, `there are too many of ${kind.name}`)
  }
  const gone = world.gone(kind.name, id)
  if (memoryKind.deletes === "keepsName" && gone !== undefined) {
    return refused("Conflict", 409, `the name of ${kind.name} ${id}, which was deleted, is not free`)
  }
  const revived = memoryKind.deletes === "revives" && gone !== undefined ? { ...gone.document, ...document } : document
  const after = world.write(kind.name, id, revived, now)
  if (after === undefined) return refused("Rejected", 500, "nothing was written")
  return { _tag: "applied", effect: "created", answer: answerWith(memoryKind, 201, after), after }
}

/** The identity and immutable fields that a write would change. */
const frozen = ({ memoryKind: { kind } }: Write, before: Document, after: Document): string | undefined => {
  const { identity } = kind.capabilities
  const fields = [...kind.roles.immutable, ...(identity._tag === "server" ? [] : identity.fields)]
  const at = (document: Document, field: string): Json => {
    const path = parsePointer(field)
    return canonicalValue(kind, getAt(document, path) ?? null, path)
  }
  return fields.find((field) => !equalJson(at(before, field), at(after, field)))
}

const put = (write: Write, before: Stored): Reply => {
  const { memoryKind, sending, world, now } = write
  const { kind } = memoryKind
  const written = patchedDocument(sending.call.method === "PUT" ? {} : before.document, bodyOf(write))
  const document = kept(memoryKind, written)
  const fixed = frozen(write, before.document, document)
  if (fixed !== undefined) return refused("Rejected", 422, `${fixed} cannot change`)
  const wrong = dangling(write, document)
  if (wrong !== undefined) return refused("Rejected", 422, wrong)
  const after = world.write(kind.name, before.id, document, now)
  if (after === undefined) return refused("Rejected", 500, "nothing was written")
  return { _tag: "applied", effect: "updated", answer: answerWith(memoryKind, 200, after), before, after }
}

const remove = (write: Write, before: Stored): Reply => {
  const target = { kind: write.memoryKind.kind.name, id: before.id }
  const [user] = referrers(write, target, "checked")
  if (user !== undefined) return refused("Rejected", 409, `still used by ${user.kind} ${user.id}`)
  cascade(write, target)
  write.world.write(target.kind, target.id, undefined, write.now)
  return { _tag: "applied", effect: "deleted", answer: { status: 204, id: before.id }, before }
}

const handle = (write: Write): Reply => {
  const { memoryKind: { kind }, sending: { call, id }, world } = write
  if (call.learnsId) return post(write)
  const before = id === undefined ? undefined : world.get(kind.name, id)
  if (before === undefined) return refused("NotFound", 404, `${kind.name} ${id ?? "without an id"} does not exist`)
  const accepted = [undefined, "*", `v${before.version}`]
  if (!accepted.includes(call.precondition)) {
    return refused("Conflict", 412, `${kind.name} ${before.id} was changed meanwhile`)
  }
  return call.method === "DELETE" ? remove(write, before) : put(write, before)
}

const requestText = ({ sending: { kind, id, call } }: Write): string =>
  canonicalText([kind, call.method, call.path, id ?? null, call.body ?? null])

/** Handles one write; the same key with the same bytes has one effect and one answer. */
export const handleWrite = (write: Write): Reply => {
  const { memoryKind, sending, world, now } = write
  const keyed = memoryKind.kind.capabilities.idempotencyKey
  if (keyed === undefined) return handle(write)
  const earlier = world.remembered.get(sending.idempotencyKey)
  if (earlier !== undefined && now < earlier.until) {
    return earlier.request === requestText(write)
      ? { _tag: "applied", effect: "replayed", answer: earlier.answer }
      : refused("Rejected", 422, "the idempotency key was used for another request")
  }
  const reply = handle(write)
  if (reply._tag === "applied") {
    world.remembered.set(sending.idempotencyKey, {
      until: now + keyed.ttlMs,
      request: requestText(write),
      answer: reply.answer
    })
  }
  return reply
}
