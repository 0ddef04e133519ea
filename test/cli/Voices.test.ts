import { describe, expect, it } from "vitest"
import type { EngineEvent } from "../../src/app/Progress.ts"
import { makeRedaction } from "../../src/app/Redaction.ts"
import { looked } from "../../src/cli/Ending.ts"
import type { Event } from "../../src/cli/Events.ts"
import { makeJsonVoice } from "../../src/cli/JsonVoice.ts"
import { elapsed, liveLines } from "../../src/cli/Live.ts"
import { redactJson } from "../../src/cli/Redaction.ts"
import { colourless } from "../../src/cli/Style.ts"
import { tableLines } from "../../src/cli/Table.ts"
import { makeTextVoice } from "../../src/cli/TextVoice.ts"
import type { VoiceOptions } from "../../src/cli/Voice.ts"
import type { BatchId } from "../../src/domain/Ids.ts"
import { address, plan, step } from "./Plans.ts"

/** A screen in memory with a clock that a test turns. */
const stage = (more: Partial<VoiceOptions> = {}) => {
  const said = { out: "", err: "", now: 0 }
  const redaction = makeRedaction()
  const options: VoiceOptions = {
    out: (text) => void (said.out += text),
    err: (text) => void (said.err += text),
    isTerminal: false,
    columns: () => 80,
    quiet: false,
    paint: colourless,
    now: () => said.now,
    redact: redaction.redact,
    redactEvent: (event) => redactJson(redaction, event) as Event,
    ...more
  }
  return { said, redaction, options }
}

const a = { address: address("w.a"), action: "update" } as const
const start: EngineEvent = { _tag: "apply_start", ...a }
const complete: EngineEvent = { _tag: "apply_complete", ...a, ms: 12, remoteId: "7" }
const opened: EngineEvent = { _tag: "batch_opened", batch: "b-1" as BatchId }

describe("the voice for people", () => {
  it("says each step by plain lines where there is no terminal", () => {
    const { said, options } = stage()
    const voice = makeTextVoice(options)
    for (const event of [opened, start, complete]) voice.progress(event)
    voice.end(looked("Done."))
    expect(said.out).toBe("Batch b-1\nw.a: updating…\nw.a: updated in 12ms (id 7)\nDone.\n")
  })

  it("says after a second what takes long, and again every ten", () => {
    const { said, options } = stage()
    const voice = makeTextVoice(options)
    voice.phase("reading")
    voice.tick()
    expect(said.out).toBe("")
    said.now = 1_500
    voice.tick()
    voice.tick()
    expect(said.out).toBe("reading… (1s)\n")
    voice.phase(undefined)
    voice.progress(start)
    said.now = 12_000
    voice.tick()
    expect(said.out).toContain("w.a: updating… (10s)\n")
  })

  it("says what a phase turns out to wait for, also where it has said that the phase takes long", () => {
    const { said, options } = stage()
    const voice = makeTextVoice(options)
    const wait: EngineEvent = { _tag: "waiting", what: "the state", ms: 1_000 }
    voice.phase("reading")
    said.now = 1_000
    voice.tick()
    voice.progress(wait)
    said.now = 1_250
    for (let again = 0; again < 2; again++) {
      voice.tick()
      voice.progress(wait)
    }
    expect(said.out).toBe("reading… (1s)\nwaiting for the state… (1s)\n")
  })

  it("draws on a terminal what is under way, and leaves only lines that stay", () => {
    const { said, options } = stage({ isTerminal: true })
    const voice = makeTextVoice(options)
    voice.plan(plan({ steps: [step("w.a", "update")] }))
    voice.progress(start)
    said.now = 2_000
    voice.tick()
    expect(said.out).toContain("  … w.a: updating (2s)\n  0 of 1 done, 2s elapsed\n")
    said.out = ""
    voice.progress(complete)
    expect(said.out).toBe("\u001B[2A\u001B[0Jw.a: updated in 12ms (id 7)\n")
    voice.tick()
    expect(said.out.endsWith("(id 7)\n")).toBe(true)
  })

  it("draws nothing while a plan waits for an answer", () => {
    const { said, options } = stage({ isTerminal: true })
    const voice = makeTextVoice(options)
    voice.phase("reading")
    voice.progress({ _tag: "waiting", what: "reading 3 resources", ms: 1_000 })
    said.now = 3_000
    voice.tick()
    expect(said.out).toContain("reading 3 resources (3s)")
    voice.plan(plan({}))
    said.out = ""
    voice.tick()
    expect(said.out).toBe("")
  })

  it("is silent but for the last line and errors when it is asked to be", () => {
    const { said, options } = stage({ quiet: true })
    const voice = makeTextVoice(options)
    voice.plan(plan({ drops: [a.address] }))
    voice.progress(start)
    voice.diagnostic({ severity: "warning", summary: "a warning" })
    voice.end(looked("first", "last"))
    expect(said).toMatchObject({ out: "last\n", err: "" })
    voice.failure({ exitCode: 1, status: 500, summary: "s", detail: "d", hint: "h" }, [])
    expect(said.err).toBe("Error: s\n  d\n  → h\n")
  })

  it.each<[EngineEvent, string]>([
    [{ _tag: "compensate_start", ...a }, "↩ w.a: compensating the update…"],
    [{ _tag: "compensate_complete", ...a, result: "done", ms: 5 }, "↩ w.a: compensated in 5ms"],
    [{ _tag: "resolve", ...a, verdict: "applied", evidence: "as sent" }, "? w.a: applied (as sent)"],
    [{ _tag: "waiting", what: "the lease", ms: 2_000 }, "Waiting up to 2s: the lease"],
    [{ _tag: "direction", to: "back", why: "it failed" }, "Taking back what was applied: it failed"],
    [
      { _tag: "conflict", ...a, paths: ["/x"], why: "edited", choices: [], digest: "d" },
      "! w.a: conflict at /x: edited"
    ]
  ])("says %j", (event, line) => {
    const { said, options } = stage()
    makeTextVoice(options).progress(event)
    expect(said.out).toBe(`${line}\n`)
  })
})

describe("the voice for programs", () => {
  it("says one event a line, with the batch once it is known", () => {
    const { said, options } = stage()
    const voice = makeJsonVoice(options)
    voice.begin("1.2.3")
    voice.line("only for people")
    for (const event of [opened, start]) voice.progress(event)
    voice.end(looked("only for people"))
    const events = said.out.trimEnd().split("\n").map((line) => JSON.parse(line) as object)
    const at = "1970-01-01T00:00:00.000Z"
    expect(events).toEqual([
      { type: "version", at, amends: "1.2.3", format: 1 },
      { type: "batch_opened", at, batch: "b-1" },
      { type: "apply_start", at, batch: "b-1", address: "w.a", action: "update" },
      {
        type: "outcome",
        at,
        batch: null,
        outcome: "none",
        counts: { add: 0, change: 0, destroy: 0 },
        ms: 0,
        exitCode: 0
      }
    ])
  })

  it("says each problem of the files with its place", () => {
    const { said, options } = stage()
    const place = { file: "a.yaml", line: 3, column: 5 }
    const problem = { place, path: "/spec/x", message: "m", hint: "h" }
    makeJsonVoice(options).failure({ exitCode: 7, status: 422, summary: "s", detail: "d", hint: "h" }, [problem])
    expect(JSON.parse(said.out)).toMatchObject({ type: "diagnostic", severity: "error", summary: "m", ...place })
  })
})

describe("redaction", () => {
  it("takes learned values out of texts and events, and leaves names alone", () => {
    const { said, options, redaction } = stage()
    redaction.learn(["pass\"word", "abc", "update"])
    makeTextVoice(options).line("it is pass\"word, abc")
    expect(said.out).toBe("it is (sensitive), abc\n")
    said.out = ""
    makeJsonVoice(options).progress({ _tag: "apply_progress", ...a, note: "update of pass\"word" })
    expect(JSON.parse(said.out)).toMatchObject({ action: "update", note: "(sensitive) of (sensitive)" })
  })

  it("takes the longest of nested secrets", () => {
    const redaction = makeRedaction()
    redaction.learn(["secret", "secret-longer"])
    expect(redaction.redact("a secret-longer one")).toBe("a (sensitive) one")
  })
})

describe("the live view", () => {
  it("has at most eight steps, none wider than the terminal", () => {
    const running = new Map(Array.from({ length: 20 }, (_, i) => [String(i), { what: "x".repeat(99), since: 0 }]))
    const lines = liveLines({ running, done: 3, total: 23, waiting: undefined, since: 0 }, 65_000, 40, colourless)
    expect(lines).toHaveLength(10)
    expect(lines.every((line) => line.length <= 40)).toBe(true)
    expect(lines.at(-2)).toBe("  … and 12 more")
    expect(lines.at(-1)).toBe("  3 of 23 done, 1m 05s elapsed")
  })

  it.each([[0, "0s"], [999, "0s"], [61_000, "1m 01s"], [-5, "0s"]])("%i milliseconds are %s", (ms, words) => {
    expect(elapsed(ms)).toBe(words)
  })
})

describe("a table", () => {
  it("is as wide as it has to be", () => {
    expect(tableLines(["A", "LONG"], [["aaa", "b"], ["c", ""]])).toEqual(["A    LONG", "aaa  b", "c"])
  })
})
