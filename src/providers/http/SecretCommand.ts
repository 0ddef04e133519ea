/**
 * Runs a program whose standard output is a secret: without a shell, in the workspace, within bounds of time and size.
 *
 * What it prints is kept nowhere but in memory, and is in no error; neither is what it says on standard error, which
 * may hold the secret as well. Nobody types: it has no input. It is a process group of its own, so that its children
 * end with it when its time is over or nobody waits any more.
 */
import { Effect } from "effect"
import { type ChildProcess, spawn } from "node:child_process"
import { renderDuration } from "../../domain/Duration.ts"
import { Limits } from "../../domain/Limits.ts"
import type { Surroundings } from "../Surroundings.ts"

/** A program and its arguments, and where it runs. */
export interface SecretCommand {
  readonly argv: readonly [program: string, ...rest: ReadonlyArray<string>]
  /** Absolute; the current one when absent. */
  readonly directory?: string
  readonly env: Surroundings["env"]
}

/** Why there is no secret, as the end of a sentence about the program. */
export type Why = string

const startWords: Readonly<Record<string, string>> = {
  ENOENT: "is not there",
  EACCES: "may not be run: permission is missing",
  ENOEXEC: "is no program: begin it with a line such as #!/bin/sh"
}

const notStarted = (error: unknown): Why => {
  const code = typeof error === "object" && error !== null && "code" in error ? String(error.code) : "unknown error"
  return startWords[code] ?? `could not be started (${code})`
}

const start = ({ argv: [program, ...rest], directory, env }: SecretCommand): ChildProcess =>
  spawn(program, rest, {
    ...(directory === undefined ? {} : { cwd: directory }),
    env: { ...env },
    stdio: ["ignore", "pipe", "ignore"],
    detached: true
  })

/** Ends it with all its children; one that is gone already is no matter. */
const kill = ({ pid }: ChildProcess): void => {
  if (pid === undefined) return
  try {
    process.kill(-pid, "SIGKILL")
  } catch {
    // It ended meanwhile.
  }
}

const control = /\p{Cc}/u

const secretIn = (output: string): Effect.Effect<string, Why> => {
  const secret = output.trim()
  if (secret === "") return Effect.fail("printed nothing")
  return control.test(secret) ? Effect.fail("printed more than one line") : Effect.succeed(secret)
}

const ended = (code: number | null, output: string): Effect.Effect<string, Why> => {
  if (code === 0) return secretIn(output)
  return Effect.fail(code === null ? "was ended by a signal" : `failed with exit code ${code}`)
}

const running = (command: SecretCommand): Effect.Effect<string, Why> =>
  Effect.callback<string, Why>((resume) => {
    let child: ChildProcess
    try {
      child = start(command)
    } catch (error) {
      resume(Effect.fail(notStarted(error)))
      return
    }
    const chunks: Array<Buffer> = []
    let bytes = 0
    child.stdout?.on("data", (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= Limits.secretBytesMax) return chunks.push(chunk)
      kill(child)
      return resume(Effect.fail(`printed more than ${Limits.secretBytesMax} bytes`))
    })
    child.on("error", (error) => resume(Effect.fail(notStarted(error))))
    child.on("close", (code) => resume(ended(code, Buffer.concat(chunks).toString("utf8"))))
    return Effect.sync(() => kill(child))
  })

/** Runs a program once; answers what it printed, without white space at its ends. */
export const runSecretCommand = (command: SecretCommand): Effect.Effect<string, Why> =>
  Effect.timeoutOrElse(running(command), {
    duration: Limits.secretCommandMs,
    orElse: () => Effect.fail(`did not end within ${renderDuration(Limits.secretCommandMs)} and was killed`)
  })
