/**
 * The voice for programs: events on stdout, one JSON object a line, and errors on stderr as well, for the log of
 * whoever runs us.
 */
import { DateTime } from "effect"
import type { EngineEvent } from "../app/Progress.ts"
import {
  diagnosticEvent,
  engineEvent,
  type Event,
  failureDiagnostic,
  outcomeEvent,
  planEvents,
  problemDiagnostic,
  versionEvent
} from "./Events.ts"
import { failureText } from "./RenderFailure.ts"
import { colourless } from "./Style.ts"
import type { Voice, VoiceOptions } from "./Voice.ts"

/** Makes the voice for programs. */
export const makeJsonVoice = (options: VoiceOptions): Voice => {
  const began = options.now()
  let batch: string | undefined
  const emit = (event: Event): void => {
    const { type, ...members } = options.redactEvent(event)
    const at = DateTime.formatIso(DateTime.makeUnsafe(options.now()))
    const named = batch === undefined ? {} : { batch }
    const traced = options.traceId === undefined ? {} : { traceId: options.traceId }
    options.out(`${JSON.stringify({ type, at, ...named, ...traced, ...members })}\n`)
  }
  const progress = (event: EngineEvent): void => {
    if (event._tag === "batch_opened" || event._tag === "recover_start") batch = event.batch
    emit(engineEvent(event))
    if (event._tag === "recover_complete") batch = undefined
  }
  return {
    paint: colourless,
    begin: (version) => emit(versionEvent(version)),
    diagnostic: (diagnostic) => emit(diagnosticEvent(diagnostic)),
    plan: (plan, calls) => planEvents(plan, calls).forEach(emit),
    line: () => {},
    trouble: () => {},
    view: ({ event }) => emit(event),
    phase: () => {},
    progress,
    tick: () => {},
    failure: (failure, problems) => {
      options.err(options.redact(failureText(failure, colourless, options.traceId)))
      const found = problems.map((problem) => problemDiagnostic("error", problem))
      for (const one of found.length > 0 ? found : [failureDiagnostic(failure)]) emit(diagnosticEvent(one))
    },
    end: (ending) => emit(outcomeEvent(ending, Math.round(options.now() - began)))
  }
}
