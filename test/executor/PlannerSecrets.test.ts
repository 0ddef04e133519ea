/**
 * Secrets while planning: what is masked shows no difference unless it changed, nothing is in clear in a plan, and what
 * cannot be read back makes a step lossy.
 */
import { describe, expect, it } from "vitest"
import {
  actions,
  changeOf,
  channel,
  head,
  kinds,
  open,
  planned,
  ref,
  seen,
  type Situation,
  stepOf,
  want
} from "./Planning.ts"

const masked = seen("1", { name: "a", secret: "***" })

describe("a masked secret", () => {
  it("is no difference when the desired one equals the last applied", () => {
    for (const observed of [{ name: "a", secret: "s1" }, { name: "a", secret: "***" }]) {
      const made = planned({
        desired: [want("channel.a", { name: "a", secret: "s1", pin: "9" })],
        heads: [head("channel.a", "1", { name: "a", secret: "s1", pin: "9" }, { observed })],
        now: { "channel.a": masked }
      })
      expect(made).toMatchObject({ steps: [], drift: [], refreshes: [] })
    }
  })

  it("is an exact update when it changes and the old one is known", () => {
    const made = planned({
      desired: [want("channel.a", { name: "a", secret: "s2" })],
      heads: [head("channel.a", "1", { name: "a", secret: "s1" })],
      now: { "channel.a": masked }
    })
    const step = stepOf(made, "channel.a")
    expect([open(step.before), open(step.desired)]).toEqual([{ name: "a", secret: "s1" }, { name: "a", secret: "s2" }])
    expect(step.reversibility).toEqual({ _tag: "exact" })
    expect(changeOf(made, "channel.a").differs).toEqual(["/secret"])
  })

  it("that nobody knows makes its change and the delete lossy, and nothing else", () => {
    const heads = [head("channel.a", "1", { name: "a" }, { observed: masked.document })]
    const lossy = { _tag: "lossy", why: "the API does not give back /secret" }
    const changed = planned({ heads, desired: [want("channel.a", { name: "a", secret: "s2" })] })
    expect(stepOf(changed, "channel.a").reversibility).toEqual(lossy)
    expect(stepOf(planned({ heads }), "channel.a").reversibility).toEqual(lossy)
    expect(changeOf(planned({ heads }), "channel.a").notes).toEqual([lossy.why])
    const beside = planned({ heads, desired: [want("channel.a", { name: "b" })] })
    expect(stepOf(beside, "channel.a").reversibility).toEqual({ _tag: "exact" })
  })

  it("is lossy also on the way into adoption", () => {
    const made = planned({
      desired: [want("channel.a", { name: "a", secret: "s1" })],
      namesakes: { "channel.a": [masked] },
      options: { adopt: true }
    })
    expect(stepOf(made, "channel.a").reversibility._tag).toBe("lossy")
  })
})

describe("a write-only field", () => {
  it("is lossy to change when nobody knows what it was", () => {
    const made = planned({
      desired: [want("channel.a", { name: "a", pin: "2" })],
      heads: [head("channel.a", "1", { name: "a" })]
    })
    expect(stepOf(made, "channel.a").reversibility).toEqual({ _tag: "lossy", why: "the API does not give back /pin" })
  })
})

describe("a plan", () => {
  it("holds no secret in clear: by role, by where it came from, nor through a reference", () => {
    const desired = [
      want("channel.a", { name: "top-role", secret: "top-secret", token: "top-env" }, { secretPaths: ["/token"] }),
      want("channel.b", { type: "mail", secret: "top-new" }),
      want("agent.x", {
        one: ref("channel.a", "/secret"),
        two: { $join: ["t=", ref("channel.a", "/token")] },
        three: ref("channel.a", "/name")
      })
    ]
    const situation: Situation = {
      desired,
      heads: [
        head("channel.a", "1", { name: "top-role", secret: "top-secret", token: "top-env" }),
        head("channel.b", "2", { type: "chat", secret: "top-old" })
      ]
    }
    const made = planned(situation)
    expect(actions(made)).toEqual(["agent.x: create", "channel.b: create", "channel.b#deposed: delete"])
    expect(open(stepOf(made, "agent.x").desired)).toEqual({ one: "top-secret", two: "t=top-env", three: "top-role" })
    const clear = JSON.stringify(made)
    for (const secret of ["top-secret", "top-env", "top-new", "top-old"]) expect(clear).not.toContain(secret)
    expect(clear).toContain("top-role")
  })
})

describe("what the kind says", () => {
  it("is made worse, never better", () => {
    const soft = new Map([...kinds, ["channel", {
      ...channel,
      capabilities: {
        ...channel.capabilities,
        guard: "version" as const,
        reversibility: {
          ...channel.capabilities.reversibility,
          delete: { _tag: "lossy" as const, why: "history is lost" }
        }
      }
    }]])
    const made = planned({
      kinds: soft,
      heads: [head("channel.a", "1", { type: "chat" }, { observed: { type: "chat", secret: "***" } })],
      desired: [want("channel.a", { type: "mail" })]
    })
    const why = "history is lost; the API does not give back /secret"
    expect(stepOf(made, "channel.a").reversibility).toEqual({ _tag: "exact" })
    expect(stepOf(made, "channel.a#deposed")).toMatchObject({ guarded: true, reversibility: { _tag: "lossy", why } })
    expect(changeOf(made, "channel.a")).toMatchObject({
      guarded: true,
      reversibility: { _tag: "lossy", why },
      notes: ["replaced because /type cannot be changed in place", `deleting the old one: ${why}`]
    })
  })
})
