/**
 * The log of the requests that reached the API, in the order of their arrival.
 *
 * It keeps bodies as they came, secrets and all: the sandbox is for made-up data. It is bounded; the oldest half goes
 * first.
 */
import type { Act } from "./Fault.ts"

/** One request as the server saw it. */
export interface LoggedRequest {
  /** Rises by one with every request, from 1. */
  readonly seq: number
  /** When it was read in full, in milliseconds of the sandbox's clock. */
  readonly at: number
  readonly method: string
  /** The path with its query, as sent. */
  readonly path: string
  readonly body: string
  /** The status that was sent; null while there is none, and for good when the connection was cut instead. */
  readonly status: number | null
  /** Whether it changed the world: a write that was accepted, however it was answered. */
  readonly applied: boolean
  /** The faults that fired at it. */
  readonly faults: ReadonlyArray<Act>
}

/** A logged request while it is being served. */
export type OpenRequest = { -readonly [Key in keyof LoggedRequest]: LoggedRequest[Key] }

/** The log of a running sandbox. */
export interface RequestLog {
  requests: Array<OpenRequest>
  seq: number
  inFlight: number
  peakInFlight: number
}

const requestsMax = 100_000

/** Makes an empty log. */
export const emptyLog = (): RequestLog => ({ requests: [], seq: 0, inFlight: 0, peakInFlight: 0 })

/** Forgets what was logged; requests under way still count as under way. */
export const clearLog = (log: RequestLog): void => {
  log.requests = []
  log.seq = 0
  log.peakInFlight = log.inFlight
}

/** Logs a request that was read in full; its caller fills in the status and whether it was applied. */
export const logRequest = (
  log: RequestLog,
  request: Pick<LoggedRequest, "at" | "method" | "path" | "body" | "faults">
): OpenRequest => {
  if (log.requests.length >= requestsMax) log.requests = log.requests.slice(requestsMax / 2)
  log.seq += 1
  const open: OpenRequest = { seq: log.seq, ...request, status: null, applied: false }
  log.requests.push(open)
  return open
}

/** Answers a copy of the log. */
export const loggedRequests = (log: RequestLog): ReadonlyArray<LoggedRequest> =>
  log.requests.map((request) => ({ ...request }))
