/**
 * Log lines of a run: to stderr where `--log-level` asks for them, as logfmt, or as JSON beside `--json`.
 *
 * Each is about something that happened in the engine, in our words, with batch, address and attempt beside it; what
 * was learned as secret is taken out of the whole line.
 */
import { Context, Effect, Fiber, Logger, type LogLevel } from "effect"

/** How lines look. */
export type LogFormat = "text" | "json"

/** Where lines go, and what is taken out of them. */
export interface LogTarget {
  readonly format: LogFormat
  readonly write: (text: string) => void
  readonly redact: (text: string) => string
}

/** A logger that writes redacted lines. */
export const makeLogger = ({ format, redact, write }: LogTarget): Logger.Logger<unknown, void> =>
  Logger.map(
    format === "json" ? Logger.formatJson : Logger.formatLogFmt,
    (line) => write(`${redact(line)}\n`)
  )

/** Says something in the name of whatever runs right now. */
export type Say = (
  level: LogLevel.Severity,
  message: string,
  facts?: { readonly [name: string]: unknown }
) => void

/** Logs through the loggers of the fiber that calls. */
export const say: Say = (level, message, facts = {}) => {
  const context = Fiber.getCurrent()?.context ?? Context.empty()
  Effect.runSyncWith(context)(Effect.annotateLogs(Effect.logWithLevel(level)(message), facts))
}
