/** Each event of a run as the one line it is worth, or none. */
import { describe, expect, it } from "vitest"
import type { EngineEvent } from "../../src/app/Progress.ts"
import { isOver, progressLine, runningKey, runningText } from "../../src/cli/RenderProgress.ts"
import { colourless } from "../../src/cli/Style.ts"
import type { Action } from "../../src/domain/Change.ts"
import { address } from "./Plans.ts"

const at = (action: Action) => ({ address: address("w.a"), action })
const error = { summary: "refused", detail: "PATCH → 400", hint: "correct it", applied: "no" } as const
const back = (result: string, ms = 5): EngineEvent => ({ _tag: "compensate_complete", ...at("update"), result, ms })

describe("a line of progress", () => {
  it.each<[EngineEvent, string | undefined]>([
    [{ _tag: "apply_start", ...at("create") }, "w.a: creating…"],
    [{ _tag: "apply_start", ...at("replace") }, "w.a: replacing…"],
    [{ _tag: "apply_start", ...at("adopt") }, "w.a: taking over…"],
    [{ _tag: "apply_start", ...at("none") }, undefined],
    [{ _tag: "apply_progress", ...at("update"), note: "waiting for 202\u001B[2J" }, "w.a: waiting for 202\\u001b[2J"],
    [{ _tag: "apply_complete", ...at("delete"), ms: 12.4 }, "w.a: deleted in 12ms"],
    [{ _tag: "apply_complete", ...at("adopt"), ms: 65_000, remoteId: "7" }, "w.a: taken over in 1m 05s (id 7)"],
    [{ _tag: "apply_complete", ...at("none"), ms: 5 }, undefined],
    [{ _tag: "apply_errored", ...at("update"), error }, "w.a: failed: refused"],
    [{ _tag: "compensate_start", ...at("delete") }, "↩ w.a: compensating the delete…"],
    [{ _tag: "compensate_start", ...at("none") }, "↩ w.a: compensating…"],
    [back("done"), "↩ w.a: compensated in 5ms"],
    [back("nothing"), "↩ w.a: nothing to compensate in 5ms"],
    [back("residue"), "↩ w.a: compensated, but not everything is as it was in 5ms"],
    [back("forced"), "↩ w.a: compensated over somebody else's edit, as asked in 5ms"],
    [back("skipped"), "↩ w.a: left as it is, as asked in 5ms"],
    [back("accepted", 2_000), "↩ w.a: taken as it is, as asked in 2s"],
    [{ _tag: "compensate_errored", ...at("update"), error, choices: [] }, "↩ w.a: stuck: PATCH → 400"],
    [{ _tag: "conflict", ...at("update"), paths: [""], why: "deleted", choices: [], digest: "d" }, "! w.a: deleted"],
    [
      { _tag: "conflict", ...at("update"), paths: ["/x", "/y"], why: "edited", choices: [], digest: "d" },
      "! w.a: conflict at /x, /y: edited"
    ],
    [{ _tag: "waiting", what: "the horizon", ms: 1_200 }, "Waiting up to 2s: the horizon"],
    [{ _tag: "waiting", what: "the horizon", ms: 19.5 }, "Waiting up to 20ms: the horizon"],
    [{ _tag: "direction", to: "keep", why: "it failed" }, "Keeping what was applied: it failed"]
  ])("of %j", (event, line) => {
    expect(progressLine(event, colourless)).toBe(line)
  })
})

describe("what runs", () => {
  it("is found by its end under the name that it began with, forwards and back apart", () => {
    const start: EngineEvent = { _tag: "apply_start", ...at("update") }
    const undo: EngineEvent = { _tag: "compensate_start", ...at("update") }
    expect(runningKey(start)).toBe(runningKey({ _tag: "apply_errored", ...at("update"), error }))
    expect(runningKey(undo)).toBe(runningKey(back("done")))
    expect(runningKey(undo)).not.toBe(runningKey(start))
    expect(runningKey({ _tag: "waiting", what: "x", ms: 1 })).toBeUndefined()
    expect([runningText(start), runningText(undo), runningText(back("done"))])
      .toEqual(["w.a: updating", "↩ w.a: compensating the update", undefined])
    expect([start, undo, back("done")].map(isOver)).toEqual([false, false, true])
  })
})
