/**
 * Starts the command line: puts the process behind the ports of the CLI, runs the command, leaves with its exit code.
 *
 * Signals are the command's to answer, so the runtime installs no handlers of its own.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Effect } from "effect"
import { run } from "../cli/Cli.ts"
import { Host } from "../cli/Host.ts"
import { Screen } from "../cli/Screen.ts"
import { type Config, configOf } from "./Config.ts"
import { observed, telemetryFor } from "./Observed.ts"
import { processHost } from "./ProcessHost.ts"
import { leaveWith, processScreen } from "./ProcessScreen.ts"

/** The directory that the command was given in; `undefined` where it was deleted since. */
const workingDirectory = (): string | undefined => {
  try {
    return process.cwd()
  } catch {
    return undefined
  }
}

/** What a command is given of the process around it. */
export interface Around {
  readonly config: Config
  readonly host: Host["Service"]
  readonly screen: Screen["Service"]
}

/** A command by its words, watched where telemetry is asked for; answers the exit code. */
export const commandLine = (argv: ReadonlyArray<string>, { config, host, screen }: Around): Effect.Effect<number> => {
  const command = (on: Host["Service"]): Effect.Effect<number> =>
    run(argv).pipe(
      Effect.provide(NodeServices.layer),
      Effect.provideService(Screen, screen),
      Effect.provideService(Host, on)
    )
  const telemetry = telemetryFor(argv, config, { host, write: screen.err })
  return telemetry === undefined ? command(host) : observed(telemetry, host, command)
}

/** Runs the command that the words after `amends` ask for, then ends the process. */
export const start = async (version: string): Promise<void> => {
  const config = configOf(process.env)
  const screen = processScreen()
  const cwd = workingDirectory()
  if (cwd === undefined) {
    screen.err("Error: the working directory is gone\n  it was deleted or moved away\n  → change to one that exists\n")
    return await leaveWith(1)
  }
  const host = processHost(version, cwd, config)
  await leaveWith(await Effect.runPromise(commandLine(process.argv.slice(2), { config, host, screen })))
}
