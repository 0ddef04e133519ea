/**
 * Edits by somebody else: what drift is shown, when it is a conflict, and what heads take over without a write.
 */
import { describe, expect, it } from "vitest"
import { actions, at, changeOf, head, planned, seen, type Situation, stepOf, want } from "./Planning.ts"

const last = head("channel.a", "1", { name: "a", level: 1 }, {
  observed: { name: "a", level: 1, note: "n" },
  token: "t1"
})
const desired = [want("channel.a", { name: "a", level: 1 })]

describe("drift", () => {
  it("names the places that somebody edited", () => {
    const made = planned({
      desired,
      heads: [last],
      now: { "channel.a": seen("1", { name: "a", level: 1, note: "m" }, "t2") }
    })
    expect(made.drift).toEqual([{ address: "channel.a", paths: ["/note"], kind: "edited" }])
  })

  it("is a token that moved where nothing visible did", () => {
    const made = planned({ desired, heads: [last], now: { "channel.a": seen("1", last.observed, "t2") } })
    expect(made.drift).toEqual([{ address: "channel.a", paths: [], kind: "token" }])
  })

  it("is none where only read-only fields, case or order differ", () => {
    const was = head("channel.a", "1", { mail: "A", tags: ["x", "y"] }, {
      observed: { updatedAt: 1, mail: "A", tags: ["x", "y"] }
    })
    const now = { "channel.a": seen("1", { updatedAt: 2, mail: "a", tags: ["y", "x"] }) }
    expect(planned({ desired: [want("channel.a", { mail: "A" })], heads: [was], now }).drift).toEqual([])
  })

  it("of what was deleted creates it again where it is declared", () => {
    const made = planned({ desired, heads: [last], now: { "channel.a": null } })
    expect(made.drift).toEqual([{ address: "channel.a", paths: [], kind: "deleted" }])
    expect(actions(made)).toEqual(["channel.a: create"])
    expect(stepOf(made, "channel.a").basis).toBe(last.version)
    expect(changeOf(made, "channel.a").notes).toEqual(["was deleted outside of amends"])
    expect(made.drops).toEqual([])
  })

  it("of what was deleted drops the head where it is not declared", () => {
    const made = planned({ heads: [last], now: { "channel.a": null } })
    expect(made).toMatchObject({ steps: [], drops: ["channel.a"] })
    expect(changeOf(made, "channel.a").notes).toEqual(["was deleted outside of amends; it is forgotten"])
  })

  it("drops the head of what is gone together with what is left behind of it", () => {
    const made = planned({ heads: [{ ...last, deposed: ["0"] }], now: { "channel.a": null } })
    expect(actions(made)).toEqual(["channel.a#deposed-0: delete"])
    expect(made.drops).toEqual(["channel.a"])
  })

  it("of what was deleted: it refers to nothing any more, but for what a replace left behind", () => {
    const planOf = (deposed: ReadonlyArray<string>) =>
      planned({
        heads: [last, head("agent.x", "9", { channels: [{ id: "1" }] }, { dependsOn: [at("channel.a")], deposed })],
        now: { "agent.x": null },
        desired: [want("agent.x", {})],
        options: { targets: [at("channel.a")] }
      })
    expect(actions(planOf([]))).toEqual(["channel.a: delete"])
    expect(actions(planOf(["8"]))).toEqual(["agent.x: create", "agent.x#deposed-8: delete", "channel.a: delete"])
  })
})

describe("a conflict", () => {
  const now: Situation["now"] = { "channel.a": seen("1", { name: "a", level: 9, note: "m" }, "t2") }
  const wanting = (conflict: "stop" | "force" | "keep", level = 2) => ({
    desired: [want("channel.a", { name: "b", level }, { conflict })],
    heads: [last],
    now
  })

  it("is a field that somebody edited and the plan would write: stop names it", () => {
    const made = planned(wanting("stop"))
    expect(made.conflicts).toEqual([{ address: "channel.a", path: "/level" }])
    expect(actions(made)).toEqual(["channel.a: update"])
    expect(stepOf(made, "channel.a").conflict).toBe("stop")
  })

  it("is also one where the file did not change", () => {
    expect(planned(wanting("stop", 1)).conflicts).toEqual([{ address: "channel.a", path: "/level" }])
  })

  it("is none where somebody did what is desired, or edited something else", () => {
    expect(planned(wanting("stop", 9)).conflicts).toEqual([])
  })

  it("is overwritten by force", () => {
    const made = planned(wanting("force"))
    expect(made.conflicts).toEqual([])
    expect(changeOf(made, "channel.a").after).toEqual({ name: "b", level: 2, note: "m" })
  })

  it("is left as it is by keep", () => {
    const made = planned(wanting("keep"))
    expect(made.conflicts).toEqual([])
    expect(changeOf(made, "channel.a")).toMatchObject({
      after: { name: "b", level: 9, note: "m" },
      differs: ["/name"],
      notes: ["left as somebody else set it: /level"]
    })
    expect(stepOf(made, "channel.a").ignores).toEqual(["/level"])
  })

  it("that was kept is kept the next time, until the file says something else", () => {
    const kept = head("channel.a", "1", { name: "b", level: 2 }, { observed: { name: "b", level: 9 } })
    const next = (level: number) =>
      planned({ desired: [want("channel.a", { name: "b", level }, { conflict: "keep" })], heads: [kept] })
    expect(actions(next(2))).toEqual([])
    expect(actions(next(3))).toEqual(["channel.a: update"])
  })
})

describe("a refresh", () => {
  it("takes over what somebody edited beside the declared fields", () => {
    const there = { name: "a", level: 1, note: "m" }
    const made = planned({ desired, heads: [last], now: { "channel.a": seen("1", there, "t2") } })
    expect(made.steps).toEqual([])
    expect(made.refreshes).toEqual([
      {
        address: "channel.a",
        declared: { name: "a", level: 1 },
        observed: there,
        token: "t2",
        refersTo: [],
        preventDestroy: false
      }
    ])
  })

  it("takes over a declaration that the remote already holds, and how it is protected", () => {
    const made = planned({
      desired: [want("channel.a", { name: "a", level: 1, note: "n" }, { preventDestroy: true })],
      heads: [last]
    })
    expect(made.steps).toEqual([])
    expect(made.refreshes).toMatchObject([{ declared: { name: "a", level: 1, note: "n" }, preventDestroy: true }])
  })

  it("is not needed where nothing moved", () => {
    expect(planned({ desired, heads: [last] }).refreshes).toEqual([])
  })
})

describe("refresh only", () => {
  it("writes nothing, takes over what is there, and drops what is gone", () => {
    const gone = head("channel.gone", "2", { name: "gone" })
    const same = head("channel.same", "3", { name: "same" })
    const there = { name: "z", level: 1, note: "n" }
    const made = planned({
      desired: [want("channel.a", { name: "b" }), want("channel.new", { name: "new" })],
      heads: [last, gone, same],
      now: { "channel.a": seen("1", there, "t2"), "channel.gone": null },
      options: { refreshOnly: true }
    })
    expect(made).toMatchObject({ steps: [], conflicts: [], drops: ["channel.gone"] })
    expect(made.refreshes).toEqual([
      {
        address: "channel.a",
        declared: { name: "a", level: 1 },
        observed: there,
        token: "t2",
        refersTo: [],
        preventDestroy: false
      }
    ])
    expect(made.drift.map(({ address, kind }) => `${address} ${kind}`)).toEqual([
      "channel.a edited",
      "channel.gone deleted"
    ])
    expect(made.changes.every(({ action }) => action === "none")).toBe(true)
  })
})
