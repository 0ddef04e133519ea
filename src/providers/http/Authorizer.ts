/**
 * What hands out the headers that authenticate requests, whatever it takes to get them.
 */
import type { Effect } from "effect"
import type { ProviderError } from "../ProviderError.ts"

/** The headers that authenticate a request, names and values in turn. */
export type AuthHeaders = ReadonlyArray<string>

/** Hands out headers. `refused` tells that a request with those headers was answered with 401. */
export interface Authorizer {
  /** Known without asking anybody; absent where they have to be fetched. */
  readonly fixed?: AuthHeaders
  readonly headers: Effect.Effect<AuthHeaders, ProviderError>
  /** Whether it is worth sending again with new headers. */
  readonly refused: (headers: AuthHeaders) => Effect.Effect<boolean>
  /** What must not appear in any text. */
  readonly secrets: () => ReadonlyArray<string>
}

/** The value of the header Authorization for a user name and a password. */
export const basic = (username: string, password: string): string =>
  `Basic ${Buffer.from(`${username}:${password}`, "utf8").toString("base64")}`
