/**
 * The hand that runs a command of `notify`: without a shell, in the workspace, JSON on its standard input.
 *
 * It has the environment that amends was given and nothing of ours but three names. What it prints goes nowhere: it may
 * hold what amends does not know as a secret. It is a process group of its own, so that Ctrl-C at a terminal does not
 * end it, and its children end with it when its time is over.
 */
import { Effect } from "effect"
import { type ChildProcess, spawn } from "node:child_process"
import { access, constants } from "node:fs/promises"
import { delimiter, join } from "node:path"
import { renderDuration } from "../../domain/Duration.ts"
import type { Attempt, Summons } from "../Notifier.ts"

/** The environment, as a table of names. */
export type Environment = Readonly<Record<string, string | undefined>>

/** What the operating system said, as words; after these another attempt helps nobody. */
const hopeless: { readonly [code: string]: string } = {
  ENOENT: "there is no such program",
  EACCES: "it may not be run: permission is missing",
  ENOEXEC: "it is no program: begin it with a line such as #!/bin/sh"
}

const notStarted = (error: unknown): Attempt => {
  const code = typeof error === "object" && error !== null && "code" in error ? String(error.code) : "unknown error"
  const known = hopeless[code]
  return { _tag: "failed", why: known ?? `it could not be started (${code})`, again: known === undefined }
}

const start = (env: Environment, { argv, directory, variables }: Summons): ChildProcess => {
  const [program, ...rest] = argv
  return spawn(program, rest, {
    cwd: directory,
    env: { ...env, ...variables },
    stdio: ["pipe", "ignore", "ignore"],
    detached: true
  })
}

/** Ends it with all its children; one that is gone already is no matter. */
const kill = ({ exitCode, pid, signalCode }: ChildProcess): void => {
  if (pid === undefined || exitCode !== null || signalCode !== null) return
  try {
    process.kill(-pid, "SIGKILL")
  } catch {
    // It ended meanwhile.
  }
}

const ended = (code: number | null, signal: string | null): Attempt =>
  code === null ? { _tag: "failed", why: `${signal ?? "a signal"} ended it`, again: true } : { _tag: "exited", code }

const running = (env: Environment, summons: Summons): Effect.Effect<Attempt> =>
  Effect.callback<Attempt>((resume) => {
    let child: ChildProcess
    try {
      child = start(env, summons)
    } catch (error) {
      resume(Effect.succeed(notStarted(error)))
      return
    }
    child.on("error", (error) => resume(Effect.succeed(notStarted(error))))
    child.on("exit", (code, signal) => resume(Effect.succeed(ended(code, signal))))
    // Who does not want to read need not.
    child.stdin?.on("error", () => {})
    child.stdin?.end(summons.input)
    return Effect.sync(() => kill(child))
  })

/** Runs a command once. */
export const runCommand = (env: Environment) => (summons: Summons): Effect.Effect<Attempt> =>
  Effect.timeoutOrElse(running(env, summons), {
    duration: summons.timeoutMs,
    orElse: () => {
      const why = `it did not end within ${renderDuration(summons.timeoutMs)} and was killed`
      return Effect.succeed<Attempt>({ _tag: "failed", why, again: true })
    }
  })

const isRunnable = (path: string): Effect.Effect<"runs" | "there" | "missing"> =>
  Effect.promise(async () => {
    const isOpen = (mode: number) => access(path, mode).then(() => true, () => false)
    if (await isOpen(constants.X_OK)) return "runs"
    return await isOpen(constants.F_OK) ? "there" : "missing"
  })

/** Says why a program, by its path or by a name that is looked up, cannot be run; `undefined` where it can. */
export const findCommand = (env: Environment) => (program: string): Effect.Effect<string | undefined> => {
  const directories = (env["PATH"] ?? "").split(delimiter).filter((directory) => directory !== "")
  const places = program.includes("/") ? [program] : directories.map((directory) => join(directory, program))
  return Effect.map(Effect.forEach(places, isRunnable), (found) => {
    if (found.includes("runs")) return undefined
    return found.includes("there") ? hopeless["EACCES"] : hopeless["ENOENT"]
  })
}
