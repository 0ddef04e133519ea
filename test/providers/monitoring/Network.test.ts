/**
 * What goes out to the world by default: where to, with which headers and bodies. Nothing leaves this machine here.
 */
import { assert, describe, it } from "@effect/vitest"
import { HttpRequestInterceptor } from "@mswjs/interceptors/http"
import { Effect } from "effect"
import { http, HttpResponse, type JsonBodyType, type RequestHandler } from "msw"
import { defineNetwork, InterceptorSource } from "msw/experimental"
import { makeMonitoring } from "../../../src/providers/monitoring/Monitoring.ts"
import { create, perform, settingsOf, slack } from "./World.ts"

interface Sent {
  readonly line: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}

/** Stands in for the network: undici's own dispatcher is seen at the socket, anything without a handler fails. */
const network = (handlers: ReadonlyArray<RequestHandler>) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const made = defineNetwork({
        sources: [new InterceptorSource({ interceptors: [new HttpRequestInterceptor()] })],
        handlers: [...handlers],
        context: { quiet: true },
        onUnhandledFrame: "error"
      })
      return { made, enabled: made.enable() }
    }),
    ({ made }) => Effect.promise(async () => made.disable())
  )

const base = "https://api.hypernative.xyz"

const recording = (sent: Array<Sent>, answers: (line: string) => JsonBodyType) =>
  http.all(`${base}/*`, async ({ request }) => {
    const url = new URL(request.url)
    const text = await request.text()
    const line = `${request.method} ${url.pathname}${url.search}`
    sent.push({ line, headers: Object.fromEntries(request.headers), body: text === "" ? undefined : JSON.parse(text) })
    return HttpResponse.json(answers(line))
  })

describe("the world", () => {
  it.live("is asked at the documented address, with the credentials and JSON", () =>
    Effect.gen(function*() {
      const sent: Array<Sent> = []
      const answers = (line: string) =>
        line.startsWith("POST") ? [{ id: 7, ...slack }] : { success: true, data: { results: [] }, error: null }
      yield* network([recording(sent, answers)])
      const provider = yield* makeMonitoring(settingsOf({ clientId: "me", clientSecret: "s3cret" }))
      yield* provider.check
      assert.strictEqual(yield* create(provider, "notification_channel", slack), "7")
      yield* perform(provider, "custom_agent", {
        _tag: "update",
        id: "9",
        from: { state: "enabled" },
        to: { delay: 5 }
      })
      assert.deepStrictEqual(sent.map(({ body, line }) => [line, body]), [
        ["GET /watchlists?limit=1", undefined],
        ["POST /notification-channels", [slack]],
        ["PATCH /custom-agents/9", { state: "enabled", delay: 5 }]
      ])
      for (const { headers } of sent) {
        assert.deepInclude(headers, { "x-client-id": "me", "x-client-secret": "s3cret", accept: "application/json" })
        assert.notProperty(headers, "authorization")
      }
      assert.strictEqual(sent[1]?.headers["content-type"], "application/json")
    }))

  it.live("is sent a token where there is one", () =>
    Effect.gen(function*() {
      const sent: Array<Sent> = []
      yield* network([recording(sent, () => [])])
      const provider = yield* makeMonitoring(settingsOf({ token: "t0ken" }))
      assert.deepStrictEqual(yield* provider.list("watchlist"), [])
      assert.strictEqual(sent[0]?.headers["authorization"], "Bearer t0ken")
      assert.strictEqual(sent[0]?.line, "GET /watchlists?limit=500&offset=0&sort=id&order=asc")
    }))
})
