/**
 * What the trial of a kind finds out: for each probe an API for each of its answers.
 */
import { describe, expect, it } from "vitest"
import type { JsonObject } from "../../../src/domain/Document.ts"
import { apiWith, type Habits } from "../TrialApi.ts"
import { detailsOf, tried } from "../Trials.ts"

const thing = { name: "a thing", note: "x", size: { w: 1 } }

/** Tries the kind `thing`, described as conventional but for some keys, on an API with habits. */
const learnedOf = async (habits: Habits, described: JsonObject = {}, spec: JsonObject = thing) => {
  const { handle, rows } = apiWith(habits)
  const kinds = { thing: { path: "/things", ...described } }
  const { api, ended, event } = await tried({ kinds, handle, declared: [spec] })
  const live = [...rows.values()].filter((row) => row["deleted"] !== true)
  return { code: ended.code, event, live, asked: api.asked, says: event.description }
}

describe("a repeated create", () => {
  it("with the same key is one where keys are honoured, and then the description says so", async () => {
    const { event, live, says } = await learnedOf({ once: "by key" })
    expect(detailsOf(event, "idempotency")[0]).toContain("ok Idempotency-Key is honoured")
    expect(says["idempotency"]).toEqual({ header: "Idempotency-Key", ttl: "24h" })
    expect(event.guarantees[0]).toMatchObject({ promise: "applied once", holds: "always" })
    expect(live).toEqual([])
  })

  it("is another where they are not; a description that promises them is wrong", async () => {
    const { event: silent, code: well } = await learnedOf({})
    expect([well, detailsOf(silent, "idempotency")[0]]).toEqual([
      0,
      expect.stringMatching(/^ok .* makes a second one$/)
    ])
    const promised = { idempotency: { header: "Idempotency-Key", ttl: "1h" } }
    const { code, event, live, says } = await learnedOf({}, promised)
    expect([code, detailsOf(event, "idempotency")[0]]).toEqual([1, expect.stringMatching(/^bad .* is not honoured$/)])
    expect([says["idempotency"], live]).toEqual([undefined, []])
  })

  it("is none of the key's doing where names are unique, or known again", async () => {
    const { event } = await learnedOf({ unique: true })
    expect(detailsOf(event, "idempotency")[0]).toMatch(/^ok .* is refused with 409$/)
    const { event: known, says } = await learnedOf({ once: "by name" })
    expect(detailsOf(known, "idempotency")).toEqual(["ok a repeated create is made once, whatever its key"])
    expect(says["idempotency"]).toBeUndefined()
  })
})

describe("a guard", () => {
  it("by ETag is found where a stale one is refused, and not where it is ignored or always the same", async () => {
    for (const etag of ["honoured", "demanded"] as const) {
      const { event, live, says } = await learnedOf({ etag })
      expect([says["guard"], live]).toEqual(["etag", []])
      expect(event.guarantees[2]).toMatchObject({ promise: "others' edits", holds: "always" })
    }
    const { event, says } = await learnedOf({ etag: "ignored" })
    expect([detailsOf(event, "etag"), says["guard"]]).toEqual([["ok answers carry an ETag"], undefined])
    const constant = await learnedOf({ etag: "constant" })
    expect(detailsOf(constant.event, "etag")).toContain("ok it stays the same when the resource is changed")
    expect(constant.says["guard"]).toBeUndefined()
  })

  it("by a version in the body is found", async () => {
    const { says } = await learnedOf({ version: true })
    expect(says).toMatchObject({ guard: { version: "/version" }, readOnly: ["/version"] })
    expect(says["changeToken"]).toBeUndefined()
  })

  it("that a delete does not take is told, and nothing is left", async () => {
    const { code, event, live } = await learnedOf({ version: true, bare: true })
    expect([code, live]).toEqual([1, []])
    expect(detailsOf(event, "delete")[0]).toMatch(/^bad the server refused the request: .*no body/)
  })

  it("that is described and does not hold is wrong", async () => {
    const ignored = await learnedOf({ etag: "ignored" }, { guard: "etag" })
    expect([ignored.code, ignored.says["guard"]]).toEqual([1, undefined])
    expect(detailsOf(ignored.event, "guard")[0]).toMatch(/^bad the guard is not honoured: a stale write is taken$/)
    const missing = await learnedOf({}, { guard: "etag" })
    expect(detailsOf(missing.event, "guard")).toContain("bad no answer carries it")
    expect([missing.code, missing.live]).toEqual([1, []])
  })
})

describe("a read", () => {
  it("that comes before what was written is told, with how long a read may lag", async () => {
    const { code, event, live, says } = await learnedOf({ lags: 2 })
    expect([code, detailsOf(event, "read"), live]).toEqual([
      1,
      ["bad it was read 200 ms after it was made, not before"],
      []
    ])
    expect(says["settles"]).toBe("400ms")
    expect((await learnedOf({ lags: 2 }, { settles: "400ms" })).code).toBe(0)
  })
})

describe("the list", () => {
  it("of excerpts is told from a whole one, and from one that cannot be read", async () => {
    expect(detailsOf((await learnedOf({})).event, "list")).toEqual(["ok it is in the list, as a whole"])
    const { code, event, says } = await learnedOf({ excerpts: true })
    expect([code, detailsOf(event, "list")]).toEqual([1, ["bad the list leaves out note, size"]])
    expect(says["listIsWhole"]).toBe(false)
    expect((await learnedOf({ excerpts: true }, { listIsWhole: false })).code).toBe(0)
    const wrong = await learnedOf({}, { items: "/results" })
    expect([wrong.code, detailsOf(wrong.event, "list")[0]]).toEqual([1, expect.stringMatching(/^bad .*understood/)])
    expect([wrong.live, wrong.event.guarantees[0]?.holds]).toEqual([[], "with help"])
  })
})

describe("a search", () => {
  it("by name and by marker is tried where it is described", async () => {
    const find = { path: "/things", query: { name: "{name}" } }
    expect(detailsOf((await learnedOf({}, { find })).event, "find")).toEqual(["ok it is found by its name"])
    const other = { path: "/things", query: { name: "x{name}" } }
    expect(detailsOf((await learnedOf({}, { find: other })).event, "find")).toEqual(["bad it is not found by its name"])
    const marked = await learnedOf({}, { marker: { field: "/label" } })
    expect([detailsOf(marked.event, "marker"), marked.code]).toEqual([["ok it is found by /label"], 0])
    const unmarked = await learnedOf({ shows: (row) => ({ ...row, label: undefined }) }, {
      marker: { field: "/label" }
    })
    expect([unmarked.code, unmarked.says["marker"], unmarked.live]).toEqual([1, undefined, []])
  })
})

describe("a field", () => {
  it("that changes with every write is a token, and one that is described and does not is wrong", async () => {
    const { event, says } = await learnedOf({ stamps: true })
    expect(says).toMatchObject({ changeToken: "/updatedAt" })
    expect(event.guarantees[2]).toMatchObject({ holds: "mostly" })
    const { code, event: other } = await learnedOf({ stamps: true }, { changeToken: "/note" })
    expect([code, detailsOf(other, "token")]).toEqual([1, ["bad /note does not change with a write"]])
  })

  it("that repeats what is written elsewhere is no token", async () => {
    const { event, says } = await learnedOf({ shows: (row) => ({ ...row, meta: { note: row["note"] ?? null } }) })
    expect([detailsOf(event, "token"), says["changeToken"]]).toEqual([
      ["ok no field changes with every write"],
      undefined
    ])
  })

  it("that the server adds is read-only", async () => {
    const { code, says } = await learnedOf({ makes: (row) => ({ state: "new", ...row }) })
    expect([code, says["readOnly"]]).toEqual([0, ["/state"]])
  })

  it("that the server adds is a default where it is one of yours", async () => {
    const makes: Habits = { makes: (row) => ({ state: "new", ...row }) }
    const schema = { properties: { name: {}, note: {}, size: {}, state: { type: "string" } } }
    const { says } = await learnedOf(makes, { schema })
    expect([says["defaults"], says["readOnly"]]).toEqual([{ "/state": "new" }, undefined])
    const fields = ["name", "note", "size", "state"]
    expect((await learnedOf(makes, { fields })).says["defaults"]).toEqual({ "/state": "new" })
    const { handle } = apiWith(makes)
    const declared = [thing, { ...thing, name: "another", state: "old" }]
    const { event } = await tried({ kinds: { thing: { path: "/things" } }, handle, declared })
    expect(event.description["defaults"]).toEqual({ "/state": "new" })
  })

  it.each<readonly [string, Habits, JsonObject, JsonObject]>([
    ["the case of which it changes", { makes: (row) => ({ ...row, note: String(row["note"]).toUpperCase() }) }, thing, {
      caseInsensitive: ["/note"]
    }],
    [
      "the order of which it changes",
      {
        makes: (row) => ({ ...row, tags: (row["tags"] as ReadonlyArray<string>).toSorted() })
      },
      { ...thing, tags: ["b", "a"] },
      { sets: ["/tags"] }
    ],
    ["of which it makes something else", { makes: (row) => ({ ...row, size: { w: "1 m" } }) }, thing, {
      readOnly: ["/size/w"]
    }],
    ["that it does not give back", { shows: (row) => ({ ...row, note: undefined }) }, thing, { writeOnly: ["/note"] }],
    ["that it masks", { shows: (row) => ({ ...row, note: "****" }) }, thing, { sensitive: ["/note"], mask: ["****"] }]
  ])("%s makes the description wrong, and the proposal says what it is", async (_, habits, spec, expected) => {
    const { code, live, says } = await learnedOf(habits, {}, spec)
    expect([code, says, live]).toEqual([1, expect.objectContaining(expected), []])
    // What it proposes is as the API is.
    const { path: __, ...learned } = says
    expect((await learnedOf(habits, learned, spec)).code).toBe(0)
  })
})

describe("a change", () => {
  it("that is refused, ignored, or loses what it does not say is told", async () => {
    const refused = await learnedOf({ changes: "refused" })
    expect([refused.code, detailsOf(refused.event, "update")]).toEqual([1, ["bad no change is taken: not that"]])
    const ignored = await learnedOf({ changes: "ignored" })
    expect(detailsOf(ignored.event, "update")).toEqual(["bad the server says that /note is changed, and it is not"])
    const lost = await learnedOf({ changes: "replaces" })
    expect(detailsOf(lost.event, "update")[0]).toMatch(/^bad a change of \/note loses /)
    expect([refused.live, ignored.live, lost.live]).toEqual([[], [], []])
  })

  it("takes the values of other resources first", async () => {
    const { handle } = apiWith({})
    const kinds = { thing: { path: "/things" } }
    const { api } = await tried({ kinds, handle, declared: [thing, { ...thing, note: "another" }] })
    expect(api.asked.find(({ method }) => method === "PATCH")?.sent).toEqual({ note: "another" })
  })
})

describe("PUT and DELETE", () => {
  it("say whether a PUT creates, and what it made goes as well", async () => {
    const { event, live } = await learnedOf({ puts: true })
    expect(detailsOf(event, "put")[0]).toMatch(/^ok a PUT to \/things\/amends-doctor-[0-9a-f]{8}-put makes one$/)
    expect(live).toEqual([])
    expect(detailsOf((await learnedOf({})).event, "put")[0]).toContain("makes nothing (404)")
  })

  it("that say otherwise that there is none need `absent`", async () => {
    const { code, event, live, says } = await learnedOf({ goneAs: 403 })
    expect([code, says["absent"], live]).toEqual([1, [404, 410, 403], []])
    expect(detailsOf(event, "delete")[0]).toMatch(/^bad reading a deleted one is refused with 403/)
    const { says: soft, live: none } = await learnedOf({ soft: true, makes: (row) => ({ deleted: false, ...row }) })
    expect([soft["absent"], none]).toEqual([{ status: [404, 410], when: { "/deleted": true } }, []])
  })
})
