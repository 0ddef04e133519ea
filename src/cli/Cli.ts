/**
 * The command line: its commands, and running one of them to an exit code.
 *
 * Usage errors say what is wrong and how it is used on stderr and exit with 7; `--help` and `--version` exit with 0.
 */
import { Effect, Layer, Logger, Result } from "effect"
import { CliConfig, CliError, CliOutput, Command, GlobalFlag } from "effect/cli"
import { apply, destroy } from "./commands/apply.ts"
import { audit } from "./commands/audit.ts"
import { diff } from "./commands/diff.ts"
import { doctor } from "./commands/doctor.ts"
import { drift } from "./commands/drift.ts"
import { importOne } from "./commands/import.ts"
import { init } from "./commands/init.ts"
import { key } from "./commands/key.ts"
import { kind } from "./commands/kind.ts"
import { lease } from "./commands/lease.ts"
import { batches, history, list, show, status } from "./commands/look.ts"
import { forget, move } from "./commands/manage.ts"
import { pause, resume } from "./commands/pause.ts"
import { pin, unpin } from "./commands/pin.ts"
import { plan } from "./commands/plan.ts"
import { prune } from "./commands/prune.ts"
import { recover } from "./commands/recover.ts"
import { rollback } from "./commands/rollback.ts"
import { sandbox } from "./commands/sandbox.ts"
import { state } from "./commands/state.ts"
import { graph, schema, validate } from "./commands/validate.ts"
import { version } from "./commands/version.ts"
import { root } from "./GlobalFlags.ts"
import { Host } from "./Host.ts"
import { commandIn, notBuiltYet, verbIn } from "./Later.ts"
import { ExitStatus, Verb } from "./Perform.ts"
import { Screen } from "./Screen.ts"
import { presenter, refuse, usage, wantsEvents } from "./WrongUse.ts"

const amends = root.pipe(Command.withSubcommands([
  { group: "Start and check", commands: [init, validate, doctor, schema, graph, kind, version] },
  { group: "Change", commands: [plan, apply, destroy, rollback, recover, importOne, move, forget] },
  { group: "Look", commands: [status, drift, list, show, history, diff, batches, audit] },
  { group: "Operate", commands: [pause, resume, lease, state, key, pin, unpin, prune, sandbox] }
]))

const settings = (argv: ReadonlyArray<string>, screen: Screen["Service"], host: Host["Service"]) =>
  Layer.mergeAll(
    CliOutput.layerPresenter(presenter(argv, screen, host)),
    CliConfig.layer({ builtIns: [GlobalFlag.Help, GlobalFlag.Version, GlobalFlag.Completions, GlobalFlag.LogLevel] }),
    Layer.succeed(Logger.LogToStderr, true)
  )

/** The name of a provider of one's own, where none is given. */
const providerName = "house"

/** `init --provider` alone makes a provider of that name. */
const withProviderName = (argv: ReadonlyArray<string>): ReadonlyArray<string> =>
  commandIn(argv) === "init"
    ? argv.flatMap((word, at) => {
      const next = argv[at + 1]
      return word === "--provider" && (next === undefined || next.startsWith("-")) ? [word, providerName] : [word]
    })
    : argv

const notBuilt = { exitCode: usage, status: 501, detail: "", hint: "" }

const refuseLater = Effect.fnUntraced(function*(argv: ReadonlyArray<string>, command: string) {
  const sentence = `amends ${command} is not built yet: this version does not have it.`
  if (wantsEvents(argv)) return yield* refuse(argv, { ...notBuilt, summary: sentence })
  const screen = yield* Screen
  screen.err(`${sentence}\n`)
  return usage
})

const understood = Effect.fnUntraced(function*(argv: ReadonlyArray<string>) {
  const host = yield* Host
  const screen = yield* Screen
  let exitCode = 0
  const result = yield* Command.runWith(amends, { version: host.version })(withProviderName(argv)).pipe(
    Effect.provide(settings(argv, screen, host)),
    Effect.provideService(Verb, verbIn(argv)),
    Effect.provideService(ExitStatus, { set: (code) => void (exitCode = code) }),
    Effect.result
  )
  if (Result.isSuccess(result)) return exitCode
  // What is wrong has been told, and so has help.
  return result.failure instanceof CliError.ShowHelp && result.failure.errors.length === 0 ? 0 : usage
})

/** Runs what the words after `amends` ask for; answers the exit code. */
export const run = (argv: ReadonlyArray<string>): Effect.Effect<number, never, Command.Environment | Host | Screen> => {
  const later = notBuiltYet(argv)
  return later === undefined ? understood(argv) : refuseLater(argv, later)
}
