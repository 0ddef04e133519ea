/**
 * What is planned for one resource: actions, fields, references, targets; and that a plan is a pure function.
 */
import { describe, expect, it } from "vitest"
import {
  actions,
  at,
  carriedOut,
  changeOf,
  head,
  inputOf,
  planned,
  ref,
  seen,
  type Situation,
  stepOf,
  want
} from "./Planning.ts"

describe("actions", () => {
  it("creates what is declared and not known", () => {
    const made = planned({ desired: [want("channel.a", { name: "a", level: 2 })] })
    expect(actions(made)).toEqual(["channel.a: create"])
    expect(stepOf(made, "channel.a")).toMatchObject({ desired: { name: "a", level: 2 }, resets: [], ignores: [] })
    expect(stepOf(made, "channel.a")).not.toHaveProperty("remoteId")
    expect(stepOf(made, "channel.a")).not.toHaveProperty("before")
    expect(changeOf(made, "channel.a")).toMatchObject({ action: "create", after: { name: "a", level: 2 } })
    expect(changeOf(made, "channel.a")).not.toHaveProperty("before")
  })

  it("does nothing where all declared fields hold, and carries no document then", () => {
    const made = planned({
      desired: [want("channel.a", { name: "a", tags: ["x", "y"], mail: "A@B" })],
      heads: [head("channel.a", "1", { name: "a", tags: ["x", "y"], mail: "A@B" })],
      now: { "channel.a": seen("1", { id: 1, name: "a", tags: ["y", "x"], mail: "a@b", level: 1 }) }
    })
    expect(actions(made)).toEqual([])
    expect(changeOf(made, "channel.a")).toEqual({
      address: "channel.a",
      action: "none",
      reversibility: { _tag: "exact" },
      guarded: false,
      differs: [],
      notes: []
    })
  })

  it("updates what differs, and leaves undeclared fields as they are", () => {
    const there = { id: 1, name: "a", level: 3, note: "theirs" }
    const made = planned({
      desired: [want("channel.a", { name: "b" })],
      heads: [head("channel.a", "1", { name: "a" }, { observed: there })]
    })
    expect(actions(made)).toEqual(["channel.a: update"])
    expect(stepOf(made, "channel.a")).toMatchObject({
      remoteId: "1",
      before: there,
      desired: { name: "b" },
      basis: "sha256:channel.a"
    })
    expect(changeOf(made, "channel.a")).toMatchObject({
      action: "update",
      before: there,
      after: { ...there, name: "b" },
      differs: ["/name"]
    })
  })

  it("deletes what is no longer declared, and everything on destroy", () => {
    const heads = [head("channel.a", "1", { name: "a" }), head("channel.b", "2", { name: "b" })]
    const desired = [want("channel.a", { name: "a" })]
    expect(actions(planned({ desired, heads }))).toEqual(["channel.b: delete"])
    const destroyed = planned({ desired, heads, options: { destroy: true } })
    expect(actions(destroyed)).toEqual(["channel.a: delete", "channel.b: delete"])
    expect(stepOf(destroyed, "channel.a")).toMatchObject({ remoteId: "1", before: { name: "a" } })
    expect(stepOf(destroyed, "channel.a")).not.toHaveProperty("desired")
  })

  it("replaces when an immutable field changes, and says why", () => {
    const made = planned({
      desired: [want("channel.a", { name: "a", type: "mail" })],
      heads: [head("channel.a", "1", { name: "a", type: "chat" })]
    })
    expect(changeOf(made, "channel.a")).toMatchObject({
      action: "replace",
      createFirst: true,
      differs: ["/type"],
      notes: ["replaced because /type cannot be changed in place"]
    })
  })

  it("replaces what is asked to be replaced", () => {
    const made = planned({
      desired: [want("channel.a", { name: "a" })],
      heads: [head("channel.a", "1", { name: "a" })],
      options: { replace: [at("channel.a")] }
    })
    expect(changeOf(made, "channel.a").notes).toEqual(["replaced because it was asked for"])
    expect(stepOf(made, "channel.a")).toMatchObject({ action: "create", replaces: "create", resets: [], ignores: [] })
    expect(stepOf(made, "channel.a#deposed")).toMatchObject({ action: "delete", replaces: "delete", remoteId: "1" })
  })

  it("deletes what an earlier replace left behind, once nothing else is to do", () => {
    const made = planned({
      desired: [want("channel.a", { name: "b" })],
      heads: [head("channel.a", "2", { name: "a" }, { deposed: ["1"] })]
    })
    expect(actions(made)).toEqual(["channel.a: update", "channel.a#deposed-1: delete"])
    expect(stepOf(made, "channel.a#deposed-1")).toMatchObject({ remoteId: "1", replaces: "delete" })
    expect(changeOf(made, "channel.a").notes).toEqual([
      "deleting the old one: the API does not give back /pin, /secret",
      "deletes 1, which an earlier replace left behind"
    ])
  })
})

describe("adopting", () => {
  const situation: Situation = {
    desired: [want("channel.a", { name: "a", level: 2 })],
    options: { adopt: true }
  }

  it("takes over the one namesake, and changes what differs", () => {
    const made = planned({
      ...situation,
      namesakes: { "channel.a": [seen("7", { id: 7, name: "a", level: 1 }, "t1")] }
    })
    expect(actions(made)).toEqual(["channel.a: adopt"])
    expect(stepOf(made, "channel.a")).toMatchObject({
      remoteId: "7",
      token: "t1",
      before: { id: 7, name: "a", level: 1 },
      reversibility: { _tag: "exact" }
    })
    expect(changeOf(made, "channel.a")).toMatchObject({
      action: "adopt",
      before: { level: 1 },
      after: { id: 7, name: "a", level: 2 },
      differs: ["/level"]
    })
  })

  it("takes over what is as desired without a difference", () => {
    const made = planned({ ...situation, namesakes: { "channel.a": [seen("7", { name: "a", level: 2 })] } })
    expect(changeOf(made, "channel.a")).toMatchObject({ action: "adopt", differs: [] })
  })
})

describe("fields no longer declared", () => {
  it("go back to their default or are cleared as the kind says; others are left and named", () => {
    const was = { name: "a", level: 5, note: "n", color: "red", style: { bold: true } }
    const made = planned({
      desired: [want("channel.a", { name: "a" })],
      heads: [head("channel.a", "1", was)]
    })
    expect(stepOf(made, "channel.a").resets).toEqual(["/level", "/note"])
    expect(changeOf(made, "channel.a")).toMatchObject({
      after: { name: "a", level: 1, note: null, color: "red", style: { bold: true } },
      differs: ["/level", "/note"],
      notes: ["no longer managed: /color", "no longer managed: /style/bold"]
    })
  })

  it("are not reset where they are to be ignored", () => {
    const made = planned({
      desired: [want("channel.a", { name: "a" }, { ignoreChanges: ["/level"] })],
      heads: [head("channel.a", "1", { name: "a", level: 5 })]
    })
    expect(actions(made)).toEqual([])
  })

  it("let the head forget them, although nothing is written", () => {
    const made = planned({
      desired: [want("channel.a", { name: "a" })],
      heads: [head("channel.a", "1", { name: "a", color: "red" })]
    })
    expect(made.refreshes).toEqual([
      {
        address: "channel.a",
        declared: { name: "a" },
        observed: { name: "a", color: "red" },
        refersTo: [],
        preventDestroy: false
      }
    ])
  })
})

describe("ignored fields", () => {
  it("stay as they are on update, also by pattern, and are sent on create", () => {
    const desired = [
      want("channel.a", { name: "b", level: 2, parts: { x: { n: 1 } } }, { ignoreChanges: ["/level", "/parts/*/n"] })
    ]
    const made = planned({
      desired,
      heads: [head("channel.a", "1", { name: "a", level: 1, parts: { x: { n: 9 } } })]
    })
    expect(stepOf(made, "channel.a").ignores).toEqual(["/level", "/parts/x/n"])
    expect(changeOf(made, "channel.a").differs).toEqual(["/name"])
    expect(stepOf(planned({ desired }), "channel.a").ignores).toEqual([])
  })
})

describe("references", () => {
  const agentOf = (value: unknown) => want("agent.x", { channels: [{ id: value as string }] })

  it("to what is created are unknown until then, and stay in the step", () => {
    const made = planned({ desired: [agentOf(ref("channel.a")), want("channel.a", { name: "a" })] })
    expect(actions(made)).toEqual(["channel.a: create", "agent.x: create"])
    expect(stepOf(made, "agent.x").desired).toEqual({ channels: [{ id: ref("channel.a") }] })
    expect(changeOf(made, "agent.x").after).toEqual({ channels: [{ id: ref("channel.a") }] })
    expect(stepOf(made, "agent.x").refersTo).toEqual(["channel.a"])
  })

  it("to what stays are filled, with the type that the document gives", () => {
    const heads = [
      head("channel.a", "1", { name: "a" }, { observed: { id: 1, name: "a" } }),
      head("agent.x", "9", { channels: [{ id: 1 }] }, { dependsOn: [at("channel.a")] })
    ]
    const made = planned({ heads, desired: [agentOf(ref("channel.a")), want("channel.a", { name: "a" })] })
    expect(actions(made)).toEqual([])
    expect(made.refreshes).toEqual([])
  })

  it("to the id fall back on the remote id where the document has none", () => {
    const made = planned({
      heads: [head("channel.a", "c-1", { name: "a" })],
      desired: [agentOf(ref("channel.a")), want("channel.a", { name: "a" })]
    })
    expect(stepOf(made, "agent.x").desired).toEqual({ channels: [{ id: "c-1" }] })
  })

  it("to what is updated take the new value where it is declared, and are unknown for read-only fields", () => {
    const heads = [head("channel.a", "1", { name: "a" }, { observed: { id: 1, name: "a", updatedAt: 5 } })]
    const desired = [
      want("channel.a", { name: "b" }),
      want("agent.x", { title: ref("channel.a", "/name"), at: ref("channel.a", "/updatedAt"), id2: ref("channel.a") })
    ]
    const made = planned({ heads, desired })
    expect(changeOf(made, "agent.x").after).toEqual({ title: "b", at: ref("channel.a", "/updatedAt"), id2: 1 })
    expect(stepOf(made, "agent.x").desired).toEqual(desired[1]?.spec)
    expect(stepOf(made, "agent.x").dependsOn).toEqual(["channel.a"])
  })

  it("to what is replaced make the referrer differ, and replace it where the field is immutable", () => {
    const heads = [
      head("channel.a", "1", { type: "chat" }),
      head("agent.x", "9", { channels: [{ id: "1" }] }),
      head("agent.y", "10", { anchor: "1" })
    ]
    const desired = [
      want("channel.a", { type: "mail" }),
      agentOf(ref("channel.a")),
      want("agent.y", { anchor: ref("channel.a") })
    ]
    const made = planned({ heads, desired })
    expect(changeOf(made, "agent.x")).toMatchObject({ action: "update", differs: ["/channels"] })
    expect(changeOf(made, "agent.y")).toMatchObject({ action: "replace", differs: ["/anchor"] })
  })

  it("that stand for an object replace it as a whole", () => {
    const made = planned({
      heads: [head("agent.x", "9", { style: { bold: true } })],
      desired: [want("channel.a", { name: "a" }), want("agent.x", { style: ref("channel.a", "/style") })]
    })
    expect(changeOf(made, "agent.x").after).toEqual({ style: ref("channel.a", "/style") })
  })
})

describe("targets", () => {
  const desired = [
    want("agent.x", { channels: [{ id: ref("channel.a") }] }),
    want("channel.a", { name: "a" }),
    want("channel.b", { name: "b" })
  ]

  it("bring in what they depend on, and nothing else", () => {
    const made = planned({ desired, options: { targets: [at("agent.x")] } })
    expect(actions(made)).toEqual(["channel.a: create", "agent.x: create"])
    expect(changeOf(made, "channel.b")).toMatchObject({ action: "none", differs: [] })
    expect(actions(planned({ desired, options: { targets: [at("channel.a")] } }))).toEqual(["channel.a: create"])
  })

  it("bring in what must let go before a delete", () => {
    const heads = [
      head("channel.a", "1", { name: "a" }),
      head("agent.x", "9", { channels: [{ id: "1" }] }, { dependsOn: [at("channel.a")] }),
      head("agent.y", "10", { channels: [] })
    ]
    const made = planned({ heads, options: { targets: [at("channel.a")] } })
    expect(actions(made)).toEqual(["agent.x: delete", "channel.a: delete"])
  })

  it("bring in what refers to a target that turns out to be replaced", () => {
    const heads = [
      head("channel.a", "1", { type: "chat" }),
      head("agent.x", "9", { channels: [{ id: "1" }] }, { dependsOn: [at("channel.a")] })
    ]
    const made = planned({
      heads,
      desired: [want("channel.a", { type: "mail" }), want("agent.x", { channels: [{ id: ref("channel.a") }] })],
      options: { targets: [at("channel.a")] }
    })
    expect(actions(made)).toEqual(["channel.a: create", "agent.x: update", "channel.a#deposed: delete"])
  })

  it("of a destroy may name what was never created", () => {
    expect(actions(planned({ desired, options: { destroy: true, targets: [at("channel.a")] } }))).toEqual([])
  })
})

const busy: Situation = {
  desired: [
    want("agent.new", { channels: [{ id: ref("channel.new") }, { id: ref("channel.swap") }] }),
    want("agent.old", { channels: [{ id: ref("channel.swap") }], muted: true }, { dependsOn: [at("channel.new")] }),
    want("channel.new", { name: "new", secret: "s1", pin: "1" }),
    want("channel.swap", { name: "swap", type: "mail", secret: "s2" }, { preventDestroy: false }),
    want("channel.same", { name: "same", tags: ["b", "a"] }),
    want("queue.q", { name: "q", durable: true })
  ],
  heads: [
    head("agent.old", "9", { channels: [{ id: "3" }, { id: "4" }] }, {
      dependsOn: [at("channel.swap"), at("channel.gone")]
    }),
    head("channel.swap", "3", { name: "swap", type: "chat", secret: "s0" }),
    head("channel.gone", "4", { name: "gone" }),
    head("channel.same", "5", { name: "same", tags: ["a", "b"], level: 7 }),
    head("queue.q", "q", { name: "q", durable: false })
  ]
}

describe("a plan", () => {
  it("is the same for any order of the input", () => {
    const turned: Situation = { desired: (busy.desired ?? []).toReversed(), heads: (busy.heads ?? []).toReversed() }
    expect(planned(turned)).toEqual(planned(busy))
  })

  it("is another one at another time", () => {
    expect(planned({ ...busy, createdAt: 2 }).hash).not.toBe(planned(busy).hash)
    expect(planned(busy).hash).toBe(planned(busy).hash)
  })

  it("lists steps in a legal order, and one change for every address in the order of the steps", () => {
    const made = planned(busy)
    const places = new Map(made.steps.map(({ id }, index) => [id, index]))
    for (const step of made.steps) {
      for (const need of step.dependsOn) expect(places.get(need)).toBeLessThan(places.get(step.id) ?? -1)
    }
    const known = new Set([...busy.desired ?? [], ...busy.heads ?? []].map(({ address }) => address))
    expect(new Set(made.changes.map(({ address }) => address))).toEqual(known)
    expect(made.changes).toHaveLength(known.size)
    const acting = [...new Set(made.steps.map(({ address }) => address))]
    expect(made.changes.slice(0, acting.length).map(({ address }) => address)).toEqual(acting)
  })

  it("of what was just applied says no changes", () => {
    const input = inputOf(busy)
    const made = planned(busy)
    expect(made.steps).not.toEqual([])
    const again = planned({ ...busy, heads: carriedOut(input, made) })
    expect(again.changes.map(({ action }) => action)).toEqual(again.changes.map(() => "none"))
    expect(again).toMatchObject({ steps: [], refreshes: [], drops: [], drift: [], conflicts: [] })
  })

  it("of what was just destroyed is empty", () => {
    const destroy: Situation = { ...busy, options: { destroy: true } }
    const left = carriedOut(inputOf(destroy), planned(destroy))
    expect(left).toEqual([])
  })

  it("takes time in proportion to the number of resources", () => {
    const situation = (count: number): Situation => ({
      desired: Array.from(
        { length: count },
        (_, i) =>
          i % 2 === 0
            ? want(`channel.c${i}`, { name: `c${i}`, level: 2 })
            : want(`agent.a${i}`, { channels: [{ id: ref(`channel.c${i - 1}`) }] })
      ),
      heads: Array.from(
        { length: count },
        (_, i) =>
          i % 4 === 0
            ? head(`channel.c${i}`, String(i), { name: `c${i}`, level: 1 })
            : head(`agent.z${i}`, String(i), { channels: [{ id: "0" }] })
      )
    })
    const timed = (count: number): number => {
      const input = situation(count)
      const start = process.threadCpuUsage()
      expect(planned(input).steps.length).toBeGreaterThan(count)
      return process.threadCpuUsage(start).user / 1_000
    }
    timed(500)
    const [small, large] = [timed(1_000), timed(10_000)]
    expect(large).toBeLessThan(Math.max(small, 20) * 30)
  })
})
