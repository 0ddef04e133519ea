/**
 * The state with a watcher at its door: what it redacts is redacted in telemetry, and before it closes its sizes and
 * what waits in it are measured.
 *
 * A measurement that fails is left out; it never fails the verb that used the state.
 */
import { Context, Effect, Layer } from "effect"
import { stat } from "node:fs/promises"
import { Journal, Versions } from "../../state/Journal.ts"
import { Sealer } from "../../state/Sealer.ts"
import { batchView } from "../BatchView.ts"
import { StateAccess, type StatePlace, type StateServices } from "../StateAccess.ts"
import type { Meter } from "./Meter.ts"

/** What watches the state. */
export interface StateWatch {
  readonly meter: Meter
  /** Takes a redaction on, beside those there are. */
  readonly redactWith: (redact: (text: string) => string) => void
}

const bytesOf = (path: string): Effect.Effect<number> =>
  Effect.orElseSucceed(Effect.tryPromise(async () => (await stat(path)).size), () => 0)

const sizeOf = ({ stateFile }: StatePlace): Effect.Effect<number> =>
  Effect.map(
    Effect.all([stateFile, `${stateFile}-wal`].map(bytesOf)),
    (sizes) => sizes.reduce((sum, size) => sum + size, 0)
  )

const measureBatches = Effect.fnUntraced(function*(meter: Meter) {
  const journal = yield* Journal
  const unfinished = yield* journal.unfinished
  let stuck = 0
  let inDoubt = 0
  for (const summary of unfinished) {
    const { steps } = batchView(summary, yield* journal.toFold(summary.id))
    stuck += steps.filter(({ phase }) => phase === "stuck").length
    inDoubt += steps.filter(({ phase }) => phase === "in doubt").length
  }
  const since = unfinished.length === 0 ? 0 : Math.min(...unfinished.map(({ openedAt }) => openedAt))
  meter.set("amends_unfinished_batches", unfinished.length)
  meter.set("amends_unfinished_since_seconds", since / 1_000)
  meter.set("amends_stuck_steps", stuck)
  meter.set("amends_in_doubt_steps", inDoubt)
})

const measure = Effect.fnUntraced(function*(meter: Meter, place: StatePlace) {
  yield* measureBatches(meter)
  meter.set("amends_resources", yield* (yield* Versions).count)
  meter.set("amends_state_bytes", yield* sizeOf(place))
})

const watched = (
  { meter, redactWith }: StateWatch,
  place: StatePlace,
  services: Context.Context<StateServices>
) => {
  meter.identify(place.name)
  redactWith(Context.get(services, Sealer).redact)
  const measured = Effect.provideContext(measure(meter, place), services)
  return Effect.addFinalizer(() => Effect.ignoreCause(measured))
}

/** The opener of states, each of which is watched. */
export const layerWatchedState = (watch: StateWatch): Layer.Layer<StateAccess, never, StateAccess> =>
  Layer.effect(
    StateAccess,
    Effect.map(StateAccess, (access) =>
      StateAccess.of({
        open: (place, use) => Effect.tap(access.open(place, use), (services) => watched(watch, place, services))
      }))
  )
