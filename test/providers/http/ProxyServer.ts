/**
 * A proxy on this machine that leads every host to one server, and an HTTPS server whose certificates a test makes.
 */
import { Effect, type Scope } from "effect"
import { createServer, type IncomingHttpHeaders, request as send, type Server } from "node:http"
import { createServer as createTlsServer, type ServerOptions } from "node:https"
import { type AddressInfo, connect, type Socket } from "node:net"
import type { Duplex } from "node:stream"

/** What a proxy got to see. */
export interface Passed {
  readonly method: string
  /** `host:port` of a tunnel, else the whole address. */
  readonly target: string
  readonly headers: IncomingHttpHeaders
}

export interface Proxying {
  readonly url: string
  readonly passed: ReadonlyArray<Passed>
}

/** What a proxy does with a tunnel or request: leads it to the port, refuses it, or hangs up. */
export type Habit = "leads" | "refuses" | "hangs up"

const listening = <S extends Server>(server: S): Effect.Effect<S, never, Scope.Scope> => {
  const open = new Set<Socket>()
  server.on("connection", (socket: Socket) => {
    open.add(socket)
    socket.on("error", () => undefined)
    socket.on("close", () => open.delete(socket))
  })
  return Effect.acquireRelease(
    Effect.callback<S>((resume) => void server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))),
    () =>
      Effect.sync(() => {
        server.close()
        for (const socket of open) socket.destroy()
      })
  )
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port

const tunnel = (client: Duplex, port: number): void => {
  const server = connect(port, "127.0.0.1", () => {
    client.write("HTTP/1.1 200 Connection established\r\n\r\n")
    server.pipe(client)
    client.pipe(server)
  })
  server.on("error", () => client.destroy())
  client.on("error", () => server.destroy())
  client.on("close", () => server.destroy())
}

/** A proxy to whatever listens on that port of this machine. */
export const proxyServer = (port: number, habit: Habit = "leads"): Effect.Effect<Proxying, never, Scope.Scope> => {
  const passed: Array<Passed> = []
  const server = createServer((request, response) => {
    const { headers, method = "", url = "" } = request
    passed.push({ method, target: url, headers })
    if (habit === "hangs up") return void request.socket.destroy()
    if (habit === "refuses") return void response.writeHead(407).end(`who is ${headers["proxy-authorization"]}?`)
    const { pathname, search } = new URL(url)
    const onward = send({ port, host: "127.0.0.1", method, path: `${pathname}${search}`, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    request.pipe(onward)
  })
  server.on("connect", ({ headers, url = "" }, client) => {
    passed.push({ method: "CONNECT", target: url, headers })
    if (habit === "hangs up") client.destroy()
    else if (habit === "refuses") client.end(`HTTP/1.1 407 who is ${headers["proxy-authorization"]}?\r\n\r\n`)
    else tunnel(client, port)
  })
  return Effect.map(listening(server), () => ({ url: `http://127.0.0.1:${portOf(server)}`, passed }))
}

/** What an HTTPS server got to see, and the name in the client's certificate. */
export interface Secured {
  readonly port: number
  readonly seen: ReadonlyArray<{ readonly headers: IncomingHttpHeaders; readonly client: string | undefined }>
}

/** An HTTPS server that answers `{}` to everything. */
export const tlsServer = (options: ServerOptions): Effect.Effect<Secured, never, Scope.Scope> => {
  const seen: Array<Secured["seen"][number]> = []
  const server = createTlsServer(options, (request, response) => {
    const socket = request.socket as Socket & { getPeerCertificate?: () => { subject?: { CN?: string } } }
    seen.push({ headers: request.headers, client: socket.getPeerCertificate?.().subject?.CN })
    request.resume()
    response.end("{}")
  })
  return Effect.map(listening(server), () => ({ port: portOf(server), seen }))
}
