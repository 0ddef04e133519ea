/**
 * Carries out a command: gives it the services of its workspace, says how it ended, and answers signals.
 *
 * A first signal asks the engine to stop, and leaves at once only where nothing can have been written; a second leaves
 * and says how to recover, or gives up notifications where the batch is over. Whatever happens, the last thing said is
 * the end, and it names the exit code.
 */
import { Cause, Context, Deferred, Effect, Exit, Fiber, Layer, Option } from "effect"
import { ActingAs, type Operator } from "../app/ActingAs.ts"
import { Delivering } from "../app/Delivering.ts"
import { EngineVersion } from "../app/EngineVersion.ts"
import { type AppError, type Failure, failureOf, failureOfDefect, technicalOf } from "../app/Failure.ts"
import type { FileWriter } from "../app/Initialise.ts"
import type { KindProposals } from "../app/KindProposals.ts"
import type { AppServices } from "../app/PlanBatch.ts"
import { type EngineEvent, Observer, Progress, requestStop, Stopping } from "../app/Progress.ts"
import { learning, LearnSecrets } from "../app/Redaction.ts"
import { Telemetry } from "../app/Telemetry.ts"
import type { TrialNotes } from "../app/TrialNotes.ts"
import { type Warning, Warnings } from "../app/Warnings.ts"
import { Workspace } from "../app/Workspace.ts"
import { type Ending, failed } from "./Ending.ts"
import { diagnosticEvent } from "./Events.ts"
import { type Globals, member, root } from "./GlobalFlags.ts"
import { Host } from "./Host.ts"
import { Current, follow, makeRun, type Run } from "./Run.ts"
import { Screen } from "./Screen.ts"

/** The exit code of the process, set when a command ends. */
export class ExitStatus extends Context.Service<ExitStatus, {
  readonly set: (exitCode: number) => void
}>()("amends/cli/ExitStatus") {}

/** The command that was typed, for what is recorded of it. */
export const Verb = Context.Reference<string | undefined>("amends/cli/Verb", { defaultValue: () => undefined })

/** What a command may use. */
export type CommandServices = AppServices | FileWriter | KindProposals | TrialNotes | Current | Screen | Host

/** How often what takes long is shown; milliseconds. */
const tickMs = 250

const recoverHint = "amends recover finishes the batch from its journal"

const recoverCommand = ({ batch }: Run): string => batch === undefined ? "amends recover" : `amends recover ${batch}`

const interrupted = (run: Run): Ending => {
  const exitCode = run.stage === "sent" || run.batch !== undefined ? 4 : 130
  const line = exitCode === 130
    ? "Interrupted before anything was written."
    : `Interrupted; ${run.remedy ?? `finish the batch from its journal with: ${recoverCommand(run)}`}`
  return { ...failed(exitCode, run.batch), outcome: exitCode === 130 ? "none" : "error", lines: [line] }
}

const defect = (run: Run): Failure =>
  failureOfDefect(
    run.stage === "sent" ? "perhaps" : "no",
    run.remedy ?? `what was written is in the journal: ${recoverHint}`
  )

const isAppError = (error: unknown): error is AppError => typeof error === "object" && error !== null && "_tag" in error

const errorIn = (cause: Cause.Cause<AppError>): AppError | undefined => {
  const [error] = cause.reasons.filter(Cause.isFailReason).map((reason) => reason.error).filter(isAppError)
  return error
}

/** What only its makers understand of an error goes into the log. */
const logged = (cause: Cause.Cause<AppError>): Effect.Effect<void> => {
  const error = errorIn(cause)
  const facts = error === undefined ? { error: Cause.pretty(cause) } : technicalOf(error)
  return Effect.annotateLogs(Effect.logDebug("the command failed"), facts)
}

const endOf = (run: Run, exit: Exit.Exit<Ending, AppError>): Ending => {
  if (Exit.isSuccess(exit)) return exit.value
  if (Cause.hasInterruptsOnly(exit.cause)) return interrupted(run)
  const error = errorIn(exit.cause)
  const failure = error === undefined ? defect(run) : failureOf(error)
  run.voice.failure(failure, error?._tag === "WorkspaceError" ? error.problems : [])
  if (failure.exitCode === 130) return { ...failed(130), outcome: "none" }
  return failed(failure.exitCode, run.batch)
}

const stopWords = (name: string): string =>
  `Interrupted by ${name}: nothing new is started; what is under way is finished first, then what was applied is ` +
  "taken back or kept. A second signal leaves at once."

/** Programs read no lines; what to do comes as an event. */
const tellHowToRecover = (run: Run): void => {
  const summary = run.remedy === undefined ? "interrupted while the batch was under way" : "interrupted"
  const hint = run.remedy ?? recoverCommand(run)
  run.voice.view({ event: diagnosticEvent({ severity: "error", summary, hint }), lines: [] })
}

/** What a signal does; it may interrupt `work` only where nothing can have been written. */
const onSignal = (run: Run, screen: Screen["Service"], work: Fiber.Fiber<unknown, unknown>) => {
  let count = 0
  return (name: string): void => {
    count += 1
    const { giveUp } = run
    run.giveUp = undefined
    if (count > 1 && giveUp !== undefined) return giveUp()
    if (count > 1) {
      const ending = interrupted(run)
      if (ending.exitCode === 4) tellHowToRecover(run)
      run.voice.end(ending)
      screen.leave(ending.exitCode)
      return
    }
    Effect.runSync(requestStop(run.stopping, `interrupted by ${name}`))
    if (run.stage === "looking") work.interruptUnsafe()
    else if (run.stage !== "serving") run.voice.line(stopWords(name))
  }
}

const workspaceServices = (run: Run, host: Host["Service"]) => {
  const given = host.services(run.place)
  const learned = Layer.effect(Workspace, Effect.map(Workspace, (inner) => learning(inner, run.redaction)))
  return Layer.provideMerge(learned, given)
}

const ticking = (run: Run): Effect.Effect<never> =>
  Effect.forever(Effect.andThen(Effect.sleep(tickMs), Effect.sync(run.voice.tick)))

/** Runs the work to its end, whatever that is, while signals are answered. */
const settle = Effect.fnUntraced(function*(run: Run, work: Effect.Effect<Ending, AppError>) {
  const screen = yield* Screen
  yield* Effect.forkScoped(ticking(run))
  const fiber = yield* Effect.forkChild(work)
  yield* screen.onSignal(onSignal(run, screen, fiber))
  return yield* Fiber.await(fiber)
}, Effect.scoped)

/** Carries out a command under the shared flags, and sets the exit code. */
export const performWith = Effect.fnUntraced(function*(
  globals: Globals,
  work: Effect.Effect<Ending, AppError, CommandServices>
): Effect.fn.Return<void, never, Screen | Host | ExitStatus> {
  const host = yield* Host
  const status = yield* ExitStatus
  const run = yield* makeRun(globals, { requested: yield* Deferred.make<string>() })
  const watcher = yield* Observer
  const telemetry = yield* Telemetry
  run.voice.begin(host.version)
  const verb = yield* Verb
  const operator = (): Operator => ({
    actor: run.redaction.redact(run.actor),
    ...(verb === undefined ? {} : { verb }),
    ...member("reason", Option.map(globals.reason, run.redaction.redact))
  })
  const publish = (event: EngineEvent): void => {
    follow(run, event)
    watcher.publish(event)
  }
  const warn = (warning: Warning) => run.voice.diagnostic({ severity: "warning", ...warning })
  const exit = yield* settle(
    run,
    work.pipe(
      Effect.provide(workspaceServices(run, host)),
      Effect.provideService(Current, run),
      Effect.provideService(Host, host),
      Effect.provideService(Screen, yield* Screen),
      Effect.provideService(Progress, { publish }),
      Effect.provideService(Warnings, { warn }),
      Effect.provideService(ActingAs, operator),
      Effect.provideService(Stopping, run.stopping),
      Effect.provideService(Delivering, { begins: (giveUp) => void (run.giveUp = giveUp) }),
      Effect.provideService(LearnSecrets, run.redaction.learn),
      Effect.provideService(EngineVersion, host.version)
    )
  )
  if (Exit.isFailure(exit) && !Cause.hasInterruptsOnly(exit.cause)) yield* logged(exit.cause)
  const ending = endOf(run, exit)
  run.voice.end(ending)
  telemetry.runEnded(ending)
  status.set(ending.exitCode)
})

/** Carries out a command; its handler is this. */
export const perform = (work: Effect.Effect<Ending, AppError, CommandServices>) =>
  Effect.flatMap(root, (globals) => performWith(globals, work))
