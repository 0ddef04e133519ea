/**
 * What the simulation found in the verbs, each as the smallest case that shows it.
 */
import { describe, expect, it } from "vitest"
import type { Act, DeclaredDraft, KindDraft, Scenario } from "./Scenario.ts"
import { judge } from "./Simulate.ts"

const kind: KindDraft = {
  name: "k",
  identity: "natural",
  guard: "none",
  token: false,
  marker: false,
  settlesWithinMs: 0,
  calls: 1,
  updates: "merge",
  answers: "whole",
  masked: false,
  immutable: false,
  references: "unchecked",
  normalises: false
}

const ann: DeclaredDraft = {
  kind: "k",
  name: "ann",
  spec: { name: "ann", size: 2 },
  conflict: "stop",
  replace: "auto"
}

const applying: Act = {
  verb: "apply",
  configuration: 0,
  parallelism: 1,
  onFailure: "rollback",
  continueOnError: false,
  autoRecover: true,
  adopt: false,
  direction: "auto",
  abandon: false,
  faults: [],
  troubles: [],
  provable: true
}

const scenario = (parts: Partial<Scenario>): Scenario => ({
  seed: 1,
  mode: "safety",
  kinds: [kind],
  strangers: [],
  configurations: [[ann], []],
  acts: [applying],
  neighbour: false,
  ...parts
})

describe("where reads lag behind writes", () => {
  const lagging = [{ ...kind, settlesWithinMs: 300 }]

  it("a plan right after a batch waits until they show what it wrote", () => {
    const { trial, violations } = judge(scenario({ kinds: lagging, acts: [applying, { ...applying, adopt: true }] }))
    expect(violations).toEqual([])
    expect(trial.record.told.map(({ result }) => result)).toEqual(["ran", "nothing", "recovered"])
    expect(trial.record.heads().map(({ address }) => address)).toEqual(["k.ann"])
  })

  it("a plan right after what it has taken back first waits as well", () => {
    const dying: Act = { ...applying, configuration: 1, troubles: [{ beat: 7, act: "crash", landsMs: 1 }] }
    const { trial, violations } = judge(
      scenario({ kinds: lagging, acts: [applying, dying, { ...applying, configuration: 1 }] })
    )
    expect(violations).toEqual([])
    expect(trial.record.told.at(1)?.reports.map(({ outcome }) => outcome)).toEqual(["compensated", "committed"])
  })
})
