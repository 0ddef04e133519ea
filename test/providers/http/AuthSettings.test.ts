/**
 * The settings of credentials, certificates and proxies: what they come to, and what is said of those that are wrong.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { createPrivateKey } from "node:crypto"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Json } from "../../../src/domain/Document.ts"
import { readAuth } from "../../../src/providers/http/AuthSettings.ts"
import { readHttpSettings } from "../../../src/providers/http/HttpSettings.ts"
import type { ProviderSettings } from "../../../src/providers/Registry.ts"
import { Surroundings } from "../../../src/providers/Surroundings.ts"
import { issue, makeAuthority } from "./Certificates.ts"

const settingsOf = (settings: { readonly [key: string]: Json }, root = "/w"): ProviderSettings => ({
  name: "shop",
  use: "http",
  settings: { baseUrl: "https://api.test", ...settings },
  timeoutMs: 5_000,
  root
})

const env = { PATH: "/bin", HTTPS_PROXY: "" }
const within = <A, E>(effect: Effect.Effect<A, E>, given = env) =>
  Effect.provideService(effect, Surroundings, { env: given })

const command = { command: ["vault", "read"] }
const program = { argv: ["vault", "read"], env, directory: "/w" }

describe("auth", () => {
  it.effect.each<readonly [Json, unknown]>([
    [null, { _tag: "none" }],
    [{ bearer: "t" }, { _tag: "bearer", token: "t" }],
    [{ bearer: command }, { _tag: "bearer", token: program }],
    [{ basic: { username: "me", password: command } }, { _tag: "basic", username: "me", password: program }],
    [{ headers: { "X-Key": command, "X-Id": "me" } }, { _tag: "headers", headers: { "X-Key": program, "X-Id": "me" } }],
    [{ oauth2: { tokenUrl: "https://id.test/token", clientId: "me", clientSecret: command, credentialsIn: "body" } }, {
      _tag: "oauth2",
      tokenUrl: { origin: "https://id.test", prefix: "/token" },
      clientId: "me",
      clientSecret: program,
      credentialsIn: "body"
    }]
  ])("is read: %j", ([auth, expected]) =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* within(readAuth(settingsOf({ auth }))), expected as never)
    }))

  it.effect.each<readonly [Json, ReadonlyArray<string>]>([
    ["hunter2", ["/auth"]],
    [{}, ["/auth"]],
    [{ bearer: "a", basic: {} }, ["/auth"]],
    [{ token: "hunter2" }, ["/auth/token"]],
    [{ bearer: "" }, ["/auth/bearer"]],
    [{ bearer: "hunt\ner2" }, ["/auth/bearer"]],
    [{ bearer: { command: "hunter2" } }, ["/auth/bearer/command"]],
    [{ bearer: { command: [] } }, ["/auth/bearer/command"]],
    [{ bearer: { command: ["vault", 5] } }, ["/auth/bearer/command"]],
    [{ bearer: { comand: ["vault"] } }, ["/auth/bearer/comand"]],
    [{ bearer: { command: ["vault"], env: {} } }, ["/auth/bearer/env"]],
    [{ basic: { user: "me" } }, ["/auth/basic/user", "/auth/basic/username", "/auth/basic/password"]],
    [{ headers: {} }, ["/auth/headers"]],
    [{ headers: { "X Y": "hunter2", Z: 5 } }, ["/auth/headers/X Y", "/auth/headers/Z"]],
    [{ oauth2: { tokenUrl: "http://id.test", clientSecret: "hunter2", credentialsIn: "hunter2" } }, [
      "/auth/oauth2/tokenUrl",
      "/auth/oauth2/clientId",
      "/auth/oauth2/credentialsIn"
    ]]
  ])("that is wrong is refused at every place, without a value: %j", ([auth, paths]) =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(within(readAuth(settingsOf({ auth }))))
      assert.deepStrictEqual(error.mistakes.map(({ path }) => path), paths)
      for (const { detail, hint } of error.mistakes) assert.notInclude(`${detail} ${hint}`, "hunter2")
    }))
})

const authority = makeAuthority("ours")
const mine = issue(authority, "me")
const other = issue(authority, "you")

const files = {
  "ca.pem": authority.cert,
  "me.pem": mine.cert,
  "me.key": mine.key,
  "you.key": other.key,
  "empty.pem": "",
  "broken.pem": authority.cert.replace(/[A-Z]{4}/, "????"),
  "locked.key": createPrivateKey(mine.key)
    .export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" })
    .toString()
}

const folder = Effect.acquireRelease(
  Effect.promise(async () => {
    const path = await mkdtemp(join(tmpdir(), "amends-tls-"))
    for (const [name, text] of Object.entries(files)) await writeFile(join(path, name), text)
    return path
  }),
  (path) => Effect.promise(() => rm(path, { recursive: true, force: true }))
)

describe("tls", () => {
  it.live("is read from files of the workspace, and trusts our authority besides the public ones", () =>
    Effect.gen(function*() {
      const tls = { ca: "ca.pem", cert: "./me.pem", key: "me.key" }
      const { network } = yield* within(readHttpSettings(settingsOf({ tls }, yield* folder)))
      assert.deepStrictEqual([network.tls?.cert, network.tls?.key, network.env], [mine.cert, mine.key, env])
      assert.isTrue(network.tls?.ca?.includes(authority.cert.trim()))
      assert.isAbove(network.tls?.ca?.length ?? 0, 50)
    }))

  it.live.each<readonly [Json, ReadonlyArray<string>]>([
    ["ca.pem", ["/tls"]],
    [{ CA: "ca.pem" }, ["/tls/CA"]],
    [{ ca: "nowhere.pem" }, ["/tls/ca"]],
    [{ ca: "." }, ["/tls/ca"]],
    [{ ca: "empty.pem" }, ["/tls/ca"]],
    [{ ca: "broken.pem" }, ["/tls/ca"]],
    [{ ca: 5 }, ["/tls/ca"]],
    [{ cert: "me.pem" }, ["/tls/key"]],
    [{ key: "me.key" }, ["/tls/cert"]],
    [{ cert: "me.pem", key: "you.key" }, ["/tls/key"]],
    [{ cert: "me.pem", key: "ca.pem" }, ["/tls/key"]],
    [{ cert: "me.pem", key: "locked.key" }, ["/tls/key"]],
    [{ ca: "nowhere.pem", cert: "empty.pem", key: "empty.pem" }, ["/tls/ca", "/tls/cert", "/tls/key"]]
  ])("that cannot be is refused with all that is wrong: %j", ([tls, paths]) =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(within(readHttpSettings(settingsOf({ tls }, yield* folder))))
      assert.deepStrictEqual(error.mistakes.map(({ path }) => path), paths)
      for (const { hint } of error.mistakes) assert.isAbove(hint.length, 10)
    }))
})

describe("a variable that names no proxy", () => {
  const wrong = { PATH: "", HTTPS_PROXY: "socks5://me:hunter2@secure" }

  it.effect("is told at the address that would be reached through it", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(within(readHttpSettings(settingsOf({})), wrong))
      assert.deepStrictEqual([error.path, error.mistakes.length], ["/baseUrl", 1])
      assert.include(error.detail, "HTTPS_PROXY")
      assert.notInclude(error.message, "hunter2")
      const oauth2 = { tokenUrl: "https://id.test", clientId: "me", clientSecret: "hunter2" }
      const second = yield* Effect.flip(within(readAuth(settingsOf({ auth: { oauth2 } })), wrong))
      assert.strictEqual(second.path, "/auth/oauth2/tokenUrl")
    }))

  it.effect("is no matter where it is not used", () =>
    Effect.gen(function*() {
      const { base } = yield* within(readHttpSettings(settingsOf({ baseUrl: "https://127.0.0.1:1" })), wrong)
      assert.strictEqual(base.origin, "https://127.0.0.1:1")
    }))
})
