/**
 * Blocks a step for a person: why, the difference and its digest, and the choices there are (docs/recovery.md).
 *
 * The same conflict gives the same digest, so an answer to an older one is noticed; a step that is blocked already
 * for the same reason is not blocked twice in the journal.
 */
import { Effect } from "effect"
import { canonical } from "../domain/Canonical.ts"
import type { Document, Json } from "../domain/Document.ts"
import type { Blocked, Direction } from "../domain/Entry.ts"
import type { Digest } from "../domain/Ids.ts"
import type { Kind } from "../domain/Kind.ts"
import type { Step } from "../domain/Plan.ts"
import { getAt, overlaps, parsePointer } from "../domain/Pointer.ts"
import { type CallState, openCall } from "./Fold.ts"
import { record, type Run, servedBy, stateOf } from "./Run.ts"

/** What blocks a step. */
export interface Obstacle {
  readonly direction: Direction
  readonly why: string
  /** Pointers on which the sides disagree. */
  readonly paths: ReadonlyArray<string>
  readonly choices: ReadonlyArray<string>
  /** What each side holds: before, as we left it, as observed. */
  readonly sides?: { readonly before?: Document; readonly left?: Document; readonly observed?: Document }
}

const at = (document: Document | undefined, pointer: string): Json => getAt(document, parsePointer(pointer)) ?? null

/** What the sides hold at the paths on which they disagree, sealed path by path. */
const differenceOf = (run: Run, kind: Kind, obstacle: Obstacle) => {
  const { before, left, observed } = obstacle.sides ?? {}
  const rows = obstacle.paths.map((path) => ({
    path,
    before: at(before, path),
    ours: at(left, path),
    theirs: at(observed, path)
  }))
  const secret = rows.flatMap(({ path }, i) =>
    kind.roles.sensitive.some((pattern) => overlaps(pattern, path))
      ? ["before", "ours", "theirs"].map((side) => `/rows/${i}/${side}`)
      : []
  )
  return run.sealer.seal({ rows }, secret)
}

/** The digest of an obstacle: the same conflict over the same content gives the same one. */
const digestOf = (run: Run, step: Step, obstacle: Obstacle): Digest => {
  const observed = obstacle.sides?.observed
  const seen = observed === undefined ? null : canonical(servedBy(run, step).kind, observed)
  return run.sealer.digest([step.id, obstacle.why, obstacle.paths, seen])
}

/** Whether the choice that a person made answers this very obstacle, and not one that has changed since. */
export const answered = (run: Run, step: Step, obstacle: Obstacle): boolean =>
  stateOf(run, step).human?.digest === digestOf(run, step, obstacle)

/** What a person may say of a call in doubt: which resource it made, or changed, where that is the question. */
export const doubtChoices = (call: CallState | undefined): ReadonlyArray<string> => {
  const makes = call?.intent.operation === "create" && call.intent.remoteId === undefined
  return makes || call?.answeredId !== undefined
    ? ["retry", "not-applied", "adopt:ID", "skip"]
    : ["retry", "applied", "not-applied", "skip"]
}

const doubtOf = (call: CallState | undefined): string =>
  call?.answeredId === undefined
    ? "it is not known whether the last request was applied"
    : `the answer to the last request names another resource, ${call.answeredId}`

/** A step whose last request nobody knows the outcome of, and why, where more is known than that. */
export const doubtful = (run: Run, step: Step, direction: Direction, why?: string): Obstacle => {
  const call = openCall(stateOf(run, step))
  return { direction, why: why ?? doubtOf(call), paths: [], choices: doubtChoices(call) }
}

/** Journals that a step needs a person, and tells. */
export const block = Effect.fnUntraced(function*(run: Run, step: Step, obstacle: Obstacle) {
  const { kind } = servedBy(run, step)
  const digest = digestOf(run, step, obstacle)
  const blocked: Blocked = {
    _tag: "blocked",
    step: step.id,
    direction: obstacle.direction,
    why: run.sealer.redact(obstacle.why),
    paths: obstacle.paths,
    difference: differenceOf(run, kind, obstacle),
    digest,
    choices: obstacle.choices
  }
  if (stateOf(run, step).blocked?.digest !== digest) yield* record(run, blocked)
  run.progress.publish({
    _tag: "conflict",
    address: step.address,
    action: "none",
    paths: blocked.paths,
    why: blocked.why,
    choices: blocked.choices,
    digest
  })
  return blocked
})
