/**
 * A webhook on loopback that answers as a test says, one answer a request, the last one from then on.
 */
import { createServer, type IncomingHttpHeaders } from "node:http"

/** What it does with a request: a status, a status with headers, or silence. */
export type Manner = number | "silent" | { readonly status: number; readonly headers: Readonly<Record<string, string>> }

/** A request as it came. */
export interface Letter {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  /** The body as text, and what is in it. */
  readonly text: string
  readonly json: { readonly [name: string]: unknown }
}

export interface Receiver {
  readonly url: string
  readonly letters: ReadonlyArray<Letter>
  /** Answers once so many requests have come. */
  readonly arrived: (count: number) => Promise<void>
  readonly close: () => Promise<void>
}

/** Starts a webhook. */
export const startReceiver = (...manners: ReadonlyArray<Manner>): Promise<Receiver> => {
  const letters: Array<Letter> = []
  const waiting = new Set<() => void>()
  const server = createServer((request, response) => {
    const chunks: Array<Buffer> = []
    request.on("data", (chunk: Buffer) => chunks.push(chunk))
    request.on("end", () => {
      const text = Buffer.concat(chunks).toString()
      const { headers, method = "", url: path = "" } = request
      const manner = manners[letters.length] ?? manners.at(-1) ?? 200
      letters.push({ method, path, headers, text, json: JSON.parse(text) as Letter["json"] })
      for (const look of waiting) look()
      if (typeof manner === "number") response.writeHead(manner).end("words of the webhook")
      else if (manner !== "silent") response.writeHead(manner.status, manner.headers).end()
    })
  })
  const arrived = (count: number): Promise<void> =>
    new Promise((resolve) => {
      const look = () => {
        if (letters.length < count) return
        waiting.delete(look)
        resolve()
      }
      waiting.add(look)
      look()
    })
  const close = (): Promise<void> =>
    new Promise((closed) => {
      server.close(() => closed())
      server.closeAllConnections()
    })
  return new Promise((resolve) =>
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      resolve({ url: `http://127.0.0.1:${port}/hooks/very-secret-path?sig=very-secret-sig`, letters, arrived, close })
    })
  )
}
