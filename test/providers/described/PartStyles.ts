/**
 * APIs that were made for something else than managing resources: parts of a larger document that are written through
 * it, lists of rows around documents, and versions that a delete repeats elsewhere.
 */
import type { JsonObject } from "../../../src/domain/Document.ts"
import type { Row, Told } from "./Api.ts"
import { counter, none, type Style, taken, unknownIn, wrong } from "./Style.ts"

const change = (what: string, send: ReadonlyArray<string>): JsonObject => ({
  method: "PATCH",
  path: "/zones/{zone}",
  send: [...send],
  with: { records: [{ change: what }] },
  wrap: "/records/0",
  answer: "none"
})

const every = ["name", "type", "values"]

/** Records of a zone, as name servers have them: a PATCH of the zone says what becomes of each. */
export const parts: Style = {
  says: "parts of another document, written through it",
  kinds: {
    zone: { path: "/zones/{name}", create: "POST /zones", fields: ["name"], update: "none" },
    record: {
      path: "/zones/{zone}/records",
      identity: { natural: ["/name", "/type"] },
      name: "none",
      fields: ["zone", ...every],
      sets: ["/values"],
      references: { "/zone": "zone" },
      create: change("add", every),
      update: change("replace", every),
      always: every,
      delete: change("delete", ["name", "type"]),
      read: { path: "/zones/{zone}", query: { name: "{name}", type: "{type}" }, answer: "/records/0" },
      absent: { when: { "": null } },
      list: "GET /zones/{zone}",
      items: "/records"
    }
  },
  examples: [{
    kind: "record",
    create: { zone: "z.example.", name: "www", type: "A", values: ["1", "2"] },
    update: { values: ["3", "2"] },
    needs: [{ at: "/zone", kind: "zone", create: { name: "z.example." } }]
  }],
  make: () => {
    const zones = new Map<string, Map<string, Row>>()
    const patch = (records: Map<string, Row>, { change: what, ...record }: Row): Told => {
      const key = JSON.stringify([record["name"], record["type"]])
      if (what === "add" && records.has(key)) return taken
      if (what !== "add" && !records.has(key)) return none
      if (what === "delete") return { status: records.delete(key) ? 204 : 404 }
      if (unknownIn(record, ...every) !== undefined || record["name"] === undefined) return wrong("whole records")
      records.set(key, { ...record, values: (record["values"] as ReadonlyArray<string>).toSorted() })
      return { status: 204 }
    }
    return ({ body, method, path: [root, name = ""], query }) => {
      if (root !== "zones") return none
      if (name === "" && method === "GET")
        return { status: 200, body: [...zones.keys()].map((zone) => ({ name: zone })) }
      if (name === "") {
        const zone = String(body["name"])
        if (zones.has(zone)) return taken
        zones.set(zone, new Map())
        return { status: 201, body: { name: zone, records: [] } }
      }
      const records = zones.get(name)
      if (records === undefined) return none
      if (method === "DELETE") return { status: zones.delete(name) ? 204 : 404 }
      if (method === "PATCH") {
        const [one] = Array.isArray(body["records"]) ? body["records"] as ReadonlyArray<Row> : []
        return one === undefined ? wrong("say what becomes of which") : patch(records, one)
      }
      const found = [...records.values()].filter((record) =>
        ["name", "type"].every((field) => (query.get(field) ?? record[field]) === record[field])
      )
      return { status: 200, body: { name, serial: 7, records: found } }
    }
  }
}

/** Documents under ids that the client gives; a PUT repeats the revision in its body, a DELETE in a parameter. */
export const revisions: Style = {
  says: "revisions in the body of a PUT and the parameter of a DELETE, lists of rows",
  kinds: {
    note: {
      path: "/notes",
      identity: { client: "/_id" },
      create: { method: "PUT", answer: "none" },
      update: { method: "PUT", answer: "none" },
      delete: { answer: "none" },
      list: { path: "/notes/_all", query: { whole: "true" } },
      items: "/rows/*/doc",
      guard: { version: "/_rev", delete: { query: "rev" } }
    }
  },
  examples: [{ kind: "note", create: { _id: "n-1", text: "a" }, update: { text: "b" } }],
  make: () => {
    const rows = new Map<string, Row>()
    const next = counter()
    const conflict: Told = { status: 409, body: { error: "conflict" } }
    return ({ body, method, path: [root, id = ""], query, sent }) => {
      if (root !== "notes" || id === "") return none
      if (id === "_all") {
        const doc = (row: Row) => query.get("whole") === "true" ? { doc: row } : {}
        return { status: 200, body: { rows: [...rows.values()].map((row) => ({ key: row["_id"], ...doc(row) })) } }
      }
      const row = rows.get(id)
      if (method === "GET") return row === undefined ? none : { status: 200, body: row }
      if (method === "PUT") {
        if (row === undefined && body["_rev"] !== undefined) return none
        if (row?.["_rev"] !== body["_rev"]) return conflict
        rows.set(id, { ...body, _id: id, _rev: `${next()}-r` })
        return { status: 201, body: { ok: true, rev: rows.get(id)?.["_rev"] } }
      }
      if (row === undefined) return none
      if (sent !== undefined) return wrong("a delete has no body")
      if (query.get("rev") !== row["_rev"]) return conflict
      return { status: rows.delete(id) ? 200 : 404, body: { ok: true } }
    }
  }
}
