/**
 * Noticing a state that was restored from an older copy: its counter is behind the one kept beside it.
 *
 * The counter rises in the state first, then beside it, then the batch opens; so a crash in between leaves the state
 * ahead, never behind. `amends state restore` raises the counter of the copy it puts in place above every other: that
 * is how a person says that this state is the one to go on with. A missing counter file is accepted. When both are
 * restored together nothing shows; docs/guarantees.md says so.
 */
import { StateError } from "../StateError.ts"
import type { Store } from "./Store.ts"

/** How many batches were opened of which the state holds nothing at all: it is no older copy, it was lost. */
export const lostBatches = (store: Pick<Store, "batches" | "generation" | "generationBeside" | "heads">): number => {
  const beside = store.generationBeside() ?? 0
  const isEmpty = store.generation() === 0 && store.batches("all").length === 0 && store.heads().length === 0
  return isEmpty ? beside : 0
}

/** Throws StateError Restored where the state is older than the counter beside it. */
export const refuseRestored = (store: Store, path = "FILE"): void => {
  // In this order: another process that opens a batch meanwhile raises the state first.
  const beside = store.generationBeside()
  const inState = store.generation()
  if (beside === undefined || inState >= beside) return
  const lost = lostBatches(store) > 0
  throw new StateError({
    reason: "Restored",
    operation: "open",
    detail: lost
      ? `the state file is missing or empty, but ${beside} batches were opened`
      : `the state has seen ${inState} batches, but ${beside} were opened: it is an older copy`,
    hint: lost
      ? "Put it back, or a copy with `amends state restore FILE`. Without one, take over what exists under the names " +
        "in your files: `amends apply --adopt`."
      : `Put the newest state file back. To go on with this one: \`amends state restore ${path}\`; then read what ` +
        "`amends plan` says, since what later batches did is unknown to it."
  })
}
