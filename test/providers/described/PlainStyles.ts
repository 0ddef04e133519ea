/**
 * Styles that many public APIs have in common: JSON Merge Patch, keys in bodies, lists that go on after the last one.
 */
import type { Row, Told } from "./Api.ts"
import { after, merged, none, oneOf, type Style, table, wrong } from "./Style.ts"

const isRow = (value: unknown): value is Row => typeof value === "object" && value !== null && !Array.isArray(value)

/** RFC 7396, as the standard writes it. */
const patched = (target: unknown, patch: unknown): unknown => {
  if (!isRow(patch)) return patch
  const result: Row = isRow(target) ? { ...target } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key]
    else result[key] = patched(result[key], value)
  }
  return result
}

export const mergePatch: Style = {
  says: "JSON Merge Patch",
  kinds: { thing: { path: "/things", update: { headers: { "Content-Type": "application/merge-patch+json" } } } },
  examples: [{
    kind: "thing",
    create: { name: "t", size: { w: 1, inner: { a: 1 } }, tags: ["x"] },
    update: { note: "n", size: { w: 2, h: 3, inner: { a: 1, b: [1] } }, tags: ["y"] }
  }],
  make: () => {
    const all = table()
    return ({ body, headers, method, path }) => {
      const id = after(path, "things")
      if (id === undefined) return none
      if (id === "" && method === "GET") return { status: 200, body: [...all.rows.values()] }
      if (id === "") {
        const made = { size: {}, ...body, id: all.next() }
        all.rows.set(String(made.id), made)
        return { status: 201, body: made }
      }
      const row = all.rows.get(id)
      if (row === undefined) return none
      if (method === "GET") return { status: 200, body: row }
      if (method === "DELETE") return { status: all.rows.delete(id) ? 204 : 404 }
      if (headers["content-type"] !== "application/merge-patch+json") return { status: 415, body: { error: "merge" } }
      all.rows.set(id, patched(row, body) as Row)
      return { status: 200, body: all.rows.get(id) }
    }
  }
}

/** Money is moved once: every write has a key in its body, and the same key has the same answer. */
export const keyed: Style = {
  says: "idempotency keys in bodies, changes by POST, lists that go on after the last one",
  kinds: {
    order: {
      path: "/orders",
      create: { wrap: "/order" },
      update: { method: "POST", send: "changed", wrap: "/order" },
      delete: "POST /orders/{id}/void",
      answer: "/order",
      items: "/orders",
      absent: { when: { "/state": "void" } },
      fields: ["note", "lines"],
      name: "none",
      pages: { after: "starting_after", limit: "limit", size: 2 },
      idempotency: { body: "/request_id", ttl: "1h" }
    }
  },
  examples: [{
    kind: "order",
    create: { note: "o", lines: [{ sku: "a", n: 1 }] },
    update: { lines: [{ sku: "a", n: 2 }] }
  }],
  make: () => {
    const all = table()
    const once = new Map<string, Told>()
    const write = (id: string, body: Row, isVoid: boolean): Told => {
      const row = all.rows.get(id)
      if (id !== "" && (row === undefined || row["state"] === "void")) return none
      const own = id === "" ? `o-${all.next()}` : id
      all.rows.set(own, {
        id: own,
        state: isVoid ? "void" : "open",
        ...row,
        ...body,
        ...(isVoid && { state: "void" })
      })
      return { status: 200, body: { order: all.rows.get(own) } }
    }
    return ({ body, method, path: [root, id = "", verb], query }) => {
      if (root !== "orders") return none
      if (method === "GET" && id !== "") {
        const row = all.rows.get(id)
        return row === undefined ? none : { status: 200, body: { order: row } }
      }
      if (method === "GET") {
        const rows = [...all.rows.values()]
        const from = rows.findIndex((row) => row["id"] === query.get("starting_after")) + 1
        return { status: 200, body: { orders: rows.slice(from, from + 2) } }
      }
      const { order = {}, request_id: key } = body
      if (method !== "POST") return { status: 405, body: { error: "only POST" } }
      if (verb === "void") return write(id, {}, true)
      if (typeof key !== "string") return wrong("no request_id")
      const told = once.get(key) ?? write(id, order as Row, false)
      if (told.status === 200) once.set(key, told)
      return told
    }
  }
}

/** https://jsonapi.org: a type and an id around attributes. */
export const jsonApi: Style = {
  says: "JSON:API",
  kinds: {
    article: {
      path: "/articles",
      answer: "/data",
      fields: ["title", "body"],
      name: "/title",
      shape: { "/title": "/attributes/title", "/body": "/attributes/body" },
      create: { wrap: "/data/attributes", with: { data: { type: "articles" } } },
      update: { wrap: "/data/attributes", with: { data: { type: "articles", id: "{id}" } } },
      pages: { page: "page[number]", limit: "page[size]", size: 2 },
      error: "/errors/0/detail"
    }
  },
  examples: [{ kind: "article", create: { title: "a", body: { text: "x" } }, update: { body: { text: "y" } } }],
  make: () => {
    const all = table()
    const refused: Told = { status: 409, body: { errors: [{ detail: "type and id" }] } }
    const told = (row: Row): Row => ({ type: "articles", id: row["id"], attributes: row["attributes"] })
    return ({ body, method, path, query }) => {
      const id = after(path, "articles")
      if (id === undefined) return none
      if (id === "" && method === "GET") {
        const from = (Number(query.get("page[number]") ?? 1) - 1) * 2
        return { status: 200, body: { data: [...all.rows.values()].slice(from, from + 2).map(told) } }
      }
      const data = body["data"] as Row | undefined
      const row = all.rows.get(id)
      if (id !== "" && row === undefined) return { status: 404, body: { errors: [{ detail: "no such article" }] } }
      if (method === "GET") return { status: 200, body: { data: told(row ?? {}) } }
      if (method === "DELETE") return { status: all.rows.delete(id) ? 204 : 404 }
      const own = id === "" ? String(all.next()) : id
      if (data?.["type"] !== "articles" || (id !== "" && data["id"] !== id)) return refused
      all.rows.set(own, { id: own, attributes: merged((row?.["attributes"] ?? {}) as Row, data["attributes"] as Row) })
      return { status: 200, body: { data: told(all.rows.get(own) ?? {}) } }
    }
  }
}

/** Procedures instead of resources: everything is a POST with the id in the body. */
export const procedures: Style = {
  says: "procedures, ids in bodies",
  kinds: {
    channel: {
      path: "/channels.list",
      name: "/name",
      fields: ["name", "topic"],
      success: { "/ok": true },
      error: "/error",
      answer: "/channel",
      list: "POST /channels.list",
      items: "/channels",
      create: "POST /channels.create",
      read: { method: "POST", path: "/channels.info", with: { id: "{id}" } },
      update: { method: "POST", path: "/channels.set", with: { id: "{id}" } },
      delete: { method: "POST", path: "/channels.archive", with: { id: "{id}" }, answer: "none" },
      absent: { when: { "/archived": true } }
    }
  },
  examples: [{ kind: "channel", create: { name: "c", topic: "t" }, update: { topic: "u" } }],
  make: () => {
    const all = table()
    const channel = (row: Row): Told => ({ status: 200, body: { ok: true, channel: row } })
    return ({ body, method, path: [procedure] }) => {
      if (method !== "POST") return { status: 405, body: { ok: false, error: "post" } }
      const { id = `C${all.next()}`, ...fields } = body
      const row = all.rows.get(String(id))
      if (procedure === "channels.list") return { status: 200, body: { ok: true, channels: [...all.rows.values()] } }
      if (procedure === "channels.create") {
        all.rows.set(String(id), { id, archived: false, ...fields })
        return channel(all.rows.get(String(id)) ?? {})
      }
      if (row === undefined || (row["archived"] === true && procedure !== "channels.info")) return none
      if (procedure === "channels.archive") all.rows.set(String(id), { ...row, archived: true })
      if (procedure === "channels.set") all.rows.set(String(id), { ...row, ...fields })
      return channel(all.rows.get(String(id)) ?? {})
    }
  }
}

/** Members of a team: one collection, of which only a parent's part is ever listed. Creates call the id otherwise. */
export const filtered: Style = {
  says: "a parameter for the parent, another name for the id in creates",
  kinds: {
    team: { path: "/teams" },
    member: {
      path: "/members",
      parent: "/team",
      fields: ["team", "title", "role"],
      name: "/title",
      references: { "/team": "team" },
      create: { answer: "/made", id: "/memberId" },
      list: { query: { of: "{team}" } },
      pages: { offset: "from", limit: "count", size: 2 }
    }
  },
  examples: [{
    kind: "member",
    create: { team: 0, title: "m", role: "a" },
    update: { role: "b" },
    needs: [{ at: "/team", kind: "team", create: { name: "t" } }]
  }],
  make: () => {
    const teams = table()
    const members = table()
    return (asked) => {
      const { body, method, path, query } = asked
      const [all, root] = path[0] === "teams" ? [teams, "teams"] : [members, "members"]
      const id = after(path, root)
      if (id === undefined) return none
      if (id !== "") return oneOf(all, id, asked)
      if (method === "GET") {
        const team = query.get("of")
        if (all === members && team === null) return wrong("whose?")
        const rows = [...all.rows.values()].filter((row) => all === teams || String(row["team"]) === team)
        const from = Number(query.get("from") ?? 0)
        return { status: 200, body: rows.slice(from, from + Number(query.get("count") ?? rows.length)) }
      }
      const made = { ...body, id: all.next() }
      all.rows.set(String(made.id), made)
      return { status: 201, body: all === teams ? made : { made: { memberId: made.id } } }
    }
  }
}
