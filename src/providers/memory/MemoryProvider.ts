/**
 * A whole provider over an in-memory world, for testing the engine and for showing what a provider is.
 *
 * Every operation passes three moments: the beat before it reaches the server, the fault that strikes it (if any), and
 * the beat after it was handled. Nothing here sleeps but what a fault says, and nothing is drawn by chance, so that
 * the same test takes the same course every time.
 */
import { Clock, Effect } from "effect"
import type { Document } from "../../domain/Document.ts"
import { nameFields } from "../../domain/Kind.ts"
import { type Answer, bears, type Observation, Priority, type Probe, type Provider, type Sending } from "../Provider.ts"
import { ProviderError, type ProviderReason } from "../ProviderError.ts"
import { callNumber, callsOf } from "./Calls.ts"
import { type Act, answerOf, type Arrival, type Fault } from "./Fault.ts"
import { defaultKinds } from "./Kinds.ts"
import type { MemoryKind } from "./MemoryKind.ts"
import { handleWrite, observation, type Reply, type Write } from "./Remote.ts"
import { writable } from "./Shape.ts"
import type { LogEntry, MemoryWorld } from "./World.ts"

/** What a memory provider is made with. */
export interface MemoryOptions {
  readonly name?: string
  readonly kinds?: ReadonlyArray<MemoryKind>
  readonly horizonMs?: number
  readonly timeoutMs?: number
}

interface Memory {
  readonly name: string
  readonly world: MemoryWorld
  readonly kinds: ReadonlyMap<string, MemoryKind>
  readonly timeoutMs: number
}

/** One operation on its way: what the world is told of it, and what it is logged with. */
interface Passage {
  readonly memory: Memory
  readonly arrival: Arrival
  readonly sending?: Sending
  readonly now: number
  /** How much later than it arrived it is handled; milliseconds. */
  readonly lateMs?: number
}

const memoryKindOf = (memory: Memory, kind: string): MemoryKind => {
  const found = memory.kinds.get(kind)
  if (found === undefined) throw new Error(`the memory provider ${memory.name} serves no kind ${kind}`)
  return found
}

const requestOf = ({ arrival, sending }: Passage): string =>
  sending === undefined
    ? `${arrival.operation} ${arrival.kind}${arrival.id === undefined ? "" : ` ${arrival.id}`}`
    : `${sending.call.method} ${sending.call.path.replace("{id}", sending.id ?? "{id}")}`

const failure = (
  passage: Passage,
  { reason, detail, status }: { readonly reason: ProviderReason; readonly detail: string; readonly status?: number },
  { mayLand = true, retryAfterMs }: { readonly retryAfterMs?: number | undefined; readonly mayLand?: boolean } = {}
): ProviderError =>
  new ProviderError({
    reason,
    provider: passage.memory.name,
    request: requestOf(passage),
    detail,
    ...(status === undefined ? {} : { status }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(reason === "Ambiguous" ? { mayLand } : {})
  })

const record = (passage: Passage, line: Pick<LogEntry, "effect" | "told" | "before" | "after">): void => {
  const { memory, arrival, lateMs, sending, now } = passage
  memory.world.record({
    ...(lateMs === undefined ? {} : { lateMs }),
    at: now,
    by: "provider",
    arrival,
    ...(sending === undefined ? {} : { request: sending.call, idempotencyKey: sending.idempotencyKey }),
    ...line
  })
}

/** What a struck operation answers, where the act is an error; the others are handled as if nothing had happened. */
const faultError = (passage: Passage, fault: Fault): ProviderError | undefined => {
  const answer = answerOf[fault.act]
  if (answer === undefined) return undefined
  const { status = answer.status, detail = answer.detail } = fault
  const told = { reason: answer.reason, detail, ...(status === undefined ? {} : { status }) }
  // A read whose answer makes no sense is not tried again; a write that was answered lands no more.
  if (fault.act === "truncated") {
    const isRead = passage.sending === undefined
    return failure(passage, isRead ? { ...told, reason: "Malformed" } : told, { mayLand: false })
  }
  return failure(passage, told, fault.act === "throttle" ? { retryAfterMs: fault.ms } : {})
}

/** Lets a write happen at the server, logs it, and answers what the server replied. */
const handled = (passage: Passage, write: Write, lost?: ProviderError): Reply => {
  const reply = handleWrite(write)
  const refusal = reply._tag === "refused"
  record(passage, {
    effect: refusal ? "refused" : reply.effect,
    told: lost?.reason ?? (refusal ? reply.reason : "answer"),
    ...(refusal || reply.before === undefined ? {} : { before: reply.before }),
    ...(refusal || reply.after === undefined ? {} : { after: reply.after })
  })
  return reply
}

const answered = (passage: Passage, reply: Reply): Effect.Effect<Answer, ProviderError> =>
  reply._tag === "applied" ? Effect.succeed(reply.answer) : Effect.fail(failure(passage, reply))

/** What happens to a struck write before its error comes back. */
const struckWrite: {
  readonly [A in Act]?: (passage: Passage, write: Write, fault: Fault, lost: ProviderError) => void
} = {
  ambiguousAfter: (passage, write, _, lost) => {
    handled(passage, write, lost)
  },
  truncated: (passage, write, _, lost) => {
    handled(passage, write, lost)
  },
  lateLanding: (passage, write, fault, lost) => {
    record(passage, { effect: "lost", told: lost.reason })
    landLater(passage, write, fault, lost)
  }
}

/** Lets a write happen later. */
const landLater = (passage: Passage, write: Write, fault: Fault, lost?: ProviderError): void => {
  const lateMs = fault.ms ?? 0
  const due = passage.now + lateMs
  passage.memory.world.later(due, () => {
    handled({ ...passage, now: due, lateMs }, { ...write, now: due }, lost)
  })
}

/** Answers that a write was taken; it is carried out later, or never. */
const taken = (passage: Passage, write: Write, fault: Fault, id: string): Effect.Effect<Answer> => {
  record(passage, { effect: "lost", told: "answer" })
  if (fault.act === "acceptLate") landLater(passage, write, fault)
  return Effect.succeed({ status: 202, id })
}

const strikeWrite = (passage: Passage, write: Write, fault: Fault): Effect.Effect<Answer, ProviderError> => {
  const { id } = write.sending
  const isTaken = fault.act === "dropAccepted" || fault.act === "acceptLate"
  if (isTaken && id !== undefined && !write.sending.call.learnsId) return taken(passage, write, fault, id)
  const error = faultError(passage, fault)
  if (error === undefined) return Effect.suspend(() => answered(passage, handled(passage, write)))
  const act = struckWrite[fault.act]
  const reached = error.status !== undefined
  if (act === undefined) record(passage, { effect: reached ? "refused" : "lost", told: error.reason })
  else act(passage, write, fault, error)
  return Effect.fail(error)
}

const strikeRead = (passage: Passage, fault: Fault | undefined): Effect.Effect<void, ProviderError> => {
  const error = fault === undefined ? undefined : faultError(passage, fault)
  record(passage, {
    effect: error === undefined ? "read" : "lost",
    told: error === undefined ? "answer" : error.reason
  })
  return error === undefined ? Effect.void : Effect.fail(error)
}

/** Takes an operation through its moments: beat, fault, what the server does, beat. */
const pass = <A>(
  memory: Memory,
  request: { readonly arrival: Omit<Arrival, "during">; readonly sending?: Sending },
  serve: (passage: Passage, fault: Fault | undefined) => Effect.Effect<A, ProviderError>
): Effect.Effect<A, ProviderError> =>
  Effect.gen(function*() {
    const { world } = memory
    const arrival: Arrival = { ...request.arrival, during: yield* Priority }
    const key = request.sending === undefined ? {} : { idempotencyKey: request.sending.idempotencyKey }
    yield* world.beat({ ...arrival, ...key, when: "before" })
    const fault = world.strike(arrival)
    if (fault?.act === "die") return yield* Effect.die(new Error(fault.detail ?? "the provider died"))
    if (fault?.act === "hang") yield* Effect.sleep(fault.ms ?? memory.timeoutMs)
    const now = yield* Clock.currentTimeMillis
    world.land(now)
    const outcome = yield* Effect.exit(serve({ ...request, memory, arrival, now }, fault))
    yield* world.beat({ ...arrival, ...key, when: "after" })
    return yield* outcome
  })

const send = (memory: Memory, sending: Sending): Effect.Effect<Answer, ProviderError> => {
  const memoryKind = memoryKindOf(memory, sending.kind)
  const arrival = {
    operation: sending.call.operation,
    kind: sending.kind,
    call: callNumber(memoryKind, sending.call),
    ...(sending.id === undefined ? {} : { id: sending.id })
  }
  return pass(memory, { arrival, sending }, (passage, fault) => {
    const write: Write = { world: memory.world, memoryKind, kinds: memory.kinds, sending, now: passage.now }
    return fault === undefined ? answered(passage, handled(passage, write)) : strikeWrite(passage, write, fault)
  })
}

/** The moment whose state a read sees: now, or earlier where reads settle later. */
const readMoment = (memoryKind: MemoryKind, now: number): number => now - memoryKind.kind.capabilities.settlesWithinMs

const observe = (memory: Memory, kind: string, id: string): Effect.Effect<Observation | undefined, ProviderError> => {
  const memoryKind = memoryKindOf(memory, kind)
  return pass(memory, { arrival: { operation: "observe", kind, id } }, (passage, fault) =>
    Effect.gen(function*() {
      yield* strikeRead(passage, fault)
      const stored = memory.world.seen(kind, id, readMoment(memoryKind, passage.now))
      if (stored === undefined) return undefined
      const found = observation(memoryKind, fault?.act === "otherId" ? { ...stored, id: `${id}-other` } : stored)
      if (found.id === id) return found
      return yield* Effect.fail(failure(passage, { reason: "Malformed", detail: `the answer is about ${found.id}` }))
    }))
}

/** Lists of some kinds answer names alone. */
const listed = ({ kind }: MemoryKind, { document, ...found }: Observation): Observation =>
  kind.capabilities.listIsWhole ? { ...found, document } : { id: found.id, document: pick(document, nameFields(kind)) }

const pick = (document: Document, fields: ReadonlyArray<string>): Document =>
  Object.fromEntries(Object.entries(document).filter(([field]) => fields.includes(`/${field}`)))

/** There is no path to the collection of a parent that nobody names. */
const isWithoutParent = ({ kind: { scope = [] } }: MemoryKind, probe: Probe): boolean =>
  scope.some((field) => (probe[field] ?? null) === null)

const all = (memory: Memory, operation: "list" | "find", kind: string, probe: Probe = {}) => {
  const memoryKind = memoryKindOf(memory, kind)
  return pass(memory, { arrival: { operation, kind } }, (passage, fault) =>
    Effect.gen(function*() {
      yield* strikeRead(passage, fault)
      if (isWithoutParent(memoryKind, probe)) {
        const detail = `each ${kind} belongs to a parent, which the request does not name`
        return yield* Effect.fail(failure(passage, { reason: "Rejected", detail }))
      }
      return memory.world.seenAll(kind, readMoment(memoryKind, passage.now))
        .filter(({ document }) => bears(document, probe))
        .map((stored) => listed(memoryKind, observation(memoryKind, stored)))
    }))
}

/** Makes a provider over a world. Several may be made over one world, one after the other or side by side. */
export const makeMemoryProvider = (world: MemoryWorld, options: MemoryOptions = {}): Provider => {
  const memoryKinds = options.kinds ?? defaultKinds
  const memory: Memory = {
    name: options.name ?? "memory",
    world,
    kinds: new Map(memoryKinds.map((memoryKind) => [memoryKind.kind.name, memoryKind])),
    timeoutMs: options.timeoutMs ?? 1_000
  }
  return Object.freeze(
    {
      name: memory.name,
      version: "1",
      kinds: new Map(memoryKinds.map(({ kind }) => [kind.name, { ...kind, provider: memory.name }])),
      horizonMs: options.horizonMs ?? 100,
      timeoutMs: memory.timeoutMs,
      check: pass(memory, { arrival: { operation: "check", kind: "" } }, strikeRead),
      observe: (kind, id) => observe(memory, kind, id),
      list: (kind, scope) => all(memory, "list", kind, scope),
      find: (kind, probe) => all(memory, "find", kind, probe),
      calls: (kind, operation) => callsOf(memoryKindOf(memory, kind), operation),
      restore: (kind, before, remap) => writable(memoryKindOf(memory, kind).kind, before, remap),
      send: (sending) => send(memory, sending)
    } satisfies Provider
  )
}
