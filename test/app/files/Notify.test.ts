/**
 * `notify` of amends.yaml: what rules it is read as, and every way in which it is refused.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { chmod } from "node:fs/promises"
import { join } from "node:path"
import { notifyWords } from "../../../src/app/NotifyRule.ts"
import { schemaDocuments } from "../../../src/app/SchemaDocument.ts"
import { Limits } from "../../../src/domain/Limits.ts"
import { getAt, parsePointer } from "../../../src/domain/Pointer.ts"
import { directoryWith, inWorkspace, line, load } from "./Directory.ts"

const yaml = (...rules: ReadonlyArray<string>): string =>
  `workspace: acme\nnotify:\n${rules.map((rule) => `  - ${rule}\n`).join("")}`

const settings = (text: string, env: Readonly<Record<string, string>> = {}) =>
  Effect.flatMap(
    directoryWith({ "amends.yaml": text }),
    (directory) => inWorkspace(directory, (workspace) => workspace.settings, { env })
  )

/** Problems as `path: message → hint`, with their places where those are asked for. */
const problems = (text: string, env: Readonly<Record<string, string>> = {}) =>
  Effect.map(Effect.flip(load({ "amends.yaml": text }, { env })), (error) => error.problems)

describe("rules", () => {
  it.live("have who is told, what of, and when a batch runs for long", () =>
    Effect.gen(function*() {
      const read = yield* settings(
        yaml(
          "{ on: [stuck, compensated], webhook: \"https://${env.HOST}/x?${env.TOKEN}\" }",
          "{ on: [long-running], after: 90s, command: [./page.sh, now, $HOME] }",
          "{ on: [committed], command: [curl, -f] }",
          "{ on: [kept], command: [/usr/bin/true] }",
          "{ on: [abandoned], webhook: \"http://127.0.0.1:9/local\" }"
        ),
        { HOST: "hooks.example", TOKEN: "the-token" }
      )
      const afterMs = Limits.notifyAfterMs
      assert.deepStrictEqual(read.notify, [
        {
          path: "/notify/0",
          on: ["stuck", "compensated"],
          afterMs,
          target: { _tag: "webhook", url: "https://hooks.example/x?the-token" }
        },
        {
          path: "/notify/1",
          on: ["long-running"],
          afterMs: 90_000,
          target: { _tag: "command", argv: [join(read.root, "page.sh"), "now", "$HOME"] }
        },
        { path: "/notify/2", on: ["committed"], afterMs, target: { _tag: "command", argv: ["curl", "-f"] } },
        { path: "/notify/3", on: ["kept"], afterMs, target: { _tag: "command", argv: ["/usr/bin/true"] } },
        { path: "/notify/4", on: ["abandoned"], afterMs, target: { _tag: "webhook", url: "http://127.0.0.1:9/local" } }
      ])
      const { secrets } = read
      assert.includeMembers([...secrets], [
        "the-token",
        "https://hooks.example/x?the-token",
        "http://127.0.0.1:9/local"
      ])
    }))

  it.live("with an empty address tell nobody, and none at all are none", () =>
    Effect.gen(function*() {
      const rule = "{ on: [stuck], webhook: \"${env.OPS_WEBHOOK:-}\" }"
      assert.strictEqual((yield* settings(yaml(rule))).notify, undefined)
      assert.strictEqual((yield* settings("workspace: a\nnotify: []\n")).notify, undefined)
      assert.strictEqual((yield* settings(yaml(rule), { OPS_WEBHOOK: "https://a.example" })).notify?.length, 1)
    }))

  it.live("are refused one and all, each at its place and with what was meant", () =>
    Effect.gen(function*() {
      const found = yield* problems(yaml(
        "{ on: [stukc], webhook: \"https://a.example\" }",
        "{ on: [], webhook: \"https://a.example\" }",
        "{ on: [stuck] }",
        "{ on: [stuck], webhook: \"https://a.example\", command: [x] }",
        "{ on: [stuck], after: 5m, command: [x] }",
        "{ on: [long-running], after: 8d, command: [x] }",
        "{ on: [long-running], after: soon, command: [x] }",
        "{ on: [stuck], command: [] }",
        "{ on: [stuck], comand: [x] }",
        "{ on: [stuck], webhook: \"${env.ABSENT}\" }",
        "{ on: [stuck], webhook: \"${watchlist.a.id}\" }",
        "{ on: [stuck], command: [./x, \"${env.PATH}\"] }"
      ))
      assert.deepStrictEqual(found.map(line), [
        "amends.yaml:3:12 /notify/0/on/0 expected \"stuck\" or \"in-doubt\" or \"compensated\" or \"residue\" or " +
        "\"kept\" or \"abandoned\" or \"committed\" or \"long-running\", found another text",
        "amends.yaml:4:11 /notify/1/on expected at least one word, such as stuck",
        "amends.yaml:5:5 /notify/2 expected exactly one of `webhook` and `command`",
        "amends.yaml:6:5 /notify/3 expected exactly one of `webhook` and `command`",
        "amends.yaml:7:5 /notify/4 expected `after` only beside `long-running`",
        "amends.yaml:8:34 /notify/5/after expected a duration between 1ms and 7d",
        "amends.yaml:9:34 /notify/6/after expected a duration such as 500ms, 30s, 2m or 1h",
        "amends.yaml:10:29 /notify/7/command expected a program and its arguments",
        "amends.yaml:11:20 /notify/8/comand unknown key \"comand\"",
        "amends.yaml:12:29 /notify/9/webhook the environment variable ABSENT is not set",
        "amends.yaml:13:29 /notify/10/webhook a resource cannot be referred to here",
        "amends.yaml:14:35 /notify/11/command/1 ${…} cannot stand here"
      ])
      const hints = found.map(({ hint }) => hint)
      assert.strictEqual(hints[0], "did you mean \"stuck\"?")
      assert.strictEqual(hints[8], "did you mean \"command\"?")
      assert.strictEqual(hints[9], "set it, or give a default: ${env.ABSENT:-text}")
    }))

  it.live("are no more than anybody needs", () =>
    Effect.gen(function*() {
      const rules = Array.from({ length: Limits.notifyRulesMax + 1 }, () => "{ on: [stuck], command: [x] }")
      assert.deepStrictEqual((yield* problems(yaml(...rules))).map(line), [
        "amends.yaml:3:3 /notify expected at most 20 rules"
      ])
    }))
})

describe("an address", () => {
  const wrong: ReadonlyArray<readonly [address: string, message: string]> = [
    ["hooks.example/hunter2", "the webhook is no address"],
    ["ftp://a.example/hunter2", "the webhook is no address of the web"],
    ["https://me:hunter2@a.example", "the webhook holds a user name or password"],
    ["http://a.example/hunter2", "the webhook would be called unencrypted"],
    ["http://10.0.0.1/hunter2", "the webhook would be called unencrypted"]
  ]
  it.live.each(wrong)("%s is refused and not repeated", ([address, message]) =>
    Effect.gen(function*() {
      const rule = yaml("{ on: [stuck], webhook: \"${env.OPS_WEBHOOK}\" }")
      const found = yield* problems(rule, { OPS_WEBHOOK: address })
      assert.deepStrictEqual(found.map(line), [`amends.yaml:3:29 /notify/0/webhook ${message}`])
      assert.notInclude(JSON.stringify(found), "hunter2")
    }))
})

describe("a command", () => {
  it.live.each(["../page.sh", "./a/../../page.sh"])(
    "%s outside the workspace is refused",
    (program) =>
      Effect.gen(function*() {
        const found = yield* problems(yaml(`{ on: [stuck], command: [${program}] }`))
        assert.deepStrictEqual(found.map(line), [
          "amends.yaml:3:30 /notify/0/command/0 the command lies outside the workspace"
        ])
      })
  )

  it.live("that is not there, or may not be run, is a warning before anybody needs it", () =>
    Effect.gen(function*() {
      const text = yaml(
        "{ on: [stuck], command: [./there.sh] }",
        "{ on: [stuck], command: [./here.sh] }",
        "{ on: [stuck], command: [./fine.sh] }",
        "{ on: [stuck], command: [not-looked-for] }"
      )
      const directory = yield* directoryWith({
        "amends.yaml": text,
        "here.sh": "",
        "fine.sh": "",
        "resources/a.yaml": ""
      })
      yield* Effect.promise(() => chmod(join(directory, "fine.sh"), 0o755))
      const { warnings } = yield* inWorkspace(directory, (workspace) => workspace.load)
      assert.deepStrictEqual(warnings.map(line), [
        "amends.yaml:3:30 /notify/0/command/0 the command of a notification is not there",
        "amends.yaml:4:30 /notify/1/command/0 the command of a notification may not be run"
      ])
    }))
})

describe("the JSON Schema", () => {
  it("knows the words and describes each member", () => {
    const rule = getAt(schemaDocuments([]).workspace, parsePointer("/properties/notify/items"))
    assert.deepStrictEqual(getAt(rule, parsePointer("/properties/on/items/enum")), notifyWords)
    for (const member of ["on", "after", "webhook", "command"]) {
      assert.isString(getAt(rule, parsePointer(`/properties/${member}/description`)), member)
    }
  })
})
