/**
 * What a file can say of an existing resource, and which of its ids become references.
 */
import { Schema } from "effect"
import { describe, expect, it } from "vitest"
import { importable } from "../../src/app/Importable.ts"
import { withReferences } from "../../src/app/ImportReferences.ts"
import type { Document } from "../../src/domain/Document.ts"
import type { Address } from "../../src/domain/Ids.ts"
import type { Kind } from "../../src/domain/Kind.ts"
import { memoryKind } from "../../src/providers/memory/Kinds.ts"

const text = Schema.optionalKey(Schema.String)

const lockFields = {
  name: Schema.String,
  code: text,
  size: Schema.optionalKey(Schema.Literals([1, 2])),
  keys: Schema.optionalKey(Schema.Array(Schema.Struct({ who: Schema.String, pin: Schema.String }))),
  owner: Schema.optionalKey(Schema.Struct({ name: text, phone: text })),
  extra: Schema.optionalKey(Schema.Json)
}

const codec = <F extends Schema.Struct.Fields>(fields: F) =>
  Schema.Struct(fields) as unknown as Schema.Codec<Document, Document>

const lock = memoryKind({
  name: "lock",
  nameField: "name",
  schema: codec(lockFields),
  roles: {
    sensitive: ["/code", "/keys/*/pin", "/owner/phone"],
    readOnly: ["/updatedAt"],
    blank: ["/extra"]
  }
}).kind

const said = (document: Document, kind: Kind = lock) => importable(kind, document, (one) => one.includes("hunter2"))

describe("a file", () => {
  it("says what is there, without what the server makes and what says nothing", () => {
    expect(said({ id: 5, madeBy: "x", updatedAt: "now", name: "front", size: 2, extra: [], owner: { name: "me" } }))
      .toEqual({ _tag: "declarable", spec: { name: "front", size: 2, owner: { name: "me" } }, left: [] })
  })

  it("holds no secret: the field is left out, a list as a whole, and an object that would be empty too", () => {
    const document = {
      name: "front",
      code: "1234",
      keys: [{ who: "me", pin: "9" }],
      owner: { phone: "555" },
      extra: { note: "the code is hunter2", fine: true }
    }
    expect(said(document)).toEqual({
      _tag: "declarable",
      spec: { name: "front", extra: { fine: true } },
      left: [
        { path: "/code", why: "secret" },
        { path: "/extra/note", why: "secret" },
        { path: "/keys", why: "secret" },
        { path: "/owner/phone", why: "secret" }
      ]
    })
  })

  it("leaves out what the schema does not take, and what means something else in a file", () => {
    const odd = { "${x}": 1 }
    expect(said({ name: "front", size: 3, extra: { deep: [odd], fine: { $ref: { address: "a.b", path: "/id" } } } }))
      .toEqual({
        _tag: "declarable",
        spec: { name: "front" },
        left: [{ path: "/extra/deep", why: "odd" }, { path: "/extra/fine", why: "odd" }, { path: "/size", why: "odd" }]
      })
  })

  it("is none where a required field is secret, missing or odd, and why is said", () => {
    const strict = memoryKind({ ...lock, schema: codec({ name: Schema.String, code: Schema.String }) }).kind
    const kind: Kind = { ...strict, roles: lock.roles }
    expect(said({ name: "front", code: "1234" }, kind)).toMatchObject({
      _tag: "undeclarable",
      why: expect.stringContaining("/code is required and secret")
    })
    expect(said({ code: "1234" })).toEqual({
      _tag: "undeclarable",
      why: "what is there does not fit the kind lock: /name"
    })
    expect(said({ name: 5 })._tag).toBe("undeclarable")
  })
})

const node = memoryKind({
  name: "node",
  nameField: "name",
  schema: codec({ name: Schema.String, next: text, all: Schema.optionalKey(Schema.Array(Schema.String)) }),
  roles: { references: [{ path: "/next", kind: "node" }, { path: "/all/*", kind: "node" }] }
}).kind

const referring = (specs: { readonly [name: string]: Document }, declared: ReadonlyArray<[string, string]> = []) => {
  const resources = Object.entries(specs).map(([name, spec]) => ({
    address: `node.${name}` as Address,
    kind: node,
    spec
  }))
  const known = new Set([...Object.keys(specs), ...declared.map(([name]) => name)])
  const needs = new Map(declared.map(([name, on]) => [`node.${name}` as Address, [`node.${on}` as Address]]))
  const addressOf = (kind: string, id: string) => known.has(id) ? `${kind}.${id}` as Address : undefined
  const filled = withReferences(resources, addressOf, needs, new Map([["node", node]]))
  return Object.fromEntries([...filled].map(([address, spec]) => [address.slice(5), spec]))
}

const to = (name: string) => ({ $ref: { address: `node.${name}`, path: "/id" } })

describe("an id", () => {
  it("becomes a reference wherever what it names is declared", () => {
    expect(referring({ a: { next: "b", all: ["b", "x", "c"] }, b: {} }, [["c", "b"]])).toEqual({
      a: { next: to("b"), all: [to("b"), "x", to("c")] },
      b: {}
    })
  })

  it("stays an id where the reference would close a cycle, with new files or old ones", () => {
    expect(referring({ a: { next: "b" }, b: { next: "c" }, c: { next: "a" } })).toEqual({
      a: { next: to("b") },
      b: { next: to("c") },
      c: { next: "a" }
    })
    expect(referring({ a: { next: "a" }, b: { next: "old" } }, [["old", "b"]])).toEqual({
      a: { next: "a" },
      b: { next: "old" }
    })
  })
})
