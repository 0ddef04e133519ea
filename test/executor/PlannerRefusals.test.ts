/**
 * Why there is no plan: each reason as a value that says what to do, all at once.
 */
import { describe, expect, it } from "vitest"
import { plan } from "../../src/executor/Planner.ts"
import { actions, at, head, inputOf, kinds, planned, ref, refused, seen, want } from "./Planning.ts"

const messages = (...args: Parameters<typeof refused>): ReadonlyArray<string> =>
  refused(...args).map(({ message }) => message)

describe("an unmanaged namesake", () => {
  const desired = [want("channel.a", { name: "a" })]

  it("refuses the create, naming --adopt and import", () => {
    const situation = { desired, namesakes: { "channel.a": [seen("7", { name: "a" })] } }
    expect(refused(situation)).toMatchObject([{ _tag: "Unmanaged", address: "channel.a", ids: ["7"] }])
    expect(messages(situation)[0]).toContain("--adopt")
    expect(messages(situation)[0]).toContain("amends import channel.a 7")
  })

  it("refuses to choose among several, also with --adopt", () => {
    const situation = {
      desired,
      namesakes: { "channel.a": [seen("8", {}), seen("7", {})] },
      options: { adopt: true }
    }
    expect(refused(situation)).toMatchObject([{ _tag: "Unmanaged", ids: ["7", "8"] }])
    expect(messages(situation)[0]).toContain("amends import channel.a ID")
  })

  it("cannot be adopted where an immutable field differs, or twice", () => {
    const fixed = {
      desired: [want("channel.a", { type: "mail" })],
      namesakes: { "channel.a": [seen("7", { type: "chat" })] },
      options: { adopt: true }
    }
    expect(messages(fixed)[0]).toContain("/type cannot be changed")
    const twice = {
      desired: [want("channel.a", { name: "a" }), want("channel.b", { name: "a" })],
      namesakes: { "channel.a": [seen("7", { name: "a" })], "channel.b": [seen("7", { name: "a" })] },
      options: { adopt: true }
    }
    expect(refused(twice)).toMatchObject([{ _tag: "Unmanaged", address: "channel.b" }])
  })
})

describe("preventDestroy", () => {
  const guarded = head("channel.a", "1", { type: "chat" }, { preventDestroy: true })

  it("refuses a delete by what the head says, and a destroy by what the file says", () => {
    expect(refused({ heads: [guarded] })).toMatchObject([{ _tag: "PreventDestroy", address: "channel.a" }])
    const declared = want("channel.a", { type: "chat" }, { preventDestroy: true })
    const heads = [head("channel.a", "1", { type: "chat" })]
    expect(refused({ heads, desired: [declared], options: { destroy: true } })).toMatchObject([{
      _tag: "PreventDestroy"
    }])
  })

  it("refuses a replace, and lets an update pass", () => {
    const desired = (spec: { readonly [key: string]: string }) => [want("channel.a", spec, { preventDestroy: true })]
    expect(refused({ heads: [guarded], desired: desired({ type: "mail" }) })).toMatchObject([{
      _tag: "PreventDestroy"
    }])
    expect(actions(planned({ heads: [guarded], desired: desired({ type: "chat", name: "b" }) }))).toEqual([
      "channel.a: update"
    ])
  })

  it("does not hold what is not selected, nor what is gone anyhow", () => {
    const heads = [guarded, head("channel.b", "2", {})]
    expect(actions(planned({ heads, options: { targets: [at("channel.b")] } }))).toEqual(["channel.b: delete"])
    expect(planned({ heads: [guarded], now: { "channel.a": null } }).drops).toEqual(["channel.a"])
  })
})

describe("unknown names", () => {
  it("are refused for --target and --replace", () => {
    const options = { targets: [at("channel.x")], replace: [at("channel.y")] }
    expect(refused({ options }).map(({ _tag, address }) => `${_tag} ${address}`))
      .toEqual(["UnknownAddress channel.x", "UnknownAddress channel.y"])
  })

  it("are refused as references: an undeclared resource, or a field that is not there", () => {
    const heads = [head("channel.a", "1", { name: "a" }), head("channel.gone", "2", {})]
    const desired = [
      want("channel.a", { name: "a" }),
      want("agent.x", { one: ref("channel.gone"), two: ref("channel.a", "/nothing"), three: ref("channel.a", "/name") })
    ]
    expect(refused({ heads, desired })).toMatchObject([
      { _tag: "UnknownReference", address: "agent.x", to: "channel.gone", path: "/id" },
      { _tag: "UnknownReference", address: "agent.x", to: "channel.a", path: "/nothing" }
    ])
  })

  it("are refused as kinds that no provider serves", () => {
    expect(refused({ heads: [head("ghost.a", "1", {})] })).toMatchObject([{ _tag: "UnknownKind", address: "ghost.a" }])
  })
})

describe("createFirst", () => {
  it("is refused where the resource is named by its users", () => {
    const desired = [want("queue.q", { name: "q" }, { replace: "createFirst" })]
    expect(refused({ desired })).toMatchObject([{ _tag: "CreateFirst", address: "queue.q" }])
    expect(actions(planned({ desired: [want("channel.c", {}, { replace: "createFirst" })] }))).toEqual([
      "channel.c: create"
    ])
  })
})

describe("refusals", () => {
  it("come all at once, each said once", () => {
    const situation = {
      desired: [
        want("channel.a", { name: "a" }),
        want("agent.x", { n: ref("channel.a", "/name") }),
        want("queue.q", {}, { replace: "createFirst" as const })
      ],
      heads: [head("channel.b", "1", {}, { preventDestroy: true })],
      namesakes: { "channel.a": [seen("7", { name: "a" })] },
      options: { targets: [at("channel.nope"), at("agent.x"), at("queue.q"), at("channel.b")] }
    }
    expect(refused(situation).map(({ _tag }) => _tag).sort())
      .toEqual(["CreateFirst", "PreventDestroy", "UnknownAddress", "Unmanaged"])
  })

  it("need no plan to be right: a head without an observation is a defect of the caller", () => {
    const input = { ...inputOf({ heads: [head("channel.a", "1", {})], kinds }), observed: new Map() }
    expect(() => plan(input)).toThrow("planning needs an observation of channel.a")
  })
})
