/**
 * Wrong descriptions: each is told with file, line and column, what is wrong, and what to do, whether it stands in
 * amends.yaml or in a file of its own.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { checkedWorkspace } from "../../src/app/CheckedWorkspace.ts"
import { layerApp } from "../../src/main/Layers.ts"
import { directoryWith, type Files, line } from "./files/Directory.ts"

const check = (files: Files, env: Readonly<Record<string, string>> = {}) =>
  Effect.flatMap(
    directoryWith(files),
    (directory) => Effect.scoped(checkedWorkspace).pipe(Effect.provide(layerApp({ directory, env })))
  )

const problemsOf = (files: Files) => check(files).pipe(Effect.flip, Effect.map(({ problems }) => problems))

const withKind = (kind: string, more = ""): Files => ({
  "amends.yaml": `workspace: w
providers:
  shop:
    use: http
    baseUrl: http://127.0.0.1:1
    kinds:
      product: ${kind}
${more}`
})

const wrong: ReadonlyArray<readonly [string, ReadonlyArray<string>, string]> = [
  ["{ }", ["7:16 the required key \"path\" is missing"], "add it"],
  ["{ path: products }", ["7:24 expected a path that begins with /"], "see `amends schema`"],
  ["{ path: /products, updte: PUT }", ["7:35 unknown key \"updte\""], "did you mean \"update\"?"],
  ["{ path: /products, read: { metod: GET } }", ["7:43 unknown key \"metod\""], "did you mean \"method\"?"],
  ["{ path: \"/products/{x\" }", ["7:24 has a { without }"], "write {name}"],
  ["{ path: \"/products/{id}\" }", ["7:24 holds {id}"], "write the collection only"],
  ["{ path: /products, fields: [name], delete: \"DELETE /products/{nme}\" }", [
    "7:59 names {nme}, and there is no such field"
  ], "the fields are name"],
  ["{ path: /products, read: /products }", [
    "7:41 expected \"list\" or a method, or a method and a path such as PUT /things/{name} or an object, found another"
  ], "known values: list"],
  [
    "{ path: /products, read: GET /products }",
    ["7:41 does not say which one: {id} is not in it"],
    "put it into the path"
  ],
  [
    "{ path: /products, create: { with: { no: \"{id}\" } } }",
    ["7:43 names {id}, which the first"],
    "goes to the collection"
  ],
  [
    "{ path: /products, fields: [a], update: { with: { no: \"{b}\" } } }",
    ["names {b}, and there is no such field"],
    "a"
  ],
  ["{ path: /products, read: { method: POST, path: /get, with: { x: \"{name}\" } } }", [
    "names {name}, which is not known"
  ], "{id}"],
  ["{ path: /products, parent: /shop }", ["names {shop}, and no list is asked for with it"], "write list:"],
  ["{ path: /products, pages: { page: p, at: /x } }", ["7:53 unknown key \"at\""], "known keys"],
  ["{ path: /products, guard: etag, read: list }", ["7:42 needs the header ETag"], "leave out `read: list`"],
  ["{ path: /products, guard: { version: /rev, delete: { query: q, header: h } } }", [
    "7:67 says two places for the version"
  ], "write `query` or `header`"],
  ["{ path: /products, sensitive: [password] }", ["7:47 expected a JSON Pointer such as /name"], "see"],
  ["{ path: /products, mask: \"***\" }", ["7:41 stands for no secret"], "name the secret fields under `sensitive`"],
  ["{ path: \"/products/{name}\", keys: name }", ["7:50 is for a list that is an object"], "write items: /*"],
  ["{ path: /products, marker: { field: /tags/0 } }", ["7:52 lies in a list"], "name a field of an object"],
  ["{ path: /products, create: { send: none }, marker: { field: /by } }", ["7:76 has no body to be in"], "leave out"],
  ["{ path: \"/products/{name}\", idempotency: { body: /key, ttl: 1h } }", ["7:65 covers no delete"], "leave it out"],
  ["{ path: /products, idempotency: { header: K, ttl: soon } }", [
    "7:66 expected a duration such as 500ms, 30s, 2m or 1h"
  ], "see"],
  [
    "{ path: /products, schema: { properties: { a: { not: { type: string } } } } }",
    ["7:43 cannot be used"],
    "use the keywords"
  ],
  ["{ path: /products, success: { status: ok } }", [
    "7:44 expected JSON Pointers such as /status as keys, found \"status\""
  ], "see"]
]

describe("a wrong description", () => {
  for (const [kind, told, hint] of wrong) {
    it.live(`is told with its place: ${kind}`, () =>
      Effect.gen(function*() {
        const problems = yield* problemsOf(withKind(kind))
        const said = problems.map(({ message, place }) => `${place.line}:${place.column} ${message}`)
        assert.lengthOf(said, told.length, said.join("\n"))
        for (const [index, text] of told.entries()) assert.include(said[index], text)
        assert.include(problems[0]?.hint, hint)
      }))
  }

  it.live("is told with all others, and with what is wrong with the settings and with resources of other kinds", () =>
    Effect.gen(function*() {
      const problems = yield* problemsOf({
        ...withKind(
          "{ path: /products, updte: PUT }",
          `      order: { path: orders, mask: x }
      thing: { path: /t, fields: [a] }
    auth: { bearer: t, basic: {} }
    colour: red
`
        ),
        "resources/a.yaml": "kind: thing\nname: a\nspec: { b: 1 }\n"
      })
      assert.deepStrictEqual(problems.map(({ message, place }) => `${place.file}:${place.line} ${message}`), [
        "amends.yaml:7 unknown key \"updte\"",
        "amends.yaml:8 expected a path that begins with /",
        "amends.yaml:10 says both bearer and basic",
        "amends.yaml:11 is not a setting",
        "resources/a.yaml:3 unknown key \"b\""
      ])
    }))
})

describe("kindsFrom", () => {
  const file = (name: string, content: string): Files => ({
    "amends.yaml": `workspace: w
providers:
  shop:
    use: http
    baseUrl: http://127.0.0.1:1
    kindsFrom: ./${name}
    auth: { bearer: "\${env.SHOP_TOKEN:-none-0000}" }
`,
    [name]: content
  })

  it.live("takes the kinds of a file, which a batch freezes with the settings", () =>
    Effect.gen(function*() {
      const { registry, workspace } = yield* check(
        file("kinds/shop.yaml", "product: { path: \"/${env.T}/products\" }\n"),
        { T: "t-0001" }
      )
      assert.deepStrictEqual([...registry.kinds.keys()], ["product"])
      const frozen = workspace.frozen.map(({ configuration }) =>
        configuration as unknown as { readonly settings: object }
      )
      assert.deepStrictEqual(frozen[0]?.settings, {
        baseUrl: "http://127.0.0.1:1",
        auth: { bearer: "${env.SHOP_TOKEN:-none-0000}" },
        kinds: { product: { path: "/${env.T}/products" } }
      })
      assert.include(workspace.secrets, "t-0001")
    }))

  it.live("has its problems told at their places in that file, beside those of amends.yaml", () =>
    Effect.gen(function*() {
      const files = file(
        "shop.json",
        "{\n  \"product\": { \"path\": \"/p\", \"reed\": \"list\" },\n  \"order\": { \"path\": \"/{x\" }\n}\n"
      )
      const problems = yield* problemsOf({
        ...files,
        "amends.yaml": `${String(files["amends.yaml"])}    colour: red\n`
      })
      assert.deepStrictEqual(problems.map(line), [
        "amends.yaml:8:13 /providers/shop/colour is not a setting",
        "shop.json:2:30 /providers/shop/kinds/product/reed unknown key \"reed\"",
        "shop.json:3:22 /providers/shop/kinds/order/path has a { without }"
      ])
    }))

  it.live.each<readonly [string, Files, string]>([
    ["that is not there", { ...file("a.yaml", ""), "a.yaml": "", "b.yaml": "" }, "a.yaml:1:1  expected one document"],
    ["that is a list", file("a.yaml", "- product\n"), "a.yaml:1:1  expected one document that is an object of kinds"],
    ["that is broken", file("a.yaml", "product: { path\n"), "a.yaml:"]
  ])("tells of a file %s", ([, files, expected]) =>
    Effect.gen(function*() {
      const [first] = (yield* problemsOf(files)).map(line)
      assert.include(first, expected)
    }))

  it.live("tells of a missing file, of one outside the workspace, and of kinds beside it, where it is named", () =>
    Effect.gen(function*() {
      const settings =
        "workspace: w\nproviders:\n  shop:\n    use: http\n    baseUrl: http://127.0.0.1:1\n    kindsFrom: "
      const told = (rest: string) =>
        Effect.map(problemsOf({ "amends.yaml": settings + rest }), (all) => all.map(line)[0])
      assert.include(yield* told("./none.yaml\n"), "amends.yaml:6:16 /providers/shop/kindsFrom the file cannot be read")
      assert.include(
        yield* told("../../../../../../etc/hostname\n"),
        "amends.yaml:6:16 /providers/shop/kindsFrom the file"
      )
      assert.include(yield* told("./a.yaml\n    kinds: { a: { path: /a } }\n"), "`kindsFrom` stands beside `kinds`")
    }))
})

describe("names in a description", () => {
  it.live("are no secrets, although they may sound so", () =>
    Effect.gen(function*() {
      const { workspace } = yield* check(
        withKind(
          "{ path: /p, changeToken: /updatedAt, list: { headers: { X-Api-Key: key-0001 } } }",
          "    auth: { basic: { username: u, password: pw-0001 } }\n"
        )
      )
      assert.deepStrictEqual([...workspace.secrets].sort(), ["key-0001", "pw-0001"])
    }))
})
