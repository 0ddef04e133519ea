/**
 * Answers in another shape than what is written: reading takes back what an answer made of a document.
 */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import type { Document } from "../../../src/domain/Document.ts"
import { shaped } from "../../../src/providers/described/Shape.ts"

const path = (pointer: string) => pointer.split("/").slice(1)
const read = (
  answer: Document,
  shape: Readonly<Record<string, string>>,
  keep: Readonly<Record<string, ReadonlyArray<string>>> = {}
) =>
  shaped(answer, {
    shape: Object.entries(shape).map(([to, from]) => [path(to), path(from)] as const),
    keep: Object.entries(keep)
  })

const documents = Schema.Struct({
  name: Schema.String,
  channels: Schema.Array(Schema.Struct({ id: Schema.Int, note: Schema.String })),
  limits: Schema.Struct({ minutes: Schema.Int, hours: Schema.NullOr(Schema.Int) }),
  ids: Schema.Array(Schema.Int)
})

/** What a server makes of a document: fields moved away, ids embedded with what they belong to. */
const answered = ({ channels, ids, limits, name }: typeof documents.Type): Document => ({
  title: name,
  name: name.length,
  policies: [{ channels: channels.map((one) => ({ ...one, secret: "s" })) }],
  minutes: limits.minutes,
  limits: { hours: limits.hours },
  refers: { to: ids.map((id) => ({ target: { id }, name: "x" })) }
})

const shape = {
  "/name": "/title",
  "/channels": "/policies/0/channels",
  "/limits/minutes": "/minutes",
  "/ids/*": "/refers/to/*/target/id"
}

describe("the shape of an answer", () => {
  it.prop("is taken back to what was written", [documents], ([document]) => {
    const { policies: _p, refers: _r, ...found } = read(answered(document), shape, { "/channels/*": ["id", "note"] })
    assert.deepStrictEqual(found, document as unknown as Document)
  })

  it.prop("makes no difference to an answer that has the written shape already", [documents], ([document]) => {
    assert.deepStrictEqual(read(document as unknown as Document, shape), document as unknown as Document)
  })

  it("leaves nothing where a field was read from", () => {
    assert.deepStrictEqual(read({ policies: [{ id: 1, channels: [2] }] }, { "/channels": "/policies/0/channels" }), {
      policies: [{ id: 1 }],
      channels: [2]
    })
  })

  it("can swap two fields", () => {
    assert.deepStrictEqual(read({ a: 1, b: 2 }, { "/a": "/b", "/b": "/a" }), { a: 2, b: 1 })
  })

  it("can take a field out of what stands where it is written", () => {
    assert.deepStrictEqual(read({ owner: { id: 5, name: "x" } }, { "/owner": "/owner/id" }), { owner: 5 })
    assert.deepStrictEqual(read({ tags: [{ name: "a" }, { name: "b" }] }, { "/tags/*": "/tags/*/name" }), {
      tags: ["a", "b"]
    })
  })

  it("goes through objects by their keys", () => {
    assert.deepStrictEqual(read({ by: { a: { v: 1 }, b: { v: 2 } } }, { "/values/*": "/by/*/v" }), {
      values: { a: 1, b: 2 }
    })
  })

  it("keeps of what is embedded only the members that are named, and of all else everything", () => {
    const answer = { users: [{ id: 1, password: "x" }, 7], owner: { id: 2, token: "y" }, other: { a: 1 } }
    assert.deepStrictEqual(read(answer, {}, { "/users/*": ["id"], "/owner": ["id"], "/none/*": ["id"] }), {
      users: [{ id: 1 }, 7],
      owner: { id: 2 },
      other: { a: 1 }
    })
  })
})
