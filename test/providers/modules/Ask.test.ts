/**
 * What `context.ask` makes of the ends that requests have, against a real server: the same as every HTTP provider.
 */
import { createServer, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { ask } from "../../../src/providers/modules/Ask.ts"
import type { Asking } from "../../../src/providers/ProviderModule.ts"

const ends: { readonly [path: string]: (response: ServerResponse) => void } = {
  "/fine": (response) => response.writeHead(201, { "X-Made": "yes" }).end("{\"a\":1}"),
  "/empty": (response) => response.writeHead(204).end(),
  "/foreign": (response) => response.writeHead(200).end("<p>hello"),
  "/no": (response) => response.writeHead(422).end("{\"error\":{\"message\":\"too long\"}}"),
  "/gone": (response) => response.writeHead(404).end("{}"),
  "/slow": (response) => response.writeHead(429, { "retry-after": "7" }).end(),
  "/broken": (response) => response.writeHead(500).end(),
  "/elsewhere": (response) => response.writeHead(302, { location: "/fine" }).end(),
  "/cut": (response) => {
    response.writeHead(200, { "content-length": "100" })
    response.write("{\"a\"", () => response.destroy())
  },
  "/lost": (response) => response.destroy()
}

let server: Server
let url = ""
beforeAll(async () => {
  server = createServer((request, response) => ends[request.url ?? ""]?.(response))
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

const failed = async (
  path: string,
  asking: Asking = {},
  base = url
): Promise<{ readonly [field: string]: unknown }> => {
  try {
    await ask(`${base}${path}`, asking)
  } catch (thrown) {
    return { ...thrown as object, detail: (thrown as Error).message }
  }
  throw new Error("it was answered")
}

const write: Asking = { method: "POST", body: { a: 1 } }

describe("a request of a module", () => {
  it("is answered with status, headers and body", async () => {
    expect(await ask(`${url}/fine`, write)).toMatchObject({ status: 201, headers: { "x-made": "yes" }, body: { a: 1 } })
    expect(await ask(`${url}/empty`)).toMatchObject({ status: 204, body: undefined })
  })

  it.each([
    ["/no", write, { reason: "Rejected", status: 422, detail: "the server answered 422: too long" }],
    ["/gone", write, { reason: "NotFound" }],
    ["/slow", write, { reason: "Throttled", retryAfterMs: 7_000 }],
    ["/broken", write, { reason: "Ambiguous", mayLand: false }],
    ["/lost", write, { reason: "Ambiguous", mayLand: true }],
    ["/cut", write, { reason: "Ambiguous", mayLand: true }],
    ["/foreign", write, { reason: "Ambiguous" }],
    ["/foreign", {}, { reason: "Malformed" }],
    ["/elsewhere", write, { reason: "Rejected" }]
  ])("to %s of %j fails as %j", async (path, asking, told) => {
    expect(await failed(path, asking)).toMatchObject(told)
  })

  it("that no server takes was surely not sent", async () => {
    const closed = createServer()
    await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve))
    const { port } = closed.address() as AddressInfo
    await new Promise((resolve) => closed.close(resolve))
    expect(await failed("/", write, `http://127.0.0.1:${port}`)).toMatchObject({ reason: "NotSent" })
  })

  it("that could not be made says why", async () => {
    expect((await failed("/", {}, "http://127.0.0.1:1"))["detail"]).toMatch(/no answer: .+/)
  })
})
