/**
 * What can be set on a sandbox, at its start and while it runs.
 *
 * Settings change how the API answers, never what it remembers. They may be changed by a test in the same process, or
 * with a PUT to `/__sandbox/settings` by another one.
 */
import type { JsonObject } from "./Json.ts"
import { fields, flag, integerWithin, listOf, nullable, words } from "./Shape.ts"

/**
 * What a request must carry: both headers `x-client-id` and `x-client-secret`, or `authorization: Bearer` one of the
 * tokens.
 */
export interface Credentials {
  readonly clientId: string
  readonly clientSecret: string
  /** Bearer tokens that are accepted as well; none when left out. */
  readonly tokens?: ReadonlyArray<string>
}

/** The settings of a sandbox. */
export interface Settings {
  readonly credentials: Credentials
  /** Answer `***` in place of channel values and header values. */
  readonly maskSecrets: boolean
  /** Answer `{ success, data, … }`; else the bare data, or `{ error }`. */
  readonly envelope: boolean
  /** Milliseconds between a request and its being applied. */
  readonly latencyMs: number
  /** The most results of one list answer, whatever `limit` asks; null for no bound. */
  readonly pageLimit: number | null
}

/** The settings of a sandbox that is told nothing. */
export const defaultSettings: Settings = {
  credentials: { clientId: "sandbox", clientSecret: "sandbox-secret", tokens: ["sandbox-token"] },
  maskSecrets: false,
  envelope: true,
  latencyMs: 0,
  pageLimit: null
}

const settingsBody = fields({
  optional: {
    credentials: fields({ required: { clientId: words, clientSecret: words }, optional: { tokens: listOf(words) } }),
    maskSecrets: flag,
    envelope: flag,
    latencyMs: integerWithin(0),
    pageLimit: nullable(integerWithin(1))
  }
})

/** Answers what is wrong with a change of settings; none means that it can be made. */
export const settingsProblems = (change: unknown): ReadonlyArray<string> => settingsBody(change, "")

/** Answers the settings after a change; what it does not name, or names as undefined, stays. */
export const changedSettings = (settings: Settings, change: Partial<Settings> | JsonObject): Settings => ({
  ...settings,
  ...Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined))
})
