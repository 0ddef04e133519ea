/**
 * The moment in which a batch is over and only notifications are still on their way.
 *
 * Whoever leaves then leaves nothing unfinished: what they do gives up the deliveries, and the command ends with what
 * the batch came to.
 */
import { Context } from "effect"

/** Hears that only deliveries are waited for, and how to give them up; the default never does. */
export const Delivering = Context.Reference<{ readonly begins: (giveUp: () => void) => void }>(
  "amends/Delivering",
  { defaultValue: () => ({ begins: () => {} }) }
)
