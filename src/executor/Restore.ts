/**
 * Puts a before-image back, keeping what others edited since: a three-way compare of how we left the resource, what
 * was before, and what is there now. Overlapping edits wait for a person.
 */
import { Effect } from "effect"
import { same } from "../domain/Canonical.ts"
import type { Operation } from "../domain/Change.ts"
import { type Document } from "../domain/Document.ts"
import type { Kind } from "../domain/Kind.ts"
import type { Step } from "../domain/Plan.ts"
import { getAt, parsePointer, withAt } from "../domain/Pointer.ts"
import type { StateError } from "../state/StateError.ts"
import type { Captured } from "./Capture.ts"
import { isAnothers } from "./Claims.ts"
import { leftByDropped } from "./Evidence.ts"
import { imageOver, withClears } from "./Image.ts"
import { inverseOf, type Undo } from "./Inverse.ts"
import { unknownSecrets } from "./Recall.ts"
import { recreateAs } from "./Recreate.ts"
import { openSealed, remapOf, type Run, servedBy, stateOf } from "./Run.ts"
import {
  type BackEnd,
  blockedUnlessForced,
  compensated,
  look,
  present,
  surplus,
  unblocked,
  write
} from "./WriteBack.ts"

type Restoring = Extract<Undo, { _tag: "restore" }>

/** What a restore works with, once the resource was read and is there. */
interface Scene {
  readonly step: Step
  readonly undo: Restoring
  readonly captured: Captured
  readonly observed: Document
  readonly left: Document
  readonly before: Document
  readonly lossy: ReadonlyArray<string>
}

const remapped = (step: Step, undo: Restoring) =>
  undo.formerly === undefined || undo.formerly === undo.id
    ? {}
    : { remap: { kind: step.kind, from: undo.formerly, to: undo.id } }

const updateOf = (undo: { readonly id: string }, captured: Captured, from: Document, to: Document): Operation => ({
  _tag: "update",
  id: undo.id,
  from,
  to,
  ...(captured.guard === undefined ? {} : { guard: captured.guard })
})

const isAsLeft = (kind: Kind, undo: Restoring, { document, token }: Captured, left: Document): boolean =>
  document !== undefined && ((undo.token !== undefined && token === undo.token) || same(kind, document, left))

/** The document to write: the before-image, or what it merges to with somebody's disjoint edits. */
const wantedOf = Effect.fnUntraced(function*(
  run: Run,
  { before, captured, left, observed, step, undo }: Scene
): Effect.fn.Return<
  { readonly wanted: Document; readonly how: "alone" | "merged" | "forced" } | undefined,
  StateError
> {
  const { kind } = servedBy(run, step)
  if (isAsLeft(kind, undo, captured, left)) return { wanted: before, how: "alone" }
  const merged = run.threeWay(kind, left, before, observed)
  if (merged._tag === "merged") return { wanted: merged.document, how: "merged" }
  const blocked = yield* blockedUnlessForced(run, step, {
    why: "somebody edited fields that the batch changed",
    paths: merged.conflicts.map(({ path }) => path),
    choices: ["force", "accept", "skip"],
    sides: { before, left, observed }
  })
  return blocked ? undefined : { wanted: before, how: "forced" }
})

const restoreOver = Effect.fnUntraced(function*(
  run: Run,
  scene: Scene
): Effect.fn.Return<BackEnd | undefined, StateError> {
  const { captured, lossy, observed, step, undo } = scene
  const decided = yield* wantedOf(run, scene)
  if (decided === undefined) return "stuck"
  const { how, wanted } = decided
  const target = withClears(servedBy(run, step).kind, observed, wanted)
  const operation = updateOf(undo, captured, observed, target)
  if (servedBy(run, step).provider.calls(step.kind, operation).length === 0) {
    return yield* compensated(run, step, {
      result: lossy.length > 0 ? "residue" : "nothing",
      evidence: lossy.length > 0 ? `not restored: ${lossy.join(", ")}` : "only somebody else's edits are left",
      remoteId: undo.id,
      ...present(captured),
      ...remapped(step, undo)
    })
  }
  return yield* write(run, {
    step,
    captured,
    operation,
    compensates: undo.compensates,
    target,
    lossy,
    evidence: how === "merged" ? "restored; somebody else's edits were kept" : "restored",
    forced: how === "forced",
    ...(undo.formerly === undefined ? {} : { formerly: undo.formerly })
  })
})

/** What a write that may not be carried out leaves known: no secret in place of one that nobody knew. */
const withoutUnknown = (run: Run, step: Step, image: Document, written: Document): Document =>
  imageOver(run, step, image, { left: written, observed: written }).lossy.map(parsePointer)
    .reduce<Document>((document, path) => withAt(document, path, getAt(image, path)), written)

/** Undoes an update, or brings a resource that was created again to its before-image. */
export const restore = Effect.fnUntraced(function*(
  run: Run,
  step: Step,
  undo: Restoring
): Effect.fn.Return<BackEnd | undefined, StateError> {
  const { kind, provider } = servedBy(run, step)
  const written = (yield* openSealed(run, undo.left)) ?? {}
  const image = (yield* openSealed(run, undo.before)) ?? {}
  const restored = yield* openSealed(run, undo.restored)
  const untaken = yield* openSealed(run, undo.untaken)
  const leftFor = (now: Document | undefined): Document => {
    if (restored !== undefined || untaken === undefined || now === undefined) return restored ?? written
    return leftByDropped(kind, { before: untaken, sent: written }, now)
  }
  const isGivenAgain = isAnothers(run, step, undo.id)
  const unsure = untaken === undefined ? written : withoutUnknown(run, step, image, written)
  const captured = yield* look(run, step, {
    id: undo.id,
    known: restored ?? unsure,
    isAsLeft: (now) => isAsLeft(kind, undo, now, leftFor(now.document))
  })
  if (captured === undefined) return "stuck"
  const observed = isGivenAgain ? undefined : captured.document
  const left = leftFor(observed)
  if (observed === undefined) {
    const before = provider.restore(step.kind, image, remapOf(run))
    const obstacle = {
      why: "somebody deleted it since it was changed",
      paths: [],
      choices: ["force", "accept", "skip"],
      sides: { before, left }
    }
    if (yield* blockedUnlessForced(run, step, obstacle)) return "stuck"
    const { compensates, formerly = undo.id } = undo
    return yield* recreateAs(run, step, { before, formerly, compensates, lossy: unknownSecrets(kind, image) })
  }
  const { document: before } = imageOver(run, step, restored ?? image, { left, observed })
  const { lossy: unrestored } = imageOver(run, step, image, { left: written, observed })
  const lossy = undo.formerly === undefined ? unrestored : [...unrestored, ...surplus(kind, before, observed)]
  if (lossy.length === 0 && same(kind, observed, before)) {
    return yield* compensated(run, step, {
      result: "nothing",
      evidence: "already as before",
      remoteId: undo.id,
      ...present(captured),
      ...remapped(step, undo)
    })
  }
  return yield* restoreOver(run, { step, undo, captured, observed, left, before, lossy })
})

/** What a resource would have to hold for its references to lead to what was re-created under a new id. */
const referring = (run: Run, step: Step, captured: Captured, id: string) => {
  const observed = captured.document ?? {}
  const { document: target } = imageOver(run, step, observed, { left: observed, observed })
  return { operation: updateOf({ id }, captured, observed, target), target }
}

/** Whether a step of which nothing remains still has references to rewrite, as far as is known. */
export const hasToRefer = Effect.fnUntraced(function*(run: Run, step: Step): Effect.fn.Return<boolean, StateError> {
  const state = stateOf(run, step)
  const undo = inverseOf(step, state)
  if (undo._tag !== "refer" || run.log.remaps.size === 0) return false
  const document = yield* openSealed(run, state.after ?? step.before)
  if (document === undefined) return false
  const { operation } = referring(run, step, { at: 0, document }, undo.id)
  return servedBy(run, step).provider.calls(step.kind, operation).length > 0
})

/** Whether references were rewritten by a process that died before it could record that. */
const isRewritten = (run: Run, step: Step, { document }: Captured): boolean =>
  document !== undefined &&
  stateOf(run, step).calls.some(({ direction, result }) => direction === "back" && result === "applied")

/** Rewrites references to what was re-created under a new id; a resource that refers to none stays untouched. */
export const refer = Effect.fnUntraced(function*(
  run: Run,
  step: Step,
  undo: Extract<Undo, { _tag: "refer" }>
): Effect.fn.Return<BackEnd | undefined, StateError> {
  if (run.log.remaps.size === 0) return yield* unblocked(run, step)
  const { provider } = servedBy(run, step)
  const known = yield* openSealed(run, step.before)
  // It may itself have been created again.
  const id = remapOf(run)(step.kind, undo.id)
  const hasTo = (now: Captured): boolean =>
    now.document !== undefined && provider.calls(step.kind, referring(run, step, now, id).operation).length > 0
  // What seems to refer to nothing of that may be how it was before another step of it was taken back.
  const captured = yield* look(run, step, { id, known, isAsLeft: hasTo })
  if (captured === undefined) return "stuck"
  const evidence = "references rewritten"
  if (!hasTo(captured)) {
    return yield* isRewritten(run, step, captured)
      ? compensated(run, step, { result: "done", evidence, remoteId: id, ...present(captured) })
      : unblocked(run, step)
  }
  const { operation, target } = referring(run, step, captured, id)
  return yield* write(run, {
    step,
    captured,
    operation,
    compensates: 0,
    target,
    lossy: [],
    evidence,
    forced: false
  })
})
