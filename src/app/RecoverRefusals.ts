/**
 * Why a batch cannot be finished the way that was asked for.
 */
import type { RecoverRefusal } from "../executor/Recovery.ts"
import { Refusal } from "./Failure.ts"

/** Says why a recovery was refused; nothing was written. */
export const notRecovered = (batch: string, refusal: RecoverRefusal): Refusal => {
  switch (refusal._tag) {
    case "TooLate":
      return new Refusal({
        reason: "TooLate",
        summary: "it is too late to go forward",
        detail: `batch ${batch} is being taken back (${refusal.why})`,
        hint: "finish taking it back with: amends recover; then apply again"
      })
    case "NotOffered":
      return new Refusal({
        reason: "NotOffered",
        summary: "the choice is not offered",
        detail: refusal.choices.length === 0
          ? `${refusal.address} does not wait for a choice`
          : `${refusal.address} offers ${refusal.choices.join(", ")}`,
        hint: "see what waits for a choice with: amends recover",
        addresses: [refusal.address]
      })
    case "StaleChoice":
      return new Refusal({
        reason: "StaleChoice",
        summary: "the choice answers another conflict",
        detail: `what ${refusal.address} waits for changed since the choice was made`,
        hint: "look again with: amends recover",
        addresses: [refusal.address]
      })
  }
}
