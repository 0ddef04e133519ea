// `amends apply` and `amends destroy`: plan, ask, and run the plan as one batch; or run exactly a saved plan.
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { apply as applyBatch, type ApplyOptions, type ApplyResult, type BatchReport } from "../../app/Apply.ts"
import { exitCodeOfEnded, type Refusal } from "../../app/Failure.ts"
import type { PlannedBatch } from "../../app/PlanBatch.ts"
import type { BatchSummary } from "../../domain/Batch.ts"
import { confirmed } from "../Ask.ts"
import { declined, type Ending, looked, type OutcomeName } from "../Ending.ts"
import { member, toggle } from "../GlobalFlags.ts"
import { Host } from "../Host.ts"
import { perform } from "../Perform.ts"
import { noCounts, planCounts } from "../PlanCounts.ts"
import {
  allowIrreversibleFlag,
  leaseTimeoutFlag,
  onFailureFlag,
  parallelismFlag,
  planFlags,
  planOptions,
  refuseBesidePlanFile,
  refuseContradiction,
  yesFlag
} from "../PlanFlags.ts"
import { tellPlanToApply } from "../Planned.ts"
import { planLastLine } from "../RenderPlan.ts"
import { endingOf, failureLines } from "../RenderReport.ts"
import { Current, enter, type Run } from "../Run.ts"
import { Screen } from "../Screen.ts"

const runFlags = {
  yes: yesFlag,
  onFailure: onFailureFlag,
  continueOnError: toggle("continue-on-error", "Go on with what does not depend on a failed change"),
  parallelism: parallelismFlag,
  batchKey: Flag.String("batch-key").pipe(
    Flag.filter((key) => key.trim() !== "", () => "Expected a name that is not empty"),
    Flag.optional,
    Flag.withMetavar("KEY"),
    Flag.withDescription("Your name for this batch: asking again answers what came of it")
  ),
  allowIrreversible: allowIrreversibleFlag,
  autoRecover: toggle("auto-recover", "Take an unfinished batch back first"),
  leaseTimeout: leaseTimeoutFlag
}

interface RunValues {
  readonly yes: boolean
  readonly onFailure: Option.Option<"rollback" | "keep">
  readonly continueOnError: boolean
  readonly parallelism: Option.Option<number>
  readonly batchKey: Option.Option<string>
  readonly allowIrreversible: boolean
  readonly autoRecover: boolean
  readonly leaseTimeout: number
}

/** Who asked for few words still has to know what the question is about. */
const questionOf = ({ plan }: PlannedBatch, { globals }: Run): string => {
  const { added, changed, destroyed } = planCounts(plan)
  const about = globals.quiet ? `${planLastLine(plan)}\n` : ""
  return added + changed === 0
    ? `${about}Do you really want to destroy ${destroyed} resource${destroyed === 1 ? "" : "s"}?`
    : `${about}Do you want to apply these changes?`
}

const runOptions = (values: RunValues, run: Run): Omit<ApplyOptions, "plan" | "confirm"> => ({
  policies: {
    ...member("onFailure", values.onFailure),
    ...(values.continueOnError ? { continueOnError: true } : {}),
    ...member("parallelism", values.parallelism)
  },
  ...member("batchKey", values.batchKey),
  allowIrreversible: values.allowIrreversible,
  autoRecover: values.autoRecover,
  leaseTimeoutMs: values.leaseTimeout,
  ...run.by
})

const knownOutcome: { readonly [E in NonNullable<BatchSummary["ended"]>]: OutcomeName } = {
  committed: "committed",
  compensated: "compensated",
  residue: "compensated",
  kept: "kept",
  abandoned: "kept"
}

const knownEnding = (summary: BatchSummary): Ending => ({
  outcome: summary.ended === undefined ? "stuck" : knownOutcome[summary.ended],
  exitCode: exitCodeOfEnded(summary),
  batch: summary.id,
  counts: noCounts,
  lines: [
    summary.ended === undefined
      ? `Batch ${summary.id} has this key and is not finished. Run: amends recover ${summary.id}`
      : `Batch ${summary.id} has this key and ended ${summary.ended}; nothing was sent.`
  ]
})

const endingOfResult = (result: ApplyResult, run: Run): Ending => {
  const { paint } = run.voice
  switch (result._tag) {
    case "known":
      return knownEnding(result.summary)
    case "nothing":
      return looked("No changes.")
    case "declined":
      return declined
    case "ran":
      return endingOf("apply", result.report, paint)
  }
}

/** Says what came of a batch that was taken back first. */
const tellRecovered = (report: BatchReport, { voice }: Run): void => {
  voice.trouble(failureLines(report.failures, voice.paint))
  for (const line of endingOf("recover", report, voice.paint).lines) voice.line(line)
}

const runApply = Effect.fnUntraced(function*(
  values: RunValues,
  what: Pick<ApplyOptions, "plan" | "planFile">
) {
  const run = yield* Current
  const screen = yield* Screen
  const around = <A, E>(effect: Effect.Effect<A, E, Current | Screen>): Effect.Effect<A, E> =>
    effect.pipe(Effect.provideService(Current, run), Effect.provideService(Screen, screen))
  const onPlan = (planned: PlannedBatch) =>
    around(Effect.andThen(tellPlanToApply(planned), what.planFile === undefined ? Effect.void : enter("running")))
  const confirm = (planned: PlannedBatch): Effect.Effect<boolean, Refusal> =>
    around(confirmed(values.yes ? "yes" : "ask", questionOf(planned, run)))
  if (what.planFile === undefined) run.voice.phase("reading what is there")
  const onRecovered = (reports: ReadonlyArray<BatchReport>) =>
    Effect.sync(() => reports.forEach((report) => tellRecovered(report, run)))
  const result = yield* applyBatch({ ...what, ...runOptions(values, run), onPlan, onRecovered, confirm })
  if (result._tag === "ran") run.voice.trouble(failureLines(result.report.failures, run.voice.paint))
  return endingOfResult(result, run)
})

/** Applies what is declared, or a saved plan. */
export const apply = Command.make("apply", {
  planFile: Argument.String("planfile").pipe(
    Argument.optional,
    Argument.withDescription("A plan saved by plan --out: exactly that is applied, once, without asking")
  ),
  ...planFlags,
  ...runFlags
}, (flags) =>
  perform(Effect.gen(function*() {
    const host = yield* Host
    const file = Option.getOrUndefined(flags.planFile)
    const plan = planOptions(flags, false)
    return yield* runApply(flags, file === undefined ? { plan } : { plan, planFile: yield* host.readText(file) })
  }))).pipe(
    Command.validate((flags) =>
      Option.isSome(flags.planFile) ? refuseBesidePlanFile(flags) : refuseContradiction(flags)
    ),
    Command.withDescription("Apply what is declared as one batch: all of it, or everything is taken back.")
  )

/** Deletes everything that is managed. */
export const destroy = Command.make(
  "destroy",
  { target: planFlags.target, ...runFlags },
  (flags) => perform(runApply(flags, { plan: planOptions({ target: flags.target }, true) }))
).pipe(Command.withDescription("Delete everything that is managed, as one batch."))
