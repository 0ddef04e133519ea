/** Who made a batch fail, as its journal tells it, and what is held out of a plan because of that. */
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { blameOf, heldOut, heldOutWith, type Quarantined, refuseHeldOut } from "../../src/app/Quarantine.ts"
import type { Entry, EntryBody } from "../../src/domain/Entry.ts"
import { type Address, type BatchId, kindOf, type StepId } from "../../src/domain/Ids.ts"
import type { PlannedChange } from "../../src/domain/Plan.ts"
import { plan, step } from "../cli/Plans.ts"
import { addresses, declare, ref } from "./Declared.ts"

const opened: EntryBody = {
  _tag: "opened",
  plan: plan({ steps: [step("box.a", "update"), step("box.ab", "update"), step("box.b", "create")] }),
  engine: "test",
  providers: [],
  policies: {
    onFailure: "rollback",
    continueOnError: false,
    parallelism: 1,
    retries: 0,
    timeoutMs: 1_000,
    conflict: "stop",
    allowIrreversible: false
  },
  actor: "me",
  generation: 1
}

const journal = (...bodies: ReadonlyArray<EntryBody>): ReadonlyArray<Entry> =>
  bodies.map((body, index) => ({ batch: "b-1" as BatchId, seq: index + 1, epoch: 1, at: index, body }))

const decided = (why: string): EntryBody => ({ _tag: "decided", to: "back", why })

const outcome = (of: string, more: Partial<Extract<EntryBody, { readonly _tag: "outcome" }>>): EntryBody => ({
  _tag: "outcome",
  step: of as StepId,
  direction: "forward",
  call: 1,
  attempt: 1,
  result: "applied",
  ...more
})

describe("a failed batch", () => {
  it.each<[string, ReadonlyArray<EntryBody>, { readonly address: string; readonly why: string } | undefined]>([
    ["is of the step that its decision names", [opened, decided("box.b: refused")], {
      address: "box.b",
      why: "refused"
    }],
    [
      "is of the whole address, not of one that begins like it",
      [opened, decided("box.ab: refused")],
      { address: "box.ab", why: "refused" }
    ],
    [
      "that was cut off is of the first step that was refused",
      [opened, outcome("box.a", {}), outcome("box.b", { result: "refused", detail: "no" }), decided("recovered")],
      { address: "box.b", why: "no" }
    ],
    [
      "is of a refused step also where no reason is known or nothing was decided",
      [opened, outcome("box.a", { result: "refused" })],
      { address: "box.a", why: "it was refused" }
    ],
    [
      "is of the step that did not hold what was written",
      [opened, outcome("box.a", { diverged: [] }), outcome("box.ab", { diverged: ["/size"] }), decided("recovered")],
      { address: "box.ab", why: "it did not hold what was written" }
    ],
    [
      "is nobody's where only the way back was refused",
      [opened, outcome("box.a", { direction: "back", result: "refused" }), decided("interrupted")],
      undefined
    ],
    ["is nobody's where somebody stopped it", [opened, decided("interrupted")], undefined],
    ["is nobody's where the step is not of its plan", [opened, outcome("box.x", { result: "refused" })], undefined],
    ["is nobody's without a journal", [], undefined]
  ])("%s", (_, bodies, blame) => {
    expect(blameOf(journal(...bodies))).toEqual(blame)
  })
})

const failing = (address: string): Quarantined => ({
  address: address as Address,
  failures: 2,
  at: 0,
  why: "refused",
  batches: []
})

const head = (address: string, ...dependsOn: ReadonlyArray<string>) => ({
  address: address as Address,
  kind: kindOf(address as Address),
  dependsOn: addresses(...dependsOn)
})

const outOf = (out: ReturnType<typeof heldOut>): ReadonlyArray<string> =>
  out.map((one) => {
    if (one._tag === "failing") return one.address
    return one._tag === "needs" ? `${one.address} needs ${one.needs}` : `${one.address} is needed by ${one.by}`
  })

const change = (address: string, action: PlannedChange["action"]) => ({ address, action }) as PlannedChange

describe("what is held out", () => {
  it("is nothing where nobody fails, or the one who does is neither declared nor managed", () => {
    expect(heldOut([], [declare("box.a")], [])).toEqual([])
    expect(heldOut([failing("box.gone")], [declare("box.a")], [])).toEqual([])
  })

  it("is who fails and all that needs it, by dependsOn or by a reference, however far", () => {
    const declared = [
      declare("box.d", { of: ref("box.c") }),
      declare("box.c", {}, { dependsOn: addresses("box.b") }),
      declare("box.b", { inner: [{ of: ref("box.a") }] }),
      declare("box.a"),
      declare("box.other", { of: ref("box.free") })
    ]
    expect(outOf(heldOut([failing("box.a")], declared, [])))
      .toEqual(["box.a", "box.b needs box.a", "box.c needs box.b", "box.d needs box.c"])
  })

  it("goes by what was last applied only for what is no longer declared", () => {
    const heads = [head("box.a"), head("box.kept", "box.a"), head("box.changed", "box.a")]
    const declared = [declare("box.a"), declare("box.changed")]
    expect(outOf(heldOut([failing("box.a")], declared, heads))).toEqual(["box.a", "box.kept needs box.a"])
  })
})

describe("what a plan leaves out besides", () => {
  const heads = [head("box.old"), head("box.kept"), head("box.a", "box.old", "box.kept"), head("box.free")]
  const declared = [declare("box.a"), declare("box.kept"), declare("box.young", { of: ref("box.old") })]
  const out = heldOut([failing("box.a")], declared, heads)

  it.each(["delete", "replace"] as const)("is what it would %s under a resource that is held out", (action) => {
    const changes = [change("box.old", action), change("box.free", "delete"), change("box.kept", "update")]
    expect(outOf(heldOutWith(out, { changes, drops: [] }, declared, heads)))
      .toEqual(["box.a", "box.old is needed by box.a", "box.young needs box.old"])
  })

  it("is what it would replace and what is held out is only now declared to refer to", () => {
    const next = [declare("box.a", { of: ref("box.free") }), declare("box.free")]
    expect(outOf(heldOutWith(out, { changes: [change("box.free", "replace")], drops: [] }, next, heads)))
      .toEqual(["box.a", "box.free is needed by box.a"])
  })

  it("is what it would forget because somebody deleted it", () => {
    expect(outOf(heldOutWith(out, { changes: [], drops: addresses("box.old") }, declared, heads)))
      .toEqual(["box.a", "box.old is needed by box.a", "box.young needs box.old"])
  })

  it("is nothing where it deletes nothing of the kind", () => {
    expect(heldOutWith(out, { changes: [change("box.free", "delete")], drops: [] }, declared, heads)).toBe(out)
  })
})

describe("a target that is held out", () => {
  const out = heldOut([failing("box.a")], [declare("box.a"), declare("box.b", { of: ref("box.a") })], [])

  it.each([[["box.a"]], [["box.b"]], [["box.b", "box.a"]]])("is refused with what to release: %j", async (targets) => {
    const refusal = await Effect.runPromise(Effect.flip(refuseHeldOut(out, targets)))
    expect(refusal.hint).toBe("release it with: amends forget --quarantine box.a")
    expect(refusal.addresses?.toSorted()).toEqual(targets.toSorted())
  })

  it("is not refused where it is not asked for", async () => {
    expect(await Effect.runPromise(refuseHeldOut(out, ["box.c"]))).toBeUndefined()
  })
})
