import { describe, expect, it } from "vitest"
import { diffLines } from "../../src/cli/RenderDiff.ts"
import { planLastLine, planLines, reversibilityText, symbolFor } from "../../src/cli/RenderPlan.ts"
import { coloured, colourless } from "../../src/cli/Style.ts"
import type { Action } from "../../src/domain/Change.ts"
import { address, change, plan, step } from "./Plans.ts"

const text = (...lines: ReadonlyArray<string>): string => lines.join("\n")

describe("the last line of a plan", () => {
  it("counts a replace as one to add and one to destroy, and an adoption as a change", () => {
    const steps = [step("w.a", "create"), step("w.b", "adopt"), step("w.a", "delete"), step("w.c", "guard")]
    expect(planLastLine(plan({ steps }))).toBe("Plan: 1 to add, 1 to change, 1 to destroy.")
  })

  it("says that nothing changes", () => {
    expect(planLastLine(plan({}))).toBe("No changes.")
  })
})

describe("symbols", () => {
  it.each<[Action, boolean | undefined, string]>([
    ["create", undefined, "+"],
    ["update", undefined, "~"],
    ["delete", undefined, "-"],
    ["replace", false, "-/+"],
    ["replace", true, "+/-"],
    ["adopt", undefined, ">"],
    ["none", undefined, "="]
  ])("of %s, create first %s, is %s", (action, createFirst, symbol) => {
    expect(symbolFor({ action, ...(createFirst === undefined ? {} : { createFirst }) })).toBe(symbol)
  })
})

describe("a change", () => {
  it("says how it would be taken back, and its notes", () => {
    const lossy = { _tag: "lossy", why: "the id changes" } as const
    const lines = text(...planLines(
      plan({ changes: [change("w.a", { action: "delete", reversibility: lossy, guarded: true, notes: ["a note"] })] }),
      colourless
    ))
    expect(lines).toContain("  - w.a will be deleted\n        ↩ compensation: lossy: the id changes; guarded\n")
    expect(lines).toContain("# a note")
  })

  it("that changes nothing is not shown, unless there is something to know", () => {
    const none = { action: "none" } as const
    const changes = [change("w.a", none), change("w.b", { ...none, notes: ["no longer managed: /x"] })]
    const lines = text(...planLines(plan({ changes }), colourless))
    expect(lines).not.toContain("w.a")
    expect(lines).toContain("  = w.b stays as it is\n        # no longer managed: /x")
  })

  it("has the same words with and without colours", () => {
    const one = plan({ changes: [change("w.a", { before: { x: 1 }, after: { x: 2 }, differs: ["/x"] })] })
    // oxlint-disable-next-line no-control-regex
    const stripped = Array.from(planLines(one, coloured), (line) => line.replaceAll(/\u001B\[\d+m/g, ""))
    expect(stripped).toEqual([...planLines(one, colourless)])
  })

  it.each(
    [
      [{ _tag: "exact" }, "exact"],
      [{ _tag: "lossy", why: "w" }, "lossy: w"],
      [{ _tag: "none", why: "w" }, "none: w"]
    ] as const
  )("of reversibility %j reads %s", (reversibility, words) => {
    expect(reversibilityText(reversibility)).toBe(words)
  })
})

describe("beside its changes a plan", () => {
  it("says drift, conflicts, and what is recorded or forgotten", () => {
    const lines = text(...planLines(
      plan({
        drift: [
          { address: address("w.a"), kind: "edited", paths: ["/x"] },
          { address: address("w.b"), kind: "deleted", paths: [] },
          { address: address("w.c"), kind: "token", paths: [] }
        ],
        conflicts: [{ address: address("w.a"), path: "/x" }],
        drops: [address("w.b")]
      }),
      colourless
    ))
    expect(lines).toContain("w.a was edited outside of amends at /x")
    expect(lines).toContain("w.b was deleted outside of amends")
    expect(lines).toContain("  ! w.a at /x")
    expect(lines).toContain("Gone already, to be forgotten: w.b")
    expect(lines).toContain("Written since, with no visible difference: w.c")
  })
})

describe("the differences of a resource", () => {
  const update = { action: "update", before: undefined, after: undefined, differs: [] } as const

  it("show what was and what will be", () => {
    const before = { name: "old", inner: { gone: 1 } }
    const after = { name: "new", inner: { come: true } }
    expect(diffLines({ ...update, before, after, differs: ["/name", "/inner/gone", "/inner/come"] }, colourless))
      .toEqual(["~ name: \"old\" → \"new\"", "- inner.gone: 1", "+ inner.come: true"])
  })

  it("show of arrays what comes and goes", () => {
    const before = { assets: [{ a: 1 }, { a: 2 }, { a: 3 }] }
    const after = { assets: [{ a: 3 }, { a: 4 }, { a: 1 }] }
    expect(diffLines({ ...update, before, after, differs: ["/assets"] }, colourless))
      .toEqual(["~ assets: (2 unchanged)", "    - { a: 2 }", "    + { a: 4 }"])
    expect(
      diffLines({ ...update, before, after: { assets: before.assets.toReversed() }, differs: ["/assets"] }, colourless)
    )
      .toEqual(["~ assets: in another order"])
  })

  it("count the elements of a long array that are not shown", () => {
    const items = Array.from({ length: 50 }, (_, i) => i)
    const lines = diffLines({ ...update, before: { x: [] }, after: { x: items }, differs: ["/x"] }, colourless)
    expect(lines).toHaveLength(22)
    expect(lines.at(-1)).toBe("    + … and 30 more")
  })

  it("show of a secret only that it changed", () => {
    const before = { value: { $sealed: "aaaa" } }
    const lines = diffLines(
      { ...update, before, after: { value: { $sealed: "bbbb" } }, differs: ["/value"] },
      colourless
    )
    expect(lines).toEqual(["~ value: (sensitive) changed"])
    expect(diffLines({ ...update, before, after: before, differs: ["/value"] }, colourless))
      .toEqual(["~ value: (sensitive) unchanged"])
  })

  it("show what only the remote can give as such", () => {
    const after = { id: { $ref: { address: "w.a", path: "/id" } }, text: { $join: ["x-", { $ref: {} }] } }
    expect(diffLines({ ...update, action: "create", after }, colourless))
      .toEqual(["+ id: (known after apply)", "+ text: (known after apply)"])
  })

  it("cannot steer the terminal", () => {
    const after = { "na\u001B[2Jme": "a\u009Bb\u202Ec\u001B]0;title\u0007" }
    const [line = ""] = diffLines({ ...update, action: "create", after }, colourless)
    // oxlint-disable-next-line no-control-regex
    expect(line).not.toMatch(/[\u0000-\u001F\u007F-\u009F\u202E]/)
  })
})
