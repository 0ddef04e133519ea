import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { readdir, readFile } from "node:fs/promises"
import { layerFileWriter } from "../../../src/app/files/WriteFiles.ts"
import { type Initial, initialise, workspaceName } from "../../../src/app/Initialise.ts"
import { directoryWith, inWorkspace, line } from "./Directory.ts"

const init = (directory: string, initial: Initial = { name: "my workspace" }) =>
  initialise(directory, initial).pipe(Effect.provide(layerFileWriter))

const textOf = (directory: string, path: string) => Effect.promise(() => readFile(`${directory}/${path}`, "utf8"))

describe("init", () => {
  it.live("makes a workspace that loads at once", () =>
    Effect.gen(function*() {
      const directory = yield* directoryWith({})
      assert.deepStrictEqual(yield* init(directory), [
        { path: "amends.yaml", did: "created" },
        { path: "resources/example.yaml", did: "created" },
        { path: ".gitignore", did: "created" }
      ])
      const loaded = yield* inWorkspace(directory, (workspace) => workspace.load)
      assert.deepStrictEqual([loaded.name, loaded.resources, loaded.warnings], ["my-workspace", [], []])
      assert.include(yield* textOf(directory, ".gitignore"), "\n.amends/\n")
    }))

  it.live("makes one whose provider is active, when asked", () =>
    Effect.gen(function*() {
      const directory = yield* directoryWith({})
      yield* init(directory, { name: "a", provider: "monitoring" })
      const env = { MONITORING_CLIENT_ID: "id", MONITORING_CLIENT_SECRET: "secret" }
      const { providers } = yield* inWorkspace(directory, (workspace) => workspace.settings, { env })
      assert.deepStrictEqual(providers.map(({ use, settings }) => [use, settings]), [[
        "monitoring",
        { baseUrl: "https://api.hypernative.xyz", clientId: "id", clientSecret: "secret" }
      ]])
    }))

  it.live("makes an example that is a resource once its comments are lifted", () =>
    Effect.gen(function*() {
      const directory = yield* directoryWith({})
      yield* init(directory)
      const example = (yield* textOf(directory, "resources/example.yaml")).split("\n").slice(2)
      const lifted = yield* directoryWith({
        "amends.yaml": "workspace: a",
        "resources/a.yaml": example.map((one) => one.replace(/^# /, "")).join("\n")
      })
      const { resources } = yield* inWorkspace(lifted, (workspace) => workspace.load)
      assert.deepStrictEqual(resources.map(({ address }) => String(address)), ["watchlist.treasury"])
    }))

  it.live("overwrites nothing, writes nothing else then, and lists what is there", () =>
    Effect.gen(function*() {
      const directory = yield* directoryWith({ "amends.yaml": "mine", "resources/example.yaml": "too" })
      const error = yield* Effect.flip(init(directory))
      assert.deepStrictEqual(error.problems.map(line), [
        "amends.yaml:1:1  the file exists already",
        "resources/example.yaml:1:1  the file exists already"
      ])
      assert.strictEqual(yield* textOf(directory, "amends.yaml"), "mine")
      assert.deepStrictEqual((yield* Effect.promise(() => readdir(directory))).sort(), ["amends.yaml", "resources"])
    }))

  it.live("adds the line that an existing .gitignore lacks, once", () =>
    Effect.gen(function*() {
      const directory = yield* directoryWith({ ".gitignore": "dist" })
      const written = yield* init(directory)
      assert.deepStrictEqual(written.at(-1), { path: ".gitignore", did: "extended" })
      const extended = yield* textOf(directory, ".gitignore")
      assert.strictEqual(extended, "dist\n# State and key of amends\n.amends/\n")
      const other = yield* directoryWith({ ".gitignore": extended })
      assert.deepStrictEqual((yield* init(other)).at(-1), { path: ".gitignore", did: "left" })
      assert.strictEqual(yield* textOf(other, ".gitignore"), extended)
    }))

  it.live("says what keeps it from writing", () =>
    Effect.gen(function*() {
      const directory = yield* directoryWith({ resources: "a file, no directory" })
      const error = yield* Effect.flip(init(directory))
      assert.deepStrictEqual(error.problems.map(({ place }) => place.file), ["resources/example.yaml"])
      assert.include(error.problems[0]?.message ?? "", "cannot be written")
    }))
})

it("any name of a directory gives a legal name of a workspace", () => {
  const names = ["acme", "my workspace!", "..hidden", "---", "", "Ünï"].map(workspaceName)
  assert.deepStrictEqual(names, ["acme", "my-workspace", "hidden", "workspace", "workspace", "n"])
})
