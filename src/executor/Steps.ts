/**
 * What is said of a step alike on its way forward and back.
 */
import type { Step } from "../domain/Plan.ts"
import type { Run } from "./Run.ts"

/** The action as users know it: a guard does nothing of its own. */
export const actionOf = (step: Step) => step.action === "guard" ? "none" : step.action

/** A defect in words, without secrets. */
export const detailOf = (run: Run, defect: unknown): string =>
  run.sealer.redact(defect instanceof Error ? defect.message : String(defect))
