/**
 * The command line in this process, over a workspace, its state and a server that are real: words go in, and what a
 * user sees comes out. Only the terminal is a stand-in, because a test is its reader and its typist.
 */
import { Cause, Effect, Exit } from "effect"
import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { afterEach } from "vitest"
import type { Screen } from "../../src/cli/Screen.ts"
import { configOf } from "../../src/main/Config.ts"
import { processHost } from "../../src/main/ProcessHost.ts"
import { commandLine } from "../../src/main/Start.ts"
import type { SandboxOptions } from "../../src/sandbox/Sandbox.ts"
import { type Cell, type Declared, openCell } from "../e2e/Cell.ts"
import type { Ended } from "../e2e/Launch.ts"

/** Sends a signal to the command under way. */
export type Press = (signal: "SIGINT" | "SIGTERM") => void

/** What a command is given besides its words. */
export interface Sitting {
  readonly env?: Readonly<Record<string, string>>
  /** What is typed at a question, or at one after the other; without it nobody can be asked. */
  readonly answer?: string | ReadonlyArray<string>
  /** Stdout is a terminal. */
  readonly terminal?: boolean
  /** Hears everything that is said, and may answer it with a signal. */
  readonly hears?: (text: string, press: Press) => void
}

export interface Shell extends Pick<Cell, "root" | "sandbox" | "declare"> {
  readonly run: (...argv: ReadonlyArray<string>) => Promise<Ended>
  readonly sit: (sitting: Sitting, ...argv: ReadonlyArray<string>) => Promise<Ended>
  /** Replaces a text of amends.yaml, which must be there. */
  readonly configure: (from: string, to: string) => Promise<void>
}

const open: Array<Cell> = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((cell) => cell.close()))
})

interface Said {
  stdout: string
  stderr: string
}

const screenOf = (
  said: Said,
  { answer, hears = () => {}, terminal = false }: Sitting,
  leave: Screen["Service"]["leave"]
): Screen["Service"] => {
  const handlers = new Set<(name: string) => void>()
  let asked = 0
  const press: Press = (signal) => handlers.forEach((handler) => handler(signal))
  const writing = (stream: keyof Said) => (text: string): void => {
    said[stream] += text
    hears(text, press)
  }
  return {
    out: writing("stdout"),
    err: writing("stderr"),
    canAsk: answer !== undefined,
    isTerminal: terminal,
    columns: () => 80,
    ask: (question) =>
      Effect.sync(() => {
        writing("stdout")(question)
        return typeof answer === "string" ? answer : answer?.[asked++]
      }),
    onSignal: (handler) =>
      Effect.asVoid(Effect.acquireRelease(
        Effect.sync(() => handlers.add(handler)),
        () => Effect.sync(() => handlers.delete(handler))
      )),
    leave
  }
}

const environment = ({ sandbox }: Cell) => ({
  MONITORING_URL: sandbox.url,
  MONITORING_CLIENT_ID: "sandbox",
  MONITORING_CLIENT_SECRET: "sandbox-secret",
  GITHUB_ACTOR: "tester"
})

const sit = (cell: Cell, sitting: Sitting, argv: ReadonlyArray<string>): Promise<Ended> => {
  const config = configOf({ ...environment(cell), ...sitting.env })
  const said: Said = { stdout: "", stderr: "" }
  const host = processHost("1.2.3", cell.root, config)
  return new Promise((resolve, reject) => {
    let left: Ended | undefined
    // Where a command leaves at once, its process is gone: whatever it was about to do or say is not done.
    const screen = screenOf(said, sitting, (code) => {
      left = { code, ...said }
      fiber.interruptUnsafe()
    })
    const fiber = Effect.runFork(commandLine(argv, { config, host, screen }))
    fiber.addObserver((exit) => {
      if (left !== undefined) resolve(left)
      else if (Exit.isSuccess(exit)) resolve({ code: exit.value, ...said })
      else reject(Cause.squash(exit.cause))
    })
  })
}

/** Opens a shell in a workspace of its own; `resources` are declared. */
export const openShell = async (
  resources: ReadonlyArray<Declared> = [],
  options: SandboxOptions = {}
): Promise<Shell> => {
  const cell = await openCell(options)
  open.push(cell)
  await cell.declare(resources)
  return {
    root: cell.root,
    sandbox: cell.sandbox,
    declare: cell.declare,
    run: (...argv) => sit(cell, {}, argv),
    sit: (sitting, ...argv) => sit(cell, sitting, argv),
    configure: async (from, to) => {
      const path = join(cell.root, "amends.yaml")
      const text = await readFile(path, "utf8")
      if (!text.includes(from)) throw new Error(`amends.yaml does not hold ${from}`)
      await writeFile(path, text.replace(from, to))
    }
  }
}

/** A watchlist as a file declares it. */
export const watchlist = (name: string, description = "ours", dependsOn: ReadonlyArray<string> = []): Declared => ({
  kind: "watchlist",
  name,
  spec: { name, description },
  dependsOn
})

/** A secret that no output may hold. */
export const hook = "https://hooks.example/T0P-secret-0001"

/** A channel with a secret. */
export const channel: Declared = {
  kind: "notification_channel",
  name: "ops",
  spec: { type: "Webhook", configuration: { value: hook } }
}

/** What differs from run to run, by its nature: ids of batches and versions, digests, times and how long it took. */
export const masked = (text: string): string =>
  text.replaceAll(/\bb-[0-9a-z]{10,}\b/g, "BATCH")
    .replaceAll(/\b\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME")
    .replaceAll(/@[0-9a-f]{8}\b/g, "@DIGEST")
    .replaceAll(/\b[0-9a-f]{12}\b/g, "VERSION")
    .replaceAll(/ in (\d+ms|\d+s)/g, " in a while")

export const lastLine = (text: string): string => text.trimEnd().split("\n").at(-1) ?? ""
