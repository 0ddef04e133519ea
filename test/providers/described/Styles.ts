/**
 * APIs of many styles, each in a few lines, with the description that says what it is.
 */
import type { JsonObject } from "../../../src/domain/Document.ts"
import type { Asked, Row, Told } from "./Api.ts"
import { etag, later, parents, secrets, shapes, versioned } from "./HarderStyles.ts"
import { parts, revisions } from "./PartStyles.ts"
import { filtered, jsonApi, keyed, mergePatch, procedures } from "./PlainStyles.ts"
import { after, merged, none, oneOf, stale, type Style, table, taken, unknownIn, wrong } from "./Style.ts"

const conventional: Style = {
  says: "conventional REST, by its path alone",
  kinds: { product: { path: "/products" } },
  examples: [{ kind: "product", create: { name: "chair", price: 5, size: { w: 1 } }, update: { price: 6 } }],
  make: () => {
    const all = table()
    return (asked) => {
      const id = after(asked.path, "products")
      if (id === undefined) return none
      if (id !== "") return oneOf(all, id, asked)
      if (asked.method === "GET") return { status: 200, body: [...all.rows.values()] }
      const made = { ...asked.body, id: all.next(), createdAt: `t${all.next()}` }
      all.rows.set(String(made.id), made)
      return { status: 201, body: made }
    }
  }
}

/** How each way of paging cuts a list, and what it says of the next page. */
export const pagers: {
  readonly [way: string]: {
    readonly pages: JsonObject | string
    readonly cut: (asked: Asked, all: ReadonlyArray<Row>) => Told
  }
} = {
  offset: {
    pages: { offset: "skip", limit: "take", size: 3 },
    cut: ({ query }, all) => {
      const from = Number(query.get("skip") ?? 0)
      // It never gives more than two, whatever it is asked for.
      return {
        status: 200,
        body: { ok: true, data: all.slice(from, from + Math.min(2, Number(query.get("take") ?? 2))) }
      }
    }
  },
  number: {
    pages: { page: "page", limit: "per_page", size: 2 },
    cut: ({ query }, all) => {
      const from = (Number(query.get("page") ?? 1) - 1) * 2
      return from > 0 && from >= all.length
        ? { status: 404, body: { ok: false, why: "no such page" } }
        : { status: 200, body: { ok: true, data: all.slice(from, from + 2) } }
    }
  },
  cursor: {
    pages: { cursor: "after", at: "/next/cursor", limit: "limit", size: 2 },
    cut: ({ query }, all) => {
      const from = Number(query.get("after") ?? 0)
      const cursor = from + 2 < all.length ? String(from + 2) : null
      return { status: 200, body: { ok: true, data: all.slice(from, from + 2), next: { cursor } } }
    }
  },
  last: {
    pages: { after: "starting_after", limit: "limit", size: 2 },
    cut: ({ query }, all) => {
      const last = query.get("starting_after")
      const from = last === null ? 0 : all.findIndex((row) => String(row["id"] ?? row["uuid"]) === last) + 1
      return { status: 200, body: { ok: true, data: all.slice(from, from + 2), has_more: from + 2 < all.length } }
    }
  },
  address: {
    pages: { next: "/links/next" },
    cut: ({ query }, all) => {
      const from = Number(query.get("from") ?? 0)
      const links = from + 2 < all.length ? { next: `https://inside.example/api/things?from=${from + 2}` } : {}
      return { status: 200, body: { ok: true, data: all.slice(from, from + 2), links } }
    }
  },
  link: {
    pages: "link",
    cut: ({ query }, all) => {
      const from = Number(query.get("from") ?? 0)
      const more = from + 2 < all.length
      const link = `</api/things?from=0>; rel="first"${more ? `, <?from=${from + 2}>; rel="next last"` : ""}`
      return { status: 200, body: { ok: true, data: all.slice(from, from + 2) }, headers: { link } }
    }
  }
}

export const paged = (way: string): Style => ({
  says: `an envelope, and lists by ${way}`,
  kinds: {
    thing: {
      path: "/api/things",
      answer: "/data",
      success: { "/ok": true },
      error: "/why",
      id: "/uuid",
      pages: pagers[way]?.pages ?? {},
      create: { wrap: "/thing" },
      update: { wrap: "/thing" },
      fields: ["name", "note"],
      clearable: ["/note"]
    }
  },
  examples: [{ kind: "thing", create: { name: "a" }, update: { note: "b" } }],
  make: () => {
    const all = table()
    const told = (row: Row | undefined): Told =>
      row === undefined
        ? { status: 404, body: { ok: false, why: "there is none" } }
        : { status: 200, body: { ok: true, data: row } }
    return (asked) => {
      const { body, method, path, sent } = asked
      const id = after(path, "api", "things")
      const list = [...all.rows.values()]
      if (id === "" && method === "GET") return pagers[way]?.cut(asked, list) ?? none
      const thing = body["thing"] as Row | undefined
      if (sent !== undefined && (thing === undefined || unknownIn(thing, "name", "note") !== undefined)) {
        // It says 200 and means no.
        return { status: 200, body: { ok: false, why: "a thing has a name and a note" } }
      }
      if (id === "") {
        const made = { ...thing, uuid: `u${all.next() + 10}`, made: true }
        all.rows.set(made.uuid, made)
        return told(made)
      }
      if (id === undefined || !all.rows.has(id)) return told(undefined)
      if (method === "DELETE") {
        all.rows.delete(id)
        return { status: 200, body: { ok: true } }
      }
      if (method === "PATCH") all.rows.set(id, merged(all.rows.get(id) ?? {}, thing ?? {}))
      return told(all.rows.get(id))
    }
  }
})

const calls: Style = {
  says: "creates of two calls, updates of several, ids in Location",
  kinds: {
    group: {
      path: "/groups",
      fields: ["title", "about", "members", "owner"],
      name: "/title",
      create: [
        { send: ["title", "about"], with: { version: 2 } },
        { method: "PUT", path: "/groups/{id}/members", send: ["members"], answer: "none" },
        { method: "POST", path: "/groups/{id}/owner", send: ["owner"], wrap: "/grant", answer: "none" }
      ],
      update: [
        { send: ["title", "about"] },
        { method: "PUT", path: "/groups/{id}/members", send: ["members"], answer: "none" }
      ],
      sets: ["/members"],
      keyed: {},
      blank: ["/members"],
      defaults: { "/members": [] }
    }
  },
  examples: [{
    kind: "group",
    create: { title: "g", about: "x", members: ["a", "b"], owner: "me" },
    update: { about: "y", members: ["b", "c"] }
  }],
  make: () => {
    const all = table()
    const part = (asked: Asked, row: Row, name: string | undefined): Told => {
      if (name === "members" && asked.method === "PUT") {
        row["members"] = [...new Set(asked.body["members"] as ReadonlyArray<string>)].toReversed()
        return { status: 204 }
      }
      if (name !== "owner" || asked.method !== "POST") return none
      row["owner"] = (asked.body["grant"] as Row)["owner"]
      return { status: 202, body: {} }
    }
    return (asked) => {
      const { body, method, path } = asked
      const [root, id = "", name] = path
      if (root !== "groups") return none
      const row = all.rows.get(id)
      if (name !== undefined) return row === undefined ? none : { ...part(asked, row, name), status: 200 }
      if (method === "PATCH" || method === "POST") {
        const { version: _, ...fields } = body
        const refused = unknownIn(fields, "title", "about")
        if (refused !== undefined) return refused
      }
      if (id !== "") return oneOf(all, id, asked)
      if (method === "GET") return { status: 200, body: [...all.rows.values()] }
      if (body["version"] !== 2) return wrong("say the version")
      const made = { title: body["title"], about: body["about"], members: [], id: `g ${all.next()}/x` }
      all.rows.set(made.id, made)
      return { status: 201, headers: { location: `http://elsewhere.example/groups/${encodeURIComponent(made.id)}` } }
    }
  }
}

const natural: Style = {
  says: "natural keys of two fields, PUT, whole documents",
  kinds: {
    queue: {
      path: "/api/queues/{vhost}/{name}",
      fields: ["vhost", "name", "durable", "arguments"],
      immutable: ["/durable"]
    }
  },
  examples: [{
    kind: "queue",
    create: { vhost: "/", name: "orders #1", durable: true, arguments: { ttl: 5 } },
    update: { arguments: { ttl: 6 } }
  }],
  make: () => {
    const rows = new Map<string, Row>()
    return ({ body, headers, method, path }) => {
      const [, collection, vhost, name] = path
      if (collection !== "queues") return none
      if (vhost === undefined) return { status: 200, body: [...rows.values()] }
      const key = JSON.stringify([vhost, name])
      const row = rows.get(key)
      if (method === "PUT") {
        if (headers["if-none-match"] === "*" && row !== undefined) return stale
        const refused = unknownIn(body, "durable", "arguments")
        if (refused !== undefined) return refused
        if (headers["if-none-match"] === undefined && row === undefined) return none
        rows.set(key, { durable: false, arguments: {}, ...body, vhost, name, messages: 7 })
        return { status: row === undefined ? 201 : 204 }
      }
      if (row === undefined) return none
      if (method === "DELETE") return { status: rows.delete(key) ? 204 : 404 }
      return { status: 200, body: row }
    }
  }
}

const client: Style = {
  says: "ids that the client chooses, soft delete, a trailing slash",
  kinds: {
    note: {
      path: "/notes/",
      identity: { client: "/id" },
      absent: { status: [404], when: { "/state": ["deleted", "purged"] } },
      readOnly: ["/state"],
      settles: "0ms"
    }
  },
  examples: [{ kind: "note", create: { id: "n-1", text: "a" }, update: { text: "b" } }],
  make: () => {
    const rows = new Map<string, Row>()
    return ({ body, method, path }) => {
      const [root, id = "", slash] = path
      if (root !== "notes" || (id !== "" && slash !== "")) return none
      const row = rows.get(id)
      if (id === "") {
        if (method === "GET") return { status: 200, body: [...rows.values()] }
        const key = String(body["id"])
        if (rows.get(key)?.["state"] === "live") return taken
        rows.set(key, { ...body, state: "live" })
        return { status: 201, body: rows.get(key) }
      }
      if (row === undefined || (method !== "GET" && row["state"] === "deleted")) return none
      if (method === "GET") return { status: 200, body: row }
      rows.set(id, method === "DELETE" ? { ...row, state: "deleted" } : merged(row, body))
      return { status: 200, body: rows.get(id) }
    }
  }
}

export const styles: ReadonlyArray<Style> = [
  conventional,
  paged("cursor"),
  calls,
  natural,
  client,
  etag,
  versioned("body"),
  versioned("query"),
  later,
  secrets,
  parents,
  shapes,
  parts,
  revisions,
  mergePatch,
  keyed,
  jsonApi,
  procedures,
  filtered
]
