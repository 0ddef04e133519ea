/**
 * Whether an origin can be reached: a connection is opened, over TLS where the address says so, and closed again.
 * Nothing is sent over it.
 *
 * The address is a secret: why it cannot be reached holds a code, and no part of it.
 */
import { Effect } from "effect"
import { connect, isIP, type Socket } from "node:net"
import { connect as connectSecurely } from "node:tls"
import { renderDuration } from "../../domain/Duration.ts"

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

/** Says why an address cannot be reached; `undefined` where it can. */
export const reachOnce = ({ timeoutMs, url }: Reaching): Effect.Effect<string | undefined> =>
  Effect.callback<string | undefined>((resume) => {
    const socket = open(new URL(url), () => {
      resume(Effect.undefined)
      socket.destroy()
    })
    socket.on("error", (error) => resume(Effect.succeed(`it could not be reached${codeOf(error)}`)))
    return Effect.sync(() => void socket.destroy())
  }).pipe(Effect.timeoutOrElse({
    duration: timeoutMs,
    orElse: () => Effect.succeed(`it could not be reached within ${renderDuration(timeoutMs)}`)
  }))
