/**
 * The way to an origin: directly, through a tunnel that a proxy opens (https), or by a proxy that forwards (http); with
 * one's own certificates where there are any.
 *
 * A tunnel that is not opened means that nothing was sent. Each way is a dispatcher of undici over one connection for
 * each request, so that what the transport promises holds on all of them.
 */
import { Result } from "effect"
import { type Dispatcher, Pool, ProxyAgent } from "undici"
import type { Surroundings } from "../Surroundings.ts"
import { type Proxy, proxyTo } from "./Proxy.ts"
import type { Tls } from "./Tls.ts"

/** What lies between us and the servers. */
export interface Network {
  readonly tls?: Tls
  /** Names the proxies. */
  readonly env?: Surroundings["env"]
}

/** Which connections a way is made of. */
export interface Connections {
  readonly origin: string
  /** Kept open at most. */
  readonly connections: number
  /** Longest time of making one; milliseconds. */
  readonly timeoutMs: number
}

/** A way to an origin. */
export interface Way {
  readonly dispatcher: Dispatcher
  /** What stands before every path. */
  readonly prefix: string
  /** Headers of every request, names and values in turn. */
  readonly headers: ReadonlyArray<string>
}

const quiet = { allowH2: false, headersTimeout: 0, bodyTimeout: 0 } as const

const certificatesOf = ({ tls = {} }: Network) => {
  const { ca, cert, key } = tls
  return {
    ...(ca === undefined ? {} : { ca: [...ca] }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key })
  }
}

const direct = ({ connections, origin, timeoutMs }: Connections, network: Network): Way => ({
  dispatcher: new Pool(origin, {
    connections,
    connect: { timeout: timeoutMs, ...certificatesOf(network) },
    ...quiet
  }),
  prefix: "",
  headers: []
})

/** Our own certificate is for the server, never for the proxy. */
const forProxy = (network: Network) => {
  const { ca } = certificatesOf(network)
  return ca === undefined ? {} : { ca }
}

const tunnel = ({ connections, timeoutMs }: Connections, network: Network, proxy: Proxy): Way => ({
  dispatcher: new ProxyAgent({
    uri: proxy.origin,
    connections,
    connectTimeout: timeoutMs,
    requestTls: certificatesOf(network),
    proxyTls: forProxy(network),
    ...quiet,
    ...(proxy.authorization === undefined ? {} : { token: proxy.authorization })
  }),
  prefix: "",
  headers: []
})

const forwarded = ({ connections, origin, timeoutMs }: Connections, network: Network, proxy: Proxy): Way => ({
  dispatcher: new Pool(proxy.origin, { connections, connect: { timeout: timeoutMs, ...forProxy(network) }, ...quiet }),
  prefix: origin,
  headers: [
    "host",
    new URL(origin).host,
    ...(proxy.authorization === undefined ? [] : ["proxy-authorization", proxy.authorization])
  ]
})

/** The proxy to an origin, where there is one; a variable that names none was refused with the settings. */
export const proxyOf = ({ env = {} }: Network, origin: string): Proxy | undefined =>
  Result.getOrElse(proxyTo(env, origin), () => undefined)

/** Makes the way to an origin. */
export const wayTo = (connections: Connections, network: Network): Way => {
  const proxy = proxyOf(network, connections.origin)
  if (proxy === undefined) return direct(connections, network)
  return connections.origin.startsWith("https:")
    ? tunnel(connections, network, proxy)
    : forwarded(connections, network, proxy)
}
