import { describe, expect, it } from "vitest"
import type { Entry, EntryBody, Intent } from "../../src/domain/Entry.ts"
import type { BatchId, StepId } from "../../src/domain/Ids.ts"
import type { Step } from "../../src/domain/Plan.ts"
import { asSealed } from "../../src/domain/Sealed.ts"
import { effective, foldStep, openCall, phaseOf, remains, type StepState, untouched } from "../../src/executor/Fold.ts"
import { inverseOf } from "../../src/executor/Inverse.ts"

const step = "box.a" as StepId

const intent = (operation: Intent["operation"], call = 1, of = 1, extra: Partial<Intent> = {}): Intent => ({
  step,
  operation,
  call,
  of,
  attempt: 1,
  request: "hmac:x",
  idempotencyKey: "key",
  capturedAt: 0,
  before: asSealed({ was: "before" }),
  expected: asSealed({ call }),
  ...(operation === "create" ? {} : { remoteId: "1" }),
  ...extra
})

const intended = (...of: Parameters<typeof intent>): EntryBody => ({ _tag: "intended", ...intent(...of) })

const undo = (...of: Parameters<typeof intent>): EntryBody => ({
  _tag: "undo-intended",
  compensates: 1,
  ...intent(...of)
})

const outcome = (result: "applied" | "refused" | "ambiguous" | "unneeded", extra: object = {}): EntryBody => ({
  _tag: "outcome",
  step,
  direction: "forward",
  call: 1,
  attempt: 1,
  result,
  ...extra
})

const back = (result: "applied" | "refused", extra: object = {}) => outcome(result, { direction: "back", ...extra })

const resolved = (verdict: "applied" | "not-applied" | "repeat" | "edited" | "gone" | "ask", extra: object = {}) =>
  ({ _tag: "resolved", step, direction: "forward", call: 1, verdict, evidence: "read", ...extra }) as EntryBody

const human = (choice: string): EntryBody => ({
  _tag: "human",
  step,
  choice: choice as "retry",
  digest: "hmac:d",
  actor: "somebody"
})

const blocked: EntryBody = {
  _tag: "blocked",
  step,
  direction: "back",
  why: "why",
  paths: [],
  digest: "hmac:d",
  choices: ["retry"]
}

const compensated: EntryBody = { _tag: "compensated", step, result: "done", evidence: "restored" }

const fold = (...bodies: ReadonlyArray<EntryBody>): StepState =>
  bodies.reduce<StepState>((state, body, index) => {
    const entry: Entry = { batch: "b-1" as BatchId, seq: index + 1, epoch: 1, at: 0, body }
    return foldStep(state, entry)
  }, untouched(step))

const results = (state: StepState) => state.calls.map(({ result }) => result)

describe("the phase of a step", () => {
  const rows: ReadonlyArray<readonly [string, ReadonlyArray<EntryBody>, ReturnType<typeof phaseOf>]> = [
    ["without entries", [], "planned"],
    ["sent", [intended("update")], "in doubt"],
    ["answered as applied", [intended("update"), outcome("applied")], "applied"],
    ["refused", [intended("update"), outcome("refused", { detail: "no" })], "refused"],
    ["lost", [intended("update"), outcome("ambiguous")], "in doubt"],
    ["not needed", [outcome("unneeded", { call: 0 })], "unneeded"],
    ["diverged", [intended("update"), outcome("applied", { diverged: ["/x"] })], "refused"],
    ["one call of two", [intended("create", 1, 2), outcome("applied", { remoteId: "1" })], "intended"],
    ["found applied", [intended("update"), resolved("applied")], "applied"],
    ["found not applied", [intended("update"), resolved("not-applied")], "intended"],
    ["found edited", [intended("update"), resolved("edited")], "refused"],
    ["asked about", [intended("update"), resolved("ask")], "in doubt"],
    ["blocked", [intended("update"), outcome("applied"), blocked], "stuck"],
    ["settled after it was blocked", [intended("update"), blocked, resolved("not-applied")], "intended"],
    [
      "taken back",
      [intended("update"), outcome("applied"), undo("update"), back("applied"), compensated],
      "compensated"
    ]
  ]
  for (const [name, bodies, phase] of rows) {
    it(`of one that is ${name} is ${phase}`, () => expect(phaseOf(fold(...bodies))).toBe(phase))
  }
})

describe("an open call", () => {
  it("is the newest without an outcome, whatever came after it", () => {
    const state = fold(intended("create"), undo("delete", 1, 1, { remoteId: "2" }), back("applied"))
    expect(openCall(state)?.intent.operation).toBe("create")
    expect(results(state)).toEqual(["open", "applied"])
  })

  it("that is sent again may have taken effect, and is not open any more", () => {
    const state = fold(intended("update"), resolved("repeat"), intended("update"), outcome("applied"))
    expect(results(state)).toEqual(["superseded", "applied"])
    expect(openCall(state)).toBeUndefined()
    expect(effective(state).length).toBe(2)
  })

  it("and goes on as an update leaves no call of the create open", () => {
    const create = [intended("create", 1, 2), outcome("applied", { remoteId: "1" }), intended("create", 2, 2)]
    const state = fold(...create, resolved("repeat", { call: 2 }), intended("update"), outcome("applied"))
    expect(results(state)).toEqual(["applied", "superseded", "applied"])
    expect(openCall(state)).toBeUndefined()
  })
})

describe("what is known of a resource", () => {
  it("before a call is out of date after it, where the outcome does not tell", () => {
    const first = outcome("applied", { remoteId: "1", token: "t1", after: asSealed({ call: 1 }) })
    const state = fold(intended("create", 1, 2), first, intended("create", 2, 2), outcome("applied"))
    expect([state.remoteId, state.token, state.after]).toEqual(["1", undefined, undefined])
    expect(state.complete).toBe(true)
  })
})

describe("a person's word", () => {
  const lost = [intended("create"), outcome("ambiguous"), blocked]
  const rows: ReadonlyArray<readonly [string, string, object]> = [
    ["not-applied", "not-applied", {}],
    ["applied", "applied", { complete: true }],
    ["adopt:7", "applied", { remoteId: "7", complete: true }],
    ["retry", "open", { human: expect.anything() }],
    ["skip", "open", { human: expect.anything() }]
  ]
  for (const [choice, result, facts] of rows) {
    it(`of ${choice} makes a lost create ${result}`, () => {
      const state = fold(...lost, human(choice))
      expect(results(state)).toEqual([result])
      expect(state).toMatchObject({ ...facts, chosen: { choice } })
      expect(state.blocked).toBeUndefined()
    })
  }

  it("names the resource of a create that was applied without an id, or takes it back", () => {
    const nameless = [...lost, human("applied"), blocked]
    expect(inverseOf({ action: "create" } as Step, fold(...nameless))).toEqual({ _tag: "unknown" })
    expect(fold(...nameless, human("adopt:9")).remoteId).toBe("9")
    expect(remains(fold(...nameless, human("not-applied")))).toBe(false)
  })

  it("that waits is forgotten once it took effect", () => {
    const state = fold(intended("update"), outcome("applied"), blocked, human("force"), undo("update"))
    expect([state.human, state.chosen?.choice]).toEqual([undefined, "force"])
  })
})

const made = { remoteId: "1", token: "t", after: asSealed({ name: "a" }) }
const again = { remoteId: "2" }

describe("the inverse of a step", () => {
  const rows: ReadonlyArray<readonly [string, ReadonlyArray<EntryBody>, object]> = [
    ["that was not touched is nothing", [], { _tag: "nothing" }],
    ["that needed nothing is to refer", [outcome("unneeded", { call: 0 })], { _tag: "refer", id: "1" }],
    ["that was refused is nothing", [intended("update"), outcome("refused")], { _tag: "nothing" }],
    ["that was taken back is nothing", [intended("update"), outcome("applied"), compensated], { _tag: "nothing" }],
    ["that created is to remove", [intended("create"), outcome("applied", made)], {
      _tag: "remove",
      id: "1",
      whole: true,
      token: "t",
      left: { name: "a" }
    }],
    ["that created and was not read back is to remove what was sent", [
      intended("create"),
      outcome("applied", { remoteId: "1" })
    ], { _tag: "remove", whole: false, left: { call: 1 } }],
    ["that created half is to remove", [intended("create", 1, 2), outcome("applied", { remoteId: "1" })], {
      _tag: "remove",
      id: "1"
    }],
    ["that created something unknown is unknown", [intended("create")], { _tag: "unknown" }],
    ["that updated is to restore", [intended("update"), outcome("applied", made)], {
      _tag: "restore",
      id: "1",
      before: { was: "before" },
      left: { name: "a" },
      token: "t",
      compensates: 1
    }],
    ["that updated beside an edit is to restore what it left, whatever the token says", [
      intended("update"),
      outcome("applied", { ...made, left: asSealed({ ours: 1 }) })
    ], { _tag: "restore", left: { ours: 1 } }],
    ["whose second call was refused is to restore what was before the first", [
      intended("update", 1, 2),
      outcome("applied"),
      intended("update", 2, 2, { before: asSealed({ was: "between" }) }),
      outcome("refused")
    ], { _tag: "restore", before: { was: "before" }, left: { call: 1 } }],
    ["that deleted is to create again", [intended("delete"), outcome("applied")], {
      _tag: "recreate",
      formerly: "1",
      before: { was: "before" }
    }],
    ["that deleted and was half created again is to restore under the new id", [
      intended("delete"),
      outcome("applied", { remoteId: "1" }),
      undo("create", 1, 2),
      back("applied", again)
    ], { _tag: "restore", id: "2", formerly: "1", left: { call: 1 } }],
    ["that updated and was created again is to restore under the new id", [
      intended("update"),
      outcome("applied", made),
      undo("create"),
      back("applied", again)
    ], { _tag: "restore", id: "2", formerly: "1", before: { was: "before" } }]
  ]
  for (const [name, bodies, expected] of rows) {
    it(`${name}`, () => {
      const inverse = inverseOf({ action: "update", remoteId: "1" } as Step, fold(...bodies))
      expect(inverse).toMatchObject(expected)
      const trusted = "token" in inverse ? inverse.token : undefined
      expect(trusted).toBe("token" in expected ? expected.token : undefined)
    })
  }

  it("goes by what was sent forwards once a write back took effect, which may have kept somebody's edit", () => {
    const left = outcome("applied", { remoteId: "1", token: "t1", after: asSealed({ left: true }) })
    const merged = back("applied", { remoteId: "1", token: "t2", after: asSealed({ merged: true }) })
    const state = fold(intended("update"), left, undo("update"), merged)
    const inverse = inverseOf({ action: "update", remoteId: "1" } as Step, state)
    expect(inverse).toMatchObject({ _tag: "restore", left: { call: 1 }, token: undefined })
  })

  it("of a delete or a create that needed nothing is nothing", () => {
    const unneeded = fold(outcome("unneeded", { call: 0 }))
    expect(inverseOf({ action: "delete", remoteId: "1" } as Step, unneeded)).toEqual({ _tag: "nothing" })
    expect(inverseOf({ action: "create" } as Step, unneeded)).toEqual({ _tag: "nothing" })
  })
})
