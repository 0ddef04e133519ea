/**
 * The doctor: checks what an apply rests on, one thing after the other, and says what is wrong and what to do.
 *
 * It goes on after a bad finding, so that one run tells everything. It makes nothing and writes nothing.
 */
import { Effect, Result, type Scope } from "effect"
import { Limits } from "../domain/Limits.ts"
import type { Provider } from "../providers/Provider.ts"
import type { ProviderFactory } from "../providers/Registry.ts"
import { Journal, Versions } from "../state/Journal.ts"
import { Leases } from "../state/Leases.ts"
import { Sealer } from "../state/Sealer.ts"
import type { StateError } from "../state/StateError.ts"
import { type CheckedWorkspace, checkedWorkspace } from "./CheckedWorkspace.ts"
import { type AppError, failureOf } from "./Failure.ts"
import { Notifier } from "./Notifier.ts"
import type { NotifyTarget } from "./NotifyRule.ts"
import { type AppServices, over, providersOf } from "./Session.ts"
import { sensitiveText } from "./Shown.ts"
import type { StateAccess, StateServices } from "./StateAccess.ts"
import { Workspace, type WorkspaceError, type WorkspaceSettings } from "./Workspace.ts"

/** One thing that was checked. */
export interface DoctorFinding {
  /** What was checked: `workspace`, `resources`, `state`, `journal`, `batches`, `lease`, `provider x`, `notify`. */
  readonly what: string
  readonly ok: boolean
  readonly detail: string
  /** What to do; absent where it is well. */
  readonly hint?: string
}

const well = (what: string, detail: string): DoctorFinding => ({ what, ok: true, detail })

const ill = (what: string, error: AppError): DoctorFinding => {
  const { detail, hint, summary } = failureOf(error)
  return { what, ok: false, detail: `${summary}: ${detail}`, hint }
}

/** Turns a check into its finding. */
const finding = <E extends AppError, R>(what: string, check: Effect.Effect<string, E, R>) =>
  Effect.match(check, {
    onSuccess: (detail) => well(what, detail),
    onFailure: (error) => ill(what, error)
  })

const resources = (checked: Result.Result<CheckedWorkspace, WorkspaceError>): DoctorFinding =>
  Result.isFailure(checked)
    ? ill("resources", checked.failure)
    : well("resources", `${checked.success.workspace.resources.length} are declared, and well-formed`)

const journal = Effect.gen(function*(): Effect.fn.Return<DoctorFinding, AppError, StateServices> {
  const broken = yield* (yield* Journal).verify
  const hint = "the state was changed by something else: restore it from a copy, or look at it before you go on"
  return broken === undefined ? well("journal", "its chain is whole") : {
    what: "journal",
    ok: false,
    detail: broken,
    hint
  }
})

const batches = Effect.gen(function*(): Effect.fn.Return<DoctorFinding, AppError, StateServices> {
  const unfinished = yield* (yield* Journal).unfinished
  if (unfinished.length === 0) return well("batches", "none is unfinished")
  const detail = `not finished: ${unfinished.map(({ id }) => id).join(", ")}`
  return { what: "batches", ok: false, detail, hint: "finish it with: amends recover" }
})

const lease = Effect.gen(function*(): Effect.fn.Return<DoctorFinding, AppError, StateServices> {
  const view = yield* (yield* Leases).show
  return well("lease", view === undefined || view.leftMs === 0 ? "nobody holds it" : `held by ${view.owner}`)
})

const managed = Effect.gen(function*(): Effect.fn.Return<DoctorFinding, AppError, StateServices> {
  const heads = yield* (yield* Versions).heads
  return well("state", `${heads.length} resources are managed`)
})

/** The state opens only with the right key; what cannot be read is one finding for all of them. */
const state = (settings: WorkspaceSettings) =>
  over(settings, "read", Effect.all([managed, journal, batches, lease])).pipe(
    Effect.catch((error: AppError) => Effect.succeed([ill("state", error)]))
  )

const provider = ({ check, name }: Provider): Effect.Effect<DoctorFinding> =>
  finding(`provider ${name}`, Effect.as(check, "it answers and takes the credentials"))

const providers = (
  settings: WorkspaceSettings
): Effect.Effect<ReadonlyArray<DoctorFinding>, never, ProviderFactory | Scope.Scope> =>
  Effect.matchEffect(providersOf(settings, settings.providers), {
    onSuccess: (registry) => Effect.forEach(registry.providers, provider, { concurrency: "unbounded" }),
    onFailure: (error) => Effect.succeed([ill("providers", error)])
  })

const nameOf = (target: NotifyTarget): string =>
  target._tag === "webhook" ? "the webhook" : `the command ${target.argv[0]}`

/** Rules of `notify`: nobody is told anything, so that a webhook which refuses what it is told is not found. */
const notices = Effect.fnUntraced(function*({ notify = [] }: WorkspaceSettings) {
  const { probe } = yield* Notifier
  const bad = yield* Effect.forEach(
    notify,
    ({ path, target }) =>
      Effect.map(probe(target), (why): ReadonlyArray<DoctorFinding> => {
        const hint = "nobody would be told: correct the rule, or what it names"
        return why === undefined
          ? []
          : [{ what: "notify", ok: false, detail: `${nameOf(target)} of ${path}: ${why}`, hint }]
      }),
    { concurrency: "unbounded" }
  )
  const count = notify.length === 1 ? "1 rule" : `${notify.length} rules`
  return notify.length === 0 || bad.flat().length > 0
    ? bad.flat()
    : [well("notify", `${count}: webhooks can be reached, and commands are there`)]
})

type Redact = (text: string) => string

const plainly = (secrets: ReadonlyArray<string>): Redact => (given) =>
  secrets.filter((secret) => secret.length >= Limits.secretLengthMin)
    .reduce((text, secret) => text.replaceAll(secret, sensitiveText), given)

/** A server's own words may repeat what it was ever sent: what the files say, and what the state holds sealed. */
const redaction = (settings: WorkspaceSettings): Effect.Effect<Redact, never, StateAccess> =>
  over(
    settings,
    "read",
    Effect.gen(function*(): Effect.fn.Return<Redact, StateError, StateServices> {
      const sealer = yield* Sealer
      const heads = yield* (yield* Versions).heads
      yield* Effect.forEach(heads, ({ observed }) => sealer.open(observed), { discard: true })
      return sealer.redact
    })
  ).pipe(Effect.catch(() => Effect.succeed(plainly(settings.secrets))))

/** Checks everything; any finding that is not ok means exit 1. */
export const doctor: Effect.Effect<ReadonlyArray<DoctorFinding>, never, AppServices> = Effect.scoped(
  Effect.gen(function*() {
    const workspace = yield* Workspace
    const settings = yield* Effect.result(workspace.settings)
    if (Result.isFailure(settings)) return [ill("workspace", settings.failure)]
    const checked = yield* Effect.result(checkedWorkspace)
    const findings = [
      well("workspace", `${settings.success.name}, at ${settings.success.configFile}`),
      resources(checked),
      ...yield* state(settings.success),
      ...yield* providers(settings.success),
      ...yield* notices(settings.success)
    ]
    const { secrets } = Result.isSuccess(checked) ? checked.success.workspace : settings.success
    const redact = yield* redaction({ ...settings.success, secrets })
    return findings.map((found) => ({ ...found, detail: redact(found.detail) }))
  })
)
