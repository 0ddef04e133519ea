/**
 * From operations to calls: what each request of a description sends, and what is said to be there after it.
 */
import { assert, describe, it } from "@effect/vitest"
import type { Operation } from "../../../src/domain/Change.ts"
import type { Document, JsonObject } from "../../../src/domain/Document.ts"
import { callsOf } from "../../../src/providers/described/CallsOf.ts"
import { describeKind } from "../../../src/providers/described/DescribeKind.ts"
import type { KindDescription } from "../../../src/providers/KindDescription.ts"

const described = (description: JsonObject) => {
  const made = describeKind("shop", "thing", description as unknown as KindDescription)
  assert.deepStrictEqual(made.mistakes, [])
  return made.described
}

const sent = (description: JsonObject, operation: Operation) =>
  callsOf(described(description), operation).map(({ body, method, path }) =>
    body === undefined ? `${method} ${path}` : `${method} ${path} ${JSON.stringify(body)}`
  )

const create = (desired: Document): Operation => ({ _tag: "create", desired })
const update = (from: Document, to: Document, id = "7", guard?: string): Operation => ({
  _tag: "update",
  id,
  from,
  to,
  ...(guard === undefined ? {} : { guard })
})
const remove = (from: Document, id = "7", guard?: string): Operation => ({
  _tag: "delete",
  id,
  from,
  ...(guard === undefined ? {} : { guard })
})

describe("a path alone", () => {
  const plain = { path: "/things" }
  it("is created by POST, changed by PATCH, deleted by DELETE", () => {
    assert.deepStrictEqual(sent(plain, create({ name: "a", size: null, o: { x: 1 } })), [
      "POST /things {\"name\":\"a\",\"o\":{\"x\":1}}"
    ])
    assert.deepStrictEqual(
      sent(plain, update({ id: 7, name: "a", o: { x: 1, y: 2 } }, { name: "a", o: { x: 3, y: 2 } }, "7/8")),
      [
        "PATCH /things/7%2F8 {\"o\":{\"x\":3,\"y\":2}}"
      ]
    )
    assert.deepStrictEqual(sent(plain, remove({})), ["DELETE /things/7"])
  })

  it("clears by null, and sends nothing of the server's", () => {
    const from = { id: 7, createdAt: "x", _links: {}, note: "n" }
    assert.deepStrictEqual(sent(plain, update(from, { ...from, createdAt: "y", note: null })), [
      "PATCH /things/7 {\"note\":null}"
    ])
    assert.deepStrictEqual(sent(plain, update(from, { ...from, id: 8 })), [])
  })
})

describe("a path that ends in a field", () => {
  const zone = { path: "/zones/{name}/" }
  it("is the resource, made and changed by PUT, and the field is not repeated in the body", () => {
    assert.deepStrictEqual(sent(zone, create({ name: "a b", ttl: 5 })), ["PUT /zones/a%20b/ {\"ttl\":5}"])
    assert.deepStrictEqual(sent(zone, update({ name: "a", ttl: 5, more: 1 }, { name: "a", ttl: 6 }, "a")), [
      "PUT /zones/a/ {\"ttl\":6,\"more\":1}"
    ])
    assert.deepStrictEqual(
      sent({ ...zone, update: { method: "PATCH", send: ["name", "ttl"] } }, update({ ttl: 5 }, { ttl: 6 }, "a")),
      [
        "PATCH /zones/a/ {\"ttl\":6}"
      ]
    )
  })

  it("names its parents in the remote id, and lists what is before its own fields", () => {
    const one = described({ path: "/zones/{zone}/records/{name}/{/key/type}" })
    assert.deepStrictEqual(one.kind.scope, ["/zone"])
    assert.deepStrictEqual(one.kind.capabilities.identity, { _tag: "natural", fields: ["/zone", "/name", "/key/type"] })
    const [call] = callsOf(one, remove({}, "z%2F/www/A"))
    assert.strictEqual(call?.path, "/zones/z%2F/records/www/A")
  })
})

describe("members that stand for fields", () => {
  const body = { ref: { id: "{id}" }, by: ["{owner}", "{none}"], text: "is {owner}", none: "{none}" }
  it("are filled in with values in their own type, and left out without one", () => {
    const kind = { path: "/t", update: { with: body }, delete: { method: "POST", with: { id: "{id}" } } }
    const before = { id: 7, owner: 3, size: 1 }
    assert.deepStrictEqual(sent(kind, update(before, { ...before, size: 2 })), [
      "PATCH /t/7 {\"ref\":{\"id\":7},\"by\":[3],\"text\":\"is {owner}\",\"size\":2}"
    ])
    assert.deepStrictEqual(sent(kind, remove({ id: "a" }, "a")), ["POST /t/a {\"id\":\"a\"}"])
  })
})

describe("a merge", () => {
  const before = { name: "a", size: { w: 1, deep: { x: 1, y: 2 } }, set: [1, 2], note: "n" }
  const after = { name: "a", size: { w: 1, deep: { x: 3 }, h: 2 }, set: [2, 1], note: null }
  const patch = "PATCH /t/7 {\"size\":{\"deep\":{\"x\":3,\"y\":null},\"h\":2},\"note\":null}"
  it("sends what differs within objects, and null for what goes", () => {
    const ways: ReadonlyArray<JsonObject> = [
      { send: "merge" },
      { headers: { "content-type": "application/merge-patch+json; charset=utf-8" } }
    ]
    for (const way of ways) {
      assert.deepStrictEqual(sent({ path: "/t", sets: ["/set"], update: way }, update(before, after)), [patch])
      assert.deepStrictEqual(sent({ path: "/t", update: way }, update(before, before)), [])
    }
  })
})

describe("a kind with its own ways", () => {
  it("says all that is there afterwards where PUT sends the whole document, and else not", () => {
    const ways: ReadonlyArray<JsonObject> = [{ method: "PUT" }, { method: "PUT", send: "changed" }, { send: "whole" }]
    const isWhole = ways.map((way) => described({ path: "/t", update: way }).kind.capabilities.updateIsWhole)
    assert.deepStrictEqual(isWhole, [true, undefined, undefined])
  })

  it("creates at its own path where it is made by PUT", () => {
    const kind = { path: "/zones", identity: { natural: "/name" }, create: "PUT" }
    assert.deepStrictEqual(sent(kind, create({ name: "a", ttl: 1 })), ["PUT /zones/a {\"ttl\":1}"])
    assert.deepStrictEqual(sent({ ...kind, create: "POST" }, create({ name: "a", ttl: 1 })), [
      "POST /zones {\"name\":\"a\",\"ttl\":1}"
    ])
  })

  it("wraps bodies, adds constants and parameters, and leaves out parameters without a value", () => {
    const call = { wrap: "/data/thing", with: { v: 2 }, query: { by: "{name}", "a b": "{owner}", q: "x&{name}" } }
    assert.deepStrictEqual(sent({ path: "/t", create: call }, create({ name: "n&", size: 1 })), [
      "POST /t?by=n%26&q=x&n%26 {\"v\":2,\"data\":{\"thing\":{\"size\":1}}}"
    ])
    assert.deepStrictEqual(sent({ path: "/t", create: { wrap: "array", with: { v: 2 } } }, create({ a: 1 })), [
      "POST /t [{\"v\":2,\"a\":1}]"
    ])
  })

  it("wraps into a list of one, and over the constants that are there", () => {
    const wrapped = (call: JsonObject) => sent({ path: "/t", create: call }, create({ a: 1 }))
    assert.deepStrictEqual(wrapped({ wrap: "/all/0" }), ["POST /t {\"all\":[{\"a\":1}]}"])
    assert.deepStrictEqual(wrapped({ wrap: "/0/x/0", with: {} }), ["POST /t {\"0\":{\"x\":[{\"a\":1}]}}"])
    assert.deepStrictEqual(wrapped({ wrap: "/all/0", with: { all: [{ op: "add", a: 2 }], v: 2 } }), [
      "POST /t {\"all\":[{\"op\":\"add\",\"a\":1}],\"v\":2}"
    ])
    assert.deepStrictEqual(wrapped({ wrap: "/data", with: { data: { type: "t" } } }), [
      "POST /t {\"data\":{\"type\":\"t\",\"a\":1}}"
    ])
  })

  const several = {
    path: "/g",
    create: [{ send: ["title"] }, { method: "PUT", path: "/g/{id}/members", send: ["members"] }, {
      path: "/g/{id}",
      send: "changed"
    }],
    update: [{ method: "PUT", path: "/g/{id}/members", send: ["members", "role"] }, {}, {
      method: "POST",
      path: "/g/{id}/publish",
      send: "none"
    }]
  }
  it("takes the calls that have something to send, and what is there after each", () => {
    const calls = callsOf(described(several), create({ title: "t", members: [1], about: "x" }))
    assert.deepStrictEqual(calls.map(({ body, expected, learnsId, path }) => [path, body, expected, learnsId]), [
      ["/g", { title: "t" }, { title: "t" }, true],
      ["/g/{/id}/members", { members: [1] }, { title: "t", members: [1] }, false],
      ["/g/{/id}", { about: "x" }, { title: "t", members: [1], about: "x" }, false]
    ])
    assert.deepStrictEqual(sent(several, create({ title: "t" })), ["POST /g {\"title\":\"t\"}"])
  })

  it("updates by those calls whose fields change", () => {
    const from = { title: "t", members: [1], role: "r" }
    assert.deepStrictEqual(sent(several, update(from, { ...from, members: [2] })), [
      "PUT /g/7/members {\"members\":[2],\"role\":\"r\"}",
      "POST /g/7/publish"
    ])
    assert.deepStrictEqual(sent(several, update(from, { ...from, title: "u" })), [
      "PATCH /g/7 {\"title\":\"u\"}",
      "POST /g/7/publish"
    ])
    assert.deepStrictEqual(sent(several, update(from, from)), [])
  })

  it("always sends what every update has to say", () => {
    assert.deepStrictEqual(sent({ path: "/t", always: ["state"] }, update({ state: "on", a: 1 }, { a: 2 })), [
      "PATCH /t/7 {\"state\":\"on\",\"a\":2}"
    ])
  })

  it("repeats the version where the description says, in the type that it has", () => {
    const kind = { path: "/t", guard: { version: "/meta/rev" }, update: { wrap: "/t" } }
    const from = { a: 1, meta: { rev: 3 } }
    assert.deepStrictEqual(sent(kind, update(from, { ...from, a: 2 }, "7", "3")), [
      "PATCH /t/7 {\"t\":{\"a\":2,\"meta\":{\"rev\":3}}}"
    ])
    assert.deepStrictEqual(sent(kind, remove(from, "7", "3")), ["DELETE /t/7 {\"meta\":{\"rev\":3}}"])
    assert.deepStrictEqual(sent(kind, update(from, { ...from, a: 2 }, "7", "x")), [
      "PATCH /t/7 {\"t\":{\"a\":2,\"meta\":{\"rev\":\"x\"}}}"
    ])
  })

  it("never sends a mask", () => {
    const kind = { path: "/t", mask: ["***"], sensitive: ["/key", "/list/*/key"], update: "PUT" }
    assert.deepStrictEqual(sent(kind, update({ key: "***", list: [{ key: "***", n: 1 }] }, { n: 2 })), [
      "PUT /t/7 {\"list\":[{\"n\":1}],\"n\":2}"
    ])
  })
})

describe("fields", () => {
  const kind = described({
    path: "/t",
    fields: ["name", "/conf/value", "owner"],
    update: { send: ["name"] },
    changeToken: "/rev"
  }).kind
  it("that are not named are the server's, also inside of what is", () => {
    assert.deepStrictEqual(kind.roles.closed, { "": ["name", "conf", "owner"], "/conf": ["value"] })
    assert.include(kind.roles.readOnly, "/rev")
  })

  it("that no update sends are immutable", () => {
    assert.deepStrictEqual(kind.roles.immutable, ["/conf/value", "/owner"])
    assert.include(described({ path: "/t", update: "none" }).kind.roles.immutable, "/*")
  })

  it("fill in the name where there is such a field", () => {
    assert.deepStrictEqual([kind.nameField, kind.nameDefault], ["/name", undefined])
    const plain = described({ path: "/t" }).kind
    assert.deepStrictEqual([plain.nameField, plain.nameDefault], ["/name", "none"])
    assert.strictEqual(described({ path: "/t/{key}" }).kind.nameField, "/key")
    assert.isUndefined(described({ path: "/t", name: "none" }).kind.nameField)
    assert.strictEqual(
      described({ path: "/t", schema: { properties: { name: { type: "string" } } } }).kind.nameDefault,
      undefined
    )
  })
})
