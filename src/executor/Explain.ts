/**
 * Says why a step failed: what, why, and what to do, with secrets redacted. One table per reason.
 */
import type { Document } from "../domain/Document.ts"
import type { Kind } from "../domain/Kind.ts"
import { Limits } from "../domain/Limits.ts"
import { getAt, overlaps, parsePointer } from "../domain/Pointer.ts"
import type { ProviderError, ProviderReason } from "../providers/ProviderError.ts"
import type { StepFailure } from "./Progress.ts"
import type { Run } from "./Run.ts"

const words: { readonly [R in ProviderReason]: { readonly summary: string; readonly hint: string } } = {
  Rejected: { summary: "the server refused the request", hint: "correct the resource, then apply again" },
  NotFound: { summary: "the server does not know the resource", hint: "run `amends plan` to see what is there now" },
  Conflict: { summary: "the server refused it as a conflict", hint: "run `amends plan` to see what changed meanwhile" },
  Unauthorized: {
    summary: "the server refused the credentials",
    hint: "check the provider's credentials in amends.yaml and the environment"
  },
  Throttled: { summary: "the server is limiting requests", hint: "apply later, or lower rateLimit or --parallelism" },
  NotSent: { summary: "the server could not be reached", hint: "check baseUrl and the network, then apply again" },
  Ambiguous: {
    summary: "the answer was lost",
    hint: "the remote was read to see what happened; see the steps below"
  },
  Malformed: {
    summary: "the answer could not be understood",
    hint: "check that baseUrl is the API and not a page or a proxy"
  }
}

/** A server that failed while it worked on the request: what it says is a reason, though nobody knows what it did. */
const failing = {
  summary: "the server failed",
  hint: "the remote was read to see what happened; if this goes on, correct what the server complains about"
}

const wordsOf = ({ reason, status = 0 }: ProviderError) =>
  reason === "Ambiguous" && status >= 500 ? failing : words[reason]

/** What takes secrets out of a text. */
type Words = { readonly sealer: Pick<Run["sealer"], "redact"> }

/** Explains a provider's error. */
export const explain = (run: Words, error: ProviderError): StepFailure => ({
  summary: wordsOf(error).summary,
  detail: run.sealer.redact(
    `${error.request}${error.status === undefined ? "" : ` → ${error.status}`}: ${error.detail}`
  ),
  hint: wordsOf(error).hint,
  applied: error.applied
})

/** A resource that is not what the plan rests on. */
export const drifted = (detail: string): StepFailure => ({
  summary: "the resource changed since it was planned",
  detail,
  hint: "run `amends plan` to see what changed, then apply again",
  applied: "no"
})

/** A write that could not be refused where it rests on something older, although its kind says so. */
export const bare = (address: string): StepFailure => ({
  summary: "the server gave no guard for the resource",
  detail: `what was read of ${address} carries no version or ETag that a write could rest on`,
  hint: "leave `guard` out of the kind's description, or see what is lost on the way: amends doctor --kind KIND",
  applied: "no"
})

/** A write that was taken but does not show: where, what was sent, and what is there. */
export interface Divergence {
  readonly kind: Kind
  readonly paths: ReadonlyArray<string>
  readonly sent: Document | undefined
  readonly found: Document | undefined
}

const textAt = (document: Document | undefined, path: string): string => {
  const value = getAt(document, parsePointer(path))
  return value === undefined ? "nothing" : JSON.stringify(value)
}

const shortened = (text: string): string =>
  text.length > Limits.errorValueMax ? `${text.slice(0, Limits.errorValueMax)}…` : text

/** A place, and its values where none is a secret: what a server makes of a secret is none that we would know. */
const placeOf = ({ sealer }: Words, { found, kind: { roles }, sent }: Divergence, path: string): string => {
  const [theirs, ours] = [textAt(found, path), textAt(sent, path)]
  const isSecret = [...roles.sensitive, ...roles.writeOnly].some((secret) => overlaps(secret, path)) ||
    sealer.redact(ours) !== ours
  const place = path === "" ? "the whole of it" : path
  return isSecret ? place : `${place}: ${shortened(sealer.redact(theirs))} rather than ${shortened(ours)}`
}

/** Explains a write that was taken but does not show. */
export const divergedFrom = (run: Words, divergence: Divergence): StepFailure => ({
  summary: "the server took the change but does not hold it",
  detail: divergence.found === undefined
    ? "nothing was read back"
    : divergence.paths.map((path) => `read back differently at ${placeOf(run, divergence, path)}`).join("\n"),
  hint: "declare the value that the server keeps, or leave the field out",
  applied: "yes"
})

/** A call that nothing could settle. */
export const inDoubt = (evidence: string): StepFailure => ({
  summary: "it is not known whether the change was applied",
  detail: evidence,
  hint: "run `amends recover` once the remote can be read, or say what happened with --choice",
  applied: "unknown"
})
