/**
 * Fills the references of a step's declaration with what the steps before it brought about.
 */
import { Effect, Result } from "effect"
import type { Document, Json } from "../domain/Document.ts"
import type { StepId } from "../domain/Ids.ts"
import type { Step } from "../domain/Plan.ts"
import { getAt, parsePointer } from "../domain/Pointer.ts"
import { type Reference, referencesIn, resolve, type Template } from "../domain/Template.ts"
import type { StateError } from "../state/StateError.ts"
import { openSealed, type Run } from "./Run.ts"

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

/** What a step declares for good: less than what it writes, where it takes something back. */
export const declaresOf = (run: Run, step: Step): ReturnType<typeof declaredOf> =>
  declaredOf(run, step.declares === undefined ? step : { ...step, desired: step.declares })

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
