/**
 * Which proxy leads to an origin: HTTPS_PROXY, HTTP_PROXY and NO_PROXY, in lower case too, which wins as it does for
 * curl.
 *
 * This machine is never reached through a proxy. What stands in a proxy's address before the `@` are credentials: they
 * travel in a header of their own, and are secrets. No message repeats an address.
 */
import { Result } from "effect"
import { BlockList, isIP } from "node:net"
import { isLoopback } from "../Loopback.ts"

/** A proxy, and what it wants to know. */
export interface Proxy {
  /** `http://proxy.example:3128`. */
  readonly origin: string
  /** The header Proxy-Authorization. */
  readonly authorization?: string
  /** What must not appear in any text. */
  readonly secrets: ReadonlyArray<string>
}

/** A variable that names no proxy. */
export interface BadProxy {
  readonly variable: string
  readonly detail: string
}

type Environment = Readonly<Record<string, string | undefined>>

const valueOf = (env: Environment, name: string): readonly [variable: string, value: string] | undefined => {
  const variable = [name.toLowerCase(), name].find((one) => (env[one] ?? "").trim() !== "")
  return variable === undefined ? undefined : [variable, (env[variable] ?? "").trim()]
}

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const parse = (variable: string, text: string): Result.Result<Proxy, BadProxy> => {
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`
  if (!URL.canParse(whole)) return Result.fail({ variable, detail: "is not an address" })
  const { hostname, origin, password, protocol, username } = new URL(whole)
  if ((protocol !== "http:" && protocol !== "https:") || hostname === "") {
    return Result.fail({ variable, detail: "is not the address of an HTTP proxy" })
  }
  if (username === "" && password === "") return Result.succeed({ origin, secrets: [] })
  const words = Buffer.from(`${decoded(username)}:${decoded(password)}`, "utf8").toString("base64")
  const secrets = [decoded(password), password, words].filter((secret) => secret !== "")
  return Result.succeed({ origin, authorization: `Basic ${words}`, secrets })
}

const family = (host: string): "ipv4" | "ipv6" => isIP(host) === 6 ? "ipv6" : "ipv4"

/** Whether an address lies in a network such as 10.0.0.0/8. */
const isWithin = (host: string, network: string, bits: string): boolean => {
  if (isIP(host) === 0 || isIP(network) === 0 || Number(bits) > (isIP(network) === 6 ? 128 : 32)) return false
  const list = new BlockList()
  list.addSubnet(network, Number(bits), family(network))
  return list.check(host, family(host))
}

const bare = (host: string): string => host.replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "").toLowerCase()

/** Whether an entry of NO_PROXY means a host: a name and all below it, an address, a network, or any with `*`. */
const means = (entry: string, host: string, port: string): boolean => {
  if (entry === "*") return true
  const [, network, bits] = /^(.+)\/(\d{1,3})$/.exec(entry) ?? []
  if (network !== undefined && bits !== undefined) return isWithin(host, bare(network), bits)
  const [, name = entry, only] = (isIP(entry) === 6 ? undefined : /^(.+):(\d+)$/.exec(entry)) ?? []
  if (only !== undefined && only !== port) return false
  const suffix = bare(name).replace(/^\*?\./, "")
  return host === suffix || host.endsWith(`.${suffix}`)
}

const isExempt = (env: Environment, url: URL): boolean => {
  const port = url.port === "" ? url.protocol === "https:" ? "443" : "80" : url.port
  const [, entries = ""] = valueOf(env, "NO_PROXY") ?? []
  return entries.split(/[\s,]+/).some((entry) => entry !== "" && means(entry.toLowerCase(), bare(url.hostname), port))
}

/** Finds the proxy to an origin; `undefined` where it is reached directly. */
export const proxyTo = (env: Environment, origin: string): Result.Result<Proxy | undefined, BadProxy> => {
  const url = new URL(origin)
  if (isLoopback(url.hostname)) return Result.succeed(undefined)
  const named = valueOf(env, url.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY")
  return named === undefined || isExempt(env, url) ? Result.succeed(undefined) : parse(...named)
}
