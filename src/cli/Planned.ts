/**
 * Says a plan, and what has to be known beside it: warnings about the files, and batches that are not over.
 */
import { Effect } from "effect"
import type { PlannedBatch } from "../app/PlanBatch.ts"
import { callsOfPlan } from "../app/PlanCalls.ts"
import type { BatchSummary } from "../domain/Batch.ts"
import { type Diagnostic, problemDiagnostic } from "./Events.ts"
import { isEmpty, planLastLine } from "./RenderPlan.ts"
import { heldOutDiagnostic } from "./RenderUpkeep.ts"
import { Current } from "./Run.ts"
import { steadyPlan } from "./Steady.ts"

const unfinishedDiagnostic = ({ actor, id }: BatchSummary, runBy: string | undefined): Diagnostic => {
  const detail = `${id} was opened by ${actor}; nothing else may write until it is over`
  return runBy === undefined
    ? { severity: "warning", summary: "a batch is not finished", detail, hint: `amends recover ${id}` }
    : {
      severity: "warning",
      summary: "a batch is under way",
      detail: `${detail}, and this plan may rest on what it has half done. ${runBy} runs it.`,
      hint: "wait for it, then plan again"
    }
}

/** Says a plan without its last line. */
export const tellPlan = (planned: PlannedBatch): Effect.Effect<void, never, Current> =>
  Effect.map(Current, ({ redaction, voice }) => {
    redaction.learn(planned.settings.secrets)
    for (const warning of planned.warnings) voice.diagnostic(problemDiagnostic("warning", warning))
    for (const batch of planned.unfinished) voice.diagnostic(unfinishedDiagnostic(batch, planned.runBy))
    for (const { from, to } of planned.moves ?? []) {
      const summary = `${from} is ${to} from now on`
      voice.diagnostic({ severity: "note", summary, address: to, detail: "nothing is written remotely for it" })
    }
    for (const out of planned.heldOut ?? []) voice.diagnostic(heldOutDiagnostic(out))
    voice.plan(steadyPlan(planned), callsOfPlan(planned.plan, planned.registry))
  })

/** Says a plan that is about to be applied; what changes nothing has no summary before its end. */
export const tellPlanToApply = Effect.fnUntraced(function*(planned: PlannedBatch) {
  yield* tellPlan(planned)
  const { voice } = yield* Current
  if (!isEmpty(planned.plan)) voice.line(planLastLine(planned.plan))
})
