/**
 * The sandbox on a socket: reads requests, waits as told, hands them to the API, the admin paths or a fault.
 *
 * A request is applied once it was read in full and its latency has passed, also when the client has gone by then:
 * that is how a request whose sender gave up still lands. Connections are kept alive for longer than any client keeps
 * them.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import { adminPrefix, serveAdmin } from "./Admin.ts"
import { refuse } from "./Answer.ts"
import { type ApiRequest, respond } from "./Api.ts"
import { type Exchange, later, serve } from "./Exchange.ts"
import { takeDue } from "./FaultBook.ts"
import { logRequest, type OpenRequest, type RequestLog } from "./RequestLog.ts"
import { SandboxError } from "./SandboxError.ts"
import type { Stage } from "./Stage.ts"

/** The largest body that a request may have, in bytes; more is refused with 413. */
export const bodyBytesMax = 10 * 1024 * 1024

type WithBody = (body: string | undefined) => void

/**
 * Reads a body and hands it on; undefined when it is too large. A request that breaks off in the middle is forgotten.
 */
const readBody = (incoming: IncomingMessage, then: WithBody): void => {
  const chunks: Array<Buffer> = []
  let bytes = 0
  incoming.on("data", (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes <= bodyBytesMax) chunks.push(chunk)
    else chunks.length = 0
  })
  incoming.on("error", () => undefined)
  incoming.on("end", () => then(bytes > bodyBytesMax ? undefined : Buffer.concat(chunks).toString("utf8")))
}

const toRequest = (incoming: IncomingMessage, body: string): ApiRequest => {
  const target = incoming.url ?? "/"
  const mark = target.indexOf("?")
  return {
    method: incoming.method ?? "GET",
    path: mark < 0 ? target : target.slice(0, mark),
    query: mark < 0 ? "" : target.slice(mark + 1),
    headers: incoming.headers,
    body
  }
}

const countInFlight = (log: RequestLog, response: ServerResponse): void => {
  log.inFlight += 1
  log.peakInFlight = Math.max(log.peakInFlight, log.inFlight)
  response.on("close", () => {
    log.inFlight -= 1
  })
}

const handle = (stage: Stage, exchange: Omit<Exchange, "logged">, incoming: IncomingMessage): void => {
  const { request, response } = exchange
  const due = takeDue(stage.faults, request.method, request.path)
  const logged: OpenRequest = logRequest(stage.log, {
    at: stage.world.now(),
    method: request.method,
    path: incoming.url ?? "/",
    body: request.body,
    faults: due.acts
  })
  countInFlight(stage.log, response)
  const waitMs = stage.settings.latencyMs + due.delayMs
  const go = (): void => serve({ ...exchange, logged }, due.fault)
  if (waitMs > 0) later(waitMs, go)
  else go()
}

const sendUnlogged = (response: ServerResponse, made: ReturnType<typeof respond>): void => {
  response.writeHead(made.status, { ...made.headers, "content-length": Buffer.byteLength(made.body) })
  response.end(made.body)
}

const listener = (stage: Stage) => (incoming: IncomingMessage, response: ServerResponse): void => {
  response.on("error", () => undefined)
  readBody(incoming, (body) => {
    if (body === undefined) {
      return sendUnlogged(response, respond(stage.settings, refuse(413, `the body is over ${bodyBytesMax} bytes`)))
    }
    const request = toRequest(incoming, body)
    if (request.path.startsWith(adminPrefix)) return sendUnlogged(response, serveAdmin(stage, request))
    return handle(stage, { stage, request, response }, incoming)
  })
}

/** Where a server listens; port 0 for any free one. */
export interface Endpoint {
  readonly host: string
  readonly port: number
}

/** Starts to serve a stage; rejects with a `SandboxError` of reason `port` where it cannot listen. */
export const listen = (stage: Stage, { host, port }: Endpoint): Promise<Server> => {
  const server = createServer({ keepAliveTimeout: 120_000, requestTimeout: 0, noDelay: true }, listener(stage))
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const why = cause.code === "EADDRINUSE" ? "another program listens there" : cause.message
      reject(new SandboxError({ reason: "port", message: `cannot listen on ${host}, port ${port}: ${why}`, cause }))
    })
    server.listen(port, host, () => {
      server.removeAllListeners("error")
      resolve(server)
    })
  })
}

/** Stops to serve at once; requests under way are cut off. */
export const stop = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
