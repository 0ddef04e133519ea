/**
 * What is proposed for the collections of an OpenAPI document, by what the document says of them.
 */
import { describe, expect, it } from "vitest"
import { proposeProvider } from "../../../src/app/openapi/ProposeProvider.ts"
import type { Json, JsonObject } from "../../../src/domain/Document.ts"

const json = (schema: JsonObject): JsonObject => ({ content: { "application/json": { schema } } })
const answer = (schema: JsonObject, status = "200"): JsonObject => ({ responses: { [status]: json(schema) } })
const object = (properties: JsonObject, more: JsonObject = {}): JsonObject => ({ type: "object", properties, ...more })
const text: JsonObject = { type: "string" }
const list = (items: JsonObject): JsonObject => ({ type: "array", items })
const query = (name: string, schema: JsonObject = {}): JsonObject => ({ name, in: "query", schema })

const document = (paths: JsonObject, more: JsonObject = {}): JsonObject => ({ openapi: "3.1.0", paths, ...more })

const thing = object({ id: text, name: text })
const body = json(object({ name: text }))

/** A conventional collection, with what is said differently. */
const things = (whole: JsonObject = {}, item: JsonObject = {}): JsonObject => ({
  "/things": { get: answer(list(thing)), post: { requestBody: body, ...answer(thing, "201") }, ...whole },
  "/things/{id}": {
    get: answer(thing),
    patch: { requestBody: body, ...answer(thing) },
    delete: { responses: { "204": {} } },
    ...item
  }
})

const proposed = (paths: JsonObject): JsonObject => {
  const [first] = proposeProvider(document(paths)).kinds
  const { schema: _, ...rest } = first?.description ?? {}
  return rest
}

describe("a collection", () => {
  it("that is conventional is its path and its fields", () => {
    expect(proposeProvider(document(things())).kinds).toEqual([{
      name: "thing",
      description: { path: "/things", fields: ["name"], schema: object({ name: text }) },
      notes: []
    }])
  })

  it.each<[string, JsonObject, JsonObject]>([
    ["answers in an envelope", {
      get: answer(object({ items: list(thing), total: { type: "integer" } })),
      post: { requestBody: body, ...answer(object({ data: thing })) }
    }, { answer: "/data", items: "/items" }],
    ["goes on by offset", {
      get: { parameters: [query("offset"), query("limit", { maximum: 5000 })], ...answer(list(thing)) }
    }, { pages: { offset: "offset", limit: "limit", size: 1000 } }],
    ["goes on by page", {
      get: { parameters: [query("page", { minimum: 0 }), query("pageSize", { default: 20 })], ...answer(list(thing)) }
    }, { pages: { page: "page", limit: "pageSize", size: 20, first: 0 } }],
    ["goes on by cursor", {
      get: {
        parameters: [query("cursor")],
        ...answer(object({ items: list(thing), meta: object({ next_cursor: text }) }))
      }
    }, { items: "/items", pages: { cursor: "cursor", at: "/meta/next_cursor" } }],
    ["says where the next page is", {
      get: answer(object({ results: list(thing), next: { type: ["string", "null"] } }))
    }, { items: "/results", pages: { next: "/next" } }],
    ["lists excerpts", { get: answer(list(object({ id: text }))) }, { listIsWhole: false }],
    ["takes a key", {
      post: { parameters: [{ name: "Idempotency-Key", in: "header" }], requestBody: body, ...answer(thing) }
    }, { idempotency: { header: "Idempotency-Key", ttl: "24h" } }]
  ])("that %s says so", (_, whole, expected) => {
    expect(proposed(things(whole))).toEqual({ path: "/things", fields: ["name"], ...expected })
  })

  it.each<[string, JsonObject, JsonObject]>([
    ["are replaced whole", { patch: null, put: { requestBody: body } }, { update: "PUT" }],
    ["are never changed", { patch: null }, { update: "none" }],
    ["are read in the list", { get: null }, { read: "list" }],
    ["are guarded", { delete: { parameters: [{ name: "If-Match", in: "header" }] } }, { guard: "etag" }],
    ["are never deleted", { delete: null }, {
      reversibility: { create: { none: "the API offers no way to delete one" } }
    }]
  ])("whose resources %s says so", (_, item, expected) => {
    expect(proposed(things({}, item))).toEqual({ path: "/things", fields: ["name"], ...expected })
  })

  it("whose resources the client names is the path of one", () => {
    const paths = { "/zones/{name}": { put: { requestBody: body }, get: answer(thing), delete: {} } }
    expect(proposed(paths)).toEqual({ path: "/zones/{name}", fields: ["name"] })
  })

  it("below a parent keeps the parent in its path, and is told apart from its namesake", () => {
    const below = Object.fromEntries(
      Object.entries(things()).map(([path, item]) => [`/projects/{project_id}${path}`, item])
    )
    const { kinds } = proposeProvider(document({ ...things(), ...below }))
    expect(kinds.map(({ description, name }) => [name, description["path"]])).toEqual([
      ["thing", "/things"],
      ["project_thing", "/projects/{project_id}/things"]
    ])
    expect(kinds[1]?.notes).toEqual(["each spec says project_id: it stands in the path"])
  })

  it("in which nothing can be created is left out", () => {
    const { kinds, leftOut } = proposeProvider(document({ "/health": { get: answer(thing) } }))
    expect([kinds, leftOut]).toEqual([[], ["/health"]])
  })
})

describe("the fields", () => {
  it("have the roles that their schemas tell", () => {
    const request = object({
      id: { type: "string", readOnly: true },
      title: text,
      secret: { type: "string", writeOnly: true },
      size: { type: "integer", default: 1 },
      channel_id: text,
      label_ids: { ...list(text), uniqueItems: true }
    })
    const changed = object({ title: text, secret: text, size: { type: ["integer", "null"] }, label_ids: list(text) })
    const paths = {
      ...things(
        { post: { requestBody: json(request), ...answer(request) }, get: answer(list(request)) },
        { patch: { requestBody: json(changed) }, get: answer(request) }
      ),
      "/channels/{id}": { put: { requestBody: body } },
      "/labels/{id}": { put: { requestBody: body } }
    }
    expect(proposed(paths)).toEqual({
      path: "/things",
      name: "/title",
      fields: ["title", "secret", "size", "channel_id", "label_ids"],
      writeOnly: ["/secret"],
      sensitive: ["/secret"],
      immutable: ["/channel_id"],
      sets: ["/label_ids"],
      clearable: ["/size"],
      references: { "/channel_id": "channel", "/label_ids/*": "label" },
      defaults: { "/size": 1 }
    })
  })

  it("that hold themselves end", () => {
    const node: { [key: string]: Json } = { type: "object" }
    node["properties"] = { name: text, child: node }
    const { kinds } = proposeProvider(document(things({ post: { requestBody: json(node), ...answer(thing) } })))
    expect(kinds[0]?.description["schema"]).toEqual(object({ name: text, child: { type: "object" } }))
  })
})

describe("the provider", () => {
  it.each<[string, JsonObject, JsonObject]>([
    ["a bearer token", { type: "http", scheme: "bearer" }, { bearer: "${env.SHOP_TOKEN}" }],
    ["a password", { type: "http", scheme: "basic" }, {
      basic: { username: "${env.SHOP_USERNAME}", password: "${env.SHOP_PASSWORD}" }
    }],
    ["a header", { type: "apiKey", in: "header", name: "X-Key" }, { headers: { "X-Key": "${env.SHOP_KEY}" } }],
    ["client credentials", {
      type: "oauth2",
      flows: { clientCredentials: { tokenUrl: "https://id.example/token", scopes: { read: "", write: "" } } }
    }, {
      oauth2: {
        tokenUrl: "https://id.example/token",
        clientId: "${env.SHOP_CLIENT_ID}",
        clientSecret: "${env.SHOP_CLIENT_SECRET}",
        scope: "read write"
      }
    }]
  ])("authenticates with %s", (_, scheme, auth) => {
    const more = { info: { title: "Shop API" }, components: { securitySchemes: { one: scheme } } }
    const { name, notes, settings } = proposeProvider(document(things(), more))
    expect({ name, notes, settings }).toEqual({
      name: "shop",
      notes: [],
      settings: { use: "http", baseUrl: "${env.SHOP_URL}", auth }
    })
  })

  it.each<[string, JsonObject, string]>([
    [
      "the first server",
      { servers: [{ url: "https://a.example/v1/" }, { url: "https://b.example" }] },
      "https://a.example/v1"
    ],
    [
      "its variables",
      { servers: [{ url: "https://{r}.example", variables: { r: { default: "eu" } } }] },
      "https://eu.example"
    ],
    ["the environment, where it says only a path", { servers: [{ url: "/v1" }] }, "${env.API_URL}/v1"]
  ])("has its address from %s", (_, more, baseUrl) => {
    expect(proposeProvider(document(things(), more)).settings["baseUrl"]).toBe(baseUrl)
  })
})
