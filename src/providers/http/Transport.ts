/**
 * Requests to one origin over undici's dispatcher.
 *
 * The dispatcher is called directly, behind one `Effect.callback`, because anything more comfortable costs about as
 * much as the request itself. Only HTTP/1.1 without pipelining is spoken: a connection then carries one request, so a
 * failure is one request's failure and undici repeats nothing on its own. Interrupting aborts the request. Attempts
 * expire by a sweep over the open ones in order of age, not by a timer each.
 */
import { Clock, type Context, Effect, Fiber, type Scope } from "effect"
import { Limits } from "../../domain/Limits.ts"
import { type Answered, Exchange, type Failed } from "./Exchange.ts"
import { type Network, type Way, wayTo } from "./Network.ts"

/** How to reach an origin. */
export interface TransportOptions {
  /** `https://host:port`. */
  readonly origin: string
  /** Connections that are kept open at most. */
  readonly connections: number
  /** Longest time of one attempt; milliseconds. */
  readonly timeoutMs: number
  /** Largest answer that is read; bytes. Default: `Limits.responseBytesMax`. */
  readonly responseBytesMax?: number
  /** Proxies and certificates; none where absent. */
  readonly network?: Network
}

/** A request as it goes on the wire. */
export interface WireRequest {
  readonly method: string
  /** Path and query. */
  readonly path: string
  /** Names and values in turn. */
  readonly headers: ReadonlyArray<string>
  readonly body?: string
}

/** Sends one request once. */
export interface Transport {
  readonly send: (request: WireRequest) => Effect.Effect<Answered, Failed>
}

interface Wire {
  readonly way: Way
  readonly origin: string
  readonly clock: Clock.Clock
  readonly context: Context.Context<never>
  readonly timeoutMs: number
  readonly responseBytesMax: number
  /** In order of their deadlines, since the timeout is the same for all. */
  readonly open: Set<Exchange>
  sweeper: Fiber.Fiber<void> | undefined
}

const nowMs = (clock: Clock.Clock): number => Number(clock.monotonicTimeNanosUnsafe()) / 1e6

const sweep = (wire: Wire): Effect.Effect<void> =>
  Effect.suspend(() => {
    const [oldest] = wire.open
    if (oldest === undefined) {
      wire.sweeper = undefined
      return Effect.void
    }
    const leftMs = oldest.deadline - nowMs(wire.clock)
    if (leftMs > 0) return Effect.andThen(Effect.sleep(Math.ceil(leftMs)), sweep(wire))
    oldest.expire(wire.timeoutMs)
    return sweep(wire)
  })

const track = (wire: Wire, exchange: Exchange): void => {
  wire.open.add(exchange)
  wire.sweeper ??= Effect.runForkWith(wire.context)(sweep(wire))
}

const send = (wire: Wire, request: WireRequest): Effect.Effect<Answered, Failed> =>
  Effect.callback((resume) => {
    const deadline = nowMs(wire.clock) + wire.timeoutMs
    const exchange = new Exchange(deadline, wire.responseBytesMax, (outcome) => {
      wire.open.delete(exchange)
      resume(outcome._tag === "answered" ? Effect.succeed(outcome) : Effect.fail(outcome))
    })
    track(wire, exchange)
    const { dispatcher, headers, prefix } = wire.way
    dispatcher.dispatch({
      origin: wire.origin,
      path: prefix === "" ? request.path : `${prefix}${request.path}`,
      method: request.method,
      headers: (headers.length === 0 ? request.headers : [...request.headers, ...headers]) as Array<string>,
      body: request.body ?? null
    }, exchange)
    return Effect.sync(() => {
      wire.open.delete(exchange)
      exchange.abandon()
    })
  })

const close = (wire: Wire): Effect.Effect<void> =>
  Effect.andThen(
    Effect.suspend(() => wire.sweeper === undefined ? Effect.void : Fiber.interrupt(wire.sweeper)),
    Effect.promise(() => wire.way.dispatcher.destroy())
  )

/** Opens a transport for the length of the scope; certificates are always verified. */
export const makeTransport = (options: TransportOptions): Effect.Effect<Transport, never, Scope.Scope> =>
  Effect.gen(function*() {
    const wire: Wire = {
      way: wayTo(options, options.network ?? {}),
      origin: options.origin,
      clock: yield* Clock.Clock,
      context: yield* Effect.context<never>(),
      timeoutMs: options.timeoutMs,
      responseBytesMax: options.responseBytesMax ?? Limits.responseBytesMax,
      open: new Set(),
      sweeper: undefined
    }
    yield* Effect.addFinalizer(() => close(wire))
    return { send: (request) => send(wire, request) }
  })
