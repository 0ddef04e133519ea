/**
 * Sends the rules of `notify` what happened to a batch, beside the work: nothing here can fail or hold up who calls.
 *
 * What cannot be delivered is a warning. Deliveries live in a scope of their own, so that the lease is given back and
 * the batch is over while they go on.
 */
import { Cause, Clock, type Context, Effect, type Fiber, type Scope } from "effect"
import { Sealer } from "../state/Sealer.ts"
import { deliver, type Parcel } from "./Deliver.ts"
import { type Happening, notificationOf } from "./Notification.ts"
import type { Notifier } from "./Notifier.ts"
import type { NotifyRule, NotifyWord } from "./NotifyRule.ts"
import type { StateServices } from "./StateAccess.ts"
import { Telemetry } from "./Telemetry.ts"
import { Warnings } from "./Warnings.ts"
import type { WorkspaceSettings } from "./Workspace.ts"

/** What deliveries need. */
export type CourierServices = StateServices | Notifier

/** What the notifications of one verb share. */
export interface Courier {
  readonly settings: Pick<WorkspaceSettings, "name" | "root">
  readonly rules: ReadonlyArray<NotifyRule>
  readonly context: Context.Context<CourierServices>
  readonly scope: Scope.Scope
  /** What is, or was, on its way. */
  readonly deliveries: Array<Fiber.Fiber<void>>
}

/** What happened, but for when and where. */
export type News = Omit<Happening, "workspace" | "at" | "traceId">

/** A rule, and the word in which it is told. */
export interface Addressed {
  readonly rule: NotifyRule
  readonly event: NotifyWord
}

const warn = (addressed: Addressed, news: News, why: string): Effect.Effect<void, never, Sealer> =>
  Effect.gen(function*() {
    const { redact } = yield* Sealer
    const { warn: tell } = yield* Warnings
    const { event, rule: { path, target } } = addressed
    const whom = target._tag === "webhook" ? "the webhook" : `the command ${target.argv[0]}`
    tell({
      summary: "a notification was not delivered",
      detail: redact(`${whom} of ${path} was not told that batch ${news.watched.batch} is ${event}: ${why}`),
      hint: "the batch and the exit code are not affected; see: amends status"
    })
  })

const parcelOf = Effect.fnUntraced(function*(
  { settings }: Courier,
  { event, rule }: Addressed,
  news: News & Pick<Happening, "at">
): Effect.fn.Return<Parcel, never, Sealer> {
  const { redact } = yield* Sealer
  const { traceId } = yield* Telemetry
  const { name: workspace, root: directory } = settings
  const traced = traceId === undefined ? {} : { traceId }
  return {
    target: rule.target,
    directory,
    body: JSON.stringify(notificationOf(event, { ...news, ...traced, workspace }, redact)),
    variables: { AMENDS_EVENT: event, AMENDS_BATCH: news.watched.batch, AMENDS_WORKSPACE: workspace }
  }
})

const tell = (
  courier: Courier,
  addressed: Addressed,
  news: News & Pick<Happening, "at">
): Effect.Effect<void, never, CourierServices> =>
  parcelOf(courier, addressed, news).pipe(
    Effect.flatMap(deliver),
    Effect.catch(({ attempts, why }) =>
      warn(addressed, news, attempts > 1 ? `${why}; after ${attempts} attempts` : why)
    ),
    Effect.onInterrupt(() => warn(addressed, news, "it was given up")),
    Effect.catchCause((cause) =>
      Cause.hasInterruptsOnly(cause) ? Effect.void : warn(addressed, news, "amends has a defect")
    )
  )

/** Tells rules, and waits until each took it or was given up. */
export const tellAll = Effect.fnUntraced(function*(
  courier: Courier,
  addressed: ReadonlyArray<Addressed>,
  news: News
): Effect.fn.Return<void, never, CourierServices> {
  const at = yield* Clock.currentTimeMillis
  yield* Effect.forEach(addressed, (one) => tell(courier, one, { ...news, at }), {
    concurrency: "unbounded",
    discard: true
  })
})

/** Lets something be told while the caller goes on. */
export const beside = (courier: Courier, telling: Effect.Effect<void, never, CourierServices>): Effect.Effect<void> =>
  Effect.forkIn(Effect.provideContext(telling, courier.context), courier.scope).pipe(
    Effect.map((fiber) => void courier.deliveries.push(fiber))
  )
