// `amends rollback`: takes a batch, or changes of one resource, back and keeps what came after.
import { Effect, Option } from "effect"
import { Argument, CliError, Command, Flag } from "effect/cli"
import type { Refusal } from "../../app/Failure.ts"
import type { PlannedBatch } from "../../app/PlanBatch.ts"
import { exitCodeOfRollback, rollback as rollBack, rollbackDryRun, type RollbackResult } from "../../app/Rollback.ts"
import type { RollbackPlan } from "../../app/RollbackPlan.ts"
import { isBlocking, type RollbackReport } from "../../app/RollbackReport.ts"
import type { RollbackWhat } from "../../app/RollbackWhat.ts"
import type { Answer } from "../../app/TakeBack.ts"
import { parseAddress } from "../../domain/Ids.ts"
import { confirmed } from "../Ask.ts"
import { declined, type Ending, looked } from "../Ending.ts"
import { member, toggle } from "../GlobalFlags.ts"
import { Host } from "../Host.ts"
import { perform } from "../Perform.ts"
import { planCounts } from "../PlanCounts.ts"
import { allowIrreversibleFlag, leaseTimeoutFlag, onFailureFlag, parallelismFlag, yesFlag } from "../PlanFlags.ts"
import { tellPlan, tellPlanToApply } from "../Planned.ts"
import { planLastLine } from "../RenderPlan.ts"
import { endingOf, failureLines } from "../RenderReport.ts"
import { blockedLine, rollbackViews, sideQuestion } from "../RenderRollback.ts"
import { Current, type Run } from "../Run.ts"
import { Screen } from "../Screen.ts"

const flags = {
  what: Argument.String("what").pipe(
    Argument.withMetavar("BATCH|ADDR"),
    Argument.withDescription("A batch that is over, or a resource with --to or --revert")
  ),
  only: Flag.String("only").pipe(
    Flag.between(0, Number.POSITIVE_INFINITY),
    Flag.withMetavar("ADDR"),
    Flag.withDescription("Of the batch, only this resource; may be repeated")
  ),
  to: Flag.String("to").pipe(
    Flag.optional,
    Flag.withMetavar("VERSION"),
    Flag.withDescription("Make the resource what it was at this version; later changes are lost, and listed")
  ),
  revert: Flag.String("revert").pipe(
    Flag.between(0, Number.POSITIVE_INFINITY),
    Flag.withMetavar("VERSION[..VERSION]"),
    Flag.withDescription("Take this change out and keep the later ones; may be repeated")
  ),
  dryRun: toggle("dry-run", "Only say what would be done and what stands in the way"),
  strategy: Flag.Literals("strategy", ["stop", "ours", "theirs"]).pipe(
    Flag.withDefault("stop"),
    Flag.withDescription("Of conflicts: stop, keep what is there now, or put back what stood there before")
  ),
  resolve: Flag.String("resolve").pipe(
    Flag.optional,
    Flag.withMetavar("FILE"),
    Flag.withDescription("Answers to conflicts, as JSON by address and path")
  ),
  yes: yesFlag,
  onFailure: onFailureFlag,
  parallelism: parallelismFlag,
  allowIrreversible: allowIrreversibleFlag,
  leaseTimeout: leaseTimeoutFlag
}

interface Wanted {
  readonly what: string
  readonly only: ReadonlyArray<string>
  readonly to: Option.Option<string>
  readonly revert: ReadonlyArray<string>
}

/** What is wrong with what is asked for, if anything. */
const mistakeIn = ({ only, revert, to, what }: Wanted): string | undefined => {
  const isAddress = parseAddress(what) !== undefined
  if (!isAddress && (Option.isSome(to) || revert.length > 0)) return "--to and --revert are for a resource, kind.name"
  if (!isAddress) return undefined
  if (only.length > 0) return "--only is for a batch"
  if (Option.isSome(to) && revert.length > 0) return "--to and --revert exclude each other"
  return Option.isNone(to) && revert.length === 0
    ? "a resource needs --to VERSION or --revert VERSION; see its versions with amends history"
    : undefined
}

const whatOf = ({ only, revert, to, what }: Wanted): RollbackWhat => {
  if (Option.isSome(to)) return { _tag: "to", address: what, version: to.value }
  return revert.length > 0
    ? { _tag: "revert", address: what, versions: revert }
    : { _tag: "batch", batch: what, only }
}

const questionOf = ({ plan }: PlannedBatch, { globals }: Run): string =>
  `${globals.quiet ? `${planLastLine(plan)}\n` : ""}Do you want to roll this back?`

/** Who said yes before, or cannot be asked, is not. */
const isAsked = ({ yes }: { readonly yes: boolean }, { globals }: Run, { canAsk }: Screen["Service"]): boolean =>
  canAsk && globals.input && !globals.json && !yes

const tell = (report: RollbackReport): Effect.Effect<void, never, Current> =>
  Effect.map(Current, ({ voice }) => {
    for (const view of rollbackViews(report, voice.paint)) voice.view(view)
  })

const sides: { readonly [said: string]: "ours" | "theirs" } = { ours: "ours", o: "ours", theirs: "theirs", t: "theirs" }

/** Asks about each conflict that a side settles; whatever else is answered leaves it open. */
const asking = Effect.fnUntraced(function*(report: RollbackReport) {
  const screen = yield* Screen
  const answers = new Map<string, Map<string, Answer>>()
  for (const conflict of report.conflicts.filter(isBlocking)) {
    const { address, kind, path } = conflict
    if (kind === "dependency" || kind === "cycle") continue
    const said = yield* screen.ask(sideQuestion(conflict))
    const take = sides[said?.trim() ?? ""]
    if (take !== undefined) answers.set(address, (answers.get(address) ?? new Map()).set(path, { take }))
  }
  return answers
})

const dryRunEnding = Effect.fnUntraced(function*({ planned, report }: RollbackPlan) {
  yield* tell(report)
  if (planned !== undefined) yield* tellPlan(planned)
  const counts = planned === undefined ? {} : { counts: planCounts(planned.plan) }
  if (report.conflicts.some(isBlocking)) return { ...looked(blockedLine(report)), ...counts, exitCode: 5 }
  return { ...looked(planned === undefined ? "No changes." : planLastLine(planned.plan)), ...counts }
})

const endingOfResult = (result: RollbackResult, run: Run): Ending => {
  switch (result._tag) {
    case "blocked":
      return { ...looked(blockedLine(result.report)), exitCode: exitCodeOfRollback(result) }
    case "nothing":
      return looked("No changes.")
    case "declined":
      return declined
    case "ran":
      run.voice.trouble(failureLines(result.batch.failures, run.voice.paint))
      return endingOf("rollback", result.batch, run.voice.paint)
  }
}

/** Rolls back. */
export const rollback = Command.make("rollback", flags, (given) =>
  perform(Effect.gen(function*() {
    const run = yield* Current
    const screen = yield* Screen
    const host = yield* Host
    const file = Option.getOrUndefined(given.resolve)
    const answers = file === undefined ? new Map() : yield* host.readAnswers(file)
    const asked = { what: whatOf(given), strategy: given.strategy, answers }
    run.voice.phase("reading what is there")
    if (given.dryRun) return yield* dryRunEnding(yield* rollbackDryRun(asked))
    const around = <A, E>(effect: Effect.Effect<A, E, Current | Screen>): Effect.Effect<A, E> =>
      effect.pipe(Effect.provideService(Current, run), Effect.provideService(Screen, screen))
    const confirm = (planned: PlannedBatch): Effect.Effect<boolean, Refusal> =>
      around(confirmed(given.yes ? "yes" : "ask", questionOf(planned, run)))
    const result = yield* rollBack({
      ...asked,
      policies: { ...member("onFailure", given.onFailure), ...member("parallelism", given.parallelism) },
      allowIrreversible: given.allowIrreversible,
      leaseTimeoutMs: given.leaseTimeout,
      ...run.by,
      onReport: (report) => around(tell(report)),
      ...(isAsked(given, run, screen) ? { settle: (report: RollbackReport) => around(asking(report)) } : {}),
      onPlan: (planned) => around(tellPlanToApply(planned)),
      confirm
    })
    return endingOfResult(result, run)
  }))).pipe(
    Command.validate((given) => {
      const message = mistakeIn(given)
      return message === undefined ? Effect.void : Effect.fail(new CliError.ValidationError({ message }))
    }),
    Command.withDescription("Take a batch, or changes of a resource, back and keep what came after.")
  )
