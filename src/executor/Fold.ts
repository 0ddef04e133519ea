/**
 * What a journal says of a step: pure folds of its entries.
 *
 * Nothing else knows a step's phase (rule 5). The fold does not care how entries were grouped into commits, so that
 * a run and its recovery read the same history alike. Remaining = intended − compensated.
 */
import type {
  Blocked,
  Choice,
  Compensated,
  Direction,
  Entry,
  Human,
  Intent,
  Outcome,
  Resolved
} from "../domain/Entry.ts"
import type { StepId } from "../domain/Ids.ts"
import type { SealedDocument } from "../domain/Sealed.ts"

/**
 * What came of one call. `open` has an intent and no certain outcome: it is settled before anything else.
 * `superseded` was sent again under a newer intent although nobody knows what came of it: it may have taken effect.
 */
export type CallResult = "open" | "superseded" | "applied" | "refused" | "not-applied" | "gone" | "edited"

/** One call of a step, forwards or back: its newest intent and what came of it. */
export interface CallState {
  readonly seq: number
  readonly direction: Direction
  readonly intent: Intent
  readonly result: CallResult
  /** It was only taken (202): that it was carried out as well is not known by its answer. */
  readonly taken?: boolean
  /** A person said that it was not applied: nobody read that. */
  readonly denied?: true
  /** The answer of success named another resource. */
  readonly answeredId?: string
}

/** Where a step is. */
export type Phase =
  | "planned"
  | "intended"
  | "in doubt"
  | "applied"
  | "unneeded"
  | "refused"
  | "stuck"
  | "compensated"

/** A step's history, folded. */
export interface StepState {
  readonly id: StepId
  readonly calls: ReadonlyArray<CallState>
  /** Nothing had to be sent. */
  readonly unneeded: boolean
  /** All calls of the operation were applied. */
  readonly complete: boolean
  readonly refusal?: string
  /** Declared fields that do not hold what was sent, after an applied write. */
  readonly diverged: ReadonlyArray<string>
  /** What is known of the resource after the last call that was settled. */
  readonly remoteId?: string
  readonly token?: string
  readonly after?: SealedDocument
  /** What we left there, where that is not all of `after`. */
  readonly left?: SealedDocument
  /** That is all that was there. */
  readonly leftIsWhole?: true
  /** How a create was first found after its last call that was applied; somebody may have edited it before that. */
  readonly seen?: SealedDocument
  readonly blocked?: Blocked
  readonly human?: Human
  /** The last thing a person chose, whether it took effect or not: saying it again changes nothing. */
  readonly chosen?: Human
  readonly compensated?: Compensated
}

/** A step without entries. */
export const untouched = (id: StepId): StepState => ({
  id,
  calls: [],
  unneeded: false,
  complete: false,
  diverged: []
})

const known = (entry: Outcome | Resolved | Compensated): Pick<StepState, "remoteId" | "token" | "after"> => ({
  ...(entry.remoteId === undefined ? {} : { remoteId: entry.remoteId }),
  ...(entry.token === undefined ? {} : { token: entry.token }),
  ...(entry.after === undefined ? {} : { after: entry.after })
})

const withResult = (
  state: StepState,
  call: CallState | undefined,
  result: CallResult
): ReadonlyArray<CallState> =>
  call === undefined ? state.calls : state.calls.map((other) => other === call ? { ...call, result } : other)

/** The call that an outcome or a verdict is about: the open one. */
const withOpen = (state: StepState, result: CallResult): ReadonlyArray<CallState> =>
  withResult(state, openCall(state), result)

const taken = 202

const withTaken = (state: StepState): ReadonlyArray<CallState> => {
  const call = openCall(state)
  return state.calls.map((other) => other === call ? { ...other, result: "applied", taken: true } : other)
}

const withAnswered = (state: StepState, answeredId: string): ReadonlyArray<CallState> => {
  const call = openCall(state)
  return state.calls.map((other) => other === call ? { ...other, answeredId } : other)
}

const completes = (state: StepState): boolean => {
  const call = openCall(state)
  return call?.direction === "forward" && call.intent.call === call.intent.of
}

/** Whether an intent sends again what an open call sent: the call itself, or an update all that a create left open. */
const isRepeated = ({ direction, intent: sent, result }: CallState, way: Direction, intent: Intent): boolean => {
  if (result !== "open" || direction !== way) return false
  if (sent.operation === "create" && intent.operation === "update") return true
  return sent.operation === intent.operation && sent.call === intent.call
}

/** What an update that goes on from a create stands on is how that create was left, where no answer said it. */
const foundBy = (state: StepState, direction: Direction, { before, operation }: Intent): Pick<StepState, "seen"> => {
  const isNew = direction === "forward" && operation === "update" && state.calls.some(isCreate)
  const isKnown = state.after !== undefined || state.seen !== undefined
  return isNew && !isKnown && before !== undefined ? { seen: before } : {}
}

const isCreate = ({ direction, intent }: CallState): boolean => direction === "forward" && intent.operation === "create"

const intended = (state: StepState, seq: number, direction: Direction, intent: Intent): StepState => {
  const { blocked: _, human: __, ...rest } = state
  const earlier = state.calls.map((call): CallState =>
    isRepeated(call, direction, intent) ? { ...call, result: "superseded" } : call
  )
  const found = foundBy(state, direction, intent)
  return { ...rest, ...found, complete: false, calls: [...earlier, { seq, direction, intent, result: "open" }] }
}

/** What a call that was applied forwards says of the resource makes what was known of it before out of date. */
const learned = (state: StepState, entry: Outcome | Resolved): StepState => {
  if (entry.direction === "back") return { ...state, ...known(entry) }
  const { after: _, token: __, left: ___, leftIsWhole: ____, seen: _____, ...rest } = state
  const left = entry._tag === "outcome" && entry.left !== undefined
    ? { left: entry.left, ...(entry.leftIsWhole === undefined ? {} : { leftIsWhole: entry.leftIsWhole }) }
    : {}
  return { ...rest, ...known(entry), ...left }
}

const outcome = (state: StepState, entry: Outcome): StepState => {
  switch (entry.result) {
    case "unneeded": {
      const { blocked: _, human: __, ...rest } = state
      return { ...rest, ...known(entry), unneeded: true, complete: true }
    }
    case "ambiguous":
      return entry.remoteId === undefined ? state : { ...state, calls: withAnswered(state, entry.remoteId) }
    case "refused":
      return { ...state, calls: withOpen(state, "refused"), ...refusalOf(entry) }
    case "applied":
      return {
        ...learned(state, entry),
        calls: entry.status === taken ? withTaken(state) : withOpen(state, "applied"),
        complete: state.complete || completes(state),
        diverged: entry.direction === "forward" ? entry.diverged ?? [] : state.diverged
      }
  }
}

const refusalOf = (entry: Outcome): Pick<StepState, "refusal"> =>
  entry.direction === "forward" && entry.detail !== undefined ? { refusal: entry.detail } : {}

/** What a reading showed of a create that goes on; the first one is nearest to how it was left. */
const showing = (state: StepState, { seen }: Resolved): StepState =>
  seen === undefined || state.seen !== undefined ? state : { ...state, seen }

const resolved = (before: StepState, entry: Resolved): StepState => {
  const state = showing(before, entry)
  if (entry.verdict === "ask" || entry.verdict === "repeat") return state
  const { blocked: _, ...rest } = state
  if (entry.verdict === "applied") {
    return {
      ...showing(learned(rest, entry), entry),
      calls: withOpen(state, "applied"),
      complete: state.complete || completes(state)
    }
  }
  const calls = withOpen(state, entry.verdict)
  // Of a create that goes on, what was read shows how the calls before it left the resource.
  if (entry.verdict === "not-applied")
    return entry.after === undefined
      ? { ...rest, calls }
      : { ...learned(rest, entry), calls }
  return { ...rest, calls, ...(entry.direction === "forward" ? { refusal: entry.evidence } : {}) }
}

/** A create that took effect although nobody knows under which id. */
const nameless = (state: StepState): CallState | undefined => {
  const [first] = effective(state)
  return state.remoteId === undefined && first?.intent.operation === "create" ? first : undefined
}

/** What a person says of a call in doubt settles it; other choices wait for the way back. */
const chosen = (state: StepState, human: Human): StepState => {
  const { blocked: _, human: __, ...rest } = state
  const call = openCall(state) ?? nameless(state)
  const next = { ...rest, chosen: human }
  const { choice } = human
  if (call === undefined) return { ...next, human }
  if (choice === "not-applied") {
    const denied: CallState = { ...call, result: "not-applied", denied: true }
    return { ...next, calls: state.calls.map((other) => other === call ? denied : other) }
  }
  const { seen: ___, ...since } = next
  const applied = { ...since, calls: withResult(state, call, "applied"), complete: state.complete || completes(state) }
  if (choice === "applied") return applied
  return choice.startsWith("adopt:") ? { ...applied, remoteId: choice.slice("adopt:".length) } : { ...next, human }
}

/** Folds one entry into the state of its step; entries of other steps leave it as it is. */
export const foldStep = (state: StepState, entry: Entry): StepState => {
  const body = entry.body
  switch (body._tag) {
    case "intended":
      return intended(state, entry.seq, "forward", body)
    case "undo-intended":
      return intended(state, entry.seq, "back", body)
    case "outcome":
      return outcome(state, body)
    case "resolved":
      return resolved(state, body)
    case "compensated": {
      const { blocked: _, human: __, after: ___, remoteId: ____, token: _____, ...rest } = state
      return { ...rest, ...known(body), compensated: body }
    }
    case "blocked": {
      const { human: _, ...rest } = state
      return { ...rest, blocked: body }
    }
    case "human":
      return chosen(state, body)
    default:
      return state
  }
}

/** The newest call whose outcome is not known, if there is one. */
export const openCall = (state: StepState): CallState | undefined =>
  state.calls.findLast((call) => call.result === "open")

const tookEffect: ReadonlySet<CallResult> = new Set<CallResult>(["applied", "open", "superseded"])

/** The forward calls that took or may have taken effect: what there is to undo. */
export const effective = (state: StepState): ReadonlyArray<CallState> =>
  state.calls.filter((call) => call.direction === "forward" && tookEffect.has(call.result))

/** Names where a step is. */
export const phaseOf = (state: StepState): Phase => {
  if (state.compensated !== undefined) return "compensated"
  if (state.blocked !== undefined) return "stuck"
  if (state.unneeded) return "unneeded"
  if (openCall(state) !== undefined) return "in doubt"
  if (state.refusal !== undefined || state.diverged.length > 0) return "refused"
  if (state.complete) return "applied"
  return state.calls.length === 0 ? "planned" : "intended"
}

/** Whether a step is as desired: all of it was applied or not needed, and what was read back holds what was sent. */
export const holds = (state: StepState): boolean => state.complete && state.diverged.length === 0

/** Whether a step still has something to take back. */
export const remains = (state: StepState): boolean => state.compensated === undefined && effective(state).length > 0

/** Whether what was written was only taken (202), and is not there as far as can be seen: nor may its secrets be. */
export const isOnlyTaken = ({ calls, diverged }: StepState): boolean =>
  diverged.length > 0 && calls.some((call) => call.direction === "forward" && call.taken === true)

/** The choice of a person that waits to take effect. */
export const pendingChoice = (state: StepState): Choice | undefined => state.human?.choice
