/**
 * The terminal of this process: stdout, stderr, stdin and its signals behind the port of the CLI.
 *
 * A reader that goes away is no error: what is written to a closed pipe is lost, and the batch goes on.
 */
import { Effect } from "effect"
import { createInterface } from "node:readline"
import { Screen } from "../cli/Screen.ts"

/** Where a terminal does not say how wide it is. */
const columnsUnknown = 80

const signals = ["SIGINT", "SIGTERM"] as const

const write = (stream: NodeJS.WriteStream) => (text: string): void => {
  if (!stream.destroyed) stream.write(text)
}

const ask = (question: string): Effect.Effect<string | undefined> =>
  Effect.callback<string | undefined>((resume) => {
    const out = write(process.stdout)
    out(question)
    // Not as a terminal of readline's own: Ctrl-C has to stay a signal.
    const lines = createInterface({ input: process.stdin, terminal: false })
    let answered = false
    lines.once("line", (line) => {
      answered = true
      lines.close()
      resume(Effect.succeed(line))
    })
    lines.once("close", () => {
      if (answered) return
      // What is said next begins a line of its own.
      out("\n")
      resume(Effect.succeed(undefined))
    })
    return Effect.sync(() => lines.close())
  })

const onSignal = (handler: (name: string) => void) =>
  Effect.asVoid(Effect.acquireRelease(
    Effect.sync(() => {
      const listener = (name: NodeJS.Signals) => handler(name)
      for (const signal of signals) process.on(signal, listener)
      return listener
    }),
    (listener) =>
      Effect.sync(() => {
        for (const signal of signals) process.off(signal, listener)
      })
  ))

/** The screen of this process. */
export const processScreen = (): Screen["Service"] => {
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {})
  const isTerminal = process.stdout.isTTY && process.env["TERM"] !== "dumb"
  return Screen.of({
    out: write(process.stdout),
    err: write(process.stderr),
    canAsk: process.stdin.isTTY && process.stdout.isTTY,
    isTerminal,
    columns: () => process.stdout.columns || columnsUnknown,
    ask,
    onSignal,
    leave: (exitCode) => process.exit(exitCode)
  })
}

const drained = (stream: NodeJS.WriteStream): Promise<void> =>
  new Promise((resolve) => {
    if (stream.destroyed) return resolve()
    stream.once("error", () => resolve())
    stream.write("", () => resolve())
  })

/** Ends the process once everything that was said has been handed over; open connections do not hold it. */
export const leaveWith = async (exitCode: number): Promise<void> => {
  await Promise.all([drained(process.stdout), drained(process.stderr)])
  process.exit(exitCode)
}
