// `amends recover`: finish unfinished batches from their journals. It never asks.
import { Effect } from "effect"
import { Argument, CliError, Command, Flag } from "effect/cli"
import { exitCodeOfReports } from "../../app/Failure.ts"
import { recover as recoverBatches, type RecoverResult } from "../../app/Recover.ts"
import { rehearse, type RehearseOptions } from "../../app/Rehearse.ts"
import { type Ending, looked } from "../Ending.ts"
import { member, toggle } from "../GlobalFlags.ts"
import { perform } from "../Perform.ts"
import { leaseTimeoutFlag } from "../PlanFlags.ts"
import { rehearsalView } from "../RenderRehearsal.ts"
import { endingOf, failureLines } from "../RenderReport.ts"
import { Current, enter, type Run } from "../Run.ts"

/** The end of a command that finished batches. */
export const endingOfRecovery = ({ reports, unfinished }: RecoverResult, run: Run): Ending => {
  const endings = reports.map((report) => endingOf("recover", report, run.voice.paint))
  const last = endings.at(-1)
  if (last === undefined) return looked("Nothing to recover: every batch is over.")
  const exitCode = Math.max(exitCodeOfReports(reports), unfinished.length > 0 ? 4 : 0)
  const gravest = endings.find((ending) => ending.exitCode === exitCode) ?? last
  const waiting = unfinished.filter(({ id }) => !reports.some(({ batch }) => batch === id))
  return {
    ...gravest,
    exitCode,
    lines: [
      ...endings.flatMap(({ lines }) => lines),
      ...waiting.map(({ id }) => `Still unfinished: ${id}. Run: amends recover ${id}`)
    ]
  }
}

const rehearsing = Effect.fnUntraced(function*(options: RehearseOptions) {
  const run = yield* Current
  const rehearsed = yield* rehearse(options)
  if (rehearsed === undefined) return looked("Nothing to recover: every batch is over.")
  run.voice.view(rehearsalView(rehearsed, run.voice.paint))
  return looked("Nothing was sent, and nothing was written.")
})

const recovering = Effect.fnUntraced(function*(options: RehearseOptions, leaseTimeoutMs: number) {
  const run = yield* Current
  yield* enter("running")
  const result = yield* recoverBatches({ ...options, leaseTimeoutMs })
  for (const { failures } of result.reports) run.voice.trouble(failureLines(failures, run.voice.paint))
  return endingOfRecovery(result, run)
})

/** Finishes unfinished batches. */
export const recover = Command.make("recover", {
  batch: Argument.String("batch").pipe(
    Argument.optional,
    Argument.withDescription("The batch to finish; all unfinished ones when left out")
  ),
  dryRun: toggle("dry-run", "Only say what would be done, in either direction"),
  forward: toggle("forward", "Finish what was begun, where no way back was decided"),
  back: toggle("back", "Take back what was applied, even where everything was"),
  choice: Flag.String("choice").pipe(
    Flag.between(0, Number.POSITIVE_INFINITY),
    Flag.withMetavar("ADDR=CHOICE[@DIGEST]"),
    Flag.withDescription("What to do with a resource that needs you; may be repeated")
  ),
  abandon: toggle("abandon", "End the batch with what is there now; nothing more is taken back"),
  leaseTimeout: leaseTimeoutFlag
}, (flags) =>
  perform(Effect.gen(function*() {
    const { actor, globals: { reason } } = yield* Current
    const options: RehearseOptions = {
      ...member("batch", flags.batch),
      direction: flags.forward ? "forward" : flags.back ? "back" : "auto",
      choices: flags.choice,
      abandon: flags.abandon,
      actor,
      ...member("note", reason)
    }
    return yield* flags.dryRun ? rehearsing(options) : recovering(options, flags.leaseTimeout)
  }))).pipe(
    Command.validate(({ back, forward }) =>
      back && forward
        ? Effect.fail(new CliError.ValidationError({ message: "--forward and --back exclude each other" }))
        : Effect.void
    ),
    Command.withDescription("Finish batches that a crash or a conflict left unfinished.")
  )
