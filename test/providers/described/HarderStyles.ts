/**
 * APIs that promise more or show less: guards, work for later, secrets, parents, answers in another shape.
 */
import type { Asked, Row, Told } from "./Api.ts"
import { after, merged, none, oneOf, stale, type Style, type Table, table, unknownIn, wrong } from "./Style.ts"

export const etag: Style = {
  says: "version tokens by ETag, lists of excerpts",
  kinds: { page: { path: "/pages", guard: "etag", update: "PUT" } },
  examples: [{ kind: "page", create: { name: "p", text: "a" }, update: { text: "b" } }],
  make: () => {
    const all = table()
    const told = (status: number, { rev, ...row }: Row): Told => ({
      status,
      body: row,
      headers: { etag: `"r${String(rev)}"` }
    })
    return ({ body, headers, method, path }) => {
      const id = after(path, "pages")
      if (id === undefined) return none
      if (id === "" && method === "GET") {
        return { status: 200, body: [...all.rows.values()].map((row) => ({ id: row["id"], name: row["name"] })) }
      }
      if (id === "") {
        const made = { ...body, id: all.next(), rev: all.next() }
        all.rows.set(String(made.id), made)
        return told(201, made)
      }
      const row = all.rows.get(id)
      if (row === undefined) return none
      if (method === "GET") return told(200, row)
      if (headers["if-match"] === undefined) return { status: 428, body: { error: "say what it rests on" } }
      if (headers["if-match"] !== `"r${String(row["rev"])}"`) return stale
      if (method === "DELETE") return { status: all.rows.delete(id) ? 204 : 404 }
      if (method !== "PUT" || body["name"] === undefined) return wrong("the whole of it, by PUT")
      all.rows.set(id, { ...body, id: row["id"], rev: all.next() })
      return told(200, all.rows.get(id) ?? {})
    }
  }
}

/** A version that a write repeats in the body, or in a parameter or header. */
export const versioned = (where: "body" | "query" | "header"): Style => ({
  says: `a version field, repeated in the ${where}`,
  kinds: {
    doc: {
      path: "/docs",
      guard: {
        version: "/meta/rev",
        ...(where === "query" ? { query: "rev" } : where === "header" ? { header: "X-Rev" } : {}),
        refusedWith: [400, 409]
      }
    }
  },
  examples: [{ kind: "doc", create: { name: "d", text: "a" }, update: { text: "b" } }],
  make: () => {
    const all = table()
    return ({ body, headers, method, path, query }) => {
      const id = after(path, "docs")
      if (id === undefined) return none
      if (id === "" && method === "GET") return { status: 200, body: [...all.rows.values()] }
      const { meta, ...fields } = body
      if (id === "") {
        const made = { ...fields, id: `d${all.next()}`, meta: { rev: all.next(), by: "me" } }
        all.rows.set(made.id, made)
        return { status: 200, body: made }
      }
      const row = all.rows.get(id)
      if (row === undefined) return none
      if (method === "GET") return { status: 200, body: row }
      const said =
        { body: (meta as Row | undefined)?.["rev"], query: query.get("rev"), header: headers["x-rev"] }[where]
      const rev = (row["meta"] as Row)["rev"]
      // In the body it is the number that it is.
      if (where === "body" ? said !== rev : said !== String(rev)) return { status: 400, body: { error: "another rev" } }
      if (method === "DELETE") return { status: all.rows.delete(id) ? 200 : 404, body: {} }
      all.rows.set(id, { ...merged(row, fields), meta: { rev: all.next(), by: "me" } })
      return { status: 200, body: all.rows.get(id) }
    }
  }
})

export const later: Style = {
  says: "writes that are taken for later and polled",
  kinds: {
    server: {
      path: "/servers",
      create: {
        poll: { at: "/job/href", every: "1ms", until: { "/done": true }, failed: { "/done": "no" }, answer: "/result" }
      },
      update: { poll: { every: "1ms" } },
      delete: { poll: { every: "1ms", answer: "none" } }
    }
  },
  examples: [{ kind: "server", create: { name: "s", size: 1 }, update: { size: 2 } }],
  make: () => {
    const all = table()
    const jobs = new Map<string, { asked: number; readonly last: Told }>()
    const job = (last: Told): string => {
      const name = `j${all.next()}`
      jobs.set(name, { asked: 0, last })
      return name
    }
    return ({ body, method, path }) => {
      const going = path[0] === "jobs" ? jobs.get(path[1] ?? "") : undefined
      if (going !== undefined) return going.asked++ < 2 ? { status: 202, body: { done: false } } : going.last
      const id = after(path, "servers")
      if (id === undefined) return none
      if (id === "" && method === "GET") return { status: 200, body: [...all.rows.values()] }
      if (id === "") {
        const made = { ...body, id: all.next() }
        all.rows.set(String(made.id), made)
        const href = `/jobs/${job({ status: 200, body: { done: true, result: made } })}`
        return { status: 202, body: { job: { href } } }
      }
      const row = all.rows.get(id)
      if (row === undefined) return none
      if (method === "GET") return { status: 200, body: row }
      if (method === "DELETE") all.rows.delete(id)
      else all.rows.set(id, merged(row, body))
      return { status: 202, headers: { location: `/jobs/${job({ status: 200, body: all.rows.get(id) ?? {} })}` } }
    }
  }
}

export const secrets: Style = {
  says: "secrets that are written and masked or never read",
  kinds: {
    hook: {
      path: "/hooks",
      writeOnly: ["/password"],
      sensitive: ["/password", "/auth/token", "/headers/*/value"],
      keyed: { "/headers": "key" },
      mask: ["***", "(hidden)"]
    }
  },
  examples: [{
    kind: "hook",
    create: {
      name: "h",
      url: "u",
      password: "pw-0001",
      auth: { token: "tk-0001" },
      headers: [{ key: "a", value: "hv" }]
    },
    update: { url: "v" }
  }],
  make: () => {
    const all = table()
    const shown = ({ auth, headers, ...row }: Row): Row => ({
      ...Object.fromEntries(Object.entries(row).filter(([field]) => field !== "password")),
      auth: { ...auth as Row, token: "***" },
      headers: (headers as ReadonlyArray<Row>).map((one) => ({ ...one, value: "(hidden)" }))
    })
    return (asked) => {
      const { body, method, path } = asked
      if (JSON.stringify(body).includes("***") || JSON.stringify(body).includes("(hidden)"))
        return wrong("that is a mask")
      const id = after(path, "hooks")
      if (id === undefined) return none
      if (id === "" && method === "GET") return { status: 200, body: [...all.rows.values()].map(shown) }
      if (id === "") {
        if (body["password"] === undefined || body["auth"] === undefined) return wrong("secrets are needed")
        const made = { headers: [], ...body, id: all.next() }
        all.rows.set(String(made.id), made)
        return { status: 200, body: shown(made) }
      }
      const told = oneOf(all, id, asked)
      return told.body === undefined || told.status >= 400 ? told : { ...told, body: shown(told.body as Row) }
    }
  }
}

export const parents: Style = {
  says: "a collection for each parent",
  kinds: {
    project: { path: "/projects" },
    key: { path: "/projects/{project}/keys", references: { "/project": "project" } }
  },
  examples: [{
    kind: "key",
    create: { project: 0, name: "k", bits: 1 },
    update: { bits: 2 },
    needs: [{ at: "/project", kind: "project", create: { name: "p" } }]
  }],
  make: () => {
    const projects = table()
    const keys = new Map<string, Table>()
    return (asked) => {
      const { body, method, path } = asked
      const project = after(path, "projects")
      if (project === "") {
        if (method === "GET") return { status: 200, body: [...projects.rows.values()] }
        const made = { ...body, id: projects.next() }
        projects.rows.set(String(made.id), made)
        keys.set(String(made.id), table())
        return { status: 200, body: made }
      }
      if (project !== undefined) return oneOf(projects, project, asked)
      const all = keys.get(path[1] ?? "")
      const id = after(path, "projects", path[1] ?? "", "keys")
      if (all === undefined || id === undefined) return none
      if (body["project"] !== undefined) return wrong("the project is in the path")
      if (id !== "") return oneOf(all, id, asked)
      if (method === "GET") return { status: 200, body: [...all.rows.values()] }
      // The ids of two projects are alike.
      const made = { ...body, id: all.next() }
      all.rows.set(String(made.id), made)
      return { status: 200, body: made }
    }
  }
}

export const shapes: Style = {
  says: "answers in another shape, idempotency keys, markers, read by the list",
  lists: true,
  kinds: {
    rule: {
      path: "/rules",
      read: "list",
      create: { wrap: "array" },
      fields: ["name", "when", "channels", "labels"],
      name: "/name",
      shape: { "/channels": "/targets/0/channels", "/when/minutes": "/minutes" },
      keep: { "/channels/*": ["id"] },
      sets: ["/channels"],
      changeToken: "/updatedAt",
      idempotency: { header: "X-Once", ttl: "1h" },
      marker: { field: "/labels/by", query: { label: "by={value}" } },
      always: ["name"]
    }
  },
  examples: [{
    kind: "rule",
    create: { name: "r", when: { minutes: 5 }, channels: [{ id: 2 }, { id: 1 }], labels: { team: "x" } },
    update: { channels: [{ id: 3 }] }
  }],
  make: () => {
    const all = table()
    const once = new Map<string, Told>()
    const shown = ({ channels, when, ...row }: Row): Row => ({
      ...row,
      minutes: (when as Row)["minutes"],
      targets: [{ id: 9, channels: (channels as ReadonlyArray<Row>).map(({ id }) => ({ id, secret: "s3cret" })) }]
    })
    const write = ({ body, method, path, sent }: Asked): Told => {
      const id = after(path, "rules")
      if (id === undefined) return none
      const [first] = Array.isArray(sent) ? sent as ReadonlyArray<Row> : []
      if (id === "" && first === undefined) return wrong("a list of one")
      const refused = unknownIn(first ?? body, "name", "when", "channels", "labels")
      if (refused !== undefined) return refused
      if (id === "") {
        const made = { ...first, id: all.next(), updatedAt: all.next() }
        all.rows.set(String(made.id), made)
        return { status: 201, body: [shown(made)] }
      }
      if (method === "PATCH" && body["name"] === undefined) return wrong("always say the name")
      const row = all.rows.get(id)
      if (row === undefined) return none
      if (method === "DELETE") return { status: all.rows.delete(id) ? 204 : 404 }
      all.rows.set(id, { ...merged(row, body), updatedAt: all.next() })
      return { status: 200, body: shown(all.rows.get(id) ?? {}) }
    }
    return (asked) => {
      if (asked.method === "GET") {
        const label = asked.query.get("label")
        const rows = [...all.rows.values()].filter((row) =>
          label === null || `by=${String((row["labels"] as Row | undefined)?.["by"])}` === label
        )
        return asked.path.length === 1
          ? { status: 200, body: rows.map(shown) }
          : { status: 405, body: { error: "list" } }
      }
      const key = asked.headers["x-once"] ?? ""
      const told = once.get(key) ?? write(asked)
      if (told.status < 300) once.set(key, told)
      return told
    }
  }
}
