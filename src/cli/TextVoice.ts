/**
 * The voice for people: plain lines that stay, and on a terminal a live view below them of what is under way.
 *
 * The live view is erased before a line is written and drawn again after it, so scrolling back shows only lines that
 * stay. Without a terminal, what takes long is said by a line now and then.
 */
import type { ProviderCalls } from "../app/PlanCalls.ts"
import type { EngineEvent } from "../app/Progress.ts"
import type { Plan } from "../domain/Plan.ts"
import type { Ending } from "./Ending.ts"
import { elapsed, erase, liveLines, type LiveState, type Running } from "./Live.ts"
import { diagnosticText, failureText } from "./RenderFailure.ts"
import { callLines, planLines } from "./RenderPlan.ts"
import { isOver, progressLine, runningKey, runningText } from "./RenderProgress.ts"
import type { Voice, VoiceOptions } from "./Voice.ts"

/** What takes longer is worth a word; milliseconds. */
const longMs = 1_000
/** How often a line says that something still runs, where nothing can be drawn; milliseconds. */
const reminderMs = 10_000

interface Talk {
  readonly options: VoiceOptions
  readonly running: Map<string, Running>
  /** When a line last said that it runs. */
  readonly said: Map<string, number>
  /** Lines of the live view that are on the screen. */
  drawn: number
  done: number
  total: number | undefined
  waiting: LiveState["waiting"]
  since: number
}

const phaseKey = "phase"

const clear = (talk: Talk): string => {
  const code = erase(talk.drawn)
  talk.drawn = 0
  return code
}

const draw = (talk: Talk): string => {
  const { columns, isTerminal, now, paint, quiet } = talk.options
  if (!isTerminal || quiet) return ""
  const long = new Map([...talk.running].filter(([, { since }]) => now() - since >= longMs))
  if (long.size === 0 && talk.waiting === undefined) return ""
  const lines = liveLines({ ...talk, running: long }, now(), columns(), paint)
  talk.drawn = lines.length
  return lines.map((line) => `${line}\n`).join("")
}

/** Writes lines that stay, above the live view. */
const say = (talk: Talk, text: string): void => {
  const all = `${clear(talk)}${talk.options.redact(text)}${draw(talk)}`
  if (all !== "") talk.options.out(all)
}

const complain = (talk: Talk, text: string): void => {
  const code = clear(talk)
  if (code !== "") talk.options.out(code)
  if (text !== "") talk.options.err(talk.options.redact(text))
}

const sayLines = (talk: Talk, lines: ReadonlyArray<string>): void =>
  say(talk, lines.map((line) => `${line}\n`).join(""))

const start = (talk: Talk, key: string, what: string): void => {
  const since = talk.options.now()
  talk.running.set(key, { what, since })
  talk.said.set(key, since)
}

const stop = (talk: Talk, key: string): void => {
  talk.running.delete(key)
  talk.said.delete(key)
}

const track = (talk: Talk, event: EngineEvent): void => {
  const key = runningKey(event)
  const text = runningText(event)
  if (event._tag === "batch_opened") talk.since = talk.options.now()
  if (event._tag === "waiting") talk.waiting = { what: event.what, until: talk.options.now() + event.ms }
  else if (event._tag !== "apply_progress") talk.waiting = undefined
  if (key === undefined) return
  stop(talk, phaseKey)
  if (text !== undefined) start(talk, key, text)
  if (!isOver(event)) return
  stop(talk, key)
  if (event._tag === "apply_complete") talk.done++
}

/** What a phase waits for is its name from then on, and is worth a word of its own. */
const renamePhase = (talk: Talk, event: Extract<EngineEvent, { readonly _tag: "waiting" }>): boolean => {
  const phase = talk.running.get(phaseKey)
  const what = `waiting for ${event.what}`
  if (phase !== undefined && phase.what !== what) {
    talk.running.set(phaseKey, { ...phase, what })
    talk.said.set(phaseKey, phase.since)
  }
  return phase !== undefined
}

const progress = (talk: Talk, event: EngineEvent): void => {
  if (event._tag === "waiting" && renamePhase(talk, event)) return
  track(talk, event)
  const line = talk.options.quiet ? undefined : progressLine(event, talk.options.paint)
  // On a terminal the live view says what has begun.
  const isBeginning = event._tag === "apply_start" || event._tag === "compensate_start"
  if (line !== undefined && !(isBeginning && talk.options.isTerminal)) sayLines(talk, [line])
}

const remind = (talk: Talk): void => {
  const now = talk.options.now()
  for (const [key, { since, what }] of talk.running) {
    const pause = key === phaseKey && talk.said.get(key) === since ? longMs : reminderMs
    if (now - (talk.said.get(key) ?? since) < pause) continue
    talk.said.set(key, now)
    sayLines(talk, [`${what}… (${elapsed(now - since)})`])
  }
}

const tick = (talk: Talk): void => {
  if (talk.options.quiet) return
  if (!talk.options.isTerminal) return remind(talk)
  say(talk, "")
}

/** Lines of a plan that are written at once. */
const linesAtOnce = 1_000

const showPlan = (talk: Talk, plan: Plan, calls: ReadonlyArray<ProviderCalls> = []): void => {
  talk.total = plan.steps.filter(({ action }) => action !== "guard").length
  talk.since = talk.options.now()
  // A question may follow, and must not be drawn over.
  talk.waiting = undefined
  stop(talk, phaseKey)
  const { paint, quiet } = talk.options
  if (quiet) return
  let portion: Array<string> = []
  for (const line of planLines(plan, paint)) {
    if (portion.push(line) < linesAtOnce) continue
    sayLines(talk, portion)
    portion = []
  }
  sayLines(talk, [...portion, ...callLines(calls)])
}

const end = (talk: Talk, ending: Ending): void => {
  talk.running.clear()
  talk.waiting = undefined
  sayLines(talk, talk.options.quiet && ending.exitCode === 0 ? ending.lines.slice(-1) : ending.lines)
}

/** Makes the voice for people. */
export const makeTextVoice = (options: VoiceOptions): Voice => {
  const talk: Talk = {
    options,
    running: new Map(),
    said: new Map(),
    drawn: 0,
    done: 0,
    total: undefined,
    waiting: undefined,
    since: options.now()
  }
  return {
    paint: options.paint,
    begin: () => {},
    diagnostic: (diagnostic) => {
      if (!options.quiet || diagnostic.severity === "error") complain(talk, diagnosticText(diagnostic, options.paint))
    },
    plan: (plan, calls) => showPlan(talk, plan, calls),
    line: (text) => {
      if (!options.quiet) sayLines(talk, [text])
    },
    trouble: (lines) => complain(talk, lines.map((line) => `${line}\n`).join("")),
    view: ({ lines }) => sayLines(talk, lines),
    phase: (what) => what === undefined ? stop(talk, phaseKey) : start(talk, phaseKey, what),
    progress: (event) => progress(talk, event),
    tick: () => tick(talk),
    failure: (failure) => complain(talk, failureText(failure, options.paint, options.traceId)),
    end: (ending) => end(talk, ending)
  }
}
