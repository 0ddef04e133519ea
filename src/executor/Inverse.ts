/**
 * What takes a step back: from its folded history alone. Pure.
 *
 * The undo of any applied prefix of calls is the undo of the step: created → delete, updated → restore the
 * before-image, deleted → create again. A way back that was itself cut off goes on from where it stands.
 */
import type { Step } from "../domain/Plan.ts"
import type { SealedDocument } from "../domain/Sealed.ts"
import { type CallState, effective, isOnlyTaken, type StepState } from "./Fold.ts"

/** What is to be done on the way back. Documents are still sealed. */
export type Undo =
  | { readonly _tag: "nothing" }
  /**
   * Take away what was created. `left` is how we left it; `whole` tells that it is all that was there, and `seen` what
   * else was when it was first found. Of calls that are `denied` nothing is there, as a person says.
   */
  | {
    readonly _tag: "remove"
    readonly id: string
    readonly left: SealedDocument | undefined
    readonly whole: boolean
    readonly seen: SealedDocument | undefined
    readonly denied: ReadonlyArray<CallState>
    readonly token: string | undefined
    readonly compensates: number
  }
  /** Put the before-image back over what we left. */
  | {
    readonly _tag: "restore"
    readonly id: string
    readonly before: SealedDocument | undefined
    readonly left: SealedDocument | undefined
    readonly token: string | undefined
    readonly compensates: number
    /** What was there when it was found that the write was taken and not carried out: it may be yet. */
    readonly untaken: SealedDocument | undefined
    /** What a write back that took effect put there: what differs from that is somebody's. */
    readonly restored: SealedDocument | undefined
    /** The id it had before it was re-created on the way back. */
    readonly formerly: string | undefined
  }
  | {
    readonly _tag: "recreate"
    readonly before: SealedDocument | undefined
    readonly formerly: string
    readonly compensates: number
  }
  /** Nothing was changed here, but it may refer to something that was re-created. */
  | { readonly _tag: "refer"; readonly id: string }
  /** A create whose resource nobody could find: a person has to say. */
  | { readonly _tag: "unknown" }

/** The last call that brought a re-created resource to where it is, if the step was re-created on the way back. */
const recreated = (state: StepState): CallState | undefined => {
  const back = state.calls.filter((call) => call.direction === "back" && call.result === "applied")
  const made = back.findLastIndex((call) => call.intent.operation === "create")
  // A call that was only taken may still have to be carried out: what it would leave is not missed as an edit.
  const certain = back.findLast((call) => call.taken !== true)
  return made < 0 || state.remoteId === undefined ? undefined : certain ?? back.at(-1)
}

type Left = Pick<Undo & { _tag: "remove" }, "left" | "whole" | "seen" | "token">

const leftBy = (state: StepState, last: CallState): Left => {
  // What is known since a write back took effect may hold somebody's edit that it kept.
  const isWrittenBack = state.calls.some(({ direction, intent, result }) =>
    direction === "back" && result === "applied" && intent.operation !== "delete"
  )
  const { after, seen, token }: Partial<StepState> = isWrittenBack ? {} : state
  return {
    whole: state.left === undefined ? after !== undefined : state.leftIsWhole === true,
    left: state.left ?? after ?? last.intent.expected,
    seen: state.left === undefined && after === undefined ? seen : undefined,
    // A token proves nothing where what was observed may be somebody's edit.
    token: state.left === undefined ? token : undefined
  }
}

/** A delete on the way back that did not go through: what it stood on is what was there after our last write. */
const triedDelete = ({ calls, remoteId }: StepState): CallState | undefined =>
  calls.findLast(({ direction, intent, result }) =>
    direction === "back" && intent.operation === "delete" && intent.remoteId === remoteId && result !== "applied"
  )

const leftByCreate = (state: StepState, last: CallState): Left => {
  const { before, beforeToken } = triedDelete(state)?.intent ?? {}
  return before === undefined
    ? leftBy(state, last)
    : { whole: true, left: before, seen: undefined, token: beforeToken }
}

/**
 * The update of the way back that is through, whatever became of its answer: it put back all there was to, beside what
 * it kept of others. One that was only taken may not be.
 */
const restoredBy = ({ calls }: StepState): SealedDocument | undefined => {
  const done = calls.findLast(({ direction, result, taken }) =>
    direction === "back" && result === "applied" && taken !== true
  )
  const isWhole = done?.intent.operation === "update" && done.intent.call === done.intent.of
  return isWhole ? done.intent.expected : undefined
}

/** A re-creation that was begun: the new resource exists and is brought to the before-image. */
const resumed = (state: StepState, first: CallState, back: CallState): Undo => ({
  _tag: "restore",
  id: state.remoteId ?? "",
  compensates: first.seq,
  before: first.intent.before,
  left: back.intent.expected,
  untaken: undefined,
  token: undefined,
  restored: restoredBy(state),
  formerly: first.intent.remoteId
})

const ofUpdate = (state: StepState, first: CallState, last: CallState): Undo => {
  const { left, token } = leftBy(state, last)
  const written = first.intent.remoteId
  const id = state.remoteId ?? written ?? ""
  return {
    _tag: "restore",
    id,
    compensates: first.seq,
    before: first.intent.before,
    left,
    untaken: isOnlyTaken(state) && state.left !== undefined ? state.after : undefined,
    token,
    restored: restoredBy(state),
    // A person said that the update went to another one.
    formerly: id === written ? undefined : written
  }
}

/** The undo of a step. */
export const inverseOf = (step: Step, state: StepState): Undo => {
  const calls = effective(state)
  const [first, last] = [calls[0], calls.at(-1)]
  if (state.compensated !== undefined) return { _tag: "nothing" }
  if (first === undefined || last === undefined) {
    const refers = state.unneeded && step.action !== "delete" && step.remoteId !== undefined
    return refers ? { _tag: "refer", id: step.remoteId } : { _tag: "nothing" }
  }
  const again = recreated(state)
  if (again !== undefined) return resumed(state, first, again)
  switch (first.intent.operation) {
    case "create":
      return state.remoteId === undefined
        ? { _tag: "unknown" }
        : {
          _tag: "remove",
          id: state.remoteId,
          compensates: first.seq,
          denied: state.calls.filter(({ denied, direction }) => denied === true && direction === "forward"),
          ...leftByCreate(state, last)
        }
    case "update":
      return ofUpdate(state, first, last)
    case "delete":
      return {
        _tag: "recreate",
        formerly: first.intent.remoteId ?? "",
        compensates: first.seq,
        before: first.intent.before
      }
  }
}
