/**
 * What comes before what: references, deletes, the halves of a replace, guards, and what cannot be taken back.
 */
import { Result } from "effect"
import { describe, expect, it } from "vitest"
import { ancestorsOf } from "../../src/executor/Order.ts"
import { plan } from "../../src/executor/Planner.ts"
import {
  actions,
  at,
  changeOf,
  channel,
  head,
  inputOf,
  kinds,
  planned,
  ref,
  refused,
  seen,
  stepOf,
  want
} from "./Planning.ts"

const holding = (...ids: ReadonlyArray<string>) => ({ channels: ids.map((id) => ({ id })) })

describe("writes", () => {
  it("come after the writes of what they refer to or were declared to depend on", () => {
    const made = planned({
      desired: [
        want("agent.a", { channels: [{ id: ref("channel.z") }] }, { dependsOn: [at("queue.q"), at("channel.still")] }),
        want("channel.z", { name: "z" }),
        want("channel.still", { name: "still" }),
        want("queue.q", { name: "q" })
      ],
      heads: [head("channel.still", "5", { name: "still" })]
    })
    expect(stepOf(made, "agent.a")).toMatchObject({
      dependsOn: ["channel.z", "queue.q"],
      refersTo: ["channel.still", "channel.z", "queue.q"]
    })
  })

  it("come after the update of what they refer to by a literal id", () => {
    const made = planned({
      desired: [want("agent.a", holding("5")), want("channel.z", { name: "new" })],
      heads: [head("channel.z", "5", { name: "z" })]
    })
    expect(stepOf(made, "agent.a")).toMatchObject({ dependsOn: ["channel.z"], refersTo: ["channel.z"] })
  })

  it("that refer to each other by literal ids are no cycle", () => {
    const made = planned({
      desired: [want("queue.a", { via: "b", n: 1 }), want("queue.b", { via: "a", n: 1 })],
      heads: [head("queue.a", "a", { via: "b", n: 0 }), head("queue.b", "b", { via: "a", n: 0 })]
    })
    expect(actions(made)).toHaveLength(2)
  })
})

describe("deletes", () => {
  it("come after what takes over a resource that refers to what they delete", () => {
    const made = planned({
      desired: [want("agent.a", holding("6"))],
      heads: [head("channel.z", "5", { name: "z" })],
      namesakes: { "agent.a": [seen("7", holding("5"))] },
      options: { adopt: true }
    })
    expect(actions(made)).toEqual(["agent.a: adopt", "channel.z: delete"])
    expect(stepOf(made, "channel.z")).toMatchObject({ dependsOn: ["agent.a"] })
  })

  it("come after the deletes of what referred to them, by what was last applied or is seen", () => {
    const made = planned({
      heads: [
        head("agent.said", "8", {}, { dependsOn: [at("channel.c")] }),
        head("agent.seen", "9", holding("1")),
        head("channel.c", "1", { name: "c" })
      ]
    })
    expect(stepOf(made, "channel.c").dependsOn).toEqual(["agent.said", "agent.seen"])
  })

  it("come after the update that drops the reference", () => {
    const made = planned({
      desired: [want("agent.a", { channels: [] })],
      heads: [
        head("agent.a", "9", holding("1"), { dependsOn: [at("channel.c")] }),
        head("channel.c", "1", { name: "c" })
      ]
    })
    expect(actions(made)).toEqual(["agent.a: update", "channel.c: delete"])
    expect(stepOf(made, "channel.c").dependsOn).toEqual(["agent.a"])
  })

  it("of resources that are seen to refer to each other happen in some order", () => {
    const made = planned({
      heads: [head("queue.a", "a", { via: "b" }), head("queue.b", "b", { via: "a" }, { dependsOn: [at("queue.a")] })]
    })
    expect(actions(made)).toEqual(["queue.b: delete", "queue.a: delete"])
  })
})

describe("a replace of a server id", () => {
  const heads = [
    head("channel.c", "1", { type: "chat" }),
    head("agent.a", "9", holding("1"), { dependsOn: [at("channel.c")] }),
    head("queue.q", "q", { name: "q", n: 1 })
  ]
  const desired = [
    want("channel.c", { type: "mail" }),
    want("agent.a", { channels: [{ id: ref("channel.c") }] }),
    want("queue.q", { name: "q", n: 2 })
  ]

  it("creates, updates what refers to it, and deletes the old one last of all", () => {
    const made = planned({ heads, desired })
    expect(actions(made).at(-1)).toBe("channel.c#deposed: delete")
    expect(stepOf(made, "agent.a").dependsOn).toEqual(["channel.c"])
    expect(stepOf(made, "channel.c#deposed").dependsOn).toEqual(["agent.a", "channel.c", "queue.q"])
    expect(changeOf(made, "channel.c").createFirst).toBe(true)
  })

  it("deletes first where that is asked for", () => {
    const made = planned({
      heads,
      desired: [want("channel.c", { type: "mail" }, { replace: "deleteFirst" }), ...desired.slice(1)]
    })
    expect(stepOf(made, "channel.c").dependsOn).toEqual(["channel.c#deposed"])
    expect(stepOf(made, "agent.a").dependsOn).toEqual(["channel.c"])
    expect(stepOf(made, "channel.c#deposed").dependsOn).toEqual(["agent.a#guard"])
    expect(changeOf(made, "channel.c").createFirst).toBe(false)
  })

  it("deletes first also where what it refers to does, unless it is asked to create first", () => {
    const first = want("channel.c", { type: "mail" }, { replace: "deleteFirst" })
    const options = { replace: [at("agent.a")] }
    const made = planned({ heads, desired: [first, ...desired.slice(1)], options })
    expect(actions(made).filter((action) => !action.startsWith("queue"))).toEqual([
      "agent.a#deposed: delete",
      "channel.c#deposed: delete",
      "channel.c: create",
      "agent.a: create"
    ])
    const agent = want("agent.a", { channels: [{ id: ref("channel.c") }] }, { replace: "createFirst" })
    expect(changeOf(planned({ heads, desired: [first, agent], options }), "agent.a").createFirst).toBe(true)
  })

  it("that is replaced with what refers to it deletes the old ones in reverse", () => {
    const made = planned({ heads, desired, options: { replace: [at("agent.a")] } })
    expect(stepOf(made, "channel.c#deposed").dependsOn).toContain("agent.a#deposed")
    expect(actions(made).slice(-2)).toEqual(["agent.a#deposed: delete", "channel.c#deposed: delete"])
  })
})

describe("a replace of a natural key", () => {
  const heads = [
    head("queue.q", "q", { name: "q", durable: false }),
    head("queue.r", "r", { name: "r", via: "q" }, { dependsOn: [at("queue.q")] })
  ]

  it("deletes first, after what lets go of it, and never after what waits for the new one", () => {
    const keeps = planned({
      heads,
      desired: [want("queue.q", { name: "q", durable: true }), want("queue.r", { name: "r", via: ref("queue.q") })]
    })
    expect(actions(keeps)).toEqual(["queue.q#deposed: delete", "queue.q: create", "queue.r: update"])
    const drops = planned({
      heads,
      desired: [want("queue.q", { name: "q", durable: true }), want("queue.r", { name: "r", via: "" })]
    })
    expect(actions(drops)).toEqual(["queue.r: update", "queue.q#deposed: delete", "queue.q: create"])
  })

  it("of both sides deletes the referrer first and creates it last", () => {
    const made = planned({
      heads,
      desired: [want("queue.q", { name: "q", durable: true }), want("queue.r", { name: "r", via: ref("queue.q") })],
      options: { replace: [at("queue.r")] }
    })
    expect(actions(made)).toEqual([
      "queue.r#deposed: delete",
      "queue.q#deposed: delete",
      "queue.q: create",
      "queue.r: create"
    ])
  })
})

describe("guards", () => {
  const heads = [
    head("channel.c", "1", { name: "c" }),
    head("agent.a", "9", { name: "a" }, {
      observed: { ...holding("1"), name: "a" }
    })
  ]
  const desired = [want("agent.a", { name: "a" })]

  it("hold the way back of a reference that has no step of its own, before the delete", () => {
    const made = planned({ heads, desired })
    expect(actions(made)).toEqual(["agent.a: guard", "channel.c: delete"])
    expect(stepOf(made, "agent.a")).toMatchObject({
      remoteId: "9",
      before: { ...holding("1"), name: "a" },
      reversibility: { _tag: "exact" }
    })
    expect(stepOf(made, "agent.a")).not.toHaveProperty("desired")
    expect(stepOf(made, "channel.c").dependsOn).toEqual(["agent.a"])
    expect(changeOf(made, "agent.a")).toMatchObject({
      action: "none",
      notes: ["holds the id of channel.c, and would be rewritten on the way back"]
    })
  })

  it("are not needed for what has a step, nor for ids that come back the same", () => {
    expect(actions(planned({ heads, desired: [want("agent.a", { name: "b" })] })))
      .toEqual(["agent.a: update", "channel.c: delete"])
    const queues = [head("queue.q", "q", { name: "q" }), head("queue.r", "r", { name: "r", via: "q" })]
    expect(actions(planned({ heads: queues, desired: [want("queue.r", { name: "r" })] }))).toEqual(["queue.q: delete"])
  })

  it("join also where a target is replaced", () => {
    const made = planned({
      heads,
      desired: [...desired, want("channel.c", { name: "c" })],
      options: { replace: [at("channel.c")], targets: [at("channel.c")] }
    })
    expect(actions(made)).toEqual(["agent.a: guard", "channel.c: create", "channel.c#deposed: delete"])
  })

  it("stand beside the step of what waits for the new resource before it lets go of the old one", () => {
    const replaced = want("channel.c", { name: "c", type: "mail" }, { replace: "deleteFirst" })
    const made = planned({
      heads,
      desired: [want("agent.a", { name: "a", channels: [{ id: ref("channel.c") }] }), replaced]
    })
    expect(actions(made)).toEqual([
      "agent.a#guard: guard",
      "channel.c#deposed: delete",
      "channel.c: create",
      "agent.a: update"
    ])
    expect(stepOf(made, "agent.a#guard")).toMatchObject({ address: "agent.a", remoteId: "9" })
    expect(changeOf(made, "agent.a")).toMatchObject({
      action: "update",
      notes: ["holds the id of channel.c, and would be rewritten on the way back"]
    })
  })

  it("stand beside the delete of what would come before it, but for a way round", () => {
    const made = planned({
      heads: [
        head("channel.c", "1", { name: "c", type: "chat" }),
        head("agent.a", "9", { name: "a", ...holding("1") }, { dependsOn: [at("channel.c")] }),
        head("agent.b", "8", { name: "b" }, { dependsOn: [at("agent.a")] })
      ],
      desired: [
        want("channel.c", { name: "c", type: "mail" }, { replace: "deleteFirst" }),
        want("agent.b", { name: "b", channels: [{ id: ref("channel.c") }] })
      ]
    })
    expect(actions(made)).toEqual([
      "agent.a#guard: guard",
      "channel.c#deposed: delete",
      "channel.c: create",
      "agent.b: update",
      "agent.a: delete"
    ])
  })

  it("cannot be had for unmanaged referrers: the delete is lossy and says so", () => {
    const strangers = [seen("9", holding("1")), seen("77", holding("1")), seen("78", holding("2"))]
    const made = planned({ heads, listed: new Map([["agent", strangers]]) })
    const why = "its id changes on the way back; 1 unmanaged resource refers to it (agent 77)"
    expect(stepOf(made, "channel.c").reversibility).toEqual({ _tag: "lossy", why })
    expect(changeOf(made, "channel.c")).toMatchObject({ reversibility: { _tag: "lossy", why }, notes: [why] })
  })
})

describe("what cannot be taken back", () => {
  it("comes after everything that does not depend on it", () => {
    const made = planned({
      heads: [head("vault.a", "1", {}), head("vault.b", "2", {}), head("channel.c", "3", { type: "chat" })],
      desired: [want("channel.c", { type: "mail" }), want("agent.x", { n: 1 })]
    })
    expect(actions(made).slice(-2)).toEqual(["vault.a: delete", "vault.b: delete"])
    for (const id of ["vault.a", "vault.b"]) {
      expect([...ancestorsOf(made.steps, [stepOf(made, id).id])])
        .toEqual(expect.arrayContaining(["agent.x", "channel.c", "channel.c#deposed"]))
    }
    expect(stepOf(made, "vault.a").reversibility).toEqual({ _tag: "none", why: "it is shredded" })
  })

  it("is not waited for by what comes before it anyhow, and lets its dependents follow", () => {
    const shredding = new Map([...kinds, ["channel", {
      ...channel,
      capabilities: {
        ...channel.capabilities,
        reversibility: {
          ...channel.capabilities.reversibility,
          create: { _tag: "none" as const, why: "it is announced" }
        }
      }
    }]])
    const made = planned({
      kinds: shredding,
      desired: [
        want("channel.c", { n: 1 }),
        want("agent.x", { channels: [{ id: ref("channel.c") }] }),
        want("agent.y", {})
      ]
    })
    expect(actions(made)).toEqual(["agent.y: create", "channel.c: create", "agent.x: create"])
  })
})

describe("cycles", () => {
  it("of references are refused, naming the way round", () => {
    const cyclic = refused({
      desired: [
        want("agent.a", { n: ref("agent.b") }),
        want("agent.b", { n: ref("agent.c") }),
        want("agent.c", {}, { dependsOn: [at("agent.a")] })
      ]
    })
    expect(cyclic).toMatchObject([{ _tag: "Cycle", addresses: ["agent.a", "agent.b", "agent.c", "agent.a"] }])
  })

  it("that replaces close are refused too", () => {
    const result = plan(inputOf({
      heads: [
        head("queue.x", "x", { durable: false, via: "z" }, { dependsOn: [at("queue.z")] }),
        head("queue.y", "y", { via: "x" }, { dependsOn: [at("queue.x")] }),
        head("queue.z", "z", { durable: false })
      ],
      desired: [
        want("queue.x", { durable: true, via: "" }),
        want("queue.y", { via: ref("queue.z", "/durable") }),
        want("queue.z", { durable: true })
      ]
    }))
    expect(Result.isFailure(result) ? result.failure.map(({ _tag }) => _tag) : "planned").toEqual(["Cycle"])
  })
})
