/**
 * How a step of a batch ended forwards.
 */
import type { StepFailure } from "./Progress.ts"

/** How a step ended forwards. `drifted` tells that nothing was written because the resource is another. */
export type StepEnd =
  | { readonly _tag: "done"; readonly wrote: boolean }
  | { readonly _tag: "failed"; readonly failure: StepFailure; readonly drifted: boolean; readonly stuck: boolean }

/** The end of a step that something kept from what it was to do. */
export const failed = (failure: StepFailure, how: { drifted?: boolean; stuck?: boolean } = {}): StepEnd => ({
  _tag: "failed",
  failure,
  drifted: how.drifted ?? false,
  stuck: how.stuck ?? false
})
