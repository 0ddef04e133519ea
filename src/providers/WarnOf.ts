/**
 * Told what is wrong with a provider and keeps nothing from being done. Nobody is told unless somebody listens.
 */
import { Context } from "effect"

/** Something to know that is no error: what, why, what to do. */
export interface ProviderWarning {
  readonly summary: string
  readonly detail: string
  readonly hint: string
}

export const WarnOf = Context.Reference<(warning: ProviderWarning) => void>("amends/WarnOf", {
  defaultValue: () => () => undefined
})
