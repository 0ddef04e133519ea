/**
 * One command being carried out: what its parts share, from the flags to whether anything was written.
 */
import { Clock, Context, Effect, Option } from "effect"
import type { EngineEvent, StopSignal } from "../app/Progress.ts"
import { makeRedaction, type Redaction } from "../app/Redaction.ts"
import { Telemetry } from "../app/Telemetry.ts"
import type { Author } from "../domain/Version.ts"
import type { Event } from "./Events.ts"
import { type Globals, member } from "./GlobalFlags.ts"
import { Host, type WorkspacePlace } from "./Host.ts"
import { makeJsonVoice } from "./JsonVoice.ts"
import { redactJson } from "./Redaction.ts"
import { Screen } from "./Screen.ts"
import { coloured, colourless } from "./Style.ts"
import { makeTextVoice } from "./TextVoice.ts"
import type { Voice, VoiceOptions } from "./Voice.ts"

/** How far a command has come; it decides what an interruption means. */
export type Stage =
  /** Nothing is written, and nothing is lost by leaving. */
  | "looking"
  /** The batch runs, or is about to: a wish to stop goes through the engine. */
  | "running"
  /** A write may have been sent. */
  | "sent"
  /** A server runs until it is told to stop. */
  | "serving"

/** What the parts of one command share. */
export interface Run {
  readonly globals: Globals
  readonly voice: Voice
  readonly redaction: Redaction
  readonly place: WorkspacePlace
  readonly actor: string
  /** Who runs it and why, for what is written outside of batches. */
  readonly by: Author
  readonly stopping: StopSignal
  stage: Stage
  /** The batch that was opened, if any. */
  batch: string | undefined
  /** What to do where something other than a batch is cut short: a sentence without its full stop. */
  remedy: string | undefined
  /** Gives up what is still to be delivered, once nothing else is waited for. */
  giveUp: (() => void) | undefined
}

/** The run that the current command belongs to. */
export class Current extends Context.Service<Current, Run>()("amends/cli/Current") {}

/** Says that from now on a wish to stop goes through the engine, or to the server. */
export const enter = (stage: "running" | "serving"): Effect.Effect<void, never, Current> =>
  Effect.map(Current, (run) => {
    if (run.stage === "looking") run.stage = stage
  })

const sending: ReadonlySet<EngineEvent["_tag"]> = new Set(["apply_start", "compensate_start", "apply_complete"])

/** Takes note of how far the engine has come, and says it. */
export const follow = (run: Run, event: EngineEvent): void => {
  if (event._tag === "batch_opened" || event._tag === "recover_start") {
    run.batch = event.batch
    run.stage = "running"
  }
  if (sending.has(event._tag)) run.stage = "sent"
  run.voice.progress(event)
}

/** Makes the voice that the flags ask for. */
export const makeVoice = Effect.fnUntraced(function*(
  globals: Pick<Globals, "json" | "color" | "quiet">,
  redaction: Redaction
): Effect.fn.Return<Voice, never, Screen | Host> {
  const screen = yield* Screen
  const host = yield* Host
  const clock = yield* Clock.Clock
  const { traceId } = yield* Telemetry
  const colours = globals.color && !host.noColor && screen.isTerminal
  const options: VoiceOptions = {
    out: screen.out,
    err: screen.err,
    isTerminal: screen.isTerminal,
    columns: screen.columns,
    quiet: globals.quiet,
    paint: colours ? coloured : colourless,
    now: () => clock.currentTimeMillisUnsafe(),
    redact: redaction.redact,
    redactEvent: (event) => redactJson(redaction, event) as Event,
    ...(traceId === undefined ? {} : { traceId })
  }
  return globals.json ? makeJsonVoice(options) : makeTextVoice(options)
})

/** Starts a run of what the flags say. */
export const makeRun = Effect.fnUntraced(function*(
  globals: Globals,
  stopping: StopSignal
): Effect.fn.Return<Run, never, Screen | Host> {
  const host = yield* Host
  const redaction = makeRedaction()
  const actor = Option.getOrElse(globals.actor, () => host.actor)
  return {
    globals,
    voice: yield* makeVoice(globals, redaction),
    redaction,
    place: {
      directory: Option.match(globals.workspace, { onNone: () => host.cwd, onSome: (dir) => host.resolve(dir) }),
      ...(Option.isSome(globals.config) ? { config: host.resolve(globals.config.value) } : {})
    },
    actor,
    by: { actor, ...member("reason", globals.reason) },
    stopping,
    stage: "looking",
    batch: undefined,
    remedy: undefined,
    giveUp: undefined
  }
})
