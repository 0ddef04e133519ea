/**
 * What one provider may have under way: a number of requests at once, and a number per length of time.
 *
 * Requests of a compensation go before all others, and a share of the rate (`Limits.compensationShare`) is theirs
 * alone, so that a batch that ran into the limit still gets back. A token that was taken comes back a whole period
 * later; so no stretch of that length ever sees more requests than were allowed. A `Retry-After` pauses the forward
 * requests of the whole provider.
 */
import { Clock, type Context, Effect, Fiber, type Scope } from "effect"
import { Limits } from "../../domain/Limits.ts"
import { type Pace, Priority, RateWaits } from "../Provider.ts"

/** The bounds of a budget. */
export interface BudgetOptions {
  /** Requests under way at once. */
  readonly concurrency: number
  readonly rate?: Rate
}

/** So many requests in each such stretch of time. */
export interface Rate {
  readonly requests: number
  readonly perMs: number
}

/** The gate that every request of a provider goes through. */
export interface Budget {
  /** Runs a request when it is its turn. */
  readonly run: <A, E, R>(request: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  /** Holds forward requests back for that long, at most `Limits.retryAfterMaxMs`. */
  readonly pause: (ms: number) => void
}

type Waiter = () => void

interface Gate {
  readonly clock: Clock.Clock
  readonly context: Context.Context<never>
  readonly concurrency: number
  readonly rate: Rate | undefined
  readonly waiting: { readonly forward: Set<Waiter>; readonly compensation: Set<Waiter> }
  /** When tokens were taken that are not back yet, oldest first from `first`. */
  readonly taken: Array<number>
  first: number
  inFlight: number
  pausedUntil: number
  pumping: boolean
  wake: { readonly at: number; readonly fiber: Fiber.Fiber<void> } | undefined
}

/** How many tokens each priority may have out; forward requests leave some, but always have one. */
export const tokensOf = ({ requests }: Rate, priority: "forward" | "compensation"): number =>
  priority === "compensation"
    ? requests
    : Math.max(1, requests - Math.ceil(requests * Limits.compensationShare))

/** What a rate comes to, as plans tell it. */
export const paceOf = (rate: Rate): Pace => ({
  forward: tokensOf(rate, "forward"),
  back: tokensOf(rate, "compensation"),
  perMs: rate.perMs
})

const nowMs = (gate: Gate): number => Number(gate.clock.monotonicTimeNanosUnsafe()) / 1e6

const returnTokens = (gate: Gate, { perMs }: Rate, now: number): void => {
  while ((gate.taken[gate.first] ?? Infinity) + perMs <= now) gate.first += 1
  if (gate.first <= 1_024) return
  gate.taken.splice(0, gate.first)
  gate.first = 0
}

/** When time would let a request of that priority go; at or before `now` for at once. */
const readyAt = (gate: Gate, priority: "forward" | "compensation", now: number): number => {
  const pause = priority === "forward" ? gate.pausedUntil : 0
  if (gate.rate === undefined) return pause
  returnTokens(gate, gate.rate, now)
  const out = gate.taken.length - gate.first
  const over = out - tokensOf(gate.rate, priority)
  return over < 0 ? pause : Math.max(pause, (gate.taken[gate.first + over] ?? 0) + gate.rate.perMs)
}

const admit = (gate: Gate, priority: "forward" | "compensation"): boolean => {
  if (gate.inFlight >= gate.concurrency) return false
  if (gate.rate !== undefined || (priority === "forward" && gate.pausedUntil > 0)) {
    const now = nowMs(gate)
    if (readyAt(gate, priority, now) > now) return false
    if (priority === "forward") gate.pausedUntil = 0
    if (gate.rate !== undefined) gate.taken.push(now)
  }
  gate.inFlight += 1
  return true
}

const next = (gate: Gate): "forward" | "compensation" | undefined => {
  if (gate.waiting.compensation.size > 0) return "compensation"
  return gate.waiting.forward.size > 0 ? "forward" : undefined
}

/** Wakes the gate when time lets the next one go; nothing to do while all places are taken, since a leaver pumps. */
const schedule = (gate: Gate): void => {
  const priority = next(gate)
  if (priority === undefined || gate.inFlight >= gate.concurrency) return
  const now = nowMs(gate)
  const at = readyAt(gate, priority, now)
  if (gate.wake !== undefined) {
    if (gate.wake.at <= at) return
    gate.wake.fiber.interruptUnsafe()
  }
  const ring = Effect.sync(() => {
    gate.wake = undefined
    pump(gate)
  })
  const pauseMs = Math.max(1, Math.ceil(at - now))
  gate.wake = { at, fiber: Effect.runForkWith(gate.context)(Effect.andThen(Effect.sleep(pauseMs), ring)) }
}

/** Lets in whoever may go. A request that ends while this runs is seen by the loop, not by a loop inside it. */
const pump = (gate: Gate): void => {
  if (gate.pumping) return
  gate.pumping = true
  for (let priority = next(gate); priority !== undefined && admit(gate, priority); priority = next(gate)) {
    const [waiter] = gate.waiting[priority]
    if (waiter === undefined) break
    gate.waiting[priority].delete(waiter)
    waiter()
  }
  gate.pumping = false
  schedule(gate)
}

const waitTurn = (gate: Gate, priority: "forward" | "compensation"): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    const waiter: Waiter = () => resume(Effect.void)
    gate.waiting[priority].add(waiter)
    schedule(gate)
    return Effect.sync(() => {
      gate.waiting[priority].delete(waiter)
      pump(gate)
    })
  })

const leave = (gate: Gate): Effect.Effect<void> =>
  Effect.sync(() => {
    gate.inFlight -= 1
    if (next(gate) !== undefined) pump(gate)
  })

/** Waits for a turn; what time keeps back, and not only a lack of places, is told to whoever wants to know. */
const toldTurn = (gate: Gate, priority: "forward" | "compensation", tell: ((ms: number) => void) | undefined) => {
  if (tell === undefined) return waitTurn(gate, priority)
  return Effect.suspend(() => {
    const began = nowMs(gate)
    const turn = waitTurn(gate, priority)
    const isLimited = readyAt(gate, priority, began) > began
    return isLimited ? Effect.tap(turn, () => Effect.sync(() => tell(nowMs(gate) - began))) : turn
  })
}

const run = <A, E, R>(gate: Gate, request: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.withFiber((fiber) => {
      const priority = fiber.getRef(Priority)
      const first = next(gate) === undefined || (priority === "compensation" && gate.waiting.compensation.size === 0)
      const inside = Effect.ensuring(restore(request), leave(gate))
      return first && admit(gate, priority)
        ? inside
        : Effect.andThen(restore(toldTurn(gate, priority, fiber.getRef(RateWaits))), inside)
    })
  )

const pause = (gate: Gate, ms: number): void => {
  gate.pausedUntil = Math.max(gate.pausedUntil, nowMs(gate) + Math.min(ms, Limits.retryAfterMaxMs))
}

/** Makes the budget of one provider. */
export const makeBudget = ({ concurrency, rate }: BudgetOptions): Effect.Effect<Budget, never, Scope.Scope> =>
  Effect.gen(function*() {
    const gate: Gate = {
      clock: yield* Clock.Clock,
      context: yield* Effect.context<never>(),
      concurrency,
      rate,
      waiting: { forward: new Set(), compensation: new Set() },
      taken: [],
      first: 0,
      inFlight: 0,
      pausedUntil: 0,
      pumping: false,
      wake: undefined
    }
    yield* Effect.addFinalizer(() =>
      Effect.suspend(() => gate.wake === undefined ? Effect.void : Fiber.interrupt(gate.wake.fiber))
    )
    return { run: (request) => run(gate, request), pause: (ms) => pause(gate, ms) }
  })
