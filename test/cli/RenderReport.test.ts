import { describe, expect, it } from "vitest"
import type { BatchReport, StuckStep } from "../../src/app/Apply.ts"
import { choiceArgument, endingOf, failureLines, lastLine, stuckLines } from "../../src/cli/RenderReport.ts"
import { colourless } from "../../src/cli/Style.ts"
import type { StepId } from "../../src/domain/Ids.ts"
import { asSealed } from "../../src/domain/Sealed.ts"
import { address, report } from "./Plans.ts"

const stuck: StuckStep = {
  step: "w.a" as StepId,
  address: address("w.a"),
  blocked: {
    _tag: "blocked",
    step: "w.a" as StepId,
    direction: "back",
    why: "somebody edited it",
    paths: ["/x"],
    digest: "hmac:0123456789abcdef",
    choices: ["retry", "force"]
  }
}

const counts = { added: 2, changed: 1, destroyed: 0 }

describe("the last line of a batch", () => {
  it.each<[Partial<BatchReport>, string]>([
    [{ outcome: "committed", counts }, "Apply complete! Resources: 2 added, 1 changed, 0 destroyed."],
    [
      { outcome: "compensated", applied: 3, compensated: 3 },
      "Apply failed; 3 of 3 applied changes were compensated. Nothing is left changed."
    ],
    [
      { outcome: "compensated", applied: 3, compensated: 2 },
      "Apply failed; 2 of 3 applied changes were compensated. What is there now was accepted for 1."
    ],
    [{ outcome: "stuck", stuck: [stuck] }, "Apply failed; 1 step needs you: w.a (somebody edited it)"],
    [{ outcome: "stuck", left: [address("w.b")] }, "Apply failed; 1 step is not finished: w.b. Run: amends recover"],
    [
      { outcome: "residue", applied: 2, compensated: 1, left: [address("w.b")] },
      "Apply failed; 1 of 2 applied changes were compensated. Left changed: w.b."
    ],
    [
      { outcome: "kept", counts },
      "Apply failed; what was applied was kept. Resources: 2 added, 1 changed, 0 destroyed."
    ],
    [{ outcome: "abandoned", left: [address("w.b")] }, "Apply failed; the batch was abandoned. Left changed: w.b."]
  ])("of %j", (more, line) => {
    expect(lastLine("apply", report(more))).toBe(line)
  })

  it("of a recovery names the batch", () => {
    expect(lastLine("recover", report({ counts })))
      .toBe("Recovered b-1: committed. Resources: 2 added, 1 changed, 0 destroyed.")
    expect(lastLine("recover", report({ outcome: "compensated", applied: 1, compensated: 1 })))
      .toBe("Recovered b-1: 1 of 1 applied changes were compensated. Nothing is left changed.")
    expect(lastLine("recover", report({ outcome: "stuck", stuck: [stuck] })))
      .toBe("Not recovered; 1 step needs you: w.a (somebody edited it)")
  })
})

describe("the end of a batch", () => {
  it.each<[Partial<BatchReport>, string, number]>([
    [{}, "committed", 0],
    [{ outcome: "compensated" }, "compensated", 3],
    [{ outcome: "compensated", wrote: false, stale: true }, "none", 5],
    [{ outcome: "compensated", wrote: false, interrupted: true }, "none", 130],
    [{ outcome: "residue" }, "compensated", 4],
    [{ outcome: "stuck" }, "stuck", 4],
    [{ outcome: "kept" }, "kept", 4],
    [{ outcome: "abandoned" }, "kept", 4]
  ])("of %j is %s with exit code %i", (more, outcome, exitCode) => {
    expect(endingOf("apply", report(more), colourless)).toMatchObject({ outcome, exitCode, batch: "b-1" })
  })
})

describe("a stuck step", () => {
  it("lists its choices as commands, bound to what was seen", () => {
    expect(choiceArgument(stuck, "force")).toBe("w.a=force@01234567")
    expect(stuckLines("b-1", stuck, colourless)).toEqual([
      "! w.a needs you: somebody edited it",
      "    differs at /x",
      "    choose one:",
      "      amends recover b-1 --choice w.a=retry@01234567",
      "      amends recover b-1 --choice w.a=force@01234567"
    ])
  })

  it("shows what each side holds, secrets aside", () => {
    const rows = [{ path: "/x", before: 1, ours: 2, theirs: { $sealed: "s" } }]
    const blocked = { ...stuck.blocked, difference: asSealed({ rows }) }
    expect(stuckLines("b-1", { ...stuck, blocked }, colourless)[1])
      .toBe("    differs at /x: before 1, written 2, now (sensitive)")
  })
})

describe("a failed step", () => {
  it("says what, why and what to do", () => {
    const failure = { summary: "refused", detail: "PATCH → 400:\nno", hint: "correct it", applied: "no" } as const
    expect(failureLines([{ step: stuck.step, address: stuck.address, failure }], colourless))
      .toEqual(["Error: w.a: refused", "  PATCH → 400:", "  no", "  → correct it"])
  })
})
