/**
 * One request and its response while they are under way, and what each fault does with them.
 *
 * The table `actions` is the whole meaning of the acts: whether a request is applied, when, and what the client gets
 * to see.
 */
import type { ServerResponse } from "node:http"
import { refuse } from "./Answer.ts"
import { type ApiRequest, type ApiResponse, respond, serveApi } from "./Api.ts"
import type { Act, Fault } from "./Fault.ts"
import type { OpenRequest } from "./RequestLog.ts"
import type { Stage } from "./Stage.ts"

/** A request read in full, the response it waits for, and its line in the log. */
export interface Exchange {
  readonly stage: Stage
  readonly request: ApiRequest
  readonly response: ServerResponse
  readonly logged: OpenRequest
}

/** Does something later; a sandbox that is closed meanwhile does not wait for it. */
export const later = (ms: number, act: () => void): void => {
  setTimeout(act, ms).unref()
}

/** Applies a request and answers the response that is due, without sending it. */
const apply = ({ logged, request, stage }: Exchange): ApiResponse => {
  const response = serveApi(stage.world, stage.settings, request)
  logged.applied = request.method !== "GET" && response.status < 300
  return response
}

/** Sends a response, unless the client has gone. */
export const send = ({ logged, response }: Pick<Exchange, "logged" | "response">, made: ApiResponse): void => {
  if (response.destroyed) return
  logged.status = made.status
  const isBodiless = made.status === 204 || made.status === 304
  const length = isBodiless ? {} : { "content-length": Buffer.byteLength(made.body) }
  response.writeHead(made.status, { ...made.headers, ...length })
  response.end(isBodiless ? undefined : made.body)
}

const drop = ({ response }: Exchange): void => {
  response.socket?.destroy()
}

const lowerCased = (headers: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))

/** The answer that a fault describes: its body, or an error in the form of the API. */
const made = ({ request, stage }: Exchange, fault: Fault): ApiResponse => {
  const status = fault.status ?? 500
  const headers = lowerCased(fault.headers)
  if (fault.body !== undefined) {
    const isText = typeof fault.body === "string"
    const type = isText ? "text/plain; charset=utf-8" : "application/json; charset=utf-8"
    const body = isText ? String(fault.body) : JSON.stringify(fault.body)
    return { status, headers: { "content-type": type, ...headers }, body: withEcho(fault, body, request) }
  }
  const plain = respond(stage.settings, refuse(status, withEcho(fault, `fault injected (${fault.act})`, request)))
  return { ...plain, headers: { ...plain.headers, ...headers } }
}

const withEcho = ({ echo }: Fault, text: string, { body }: ApiRequest): string =>
  echo === true ? `${text}; the request was ${body}` : text

const truncate = (exchange: Exchange): void => {
  const { body, headers, status } = apply(exchange)
  const { logged, response } = exchange
  if (response.destroyed) return
  const bytes = Buffer.from(body)
  logged.status = status
  response.writeHead(status, { ...headers, "content-length": bytes.length })
  response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => drop(exchange))
}

const page = "<!doctype html><html><head><title>Sign in</title></head><body><h1>Sign in</h1></body></html>\n"

const hugeBytes = 65 * 1024 * 1024
const block = Buffer.alloc(64 * 1024, "a")

/** Streams a JSON text of `bytes` bytes, at the pace of its reader. */
const huge = ({ logged, response }: Exchange, bytes: number): void => {
  logged.status = 200
  response.writeHead(200, { "content-type": "application/json; charset=utf-8" })
  response.write(`{"success":true,"data":"`)
  let left = bytes
  const pump = (): void => {
    while (left > 0 && !response.destroyed) {
      const part = block.subarray(0, Math.min(block.length, left))
      left -= part.length
      if (!response.write(part)) return
    }
    if (left === 0) response.off("drain", pump).end(`"}`)
  }
  response.on("drain", pump)
  pump()
}

type Action = (exchange: Exchange, fault: Fault) => void

const actions: Readonly<Record<Act, Action>> = {
  status: (exchange, fault) => send(exchange, made(exchange, fault)),
  statusAfter: (exchange, fault) => {
    apply(exchange)
    send(exchange, made(exchange, fault))
  },
  dropBefore: drop,
  dropAfter: (exchange) => {
    apply(exchange)
    drop(exchange)
  },
  // FaultBook has waited already, and hands over delays only together with another act.
  delay: (exchange) => send(exchange, apply(exchange)),
  lateLanding: (exchange, fault) => {
    drop(exchange)
    later(fault.ms ?? 0, () => apply(exchange))
  },
  truncate,
  html: (exchange, { body, headers }) =>
    send(exchange, {
      status: 200,
      headers: { "content-type": "text/html; charset=utf-8", ...lowerCased(headers) },
      body: typeof body === "string" ? body : page
    }),
  successFalse: (exchange) => {
    const { headers, body } = respond(
      { ...exchange.stage.settings, envelope: true },
      refuse(200, "fault injected (successFalse)")
    )
    send(exchange, { status: 200, headers, body })
  },
  huge: (exchange, fault) => huge(exchange, fault.bytes ?? hugeBytes),
  hang: () => undefined,
  hangAfter: (exchange) => {
    apply(exchange)
  }
}

/** Serves a request as the fault says, or plainly when there is none; what the sandbox trips over is a 500. */
export const serve = (exchange: Exchange, fault: Fault | undefined): void => {
  try {
    if (fault === undefined) send(exchange, apply(exchange))
    else actions[fault.act](exchange, fault)
  } catch (cause) {
    if (exchange.response.headersSent) drop(exchange)
    else send(exchange, respond(exchange.stage.settings, refuse(500, `the sandbox failed: ${String(cause)}`)))
  }
}
