/**
 * Where an API lives: an origin and the path that every request begins with.
 *
 * Checked when the provider is made, so that a mistyped address is a mistake in the configuration and not a batch that
 * fails half-way. Credentials travel with every request: plain http is for this machine only, unless asked for.
 */
import { Result } from "effect"
import { isLoopback } from "../Loopback.ts"

/** A checked base address. */
export interface BaseUrl {
  /** Scheme, host and port: `https://api.example.com`. */
  readonly origin: string
  /** What every path begins with, without a slash at its end; empty for none. */
  readonly prefix: string
}

/** Why an address cannot be used, and what to do. */
export interface BadUrl {
  readonly detail: string
  readonly hint: string
}

const bad = (detail: string, hint: string): Result.Result<never, BadUrl> => Result.fail({ detail, hint })

/** Checks an address; `plainHttp` says where http without encryption may go. Never repeats what may be a credential. */
export const parseBaseUrl = (text: string, plainHttp: "loopback" | "anywhere"): Result.Result<BaseUrl, BadUrl> => {
  if (!URL.canParse(text)) return bad("is not an address", "write it whole, such as https://api.example.com")
  const url = new URL(text)
  if (url.username !== "" || url.password !== "") {
    return bad("holds a user name or password", "take them out of the address and use the provider's settings for them")
  }
  if (url.search !== "" || url.hash !== "") return bad("holds a query or fragment", "end the address after its path")
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    return bad(`begins with ${url.protocol}//`, "use https, or http for this machine")
  }
  if (url.protocol === "http:" && plainHttp === "loopback" && !isLoopback(url.hostname)) {
    return bad("would send credentials unencrypted", "use https, or set insecure: true if that network is trusted")
  }
  return Result.succeed({ origin: url.origin, prefix: url.pathname.replace(/\/+$/, "") })
}
