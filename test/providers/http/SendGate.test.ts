import { Effect } from "effect"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { describe, expect, it } from "vitest"
import { parseBaseUrl } from "../../../src/providers/http/BaseUrl.ts"
import { makeClient } from "../../../src/providers/http/Client.ts"
import { SendGate } from "../../../src/providers/Provider.ts"

describe("the send gate", () => {
  it("is asked when it is a write's turn, and lets nothing out once it is closed", async () => {
    const seen: Array<string> = []
    const server = createServer((request, response) => {
      seen.push(request.method ?? "")
      setTimeout(() => response.setHeader("content-type", "application/json").end("{}"), 30)
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    const { port } = server.address() as AddressInfo
    let open = true
    const run = Effect.gen(function*() {
      const base = yield* Effect.fromResult(parseBaseUrl(`http://127.0.0.1:${port}`, "loopback"))
      const client = yield* makeClient({
        provider: "p",
        base,
        auth: { _tag: "none" },
        concurrency: 1,
        timeoutMs: 2_000
      })
      const write = Effect.result(client.send({ method: "PUT", path: "/x", body: {} }))
      const closing = Effect.sync(() => {
        open = false
      })
      const [, queued] = yield* Effect.all([write, Effect.andThen(closing, write)], { concurrency: "unbounded" })
      const read = yield* Effect.result(client.send({ method: "GET", path: "/x" }))
      return { queued, read }
    })
    const { queued, read } = await Effect.runPromise(
      Effect.scoped(run).pipe(Effect.provideService(SendGate, Effect.sync(() => open)))
    )
    server.close()
    expect(queued).toMatchObject({ _tag: "Failure", failure: { reason: "NotSent", applied: "no" } })
    expect(read._tag).toBe("Success")
    expect(seen).toEqual(["PUT", "GET"])
  })
})
