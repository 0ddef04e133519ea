/**
 * Fills the references of a step's declaration with what the steps before it brought about.
 */
import { Effect, Result } from "effect"
import { type Document, type Json } from "../domain/Document.ts"
import type { StepId } from "../domain/Ids.ts"
import type { Step } from "../domain/Plan.ts"
import { getAt, parsePointer, withAt } from "../domain/Pointer.ts"
import { type Reference, referencesIn, resolve, type Template } from "../domain/Template.ts"
import type { StateError } from "../state/StateError.ts"
import { unknownPlaces } from "./Filling.ts"
import { effective } from "./Fold.ts"
import { openSealed, type Run, stateOf } from "./Run.ts"

interface Known {
  readonly document: Document | undefined
  readonly remoteId: string | undefined
}

/** Reads a field of a known resource; `/id` is the remote id where the document has none. */
const fieldOf = (known: Known | undefined, path: string): Json | undefined =>
  getAt(known?.document, parsePointer(path)) ?? (path === "/id" ? known?.remoteId : undefined)

const knownOf = Effect.fnUntraced(function*(run: Run, reference: Reference) {
  const state = run.log.states.get(reference.address as string as StepId)
  const known: Known = { document: yield* openSealed(run, state?.after), remoteId: state?.remoteId }
  return known
})

/** The declared document of a step with its references filled, or the reference that is not known. */
export const declaredOf = Effect.fnUntraced(function*(
  run: Run,
  step: Step
): Effect.fn.Return<Result.Result<Document, Reference>, StateError> {
  const template: Template = (yield* openSealed(run, step.desired)) ?? {}
  const references = referencesIn(template)
  if (references.length === 0) return Result.succeed(template)
  const known = new Map<string, Known>()
  for (const reference of references) known.set(reference.address, yield* knownOf(run, reference))
  return resolve(template, (reference) => fieldOf(known.get(reference.address), reference.path))
})

/** A declaration as it was written: what its references came to then, where what they lead to is gone again. */
const asWritten = Effect.fnUntraced(function*(run: Run, step: Step): Effect.fn.Return<Document, StateError> {
  const state = stateOf(run, step)
  const template: Template = (yield* openSealed(run, step.desired)) ?? {}
  const intents = effective(state).map(({ intent }) => intent)
  const target = intents.findLast((intent) => intent.target !== undefined)?.target ?? intents.at(-1)?.expected
  const written = yield* openSealed(run, target ?? state.after)
  return unknownPlaces(template).reduceRight<Document>(
    (document, path) => withAt(document, path, getAt(written, path)),
    template
  )
})

/** What a step declares for good, no reference left in it: less than it writes, where it takes something back. */
export const declaresOf = Effect.fnUntraced(function*(run: Run, step: Step): Effect.fn.Return<Document, StateError> {
  const declaring = step.declares === undefined ? step : { ...step, desired: step.declares }
  const declared = yield* declaredOf(run, declaring)
  return Result.isSuccess(declared) ? declared.success : yield* asWritten(run, declaring)
})
