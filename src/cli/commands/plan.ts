// `amends plan`: what would change, and how each step would be taken back.
import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { planBatch, type PlannedBatch, type PlanOptions } from "../../app/PlanBatch.ts"
import { planAndSave } from "../../app/PlanFile.ts"
import { looked } from "../Ending.ts"
import { toggle } from "../GlobalFlags.ts"
import { Host } from "../Host.ts"
import { perform } from "../Perform.ts"
import { planCounts } from "../PlanCounts.ts"
import { planFlags, planOptions, refuseContradiction } from "../PlanFlags.ts"
import { tellPlan } from "../Planned.ts"
import { planLastLine } from "../RenderPlan.ts"
import { Current } from "../Run.ts"

/** Whether there is anything to apply; a plan that only refreshes has what is to be taken over. */
const changesPresent = ({ plan }: PlannedBatch, { refreshOnly }: PlanOptions): boolean =>
  plan.steps.length > 0 || (refreshOnly && plan.drift.some(({ kind }) => kind !== "token"))

/** Plans; with `--out` also saves the plan. */
export const plan = Command.make("plan", {
  out: Flag.String("out").pipe(
    Flag.optional,
    Flag.withMetavar("FILE"),
    Flag.withDescription("Save the plan, to apply exactly it")
  ),
  destroy: toggle("destroy", "Plan to delete everything that is managed"),
  ...planFlags,
  detailedExitcode: toggle("detailed-exitcode", "Exit with 2 where there are changes")
}, (flags) =>
  perform(Effect.gen(function*() {
    const { voice } = yield* Current
    const host = yield* Host
    const options = planOptions(flags, flags.destroy)
    voice.phase("reading what is there")
    const out = Option.getOrUndefined(flags.out)
    const { planned, text } = out === undefined
      ? { planned: yield* planBatch(options), text: "" }
      : yield* planAndSave(options)
    yield* tellPlan(planned)
    if (out !== undefined) {
      yield* host.writeText(out, text)
      voice.line(`Saved. Apply exactly this plan with: amends apply ${out}`)
    }
    const exitCode = flags.detailedExitcode && changesPresent(planned, options) ? 2 : 0
    return { ...looked(planLastLine(planned.plan)), counts: planCounts(planned.plan), exitCode }
  }))).pipe(
    Command.validate((flags) => refuseContradiction(flags)),
    Command.withDescription("Show what apply would change, and how each change would be taken back.")
  )
