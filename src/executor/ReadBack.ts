/**
 * Reads back what was written and compares it in canonical form, from the answer where that is the whole document,
 * else by a read. Where reads lag behind writes, it looks again until the API has settled.
 */
import { Effect, Result } from "effect"
import type { Document } from "../domain/Document.ts"
import type { Kind } from "../domain/Kind.ts"
import type { Step } from "../domain/Plan.ts"
import { renderPointer } from "../domain/Pointer.ts"
import type { Observation } from "../providers/Provider.ts"
import type { ProviderError } from "../providers/ProviderError.ts"
import type { Captured } from "./Capture.ts"
import { isAnothers } from "./Claims.ts"
import { differences, overlay, type Overlaying } from "./Overlay.ts"
import { recall, withoutSecrets } from "./Recall.ts"
import { type Run, servedBy } from "./Run.ts"
import { patiently } from "./Send.ts"

/** What was read back: the resource as it is now, and the pointers at which it is not as it should be. */
export interface ReadBack {
  readonly observed?: Omit<Observation, "guard">
  /** The same without secrets that the API does not show, for whoever cannot know that they were written. */
  readonly shown?: Document
  readonly diverged: ReadonlyArray<string>
}

/** What to read back: the id, the whole answer if there was one, and what should be there (absent for nothing). */
export interface Expectation {
  readonly id: string
  readonly answered?: Document
  readonly token?: string
  readonly target?: Document
  /** With what status the write was answered; 202 says that it may be carried out later. */
  readonly status?: number
  /** What was there before an update; as long as it is said to be unchanged, the update was not carried out. */
  readonly before?: Captured
  /** How the declared fields lie over what is found; only they are compared. */
  readonly declared: { readonly document: Document } & Overlaying
}

/** How often an API that has not settled is looked at, in the time it takes to. */
const looks = 4

const accepted = 202

const compare = (run: Run, step: Step, expected: Expectation, observed: Observation | undefined): ReadBack => {
  const { kind } = servedBy(run, step)
  if (observed === undefined) return { diverged: expected.target === undefined ? [] : [""] }
  const document = recall(kind, observed.document, expected.target)
  const found = { id: observed.id, document, ...(observed.token === undefined ? {} : { token: observed.token }) }
  if (expected.target === undefined) return { observed: found, diverged: [""] }
  const should = overlay(kind, document, expected.declared.document, expected.declared)
  const differing = differences(kind, document, should)
  return {
    observed: found,
    shown: observed.document,
    diverged: (differing.length > 0 ? differing : unseen(kind, expected, observed)).map(renderPointer)
  }
}

/** What an update that was only taken was to change, where no look shows it and its token or guard is as before. */
const unseen = (kind: Kind, { before, status, target }: Expectation, { guard, token }: Observation) => {
  const mark = before?.token ?? before?.guard
  const isUntouched = mark !== undefined && mark === (before?.token === undefined ? guard : token)
  if (status !== accepted || !isUntouched || before?.document === undefined || target === undefined) return []
  return differences(kind, before.document, target)
}

/** Whether an update changes nothing but what reads do not show. */
const changesNothingSeen = (kind: Kind, { before, target }: Expectation): boolean => {
  if (before?.document === undefined || target === undefined) return false
  return differences(kind, withoutSecrets(kind, before.document), withoutSecrets(kind, target)).length === 0
}

/** Reads back a write. */
export const readBack = Effect.fnUntraced(function*(
  run: Run,
  step: Step,
  expected: Expectation
): Effect.fn.Return<Result.Result<ReadBack, ProviderError>> {
  const { kind, provider } = servedBy(run, step)
  if (expected.answered !== undefined) {
    const token = expected.token === undefined ? {} : { token: expected.token }
    const fromAnswer = compare(run, step, expected, { id: expected.id, document: expected.answered, ...token })
    if (fromAnswer.diverged.length === 0) return Result.succeed(fromAnswer)
  }
  const read = patiently(run, provider, provider.observe(step.kind, expected.id))
  const look = Effect.map(
    read,
    Result.map((observed) => {
      const isGone = expected.target === undefined && isAnothers(run, step, expected.id)
      return compare(run, step, expected, isGone ? undefined : observed)
    })
  )
  const { settlesWithinMs } = kind.capabilities
  // What was only taken may be carried out a little later; of a delete no API has to say so.
  const isTaken = expected.target === undefined || expected.status === accepted
  const waitMs = isTaken ? settlesWithinMs + provider.horizonMs : settlesWithinMs
  // A look before that would show what is expected, and a token may have been changed by somebody else.
  const isUnshown = waitMs > 0 && changesNothingSeen(kind, expected)
  if (isUnshown) yield* Effect.sleep(waitMs)
  const again = waitMs > 0 && !isUnshown ? looks : 0
  let found = yield* look
  for (let n = 0; n < again; n++) {
    if (Result.isFailure(found) || found.success.diverged.length === 0) return found
    yield* Effect.sleep(waitMs / looks)
    found = yield* look
  }
  return found
})
