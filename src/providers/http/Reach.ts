/**
 * Whether an origin can be reached: a connection is opened, over TLS where the address says so, and closed again.
 * Nothing is sent over it. Where a proxy leads there, it is the proxy that is looked for.
 *
 * The address is a secret: why it cannot be reached holds a code, and no part of it.
 */
import { Effect, Result } from "effect"
import { connect, isIP, type Socket } from "node:net"
import { connect as connectSecurely } from "node:tls"
import { renderDuration } from "../../domain/Duration.ts"
import type { Surroundings } from "../Surroundings.ts"
import { proxyTo } from "./Proxy.ts"

/** What is to be reached. */
export interface Reaching {
  readonly url: string
  readonly timeoutMs: number
}

const open = ({ hostname, port, protocol }: URL, opened: () => void): Socket => {
  const host = hostname.replace(/^\[(.*)\]$/, "$1")
  return protocol === "https:"
    // A number is no name that a certificate could be asked for by.
    ? connectSecurely({ host, port: Number(port || 443), ...(isIP(host) === 0 ? { servername: host } : {}) }, opened)
    : connect({ host, port: Number(port || 80) }, opened)
}

const codeOf = (error: Error): string => "code" in error ? ` (${String(error.code)})` : ""

const look = (url: string, timeoutMs: number, whom: string): Effect.Effect<string | undefined> =>
  Effect.callback<string | undefined>((resume) => {
    const socket = open(new URL(url), () => {
      resume(Effect.undefined)
      socket.destroy()
    })
    socket.on("error", (error) => resume(Effect.succeed(`${whom} could not be reached${codeOf(error)}`)))
    return Effect.sync(() => void socket.destroy())
  }).pipe(Effect.timeoutOrElse({
    duration: timeoutMs,
    orElse: () => Effect.succeed(`${whom} could not be reached within ${renderDuration(timeoutMs)}`)
  }))

/** Says why an address cannot be reached; `undefined` where it can, or its proxy can. */
export const reachOnce =
  (env: Surroundings["env"]) => ({ timeoutMs, url }: Reaching): Effect.Effect<string | undefined> =>
    Result.match(proxyTo(env, new URL(url).origin), {
      onFailure: ({ detail, variable }) => Effect.succeed(`${variable} ${detail}`),
      onSuccess: (proxy) =>
        proxy === undefined ? look(url, timeoutMs, "it") : look(proxy.origin, timeoutMs, "its proxy")
    })
