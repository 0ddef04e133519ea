/**
 * A collector of OTLP on loopback: keeps what it is sent, or takes connections and never answers.
 */
import { createServer } from "node:http"

/** A span as it was sent. */
export interface SentSpan {
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly status: { readonly code: number }
  readonly attributes: { readonly [name: string]: unknown }
}

interface Attribute {
  readonly key: string
  readonly value: { readonly [type: string]: unknown }
}

interface Payload {
  readonly resourceSpans?: ReadonlyArray<{
    readonly scopeSpans: ReadonlyArray<{
      readonly spans: ReadonlyArray<Omit<SentSpan, "attributes"> & { readonly attributes: ReadonlyArray<Attribute> }>
    }>
  }>
}

export interface Collector {
  readonly url: string
  /** Paths of the requests. */
  readonly paths: Array<string>
  /** Bodies and headers of the requests, as text. */
  readonly received: Array<string>
  readonly spans: () => ReadonlyArray<SentSpan>
  readonly close: () => Promise<void>
}

const attributesOf = (attributes: ReadonlyArray<Attribute>) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]))

/** Starts a collector that answers, or one that is silent. */
export const startCollector = (manner: "answers" | "silent" = "answers"): Promise<Collector> => {
  const paths: Array<string> = []
  const received: Array<string> = []
  const server = createServer((request, response) => {
    const chunks: Array<Buffer> = []
    request.on("data", (chunk: Buffer) => chunks.push(chunk))
    request.on("end", () => {
      paths.push(request.url ?? "")
      received.push(Buffer.concat(chunks).toString())
      if (manner === "answers") response.setHeader("content-type", "application/json").end("{}")
    })
  })
  return new Promise((resolve) =>
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      resolve({
        url: `http://127.0.0.1:${port}`,
        paths,
        received,
        spans: () =>
          received.flatMap((body) => (JSON.parse(body) as Payload).resourceSpans ?? [])
            .flatMap(({ scopeSpans }) => scopeSpans).flatMap(({ spans }) => spans)
            .map((span) => ({ ...span, attributes: attributesOf(span.attributes) })),
        close: () =>
          new Promise((closed) => {
            server.close(() => closed())
            server.closeAllConnections()
          })
      })
    })
  )
}
