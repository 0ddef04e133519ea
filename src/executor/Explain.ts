/**
 * Says why a step failed: what, why, and what to do, with secrets redacted. One table per reason.
 */
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

/** Explains a provider's error. */
export const explain = (run: Run, error: ProviderError): StepFailure => ({
  summary: words[error.reason].summary,
  detail: run.sealer.redact(
    `${error.request}${error.status === undefined ? "" : ` → ${error.status}`}: ${error.detail}`
  ),
  hint: words[error.reason].hint,
  applied: error.applied
})

/** A resource that is not what the plan rests on. */
export const drifted = (detail: string): StepFailure => ({
  summary: "the resource changed since it was planned",
  detail,
  hint: "run `amends plan` to see what changed, then apply again",
  applied: "no"
})

/** A write that was taken but does not show. */
export const divergedFrom = (paths: ReadonlyArray<string>): StepFailure => ({
  summary: "the server took the change but does not hold it",
  detail: `read back differently at ${paths.join(", ")}`,
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
