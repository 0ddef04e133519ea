/**
 * The in-memory world: the resources of an imagined server, seen from outside any provider.
 *
 * It outlives providers, as a real server outlives a killed process. Tests read the truth here (unmasked), act behind
 * everybody's back as a third party, inject faults, and hook into every beat: the moment before an operation reaches
 * the server and the moment after it was handled, before its answer travels back. Time is what operations bring along.
 */
import { Effect } from "effect"
import { canonicalText, type Document } from "../../domain/Document.ts"
import type { Answer, Call } from "../Provider.ts"
import type { ProviderReason } from "../ProviderError.ts"
import { aimsAt, type Arrival, type Fault } from "./Fault.ts"
import { patchedDocument } from "./Shape.ts"

/** One resource as the server holds it. */
export interface Stored {
  readonly id: string
  readonly document: Document
  /** Rises by one with every write of this resource. */
  readonly version: number
  /** The world's counter of writes at its last write. */
  readonly updatedAt: number
}

/** One line of the log. Strangers' writes are in it too; a late landing has a line of its own. */
export interface LogEntry {
  readonly seq: number
  /** Milliseconds; absent for strangers. */
  readonly at?: number
  /** `server` for what a write of the provider brought with it elsewhere. */
  readonly by: "provider" | "stranger" | "server"
  readonly arrival: Arrival
  readonly request?: Call
  readonly idempotencyKey?: string
  /** What the server did; `lost` when the operation did not reach it or has not landed yet. */
  readonly effect: "read" | "created" | "updated" | "deleted" | "replayed" | "refused" | "lost"
  /** What the caller was told. */
  readonly told: "answer" | "nothing" | ProviderReason
  /** How much later than it arrived it was carried out, where it was; milliseconds. */
  readonly lateMs?: number
  readonly before?: Stored
  readonly after?: Stored
}

/** The moment before or after an operation is handled. `n` counts beats from 1. */
export interface Beat extends Arrival {
  readonly n: number
  readonly when: "before" | "after"
  readonly idempotencyKey?: string
}

interface Moment {
  readonly at: number
  readonly stored: Stored | undefined
}

interface Landing {
  readonly due: number
  readonly land: () => void
}

/** The resources of an imagined server, with what happened to them. */
export class MemoryWorld {
  /** Kind → id → resource: the truth, unmasked. */
  readonly resources = new Map<string, Map<string, Stored>>()
  readonly log: Array<LogEntry> = []
  /** Answers remembered by idempotency key. */
  readonly remembered = new Map<string, { readonly until: number; readonly request: string; readonly answer: Answer }>()
  /** Runs at every beat; may edit behind the back, die or interrupt. */
  onBeat: (beat: Beat) => Effect.Effect<void> = () => Effect.void
  #beats = 0
  #writes = 0
  readonly #ids = new Map<string, number>()
  readonly #history = new Map<string, Map<string, Array<Moment>>>()
  #landings: ReadonlyArray<Landing> = []
  #faults: ReadonlyArray<{ readonly fault: Fault; seen: number; struck: number }> = []

  /** Adds faults; the first that strikes an operation decides. */
  inject(...faults: ReadonlyArray<Fault>): void {
    this.#faults = [...this.#faults, ...faults.map((fault) => ({ fault, seen: 0, struck: 0 }))]
  }

  /** Ends all faults. */
  clearFaults(): void {
    this.#faults = []
  }

  /** The fault that strikes an operation, if any; counts the operation for every fault aimed at it. */
  strike(arrival: Arrival): Fault | undefined {
    const aimed = this.#faults.filter(({ fault }) => aimsAt(fault, arrival))
    for (const state of aimed) state.seen += 1
    const striking = aimed.find(({ fault, seen, struck }) =>
      seen >= (fault.match?.nth ?? 1) && struck < (fault.times ?? 1)
    )
    if (striking !== undefined) striking.struck += 1
    return striking?.fault
  }

  /** Announces a beat. */
  beat(beat: Omit<Beat, "n">): Effect.Effect<void> {
    return Effect.suspend(() => this.onBeat({ ...beat, n: ++this.#beats }))
  }

  /** The resource as it is now. */
  get(kind: string, id: string): Stored | undefined {
    return this.resources.get(kind)?.get(id)
  }

  /** One resource as a read sees it that lags behind: as it was at `asOf`. */
  seen(kind: string, id: string, asOf: number): Stored | undefined {
    return this.#history.get(kind)?.get(id)?.findLast(({ at }) => at <= asOf)?.stored
  }

  /** The resources of a kind as such a read sees them, in order of creation. */
  seenAll(kind: string, asOf: number): ReadonlyArray<Stored> {
    return [...(this.#history.get(kind)?.keys() ?? [])].flatMap((id) => this.seen(kind, id, asOf) ?? [])
  }

  /** A rising id that was never given before, or the lowest that is free. */
  nextId(kind: string, ids: "rising" | "reused" = "rising"): string {
    const highest = this.#ids.get(kind) ?? 0
    const free = (n: number): number => this.get(kind, `${kind}-${n}`) === undefined ? n : free(n + 1)
    const n = ids === "reused" ? free(1) : highest + 1
    this.#ids.set(kind, Math.max(n, highest))
    return `${kind}-${n}`
  }

  /** The last resource of an id that is there no more. */
  gone(kind: string, id: string): Stored | undefined {
    if (this.get(kind, id) !== undefined) return undefined
    return this.#history.get(kind)?.get(id)?.findLast(({ stored }) => stored !== undefined)?.stored
  }

  /** Puts a document in place, or removes it; every write of the world goes through here. */
  write(kind: string, id: string, document: Document | undefined, at = Number.NEGATIVE_INFINITY): Stored | undefined {
    const before = this.get(kind, id)
    const ofKind = this.resources.get(kind) ?? new Map<string, Stored>()
    this.resources.set(kind, ofKind)
    this.#writes += 1
    const stored = document === undefined
      ? undefined
      : { id, document, version: (before?.version ?? 0) + 1, updatedAt: this.#writes }
    if (stored === undefined) ofKind.delete(id)
    else ofKind.set(id, stored)
    this.#remember(kind, id, { at, stored })
    return stored
  }

  /** Keeps a write for later: it lands when time has come, whoever asks next. */
  later(due: number, land: () => void): void {
    this.#landings = [...this.#landings, { due, land }].sort((a, b) => a.due - b.due)
  }

  /** Lands what is due by `now`; without it, everything that is still on its way. */
  land(now = Number.POSITIVE_INFINITY): void {
    const due = this.#landings.filter((landing) => landing.due <= now)
    this.#landings = this.#landings.filter((landing) => landing.due > now)
    for (const { land } of due) land()
  }

  /** Adds a line to the log. */
  record(entry: Omit<LogEntry, "seq">): void {
    this.log.push({ ...entry, seq: this.log.length + 1 })
  }

  /** A stranger creates a resource; returns its id. Kinds whose id is a field need it said. */
  create(kind: string, document: Document, id = this.nextId(kind)): string {
    this.#stranger("create", kind, id, document)
    return id
  }

  /** A stranger edits a resource, by merge patch. Unknown ids are a mistake of the test. */
  edit(kind: string, id: string, patch: Document): void {
    this.#stranger("update", kind, id, patchedDocument(this.#known(kind, id).document, patch))
  }

  /** A stranger rewrites a resource with what it already holds: the token changes, the content does not. */
  touch(kind: string, id: string): void {
    this.#stranger("update", kind, id, this.#known(kind, id).document)
  }

  /** A stranger removes a resource. */
  remove(kind: string, id: string): void {
    this.#known(kind, id)
    this.#stranger("delete", kind, id, undefined)
  }

  /** What is there, unmasked: kind → id → document, sorted; kinds without resources are left out. */
  snapshot(): { readonly [kind: string]: { readonly [id: string]: Document } } {
    return Object.fromEntries(
      sortedEntries(this.resources).filter(([, ofKind]) => ofKind.size > 0).map(([kind, ofKind]) => [
        kind,
        Object.fromEntries(sortedEntries(ofKind).map(([id, { document }]) => [id, document]))
      ])
    )
  }

  /** The log's writes that changed something, strangers' included. */
  get writes(): ReadonlyArray<LogEntry> {
    return this.log.filter(({ effect }) => effect === "created" || effect === "updated" || effect === "deleted")
  }

  /** One text for all that is there; equal worlds have equal texts. */
  get text(): string {
    return canonicalText(this.snapshot())
  }

  #remember(kind: string, id: string, moment: Moment): void {
    const ofKind = this.#history.get(kind) ?? new Map<string, Array<Moment>>()
    this.#history.set(kind, ofKind)
    ofKind.set(id, [...(ofKind.get(id) ?? []), moment])
  }

  #known(kind: string, id: string): Stored {
    const stored = this.get(kind, id)
    if (stored === undefined) throw new Error(`the world has no ${kind} ${id}`)
    return stored
  }

  #stranger(operation: "create" | "update" | "delete", kind: string, id: string, document: Document | undefined): void {
    const before = this.get(kind, id)
    const after = this.write(kind, id, document)
    this.record({
      by: "stranger",
      arrival: { operation, kind, id, during: "forward" },
      effect: `${operation}d`,
      told: "nothing",
      ...(before === undefined ? {} : { before }),
      ...(after === undefined ? {} : { after })
    })
  }
}

const sortedEntries = <A>(map: ReadonlyMap<string, A>): ReadonlyArray<readonly [string, A]> =>
  [...map].sort(([a], [b]) => a < b ? -1 : 1)
