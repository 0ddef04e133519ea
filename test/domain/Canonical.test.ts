/**
 * The canonical form: what makes no difference between two documents of a kind.
 */
import { Schema } from "effect"
import { describe, expect, it } from "vitest"
import { canonical, isReadOnly, same } from "../../src/domain/Canonical.ts"
import type { Document } from "../../src/domain/Document.ts"
import { exact, type Kind, plainRoles } from "../../src/domain/Kind.ts"

const kind: Kind = {
  name: "box",
  provider: "test",
  description: "A box",
  schema: Schema.Record(Schema.String, Schema.Json),
  capabilities: {
    identity: { _tag: "server" },
    guard: "none",
    settlesWithinMs: 0,
    listIsWhole: true,
    reversibility: { create: exact, update: exact, delete: exact }
  },
  roles: {
    ...plainRoles,
    readOnly: ["/rule/madeUp"],
    closed: { "": ["note", "count", "items", "rule", "set"], "/set": ["a", "b~/"] },
    sets: ["/items"],
    blank: ["/note", "/count", "/items", "/items/*/name"]
  }
}

describe("the canonical form", () => {
  it.each<readonly [string, Document, Document]>([
    ["an empty text where that means none", { note: "" }, {}],
    ["a zero where that means none", { count: 0 }, { count: null }],
    ["an empty text for null", { note: "" }, { note: null }],
    ["an empty list where that means none", { items: [] }, { items: null }],
    ["empty texts inside of a set", { items: [{ at: 1, name: "" }] }, { items: [{ at: 1 }] }],
    ["what a closed document does not name", { note: "n", stars: 5 }, { note: "n", stars: 6 }],
    ["what a closed object inside does not name", { set: { a: 1, z: 1 } }, { set: { a: 1 } }],
    ["read-only members by name", { rule: { madeUp: 1 } }, { rule: {} }]
  ])("leaves out %s", (_, a, b) => {
    expect(same(kind, a, b)).toBe(true)
  })

  it.each<readonly [string, Document, Document]>([
    ["an empty text elsewhere", { rule: { text: "" } }, { rule: {} }],
    ["a zero elsewhere", { rule: { count: 0 } }, { rule: {} }],
    ["an empty list elsewhere", { rule: { list: [] } }, { rule: {} }],
    ["any member of an open object", { rule: { any: 1 } }, { rule: {} }],
    ["a name with the signs of a pointer", { set: { "b~/": 1 } }, { set: {} }]
  ])("keeps %s", (_, a, b) => {
    expect(same(kind, a, b)).toBe(false)
  })

  it("keeps the members that a closed object names", () => {
    expect(canonical(kind, { note: "n", set: { a: 1, z: 2 } })).toEqual({ note: "n", set: { a: 1 } })
    expect(isReadOnly(kind, ["set", "a"])).toBe(false)
    expect(isReadOnly(kind, ["set", "z"])).toBe(true)
    expect(isReadOnly(kind, [])).toBe(false)
  })
})
