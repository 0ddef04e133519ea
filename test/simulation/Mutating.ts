/**
 * Switches off a rule of the protocol at the journal's port, to prove that the simulation notices.
 *
 * W2: what rides is written later than what was queued after it. W3: so is the decision to go back. Resolve before
 * undo: a recovery is not shown the intents without an outcome, so it takes them for never sent.
 */
import { Context, Effect } from "effect"
import type { Entry } from "../../src/domain/Entry.ts"
import { Journal } from "../../src/state/Journal.ts"
import type { StatePorts } from "../../src/state/storage/PortsOver.ts"
import type { Mutation, Trial } from "./Trial.ts"

const isOpen = (entries: ReadonlyArray<Entry>, { body, seq }: Entry): boolean =>
  body._tag === "intended" &&
  !entries.some((later) =>
    later.seq > seq && "step" in later.body && later.body.step === body.step &&
    (later.body._tag === "outcome" || later.body._tag === "resolved")
  )

const forgetful = (journal: Journal["Service"]): Journal["Service"] => ({
  ...journal,
  toFold: (batch) => Effect.map(journal.toFold(batch), (entries) => entries.filter((entry) => !isOpen(entries, entry)))
})

const unordered = (journal: Journal["Service"]): Journal["Service"] => ({
  ...journal,
  ride: (batch, lease, bodies) =>
    Effect.sleep(200).pipe(
      Effect.andThen(journal.ride(batch, lease, bodies)),
      Effect.forkDetach,
      Effect.asVoid
    )
})

/** Says that the decision is durable although it is written only after what follows from it. */
const hasty = (journal: Journal["Service"]): Journal["Service"] => {
  let last = 0
  return {
    ...journal,
    append: (batch, lease, bodies) =>
      bodies.some(({ _tag }) => _tag === "decided")
        ? Effect.sleep(200).pipe(
          Effect.andThen(Effect.ignore(journal.append(batch, lease, bodies))),
          Effect.forkDetach,
          Effect.as(last)
        )
        : Effect.tap(journal.append(batch, lease, bodies), (seq) =>
          Effect.sync(() => {
            last = seq
          }))
  }
}

const switches: { readonly [M in Mutation]?: (journal: Journal["Service"]) => Journal["Service"] } = {
  W2: unordered,
  W3: hasty,
  "resolve-before-undo": forgetful
}

/** The ports of a process, with a rule switched off where the run says so. */
export const withMutation = ({ mutation }: Trial, ports: Context.Context<StatePorts>): Context.Context<StatePorts> => {
  const change = mutation === undefined ? undefined : switches[mutation]
  return change === undefined ? ports : Context.add(ports, Journal, change(Context.get(ports, Journal)))
}
