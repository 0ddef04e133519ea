/**
 * Faults as data: what the imagined server or the network does to the operations that match.
 *
 * A fault says where it strikes and what happens there, so that a test reads as a table and a simulation can print
 * the faults it drew. Counting is per fault: `nth` is the first matching operation that is struck, `times` how many.
 */
import type { ProviderReason } from "../ProviderError.ts"

/** The operations of the port; writes go by the name of their operation. */
export type RemoteOperation = "check" | "observe" | "list" | "find" | "create" | "update" | "delete"

/** What happens to a struck operation. */
export type Act =
  /** 422 (or `status`), not applied. */
  | "refuse"
  /** The connection fails before the first byte. */
  | "notSent"
  /** The answer is lost; the write was not applied. */
  | "ambiguousBefore"
  /** The answer is lost; the write was applied. */
  | "ambiguousAfter"
  /** The answer ends in the middle: the write was applied, a read told nothing. */
  | "truncated"
  /** 429, with Retry-After of `ms`. */
  | "throttle"
  /** The answer is lost, and the write is applied `ms` later. */
  | "lateLanding"
  /** 401, not applied. */
  | "unauthorized"
  /** A defect in the provider, not applied. */
  | "die"
  /** No answer until the request times out after `ms` (default: the provider's timeout); not applied. */
  | "hang"
  /** 202: an update or delete is taken, and never carried out. A create is handled as if nothing had happened. */
  | "dropAccepted"
  /** 202: an update or delete is taken, and carried out `ms` later. A create is handled as if nothing had happened. */
  | "acceptLate"
  /** A read answers with the id of another resource. */
  | "otherId"

/** Where a fault strikes; what is left out matches everything. */
export interface FaultMatch {
  readonly kind?: string
  readonly operation?: RemoteOperation
  /** The call of its operation, from 1. */
  readonly call?: number
  readonly id?: string
  /** Whether the engine was going forward or back. */
  readonly during?: "forward" | "compensation"
  /** The first matching operation that is struck, from 1. */
  readonly nth?: number
}

export interface Fault {
  readonly match?: FaultMatch
  readonly act: Act
  /** How many matching operations are struck; default 1. */
  readonly times?: number
  readonly ms?: number
  readonly status?: number
  readonly detail?: string
}

/** One operation as it reaches the imagined server. */
export interface Arrival {
  readonly operation: RemoteOperation
  readonly kind: string
  readonly id?: string
  readonly call?: number
  readonly during: "forward" | "compensation"
}

/** Tells whether a fault is aimed at an operation, counting aside. */
export const aimsAt = (fault: Fault, arrival: Arrival): boolean => {
  const { kind, operation, call, id, during } = fault.match ?? {}
  return (kind ?? arrival.kind) === arrival.kind && (operation ?? arrival.operation) === arrival.operation &&
    (call === undefined || call === arrival.call) && (id === undefined || id === arrival.id) &&
    (during ?? arrival.during) === arrival.during
}

/** What the caller learns of each act that answers with an error at once. */
export const answerOf: {
  readonly [A in Act]?: { readonly reason: ProviderReason; readonly status?: number; readonly detail: string }
} = {
  refuse: { reason: "Rejected", status: 422, detail: "refused" },
  notSent: { reason: "NotSent", detail: "connection refused" },
  ambiguousBefore: { reason: "Ambiguous", detail: "the answer was lost" },
  ambiguousAfter: { reason: "Ambiguous", detail: "the answer was lost" },
  truncated: { reason: "Ambiguous", detail: "the answer was cut short" },
  throttle: { reason: "Throttled", status: 429, detail: "too many requests" },
  lateLanding: { reason: "Ambiguous", detail: "the request was aborted" },
  unauthorized: { reason: "Unauthorized", status: 401, detail: "credentials expired" },
  hang: { reason: "Ambiguous", detail: "timed out" }
}
