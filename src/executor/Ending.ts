/**
 * The heads as they now are, for the ending of a batch (rule 6): what the steps of each address left there.
 *
 * Otherwise the next plan would create again what is already there. An address may have several steps (a replace, and
 * deletes of what earlier ones left behind), so its head goes through all of them, in the order of the plan; re-created
 * ids and deposed ids are included. What a batch did not touch keeps its head.
 */
import { Effect } from "effect"
import type { Document } from "../domain/Document.ts"
import type { Compensated } from "../domain/Entry.ts"
import type { Step } from "../domain/Plan.ts"
import type { SealedDocument } from "../domain/Sealed.ts"
import { asSealed } from "../domain/Sealed.ts"
import type { Head, HeadChange, Origin } from "../domain/Version.ts"
import type { StateError } from "../state/StateError.ts"
import { claimKey } from "./Claims.ts"
import { differInSecrets } from "./Evidence.ts"
import { type CallState, effective, holds, isOnlyTaken, type StepState } from "./Fold.ts"
import { withoutGivenAgain } from "./GivenAgain.ts"
import { asMadeBy, headRefreshes } from "./HeadRefreshes.ts"
import { withoutSecrets } from "./Recall.ts"
import { declaresOf } from "./References.ts"
import { openSealed, remapOf, type Run, sealFor, servedBy, stateOf } from "./Run.ts"

type NewHead = Omit<Head, "version">

/** The head of an address on its way through the steps; absent for none. */
interface Place {
  readonly head: NewHead | undefined
  readonly origin: Origin
  /** The resource itself is gone; the head stays only for what is still to be deleted. */
  readonly gone?: boolean
  /** A step wrote it: that makes a version also where it declares the same as before. */
  readonly wrote?: boolean
}

const sealedDeclared = Effect.fnUntraced(function*(run: Run, step: Step, state: StepState) {
  const declared = yield* declaresOf(run, step)
  const { kind } = servedBy(run, step)
  const isWritten = state.complete && !isOnlyTaken(state)
  return sealFor(run, kind, isWritten ? declared : withoutSecrets(kind, declared))
})

/** What the new head of an address has to remember of the one before: ids whose delete is not done. */
const deposedBy = (step: Step, { gone = false, head: before }: Place, id: string): ReadonlyArray<string> => {
  if (before === undefined) return []
  const stays = !gone && before.remoteId !== id && !before.deposed.includes(before.remoteId)
  const replaced = step.replaces === "create" && stays
  // A server that gives ids again may have given it one of those.
  return (replaced ? [...before.deposed, before.remoteId] : before.deposed).filter((other) => other !== id)
}

/** What a step left, as far as it is known: what is in doubt is not taken for written. */
const leftBy = (state: StepState): SealedDocument | undefined => {
  const sent = effective(state)
  const applied = sent.findLast(({ result }) => result === "applied")
  return state.after ?? applied?.intent.expected ?? sent.at(-1)?.intent.before ?? sent.at(-1)?.intent.expected
}

const sealedObserved = Effect.fnUntraced(function*(run: Run, step: Step, state: StepState) {
  const left = leftBy(state) ?? step.before ?? asSealed({})
  if (!isOnlyTaken(state)) return left
  const { kind } = servedBy(run, step)
  return sealFor(run, kind, withoutSecrets(kind, (yield* openSealed(run, left)) ?? {}))
})

/** The head of an address that a step brought about. */
const brought = Effect.fnUntraced(function*(run: Run, step: Step, state: StepState, place: Place) {
  const before = place.head
  const remoteId = state.remoteId ?? step.remoteId ?? ""
  const head: NewHead = {
    address: step.address,
    provider: step.provider,
    kind: step.kind,
    remoteId,
    declared: yield* sealedDeclared(run, step, state),
    observed: yield* sealedObserved(run, step, state),
    ...(state.token === undefined ? {} : { token: state.token }),
    // What was not carried out as declared may still refer to what it referred to before.
    dependsOn: [...new Set([...step.refersTo, ...(holds(state) ? [] : before?.dependsOn ?? [])])],
    deposed: deposedBy(step, place, remoteId),
    preventDestroy: step.preventDestroy,
    ...(before?.defaultName === undefined ? {} : { defaultName: before.defaultName })
  }
  return head
})

/** Takes a resource out of its address. */
const without = ({ gone = false, head }: Place, id: string | undefined, origin: Origin): Place => {
  if (head === undefined || id === undefined) return { head, origin }
  const deposed = head.deposed.filter((other) => other !== id)
  const left = gone || head.remoteId === id
  if (left && deposed.length === 0) return { head: undefined, origin }
  return { head: deposed.length === head.deposed.length ? head : { ...head, deposed }, origin, gone: left }
}

/** Whether what has the id of a delete by now was made by another step of its address. */
const isMadeAgain = (run: Run, step: Step): boolean => {
  const maker = run.log.claims.get(claimKey(step.kind, step.remoteId ?? ""))
  return maker !== undefined && maker !== step.id && run.steps.get(maker)?.address === step.address
}

const afterApplied = Effect.fnUntraced(function*(
  run: Run,
  step: Step,
  place: Place
): Effect.fn.Return<Place, StateError> {
  if (step.action === "guard") return place
  // A delete that was taken and not carried out leaves what it was about managed.
  if (step.action === "delete") {
    return holds(stateOf(run, step)) && !isMadeAgain(run, step) ? without(place, step.remoteId, "apply") : place
  }
  const head = yield* brought(run, step, stateOf(run, step), place)
  const wrote = effective(stateOf(run, step)).length > 0
  return { head, origin: step.action === "adopt" ? "adopt" : "apply", wrote }
})

/** What was declared, with the ids of re-created resources, and without secrets that may not be what is there now. */
const declaredAfter = Effect.fnUntraced(function*(run: Run, step: Step, declared: SealedDocument, done: Compensated) {
  const isUnsure = done.result === "residue" || done.result === "accepted"
  if (run.log.remaps.size === 0 && !isUnsure) return declared
  const { kind, provider } = servedBy(run, step)
  const document: Document = (yield* openSealed(run, declared)) ?? {}
  return sealFor(
    run,
    kind,
    provider.restore(step.kind, isUnsure ? withoutSecrets(kind, document) : document, remapOf(run))
  )
})

/** A resource that only this batch brought under its address: it is managed only where it could not be taken away. */
const afterNew = Effect.fnUntraced(function*(run: Run, step: Step, place: Place, done: Compensated) {
  const stays = done.result === "accepted" || (done.result === "residue" && step.action === "create")
  if (!stays || done.after === undefined) return place
  return { head: yield* brought(run, step, stateOf(run, step), place), origin: originOf(done) }
})

const originOf = (done: Compensated): Origin => done.result === "accepted" ? "accept" : "compensation"

const afterCompensated = Effect.fnUntraced(function*(
  run: Run,
  step: Step,
  place: Place,
  done: Compensated
): Effect.fn.Return<Place, StateError> {
  const { head } = place
  if (done.result === "skipped") return without(place, step.remoteId, "forget")
  if (step.action === "create" || step.action === "adopt") return yield* afterNew(run, step, place, done)
  const { after, remoteId } = done
  if (after === undefined || remoteId === undefined) {
    const left = done.result === "accepted" || (done.result === "residue" && step.action === "delete")
    return left ? without(place, step.remoteId, originOf(done)) : place
  }
  if (head === undefined) return place
  if (step.remoteId !== undefined && head.deposed.includes(step.remoteId)) {
    const deposed = head.deposed.map((id) => id === step.remoteId ? remoteId : id)
    return { head: { ...head, deposed }, origin: originOf(done) }
  }
  if (head.remoteId !== step.remoteId && head.remoteId !== remoteId) return place
  const { token: _, ...rest } = head
  const next: NewHead = {
    ...rest,
    remoteId,
    declared: yield* declaredAfter(run, step, head.declared, done),
    observed: after,
    ...(done.token === undefined ? {} : { token: done.token })
  }
  return { head: next, origin: originOf(done) }
})

/** What may have taken effect, or be undone already, although the step says nothing of it. */
const inDoubt = ({ calls, compensated }: StepState): ReadonlyArray<CallState> =>
  calls.filter(({ direction, result }) =>
    result === "open" || result === "superseded" ||
    (direction === "back" && result === "applied" && compensated === undefined)
  )

/** Whether what was in doubt was sent again and applied then: it left the same secrets, whenever it landed. */
const isWrittenSince = Effect.fnUntraced(function*(
  run: Run,
  step: Step,
  { direction, seq }: CallState,
  expected: Document
) {
  const since = stateOf(run, step).calls.filter((call) => call.direction === direction && call.seq > seq)
  for (const { intent, result, taken } of since) {
    const written = result === "applied" && taken !== true ? yield* openSealed(run, intent.expected) : undefined
    if (written !== undefined && !differInSecrets(servedBy(run, step).kind, expected, written)) return true
  }
  return false
})

/** Whether something in doubt may have given a resource other secrets. */
const isSecretInDoubt = Effect.fnUntraced(function*(run: Run, step: Step, state: StepState) {
  const { kind } = servedBy(run, step)
  for (const call of inDoubt(state)) {
    const before = yield* openSealed(run, call.intent.before)
    const expected = yield* openSealed(run, call.intent.expected)
    if (before === undefined || expected === undefined || !differInSecrets(kind, before, expected)) continue
    if (call.result !== "superseded" || !(yield* isWrittenSince(run, step, call, expected))) return true
  }
  return false
})

/** A head of which a batch that is given up or kept does not know whether it wrote its secrets remembers none. */
const asKnown = Effect.fnUntraced(function*(
  run: Run,
  step: Step,
  place: Place
): Effect.fn.Return<Place, StateError> {
  const { head } = place
  const state = stateOf(run, step)
  const id = state.remoteId ?? step.remoteId
  if (head === undefined || head.remoteId !== id || !(yield* isSecretInDoubt(run, step, state))) return place
  const { kind } = servedBy(run, step)
  const [declared, observed] = [yield* openSealed(run, head.declared), yield* openSealed(run, head.observed)]
  const known = {
    declared: sealFor(run, kind, withoutSecrets(kind, declared ?? {})),
    observed: sealFor(run, kind, withoutSecrets(kind, observed ?? {}))
  }
  return { ...place, head: { ...head, ...known } }
})

const through = Effect.fnUntraced(function*(run: Run, step: Step, place: Place, as: "committed" | "kept" | "back") {
  const state = stateOf(run, step)
  if (state.compensated !== undefined) return yield* afterCompensated(run, step, place, state.compensated)
  const stands = state.complete || effective(state).some((call) => call.result === "applied")
  if (as === "back") return place
  return yield* asKnown(run, step, stands ? yield* afterApplied(run, step, place) : place)
})

const changeOf = (
  step: Step,
  before: NewHead | undefined,
  { head, origin, wrote = false }: Place
): ReadonlyArray<HeadChange> => {
  if (head === before) return []
  if (head === undefined) return [{ _tag: "drop", address: step.address, origin }]
  return [{ _tag: "set", head, origin, ...(wrote ? { wrote: true } : {}) }]
}

/** What a replace left behind still refers to what the resource referred to before. */
const stillReferring = (place: Place, before: NewHead | undefined): Place => {
  const { head } = place
  if (head === undefined || before === undefined || head === before || head.deposed.length === 0) return place
  return { ...place, head: { ...head, dependsOn: [...new Set([...head.dependsOn, ...before.dependsOn])] } }
}

const unversioned = ({ version: _version, ...head }: Head): NewHead => head

/** Heads as the steps of their addresses left them: refreshes are laid over that. */
const headsAfter = (heads: ReadonlyArray<Head>, changes: ReadonlyArray<HeadChange>): ReadonlyArray<Head> => {
  const byAddress = new Map(changes.map((one) => [one._tag === "set" ? one.head.address : one.address, one]))
  return heads.flatMap((head) => {
    const change = byAddress.get(head.address)
    if (change === undefined) return [head]
    return change._tag === "set" ? [{ ...head, ...change.head }] : []
  })
}

const isNoGuard = ({ action }: Step): boolean => action !== "guard"

/** How a batch ended decides whose heads change; `back` for compensated and residue. */
export const headsAt = Effect.fn("Ending.headsAt")(function*(
  run: Run,
  as: "committed" | "kept" | "back"
): Effect.fn.Return<ReadonlyArray<HeadChange>, StateError> {
  const heads = new Map<string, NewHead>(run.heads.map((head) => [head.address, unversioned(head)]))
  const changes: Array<HeadChange> = []
  for (const [address, steps] of Map.groupBy(run.opened.plan.steps, (step) => step.address)) {
    const before = heads.get(address)
    let place: Place = { head: before, origin: "apply" }
    // A guard is taken back after what else was done to its resource.
    for (const step of [...steps.filter(isNoGuard), ...steps.filter((one) => !isNoGuard(one))]) {
      place = yield* through(run, step, place, as)
    }
    const [first] = steps
    if (first !== undefined) changes.push(...changeOf(first, before, stillReferring(place, before)))
  }
  const parted = asMadeBy(run.opened.plan, withoutGivenAgain(run, changes))
  if (as !== "committed") return parted
  return [...parted, ...headRefreshes(run.opened.plan, headsAfter(run.heads, parted))]
})
