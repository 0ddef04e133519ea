/**
 * Failures as modules throw them: recognised by what they hold and not by their class, since a module may have made
 * them with anything. What is no failure is a defect, and of a write then nobody knows.
 */
import { Schema } from "effect"
import { ProviderError, ProviderReason } from "../ProviderError.ts"
import type { FailureMore } from "../ProviderModule.ts"
import { RuleBroken, thrownText } from "./Rules.ts"

/** Makes what a module throws. */
export const failure = (reason: ProviderReason, detail: string, more: FailureMore = {}): Error =>
  Object.assign(new Error(detail), { reason, ...more })

/** An operation as errors name it. */
export interface Named {
  readonly provider: string
  readonly request: string
  readonly mode: "read" | "write"
}

const isReason = Schema.is(ProviderReason)

/** What of a write tells whether it was applied; a read may say that its answer made no sense as well. */
const isFor = (reason: ProviderReason, mode: Named["mode"]): boolean => mode === "read" || reason !== "Malformed"

const fieldsOf = (thrown: unknown): Readonly<Record<string, unknown>> =>
  typeof thrown === "object" && thrown !== null ? thrown as Readonly<Record<string, unknown>> : {}

const told = (thrown: unknown): FailureMore => {
  const { mayLand, retryAfterMs, status } = fieldsOf(thrown)
  return {
    ...(typeof status === "number" && Number.isSafeInteger(status) ? { status } : {}),
    ...(typeof retryAfterMs === "number" && retryAfterMs >= 0 ? { retryAfterMs } : {}),
    ...(typeof mayLand === "boolean" ? { mayLand } : {})
  }
}

const detailOf = (thrown: unknown): string => {
  const { detail, message } = fieldsOf(thrown)
  const text = typeof detail === "string" ? detail : typeof message === "string" ? message : ""
  return text === "" ? "the module did not say why" : text
}

/** What a module threw, as an error of the provider. */
export const errorOf = ({ mode, provider, request }: Named, thrown: unknown): ProviderError => {
  const { reason } = fieldsOf(thrown)
  if (isReason(reason) && isFor(reason, mode)) {
    return new ProviderError({ reason, provider, request, detail: detailOf(thrown), ...told(thrown) })
  }
  if (mode === "read") return new ProviderError({ reason: "Malformed", provider, request, detail: defectOf(thrown) })
  return new ProviderError({ reason: "Ambiguous", provider, request, detail: defectOf(thrown), mayLand: true })
}

const defectOf = (thrown: unknown): string =>
  thrown instanceof RuleBroken
    ? thrown.detail
    : `a defect of the provider module: it threw ${thrownText(thrown)}; throw context.failure(reason, detail) instead`
