/**
 * What keeps a provider from answering: one error, a closed set of reasons, two facts each.
 *
 * The facts are what the engine acts on: whether trying again may help, and whether the request was applied. Only
 * what surely was not applied may be repeated freely; `unknown` is a question that reading the remote settles.
 */
import { Schema } from "effect"

/** Why there is no answer. */
export const ProviderReason = Schema.Literals([
  "Rejected",
  "NotFound",
  "Conflict",
  "Unauthorized",
  "Throttled",
  "NotSent",
  "Ambiguous",
  "Malformed"
])
export type ProviderReason = typeof ProviderReason.Type

/** The facts of each reason. Malformed is an answer to a read that cannot be understood; nothing was written. */
export const factsOf: {
  readonly [R in ProviderReason]: { readonly retry: boolean; readonly applied: "no" | "unknown" }
} = {
  Rejected: { retry: false, applied: "no" },
  NotFound: { retry: false, applied: "no" },
  Conflict: { retry: false, applied: "no" },
  Unauthorized: { retry: false, applied: "no" },
  Throttled: { retry: true, applied: "no" },
  NotSent: { retry: true, applied: "no" },
  Ambiguous: { retry: true, applied: "unknown" },
  Malformed: { retry: false, applied: "no" }
}

/** A provider could not answer. `detail` may hold the server's own words: redact before it leaves memory. */
export class ProviderError extends Schema.TaggedError<ProviderError>()("ProviderError", {
  reason: ProviderReason,
  provider: Schema.String,
  /** Method and path, or the operation. */
  request: Schema.String,
  detail: Schema.String,
  status: Schema.optionalKey(Schema.Int),
  /** Milliseconds the server asked to wait. */
  retryAfterMs: Schema.optionalKey(Schema.Number),
  /** Whether the request may still land after this error, so that the horizon is waited; absent counts as yes. */
  mayLand: Schema.optionalKey(Schema.Boolean),
  /** The id that an answer of success names, where it is not that of the resource which was written. */
  answeredId: Schema.optionalKey(Schema.String)
}) {
  override get message() {
    return `${this.provider}: ${this.request}: ${this.reason}${
      this.status === undefined ? "" : ` (${this.status})`
    }: ${this.detail}`
  }
  /** Whether trying again may help. */
  get retry(): boolean {
    return factsOf[this.reason].retry
  }
  /** Whether the request was applied. */
  get applied(): "no" | "unknown" {
    return factsOf[this.reason].applied
  }
}
