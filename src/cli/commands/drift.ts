// `amends drift`: what is there against what was last applied; accepted as it is, or put back as a batch.
import { Effect } from "effect"
import { CliError, Command, Flag } from "effect/cli"
import { drift as checkDrift, type DriftReport } from "../../app/Drift.ts"
import { acceptDrift, restoreDrift } from "../../app/DriftSettle.ts"
import type { Refusal } from "../../app/Failure.ts"
import type { PlannedBatch } from "../../app/PlanBatch.ts"
import { confirmed } from "../Ask.ts"
import { declined, type Ending, looked } from "../Ending.ts"
import { toggle } from "../GlobalFlags.ts"
import { perform } from "../Perform.ts"
import { allowIrreversibleFlag, leaseTimeoutFlag, yesFlag } from "../PlanFlags.ts"
import { tellPlanToApply } from "../Planned.ts"
import { driftLine, driftViews } from "../RenderDrift.ts"
import { planLastLine } from "../RenderPlan.ts"
import { endingOf, failureLines } from "../RenderReport.ts"
import { Current } from "../Run.ts"
import { Screen } from "../Screen.ts"

const addresses = (name: string, description: string) =>
  Flag.String(name).pipe(
    Flag.between(0, Number.POSITIVE_INFINITY),
    Flag.withMetavar("ADDR"),
    Flag.withDescription(description)
  )

const flags = {
  accept: addresses(
    "accept",
    "What is there becomes what was last applied; nothing remote is written; may be repeated"
  ),
  restore: addresses("restore", "Put back what was last applied, as a batch; may be repeated"),
  detailedExitcode: toggle("detailed-exitcode", "Exit with 2 where something drifted"),
  yes: yesFlag,
  allowIrreversible: allowIrreversibleFlag,
  leaseTimeout: leaseTimeoutFlag
}

interface Given {
  readonly accept: ReadonlyArray<string>
  readonly restore: ReadonlyArray<string>
  readonly detailedExitcode: boolean
  readonly yes: boolean
  readonly allowIrreversible: boolean
  readonly leaseTimeout: number
}

const tell = (report: DriftReport): Effect.Effect<void, never, Current> =>
  Effect.map(Current, ({ voice }) => {
    for (const view of driftViews(report, voice.paint)) voice.view(view)
  })

const checking = Effect.fnUntraced(function*({ detailedExitcode }: Given) {
  const report = yield* checkDrift
  yield* tell(report)
  return { ...looked(driftLine(report)), exitCode: detailedExitcode && report.drifted.length > 0 ? 2 : 0 }
})

const accepting = Effect.fnUntraced(function*({ accept, leaseTimeout }: Given) {
  const run = yield* Current
  const { accepted, report } = yield* acceptDrift({ addresses: accept, leaseTimeoutMs: leaseTimeout, ...run.by })
  yield* tell({ ...report, unmanaged: [], drifted: report.drifted.filter(({ address }) => accepted.includes(address)) })
  return looked(
    accepted.length === 0
      ? "No drift to accept."
      : `Accepted as it is: ${accepted.join(", ")}. The files still say what they said.`
  )
})

const restoring = Effect.fnUntraced(function*(given: Given) {
  const run = yield* Current
  const screen = yield* Screen
  const { globals, voice } = run
  const around = <A, E>(effect: Effect.Effect<A, E, Current | Screen>): Effect.Effect<A, E> =>
    effect.pipe(Effect.provideService(Current, run), Effect.provideService(Screen, screen))
  const confirm = ({ plan }: PlannedBatch): Effect.Effect<boolean, Refusal> =>
    around(confirmed(
      given.yes ? "yes" : "ask",
      `${globals.quiet ? `${planLastLine(plan)}\n` : ""}Do you want to put back what was last applied?`
    ))
  const result = yield* restoreDrift({
    addresses: given.restore,
    allowIrreversible: given.allowIrreversible,
    leaseTimeoutMs: given.leaseTimeout,
    ...run.by,
    onPlan: (planned) => around(tellPlanToApply(planned)),
    confirm
  })
  const ending: Ending = result._tag === "ran"
    ? endingOf("restore", result.report, voice.paint)
    : result._tag === "nothing"
    ? looked("No drift to restore.")
    : declined
  if (result._tag === "ran") voice.trouble(failureLines(result.report.failures, voice.paint))
  return ending
})

/** Compares with what was last applied. */
export const drift = Command.make("drift", flags, (given) =>
  perform(Effect.gen(function*() {
    const { voice } = yield* Current
    voice.phase("reading what is there")
    if (given.accept.length === 0 && given.restore.length === 0) return yield* checking(given)
    const accepted = given.accept.length === 0 ? undefined : yield* accepting(given)
    if (given.restore.length === 0) return accepted ?? looked()
    for (const line of accepted?.lines ?? []) voice.line(line)
    return yield* restoring(given)
  }))).pipe(
    Command.validate(({ accept, restore }) => {
      const both = accept.filter((address) => restore.includes(address))
      const message = `${both.join(", ")}: what is there is accepted or put back, and not both`
      return both.length === 0 ? Effect.void : Effect.fail(new CliError.ValidationError({ message }))
    }),
    Command.withDescription("Compare what is there with what was last applied; accept it, or put it back.")
  )
