/**
 * A proxy between amends and a server: hands everything on, and does to a write what a test asks for. What the server
 * answers is never changed, only lost.
 */
import { once } from "node:events"
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http"
import type { Launched } from "./Launched.ts"

/**
 * What becomes of a write: it is `refused`, it is `lost` on its way, its answer is lost on the way back (`applied`), or
 * it is applied and nobody hears of it until the client is gone (`silence`).
 */
export type Mischief = "refused" | "lost" | "applied" | "silence"

/** What is done to the nth write since it was told, which may take its time, during which the write waits. */
export type Meddle = (nth: number) => Mischief | undefined | Promise<Mischief | undefined>

/** A write that came. */
export interface Write {
  /** Its method and path. */
  readonly line: string
  /** What the server answered; 0 before it has. */
  status: number
}

export interface Between extends Launched {
  /** Counts the writes from here on. */
  readonly meddle: (meddle: Meddle) => void
  /** The writes that came since then. */
  readonly writes: () => ReadonlyArray<Readonly<Write>>
}

interface Stage {
  readonly target: URL
  writes: Array<Write>
  meddle: Meddle
}

const handOn = async (stage: Stage, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
  const write: Write = { line: `${incoming.method} ${incoming.url}`, status: 0 }
  const mischief = incoming.method === "GET" ? undefined : await stage.meddle(stage.writes.push(write))
  if (mischief === "lost") return void incoming.socket.destroy()
  if (mischief === "refused") {
    outgoing.writeHead(400, { "content-type": "application/json" }).end("{\"error\":\"refused between\"}")
    return
  }
  const { method, url } = incoming
  const { host, hostname, port } = stage.target
  const headers = { ...incoming.headers, host }
  const onward = request({ hostname, port, method, path: url, headers, agent: false }, (answer) => {
    write.status = answer.statusCode ?? 0
    // Whoever waits for an answer that was cut short, or is to be lost, is told at once.
    answer.on("close", () => {
      if (!answer.complete || mischief === "applied") incoming.socket.destroy()
    })
    answer.on("error", () => incoming.socket.destroy())
    if (mischief !== undefined) return void answer.resume()
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.once("end", () => outgoing.addTrailers(answer.trailers as Record<string, string>))
    answer.pipe(outgoing)
  })
  onward.on("error", () => incoming.socket.destroy())
  incoming.pipe(onward)
}

/** Starts a proxy before a server. */
export const startBetween = async (target: string): Promise<Between> => {
  const stage: Stage = { target: new URL(target), writes: [], meddle: () => undefined }
  const server = createServer((incoming, outgoing) => void handOn(stage, incoming, outgoing)).listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  return {
    url: `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`,
    writes: () => stage.writes,
    meddle: (meddle) => {
      stage.writes = []
      stage.meddle = meddle
    },
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, "close")
    }
  }
}
