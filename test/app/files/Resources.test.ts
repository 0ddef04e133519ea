import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { symlink } from "node:fs/promises"
import { Limits } from "../../../src/domain/Limits.ts"
import { bare, directoryWith, inWorkspace, line, load, problemsOf, putFile, withResources } from "./Directory.ts"

const resource = (name: string, kind = "box"): string => `kind: ${kind}\nname: ${name}\nspec: {}\n`

describe("resources", () => {
  it.live("are declared in YAML documents, JSON objects and JSON arrays, in the order of their files", () =>
    Effect.gen(function*() {
      const { resources, warnings } = yield* load({
        "amends.yaml": bare,
        "resources/b.yml": `---\n# nothing\n---\n${resource("b1")}---\n${resource("b2")}`,
        "resources/a/deep/x.json":
          "[\n{\"kind\":\"box\",\"name\":\"x1\",\"spec\":{}},\n{\"kind\":\"box\",\"name\":\"x2\",\"spec\":{}}]",
        "resources/c.json": "{\n\t\"kind\": \"box\",\n\t\"name\": \"c\",\n\t\"spec\": {}\n}",
        "resources/.hidden/no.yaml": "{",
        "resources/node_modules/no.yaml": "{",
        "resources/notes.txt": "{"
      })
      assert.deepStrictEqual(resources.map(({ address, place }) => `${address} ${place.file}:${place.line}`), [
        "box.x1 resources/a/deep/x.json:2",
        "box.x2 resources/a/deep/x.json:3",
        "box.b1 resources/b.yml:4",
        "box.b2 resources/b.yml:8",
        "box.c resources/c.json:1"
      ])
      assert.deepStrictEqual(warnings, [])
    }))

  it.live("are handled as their lifecycle says, and the workspace's defaults where it says nothing", () =>
    Effect.gen(function*() {
      const lifecycle = "{ preventDestroy: true, ignoreChanges: [/a/b], replace: createFirst, conflict: force }"
      const { resources } = yield* load({
        "amends.yaml": `${bare}defaults: { conflict: keep }\n`,
        "resources/a.yaml": `${resource("a")}lifecycle: ${lifecycle}\n---\n${resource("b")}dependsOn: [box.a]\n`
      })
      const [a, b] = resources
      assert.deepStrictEqual(a?.lifecycle, {
        preventDestroy: true,
        ignoreChanges: ["/a/b"],
        replace: "createFirst",
        conflict: "force"
      })
      assert.deepStrictEqual(b?.lifecycle, {
        preventDestroy: false,
        ignoreChanges: [],
        replace: "auto",
        conflict: "keep"
      })
      assert.deepStrictEqual(b?.dependsOn.map(String), ["box.a"])
    }))

  it.live("refer to each other by nodes, keep values of the environment secret, and a literal ${ literal", () =>
    Effect.gen(function*() {
      const { resources, secrets } = yield* load(
        withResources(`kind: ring
name: r
spec:
  box: \${box.b.id}
  item: \${ box.b.lids.0.colour }
  text: "the \${box.b.name}, \${env.TOKEN}!"
  port: \${env.PORT}
  list: ["x", "\${env.TOKEN}"]
  free: \${env.NONE:-http://x:1/?a=:-b}
  empty: \${env.EMPTY:-full}
  literal: "$\${env.TOKEN} costs $5"
---
kind: box
name: b
spec: {}
`),
        { env: { TOKEN: "s3cret", PORT: "80", EMPTY: "" } }
      )
      const [ring] = resources
      assert.deepStrictEqual(ring?.spec, {
        box: { $ref: { address: "box.b", path: "/id" } },
        item: { $ref: { address: "box.b", path: "/lids/0/colour" } },
        text: { $join: ["the ", { $ref: { address: "box.b", path: "/name" } }, ", ", "s3cret", "!"] },
        port: "80",
        list: ["x", "s3cret"],
        free: "http://x:1/?a=:-b",
        empty: "full",
        literal: "${env.TOKEN} costs $5"
      })
      assert.deepStrictEqual(ring?.secretPaths, ["/text", "/port", "/list/1"])
      assert.deepStrictEqual([...secrets].sort(), ["80", "s3cret"])
    }))

  it.live("know the places of their keys and values", () =>
    Effect.gen(function*() {
      const { resources } = yield* load(withResources("kind: box\nname: a\nspec:\n  lid: { colour: red }\n"))
      const placeOf = (pointer: string, part?: "key" | "value") => {
        const place = resources[0]?.placeOf(pointer, part)
        return `${place?.line}:${place?.column}`
      }
      assert.strictEqual(placeOf("/spec/lid/colour"), "4:18")
      assert.strictEqual(placeOf("/spec/lid/colour", "key"), "4:10")
      assert.strictEqual(placeOf("/spec/lid/absent"), "4:8")
      assert.strictEqual(placeOf("/spec"), "4:3")
      assert.strictEqual(placeOf("/kind"), "1:7")
    }))

  it.live("are found by patterns and names; a pattern without files is a warning", () =>
    Effect.gen(function*() {
      const read = yield* load({
        "amends.yaml": "workspace: a\nresources: [\"*.yaml\", one.json, \"more/*.{yaml,json}\", a.yaml]\n",
        "a.yaml": resource("a"),
        "one.json": "{\"kind\":\"box\",\"name\":\"one\",\"spec\":{}}"
      })
      assert.deepStrictEqual(read.resources.map(({ address }) => address), ["box.a", "box.one"])
      assert.deepStrictEqual(read.warnings.map(line), [
        "amends.yaml:2:33 /resources/2 \"more/*.{yaml,json}\" matches no file"
      ])
    }))
})

describe("wrong resources", () => {
  it.live("are told with every problem at its place", () =>
    Effect.gen(function*() {
      const problems = yield* problemsOf(withResources(`kind: 9box
name: -a
specs: {}
---
kind: box
name: b
dependsOn: [box.zz, foo]
lifecycle: { preventDestroy: yes, replace: createfirst, ignoreChanges: [x], other: 1 }
spec:
  x: \${env.Y}
  y: \${foo
  z: \${foo}
  n: \${box.c}
  i: \${box.c.a[0]}
  e: \${env.}
  in: "\${env.A:-\${env.B}}"
  m: { $ref: 1 }
  "\${env.K}": 1
---
just a text
---
kind: { $ref: x }
name: c
spec: 
`))
      const file = "resources/a.yaml"
      assert.deepStrictEqual(problems, [
        `${file}:1:1 /spec the required key "spec" is missing`,
        `${file}:1:7 /kind expected a kind, such as watchlist`,
        `${file}:2:7 /name expected a name of letters, digits, - and _ that begins with a letter or digit`,
        `${file}:3:1 /specs unknown key "specs"`,
        `${file}:7:21 /dependsOn/1 expected an address such as kind.name`,
        `${file}:8:30 /lifecycle/preventDestroy expected true or false, found a text`,
        `${file}:8:44 /lifecycle/replace expected "createFirst" or "deleteFirst", found another text`,
        `${file}:8:73 /lifecycle/ignoreChanges/0 expected a JSON Pointer such as /muteDuration`,
        `${file}:8:77 /lifecycle/other unknown key "other"`,
        `${file}:10:6 /spec/x the environment variable Y is not set`,
        `${file}:11:6 /spec/y a \${ is not closed`,
        `${file}:12:6 /spec/z this is neither a reference nor a value of the environment`,
        `${file}:13:6 /spec/n the reference to box.c names no field`,
        `${file}:14:6 /spec/i this is neither a reference nor a value of the environment`,
        `${file}:15:6 /spec/e no name of an environment variable stands after env.`,
        `${file}:16:7 /spec/in a \${ stands inside another \${`,
        `${file}:17:8 /spec/m/$ref the key "$ref" is reserved`,
        `${file}:18:3 /spec/\${env.K} a key cannot hold \${…}`,
        `${file}:20:1  expected an object, found a text`,
        `${file}:22:7 /kind expected a kind, such as watchlist, found an object`,
        `${file}:24:7 /spec expected an object, found null`
      ])
    }))

  it.live("that stand twice name both places, also across files", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(
        yield* problemsOf({ ...withResources(resource("a")), "resources/b.yaml": `---\n${resource("a")}` }),
        ["resources/b.yaml:2:1 /name box.a is declared twice; the other is at resources/a.yaml:1:1"]
      )
    }))

  it.live("that refer to what is not declared are told the nearest address", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(load(withResources(`kind: ring
name: r
dependsOn: [box.trezury]
spec:
  box: \${box.treasuri.id}
  text: "of \${vault.x.id}"
---
${resource("treasury")}`)))
      assert.deepStrictEqual(error.problems.map((p) => `${line(p)}: ${p.hint}`), [
        "resources/a.yaml:3:13 /dependsOn/0 no resource box.trezury is declared: did you mean \"box.treasury\"?",
        "resources/a.yaml:5:8 /spec/box no resource box.treasuri is declared: did you mean \"box.treasury\"?",
        "resources/a.yaml:6:9 /spec/text no resource vault.x is declared: declared resources: box.treasury, ring.r"
      ])
    }))

  it.live("that miss a resource are told so also where another one has a wrong name, but not where one has none", () =>
    Effect.gen(function*() {
      const missing = "kind: ring\nname: r\nspec: { box: \"${box.b.id}\" }\n---\n"
      const dangling = "resources/a.yaml:3:14 /spec/box no resource box.b is declared"
      const wrong = yield* problemsOf(withResources(`${missing}${resource("'b b'")}`))
      assert.deepStrictEqual([wrong.length, wrong[0]], [2, dangling])
      const none = yield* problemsOf(withResources(`${missing}kind: box\nspec: {}\n`))
      assert.deepStrictEqual(none, ["resources/a.yaml:5:1 /name the required key \"name\" is missing"])
    }))

  it.live("in an unreadable file do not make references to them wrong", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(
        yield* problemsOf({
          ...withResources("kind: ring\nname: r\nspec: { box: \"${box.b.id}\" }\n"),
          "resources/b.yaml": "kind: box\nname: 'b\n"
        }),
        ["resources/b.yaml:3:1  no valid YAML: Missing closing 'quote"]
      )
    }))
})

describe("files", () => {
  it.live("outside the workspace are refused, by name, from the root and through links", () =>
    Effect.gen(function*() {
      const outside = yield* directoryWith({
        "o.yaml": resource("o"),
        "ws/amends.yaml": [
          "workspace: a",
          "resources: [../o.yaml, /etc/o.yaml, \"x/../../*.yaml\", \"{..,x}/*.yaml\", \"{res,dir}/*.yaml\"]"
        ].join("\n")
      })
      const directory = `${outside}/ws`
      yield* putFile(directory, "res/in.yaml", resource("in"))
      yield* Effect.promise(() => symlink(`${outside}/o.yaml`, `${directory}/res/link.yaml`))
      yield* Effect.promise(() => symlink(outside, `${directory}/dir`))
      yield* Effect.promise(() => symlink("loop.yaml", `${directory}/res/loop.yaml`))
      yield* Effect.promise(() => symlink("nowhere", `${directory}/res/dangling.yaml`))
      yield* Effect.promise(() => symlink("in.yaml", `${directory}/res/same.yaml`))
      const error = yield* Effect.flip(inWorkspace(directory, (workspace) => workspace.load))
      assert.deepStrictEqual(error.problems.map(line), [
        "amends.yaml:2:13 /resources/0 \"../o.yaml\" lies outside the workspace",
        "amends.yaml:2:24 /resources/1 \"/etc/o.yaml\" lies outside the workspace",
        "amends.yaml:2:37 /resources/2 \"x/../../*.yaml\" lies outside the workspace",
        "amends.yaml:2:55 /resources/3 \"{..,x}/*.yaml\" lies outside the workspace",
        "dir/o.yaml:1:1  the file lies outside the workspace",
        "res/dangling.yaml:1:1  the file cannot be read: there is no such file",
        "res/link.yaml:1:1  the file lies outside the workspace",
        "res/loop.yaml:1:1  the file cannot be read: its symbolic links go in a circle",
        "res/same.yaml:1:1 /name box.in is declared twice; the other is at res/in.yaml:1:1"
      ])
    }))

  it.live("that are named and missing, no file, or of another kind are errors", () =>
    Effect.gen(function*() {
      const problems = yield* problemsOf({
        "amends.yaml": "workspace: a\nresources: [no.yaml, dir, x.toml]\n",
        "dir/a.yaml": resource("a"),
        "x.toml": ""
      })
      assert.deepStrictEqual(problems, [
        "amends.yaml:2:13 /resources/0 there is no file \"no.yaml\"",
        "dir:1:1  a resource file ends in .yaml, .yml or .json",
        "x.toml:1:1  a resource file ends in .yaml, .yml or .json"
      ])
    }))

  it.live("over the limit, and files that are no UTF-8, are refused", () =>
    Effect.gen(function*() {
      const large = `# ${"x".repeat(Limits.fileBytesMax)}\n`
      assert.deepStrictEqual(yield* problemsOf(withResources(large)), [
        "resources/a.yaml:1:1  the file is larger than 10 MB"
      ])
      assert.deepStrictEqual(yield* problemsOf(withResources(new Uint8Array([0x6b, 0xff, 0xfe]))), [
        "resources/a.yaml:1:1  the file is no valid UTF-8"
      ])
    }))

  it.live("may begin with a byte order mark and end lines as Windows does", () =>
    Effect.gen(function*() {
      const { resources } = yield* load(withResources(`\uFEFF${resource("a").replaceAll("\n", "\r\n")}`))
      assert.deepStrictEqual(resources.map(({ address, place }) => [address, place.column]), [["box.a", 1]])
    }))
})
