/**
 * Secrets that programs print: when they run, what becomes of what they print, and what is said where they fail.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Limits } from "../../../src/domain/Limits.ts"
import type { Auth } from "../../../src/providers/http/Auth.ts"
import type { SecretCommand } from "../../../src/providers/http/SecretCommand.ts"
import { runSecretCommand } from "../../../src/providers/http/SecretCommand.ts"
import { LearnSecrets } from "../../../src/providers/LearnSecrets.ts"
import { answer, clientOf, type Handler, loopback } from "./Loopback.ts"

const read = { method: "GET", path: "/a" } as const
const env = { PATH: process.env["PATH"], SECRET: "hunter2" }
const shell = (script: string, directory?: string): SecretCommand => ({
  argv: ["sh", "-c", script],
  env,
  ...(directory === undefined ? {} : { directory })
})

const folder = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "amends-secret-"))),
  (path) => Effect.promise(() => rm(path, { recursive: true, force: true }))
)

/** A program that prints `secret-1`, then `secret-2`, and so on; and how often it ran. */
const counting = Effect.map(folder, (directory) => ({
  command: shell("echo >> runs; echo secret-$(wc -l < runs | tr -d ' ')", directory),
  runs: Effect.promise(async () => (await readFile(join(directory, "runs"), "utf8")).length)
}))

const taking = (...tokens: ReadonlyArray<string>): Handler => (response, { headers }) =>
  tokens.includes(headers.authorization ?? "")
    ? answer(response, 200, {})
    : answer(response, 401, { error: `${headers.authorization} is not known` })

const bearer = (token: SecretCommand): Auth => ({ _tag: "bearer", token })

describe("a program's secret", () => {
  it.live("is asked for once, by the first of all requests", () =>
    Effect.gen(function*() {
      const { command, runs } = yield* counting
      const server = yield* loopback(taking("Bearer secret-1"))
      const client = yield* clientOf(server.url, { auth: bearer(command) })
      yield* Effect.forEach(Array(5), () => client.send(read), { concurrency: "unbounded" })
      assert.lengthOf(server.seen, 5)
      assert.strictEqual(yield* runs, 1)
    }))

  it.live("is asked for once more when it is refused, by all that were refused together", () =>
    Effect.gen(function*() {
      const { command, runs } = yield* counting
      const server = yield* loopback(taking("Bearer secret-2"))
      const client = yield* clientOf(server.url, { auth: bearer(command) })
      yield* Effect.forEach(Array(5), () => client.send({ method: "POST", path: "/a", body: 1 }), {
        concurrency: "unbounded"
      })
      assert.strictEqual(yield* runs, 2)
    }))

  it.live("is not asked for again and again", () =>
    Effect.gen(function*() {
      const { command, runs } = yield* counting
      const server = yield* loopback(taking())
      const client = yield* clientOf(server.url, { auth: bearer(command) })
      const error = yield* Effect.flip(client.send(read))
      assert.strictEqual(error.reason, "Unauthorized")
      assert.strictEqual(error.detail, "Bearer (secret) is not known")
      assert.lengthOf(server.seen, 2)
      assert.strictEqual(yield* runs, 2)
    }))

  it.live("that is the same again is not sent again", () =>
    Effect.gen(function*() {
      const server = yield* loopback(taking())
      const client = yield* clientOf(server.url, { auth: bearer(shell("echo $SECRET")) })
      const errors = [yield* Effect.flip(client.send(read)), yield* Effect.flip(client.send(read))]
      assert.deepStrictEqual(errors.map(({ detail }) => detail), Array(2).fill("Bearer (secret) is not known"))
      assert.lengthOf(server.seen, 2)
    }))

  it.live("is learned as soon as it is there, and so is a token that is fetched with it", () =>
    Effect.gen(function*() {
      const learned: Array<string> = []
      const issuer = yield* loopback((response, { headers }, nth) =>
        nth === 1 ? answer(response, 401, { error: "invalid_client" }) : answer(response, 200, {
          access_token: `token of ${headers.authorization}`
        })
      )
      const { command } = yield* counting
      const tokenUrl = { origin: issuer.url, prefix: "" }
      const auth: Auth = { _tag: "oauth2", tokenUrl, clientId: "me", clientSecret: command }
      const server = yield* loopback((response) => answer(response, 200, {}))
      const client = yield* clientOf(server.url, { auth })
      const learn = (values: ReadonlyArray<string>): void => void learned.push(...values)
      yield* Effect.provideService(client.send(read), LearnSecrets, learn)
      const second = `token of Basic ${Buffer.from("me:secret-2").toString("base64")}`
      assert.deepStrictEqual(learned, ["secret-1", "secret-2", second])
      assert.deepStrictEqual(server.seen.map(({ headers }) => headers.authorization), [`Bearer ${second}`])
    }))

  it.live("stands in several headers, beside texts", () =>
    Effect.gen(function*() {
      const { command } = yield* counting
      const server = yield* loopback((response) => answer(response, 200, {}))
      const headers = { "X-Client-Id": " me ", "X-Key": command }
      yield* (yield* clientOf(server.url, { auth: { _tag: "headers", headers } })).send(read)
      assert.strictEqual(server.seen[0]?.headers["x-client-id"], "me")
      assert.strictEqual(server.seen[0]?.headers["x-key"], "secret-1")
    }))

  it.live("is the password of a user", () =>
    Effect.gen(function*() {
      const { command } = yield* counting
      const server = yield* loopback((response, { headers }) => answer(response, 400, { error: headers.authorization }))
      const auth: Auth = { _tag: "basic", username: "me", password: command }
      const error = yield* Effect.flip((yield* clientOf(server.url, { auth })).send(read))
      assert.strictEqual(error.detail, "Basic (secret)")
    }))
})

describe("a program", () => {
  it.live("runs in the workspace, without a shell, and without white space around what it prints", () =>
    Effect.gen(function*() {
      const directory = yield* folder
      yield* Effect.promise(() =>
        writeFile(join(directory, "print"), "#!/bin/sh\nprintf ' %s \\n' \"$1\"\n", { mode: 0o755 })
      )
      const secret = yield* runSecretCommand({ argv: ["./print", "a $SECRET b"], env, directory })
      assert.strictEqual(secret, "a $SECRET b")
    }))

  it.live.each<readonly [string, SecretCommand, string]>([
    ["fails", shell("echo $SECRET; echo $SECRET >&2; exit 3"), "failed with exit code 3"],
    ["is killed", shell("kill -9 $$"), "was ended by a signal"],
    ["prints nothing", shell("echo"), "printed nothing"],
    ["prints two lines", shell("echo $SECRET; echo $SECRET"), "printed more than one line"],
    ["prints without end", shell("yes $SECRET"), `printed more than ${Limits.secretBytesMax} bytes`],
    ["is not there", { argv: ["/nowhere/hunter2x"], env }, "is not there"],
    ["is a directory", { argv: ["/"], env }, "may not be run: permission is missing"]
  ])("that %s gives no secret, and the reason without what it printed", ([, command, why]) =>
    Effect.gen(function*() {
      assert.strictEqual(yield* Effect.flip(runSecretCommand(command)), why)
    }))

  it.live("that fails means that nothing is sent", () =>
    Effect.gen(function*() {
      const server = yield* loopback(taking())
      const client = yield* clientOf(server.url, { auth: bearer(shell("echo $SECRET; exit 3")) })
      const error = yield* Effect.flip(client.send({ method: "POST", path: "/a", body: {} }))
      assert.deepStrictEqual([error.reason, error.mayLand ?? false], ["Unauthorized", false])
      assert.strictEqual(error.request, "command sh")
      assert.include(error.detail, "sh failed with exit code 3")
      assert.notInclude(error.message, "hunter2")
      assert.lengthOf(server.seen, 0)
    }))

  it.effect("that does not end is killed with its children", () =>
    Effect.gen(function*() {
      const fiber = yield* Effect.forkChild(Effect.flip(runSecretCommand(shell("sleep 1000 & wait"))))
      yield* TestClock.adjust(Limits.secretCommandMs)
      assert.strictEqual(yield* Fiber.join(fiber), "did not end within 30s and was killed")
    }))
})
