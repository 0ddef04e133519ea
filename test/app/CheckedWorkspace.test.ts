import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { checkedWorkspace } from "../../src/app/CheckedWorkspace.ts"
import { layerWorkspaceFiles } from "../../src/app/files/WorkspaceFiles.ts"
import { renderProblem } from "../../src/app/Problems.ts"
import { makeMemoryProvider } from "../../src/providers/memory/MemoryProvider.ts"
import { MemoryWorld } from "../../src/providers/memory/World.ts"
import { makeRegistry, ProviderFactory, RegistryError } from "../../src/providers/Registry.ts"
import { directoryWith, type Files, line } from "./files/Directory.ts"

/** Makes the provider `memory`, and refuses settings that are not what it takes. */
const factory = Layer.succeed(ProviderFactory)(ProviderFactory.of({
  make: (settings) => {
    const wrong = settings.find((one) => one.settings["size"] !== undefined)
    return wrong === undefined
      ? Effect.succeed(makeRegistry([makeMemoryProvider(new MemoryWorld())]))
      : Effect.fail(
        new RegistryError({ provider: wrong.name, path: "/size", detail: "it has no size", hint: "remove it" })
      )
  },
  known: () => makeMemoryProvider(new MemoryWorld()).kinds
}))

const check = (files: Files) =>
  Effect.gen(function*() {
    const directory = yield* directoryWith(files)
    return yield* checkedWorkspace.pipe(
      Effect.provide(Layer.merge(factory, layerWorkspaceFiles({ directory, env: {} })))
    )
  })

const problemsOf = (files: Files) => check(files).pipe(Effect.flip, Effect.map(({ problems }) => problems.map(line)))

const good = "kind: box\nname: a\nspec: { size: 3 }\n"

describe("a checked workspace", () => {
  it.live("has its resources with the defaults of their kinds, and the providers that serve them", () =>
    Effect.gen(function*() {
      const { workspace, registry } = yield* check({ "amends.yaml": "workspace: w", "resources/a.yaml": good })
      assert.deepStrictEqual(workspace.resources.map(({ spec }) => spec), [{ size: 3, name: "a" }])
      assert.strictEqual(registry.serving("box")?.name, "memory")
    }))

  it.live("knows what its files hold in sensitive fields for secrets, and no reference", () =>
    Effect.gen(function*() {
      const { workspace } = yield* check({
        "amends.yaml": "workspace: w",
        "resources/a.yaml": `${good}---
kind: vault
name: v
spec: { secret: from-the-file, note: no secret }
---
kind: vault
name: u
spec: { secret: "\${box.a.name}" }
`
      })
      assert.deepStrictEqual(workspace.secrets, ["from-the-file"])
    }))

  it.live("has problems of its files and of its specs told together, in the order of their places", () =>
    Effect.gen(function*() {
      const problems = yield* problemsOf({
        "amends.yaml": "workspace: w",
        "resources/a.yaml": `${good.replace("3", "big")}---\nkind: bxo\nname: b\nspec: {}\n`,
        "resources/b.yaml": "kind: box\nname: c\nspecs: {}\n",
        "resources/c.yaml": "kind: box\nname: d\nspec:\n  big: 12345678901234567890\n  lable: x\n"
      })
      assert.deepStrictEqual(problems, [
        "resources/a.yaml:3:15 /spec/size expected a number or null, found a text",
        "resources/a.yaml:5:7 /kind there is no kind \"bxo\"",
        "resources/b.yaml:1:1 /spec the required key \"spec\" is missing",
        "resources/b.yaml:3:1 /specs unknown key \"specs\"",
        "resources/c.yaml:4:3 /spec/big unknown key \"big\"",
        "resources/c.yaml:4:8  this number would lose digits: whole numbers are exact up to 2^53",
        "resources/c.yaml:5:3 /spec/lable unknown key \"lable\""
      ])
    }))

  it.live("has everything that is wrong with one resource told at once, and each thing once", () =>
    Effect.gen(function*() {
      const problems = yield* problemsOf({
        "amends.yaml": "workspace: w",
        "resources/a.yaml": [
          "kind: box",
          "name: no name",
          "dependsOn: [nothing, box.none]",
          "lifecycle: { preventDestory: true }",
          "spec: { sise: 1, size: '${env.NONE}', label: '${' }"
        ].join("\n")
      })
      assert.deepStrictEqual(problems, [
        "resources/a.yaml:2:7 /name expected a name of letters, digits, - and _ that begins with a letter or digit",
        "resources/a.yaml:3:13 /dependsOn/0 expected an address such as kind.name",
        "resources/a.yaml:3:22 /dependsOn/1 no resource box.none is declared",
        "resources/a.yaml:4:14 /lifecycle/preventDestory unknown key \"preventDestory\"",
        "resources/a.yaml:5:9 /spec/sise unknown key \"sise\"",
        "resources/a.yaml:5:24 /spec/size the environment variable NONE is not set",
        "resources/a.yaml:5:46 /spec/label a ${ is not closed"
      ])
    }))

  it.live("has specs checked also where no provider can be made, and where amends.yaml lacks values", () =>
    Effect.gen(function*() {
      const problems = yield* problemsOf({
        "amends.yaml": "workspace: w\nproviders:\n  memory: { size: 4, other: '${env.NONE}' }\n",
        "resources/a.yaml": `${good.replace("size", "sise")}---\nkind: unheard\nname: b\nspec: {}\n`
      })
      assert.deepStrictEqual(problems, [
        "amends.yaml:3:19 /providers/memory/size it has no size",
        "amends.yaml:3:29 /providers/memory/other the environment variable NONE is not set",
        "resources/a.yaml:3:9 /spec/sise unknown key \"sise\""
      ])
    }))

  it.live("has what a provider says of its settings at their place in amends.yaml, beside the problems of files", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(
        yield* problemsOf({
          "amends.yaml": "workspace: w\nproviders:\n  memory: { latency: 1, size: 4 }\n",
          "resources/a.yaml": "kind: box\n"
        }),
        [
          "amends.yaml:3:31 /providers/memory/size it has no size",
          "resources/a.yaml:1:1 /name the required key \"name\" is missing",
          "resources/a.yaml:1:1 /spec the required key \"spec\" is missing"
        ]
      )
    }))
})

it("a problem is rendered as its place, path, message and hint", () => {
  const place = { file: "a.yaml", line: 3, column: 5 }
  const problem = { place, path: "/spec/x", message: "expected a text", hint: "quote it" }
  assert.strictEqual(renderProblem(problem), "a.yaml:3:5: /spec/x: expected a text\n  quote it")
  assert.strictEqual(renderProblem({ ...problem, path: "" }), "a.yaml:3:5: expected a text\n  quote it")
})
