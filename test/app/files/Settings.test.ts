import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { directoryWith, inWorkspace, line, load, problemsOf, putFile } from "./Directory.ts"

const full = `workspace: acme-monitoring
state: state/db.sqlite
defaults: { onFailure: keep, parallelism: 3, timeout: 1500ms, retries: "\${env.RETRIES:-7}", conflict: force }
providers:
  monitoring:
    baseUrl: \${env.URL:-https://api.example.com}
    clientId: \${env.ID}
    clientSecret: \${env.SECRET}
    literal: a $\${not.replaced}
  broker:
    use: other
    password: in-the-file
  empty:
`
const env = { ID: "the-id", SECRET: "the-secret" }

const settings = (files: Readonly<Record<string, string>>, asked = {}) =>
  Effect.flatMap(
    directoryWith(files),
    (directory) => inWorkspace(directory, (workspace) => workspace.settings, { env, ...asked })
  )

describe("settings", () => {
  it.live("hold what amends.yaml says, values of the environment in place", () =>
    Effect.gen(function*() {
      const read = yield* settings({ "amends.yaml": full })
      assert.strictEqual(read.name, "acme-monitoring")
      assert.strictEqual(read.stateFile, `${read.root}/state/db.sqlite`)
      assert.strictEqual(read.configFile, `${read.root}/amends.yaml`)
      assert.deepStrictEqual(read.policies, {
        onFailure: "keep",
        continueOnError: false,
        parallelism: 3,
        retries: 7,
        timeoutMs: 1500,
        conflict: "force",
        allowIrreversible: false
      })
      assert.deepStrictEqual(read.providers, [
        {
          name: "monitoring",
          use: "monitoring",
          timeoutMs: 1500,
          root: read.root,
          settings: {
            baseUrl: "https://api.example.com",
            clientId: "the-id",
            clientSecret: "the-secret",
            literal: "a ${not.replaced}"
          }
        },
        { name: "broker", use: "other", timeoutMs: 1500, root: read.root, settings: { password: "in-the-file" } },
        { name: "empty", use: "empty", timeoutMs: 1500, root: read.root, settings: {} }
      ])
    }))

  it.live("count values of the environment and literal passwords as secrets, and defaults not", () =>
    Effect.gen(function*() {
      const read = yield* settings({ "amends.yaml": full })
      assert.deepStrictEqual([...read.secrets].sort(), ["in-the-file", "the-id", "the-secret"])
    }))

  it.live("have defaults for everything but the name", () =>
    Effect.gen(function*() {
      const read = yield* settings({ "amends.yaml": "workspace: a" })
      assert.strictEqual(read.stateFile, `${read.root}/.amends/state.db`)
      assert.deepStrictEqual(read.providers, [])
      assert.deepStrictEqual(read.policies, {
        onFailure: "rollback",
        continueOnError: false,
        parallelism: 10,
        retries: 4,
        timeoutMs: 30_000,
        conflict: "stop",
        allowIrreversible: false
      })
    }))

  it.live("are found from a directory below, and by the name of their file", () =>
    Effect.gen(function*() {
      const directory = yield* directoryWith({ "amends.yaml": "workspace: a", "other/prod.yaml": "workspace: b" })
      yield* putFile(directory, "x/y/note.txt", "")
      const below = yield* inWorkspace(`${directory}/x/y`, (workspace) => workspace.settings)
      assert.deepStrictEqual([below.name, below.root], ["a", directory])
      const named = yield* inWorkspace(directory, (workspace) => workspace.settings, { config: "other/prod.yaml" })
      assert.deepStrictEqual([named.name, named.root], ["b", `${directory}/other`])
    }))

  it.live("need no resource files to be read", () =>
    Effect.gen(function*() {
      const read = yield* settings({ "amends.yaml": "workspace: a", "resources/bad.yaml": "{" })
      assert.strictEqual(read.name, "a")
    }))

  it.live("know the place of each of their values", () =>
    Effect.gen(function*() {
      const { placeOf } = yield* settings({ "amends.yaml": full })
      assert.deepStrictEqual(placeOf("/providers/monitoring/clientId"), { file: "amends.yaml", line: 7, column: 15 })
      assert.deepStrictEqual(placeOf("/providers/broker/use", "key"), { file: "amends.yaml", line: 11, column: 5 })
      assert.deepStrictEqual(placeOf("/providers/broker/absent"), { file: "amends.yaml", line: 11, column: 5 })
    }))
})

describe("a frozen configuration", () => {
  it.live("holds the names of environment variables, and thaws to the settings of today's environment", () =>
    Effect.gen(function*() {
      const directory = yield* directoryWith({ "amends.yaml": full })
      const { frozen, providers } = yield* inWorkspace(directory, (workspace) => workspace.settings, { env })
      const text = JSON.stringify(frozen)
      assert.include(text, "${env.SECRET}")
      assert.notInclude(text, "the-secret")
      const same = yield* inWorkspace(directory, (workspace) => workspace.thaw(frozen), { env })
      assert.deepStrictEqual(same.providers, providers)
      const later = yield* inWorkspace(directory, (workspace) => workspace.thaw(frozen), {
        env: { ...env, SECRET: "rotated" }
      })
      assert.strictEqual(later.providers[0]?.settings["clientSecret"], "rotated")
      assert.include(later.secrets, "rotated")
    }))

  it.live("says which variable is missing today", () =>
    Effect.gen(function*() {
      const directory = yield* directoryWith({ "amends.yaml": full })
      const { frozen } = yield* inWorkspace(directory, (workspace) => workspace.settings, { env })
      const error = yield* Effect.flip(inWorkspace(directory, (workspace) => workspace.thaw(frozen), {
        env: { ID: "x" }
      }))
      assert.deepStrictEqual(error.problems.map(({ path, message }) => `${path} ${message}`), [
        "/providers/monitoring/clientSecret the environment variable SECRET is not set"
      ])
    }))
})

describe("a wrong amends.yaml", () => {
  it.live("is told with every problem at its place", () =>
    Effect.gen(function*() {
      const problems = yield* problemsOf({
        "amends.yaml": `workspace: acme
defaults: { onFailure: rollbak, parallelism: 0, timeout: 30, retries: 1000 }
providers:
  monitoring:
    clientSecret: \${env.ABSENT}
    baseUrl: \${watchlist.a.id}
    use: \${env.USE}
  9x: {}
resource: [x]
resources: ["\${env.X}", 4]
moved: [{ from: a.b, to: c.d }]
quarantineAfter: 0
state: ../elsewhere.db
`,
        "resources/a.yaml": "kind: 1\n"
      })
      assert.deepStrictEqual(problems, [
        "amends.yaml:2:24 /defaults/onFailure expected \"rollback\" or \"keep\", found another text",
        "amends.yaml:2:46 /defaults/parallelism expected a whole number between 1 and 1000",
        "amends.yaml:2:58 /defaults/timeout expected a duration such as 500ms, 30s, 2m or 1h, found a number",
        "amends.yaml:2:71 /defaults/retries expected a whole number between 0 and 100",
        "amends.yaml:5:19 /providers/monitoring/clientSecret the environment variable ABSENT is not set",
        "amends.yaml:6:14 /providers/monitoring/baseUrl a resource cannot be referred to here",
        "amends.yaml:7:10 /providers/monitoring/use ${…} cannot stand here",
        "amends.yaml:8:3 /providers/9x this is no name for a provider",
        "amends.yaml:9:1 /resource unknown key \"resource\"",
        "amends.yaml:10:13 /resources/0 ${…} cannot stand here",
        "amends.yaml:10:25 /resources/1 expected a text, found a number",
        "amends.yaml:11:9 /moved/0 a.b is of kind a, and c.d would be of kind c",
        "amends.yaml:12:18 /quarantineAfter expected a whole number between 1 and 1000000",
        "amends.yaml:13:8 /state the state file lies outside the workspace"
      ])
    }))

  it.live("is told together with the problems of resource files", () =>
    Effect.gen(function*() {
      const problems = yield* problemsOf({ "amends.yaml": "workspac: a", "resources/a.yaml": "kind: box\nname: a\n" })
      assert.deepStrictEqual(
        problems,
        [
          "amends.yaml:1:1 /workspace the required key \"workspace\" is missing",
          "amends.yaml:1:1 /workspac unknown key \"workspac\"",
          "resources/a.yaml:1:1 /spec the required key \"spec\" is missing"
        ].sort((a, b) => problems.indexOf(a) - problems.indexOf(b))
      )
      assert.strictEqual(problems.length, 3)
    }))

  it.live("suggests the key that was meant", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(load({ "amends.yaml": "workspace: a\nprovidres: {}\n" }))
      assert.deepStrictEqual(error.problems.map(({ hint }) => hint), ["did you mean \"providers\"?"])
    }))

  it.live("holds exactly one document", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* problemsOf({ "amends.yaml": "# nothing\n" }), [
        "amends.yaml:1:1  expected one document, found none"
      ])
      assert.deepStrictEqual(yield* problemsOf({ "amends.yaml": "workspace: a\n---\nworkspace: b\n" }), [
        "amends.yaml:3:1  expected one document, found 2"
      ])
    }))

  it.live("is said to be missing where there is none", () =>
    Effect.gen(function*() {
      const directory = yield* directoryWith({})
      const error = yield* Effect.flip(inWorkspace(directory, (workspace) => workspace.settings))
      assert.deepStrictEqual(error.problems.map(line), [
        `amends.yaml:1:1  there is no amends.yaml in ${directory} or above it`
      ])
      const named = yield* Effect.flip(inWorkspace(directory, (workspace) => workspace.settings, { config: "no.yaml" }))
      assert.deepStrictEqual(named.problems.map(line), [
        "no.yaml:1:1  the file cannot be read: there is no such file"
      ])
    }))
})
