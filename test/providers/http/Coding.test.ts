/**
 * Answers that come compressed although nobody asked: a request that names no coding takes any (RFC 9110, 12.5.3).
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from "node:zlib"
import { clientOf, loopback } from "./Loopback.ts"

const items = { items: [{ id: 1, name: "Träger" }] }
const text = JSON.stringify(items)

const codings: ReadonlyArray<readonly [coding: string, body: Buffer]> = [
  ["gzip", gzipSync(text)],
  ["X-GZip", gzipSync(text)],
  ["deflate", deflateSync(text)],
  ["deflate", deflateRawSync(text)],
  ["br", brotliCompressSync(text)],
  ["identity", Buffer.from(text)],
  ["deflate, gzip", gzipSync(deflateSync(text))]
]

/** Asks a server that answers with this coding and these bytes. */
const ask = (coding: string, body: Buffer, method: "GET" | "PATCH" = "GET") =>
  Effect.gen(function*() {
    const server = yield* loopback((response) => {
      response.writeHead(200, { "content-type": "application/json", "content-encoding": coding })
      response.end(body)
    })
    const client = yield* clientOf(server.url, { responseBytesMax: 4_096 })
    return yield* client.send({ method, path: "/things" })
  })

describe("an answer that comes compressed", () => {
  for (const [coding, body] of codings) {
    it.effect(`is read: ${coding}, ${body.length} bytes`, () =>
      Effect.gen(function*() {
        assert.deepStrictEqual((yield* ask(coding, body)).json, items)
      }))
  }

  it.effect("is one that cannot be understood where it is damaged, and its bytes are told nowhere", () =>
    Effect.gen(function*() {
      const read = yield* Effect.flip(ask("gzip", gzipSync(text).subarray(0, 20)))
      assert.deepStrictEqual([read.reason, read.detail], [
        "Malformed",
        "the answer is compressed (gzip) and cannot be unpacked"
      ])
      const written = yield* Effect.flip(ask("gzip", Buffer.from("no gzip"), "PATCH"))
      assert.strictEqual(written.reason, "Ambiguous")
    }))

  it.effect("is one that cannot be understood where its coding is not known", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(ask("snappy", Buffer.from([1, 2, 3])))
      assert.deepStrictEqual([error.reason, error.detail], [
        "Malformed",
        "the answer is compressed (snappy) and cannot be unpacked"
      ])
    }))

  it.effect("is not unpacked beyond what is read at most", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(ask("gzip", gzipSync(JSON.stringify("x".repeat(1_000_000)))))
      assert.deepStrictEqual([error.reason, error.detail], ["Malformed", "the answer is larger than 4096 bytes"])
    }))
})

describe("an answer that begins with a byte order mark", () => {
  it.effect("is read without it", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual((yield* ask("identity", Buffer.from(`\uFEFF${text}`))).json, items)
    }))
})
