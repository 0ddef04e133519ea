/**
 * Tries the description of a kind on the live API: makes a throw-away resource, changes and deletes it, and tells what
 * was learned, as lessons, as guarantees, and as the description that says it.
 *
 * Nothing is touched that the trial did not make. What it makes is noted before the first request, and removed in every
 * ending; what cannot be removed is named, and the next trial of the kind looks for it.
 */
import { Deferred, Effect, Exit, Random, Result, type Scope } from "effect"
import { canonicalText, isObject, type JsonObject } from "../domain/Document.ts"
import type { Kind } from "../domain/Kind.ts"
import { leaseLifeMs } from "../domain/Limits.ts"
import { getAt, parsePointer } from "../domain/Pointer.ts"
import type { Lookup } from "../domain/Template.ts"
import type { OpenHead } from "../executor/Planner.ts"
import { Stopping } from "../executor/Stopping.ts"
import type { Provider } from "../providers/Provider.ts"
import { ProviderFactory, type ProviderSettings, type Registry } from "../providers/Registry.ts"
import { Audit } from "../state/Audit.ts"
import { Versions } from "../state/Journal.ts"
import type { Lease } from "../state/Leases.ts"
import { Sealer } from "../state/Sealer.ts"
import { refuseUnfinished } from "./ApplyRefusals.ts"
import { checkedWorkspace } from "./CheckedWorkspace.ts"
import { didYouMean } from "./DidYouMean.ts"
import type { DoctorFinding } from "./Doctor.ts"
import { type AppError, failureOf, Refusal } from "./Failure.ts"
import { holding } from "./Holding.ts"
import { KindProposals } from "./KindProposals.ts"
import { bad, good, learned, type Lesson, remarks } from "./Lesson.ts"
import { readingPatiently } from "./Patience.ts"
import { openHead } from "./PlanBatch.ts"
import { over } from "./Session.ts"
import type { StateServices } from "./StateAccess.ts"
import { bodyFor, type TrialBody } from "./TrialBody.ts"
import { tryGuard, tryTokens, tryUpdate } from "./TrialChange.ts"
import { tryCreate, tryFind, tryList, tryMarker, tryRepeat } from "./TrialCreate.ts"
import { type Guarantee, guaranteesOf } from "./TrialGuarantees.ts"
import { type TrialNote, TrialNotes } from "./TrialNotes.ts"
import { tryDelete, tryPut } from "./TrialRemove.ts"
import { clearAway, type Left, type ProbeError, tell, type Trying } from "./Trying.ts"
import { type LoadedWorkspace, Workspace } from "./Workspace.ts"

/** What is about to be done, for whoever is asked. */
export interface Proposed {
  readonly kind: string
  readonly provider: string
  readonly baseUrl: string
  /** The name of what will be made. */
  readonly name: string
  /** What it is made after. */
  readonly after: string
}

/** How a kind is tried. */
export interface TrialOptions<E, R> {
  readonly kind: string
  readonly leaseTimeoutMs: number
  readonly confirm: (proposed: Proposed) => Effect.Effect<boolean, E, R>
  /** Told right before the first request. */
  readonly begun: (proposed: Proposed) => Effect.Effect<void>
}

/** What a trial came to. */
export interface Tried extends Proposed {
  readonly findings: ReadonlyArray<Lesson>
  readonly guarantees: ReadonlyArray<Guarantee>
  readonly description: JsonObject
  /** The description as YAML, to paste. */
  readonly text: string
  readonly left: ReadonlyArray<Left>
  /** Somebody asked to stop before everything was tried. */
  readonly stopped: boolean
}

const refuse = (reason: "Usage" | "Configuration", detail: string, hint: string): Refusal =>
  new Refusal({ reason, summary: "the kind cannot be tried", detail, hint })

/** A kind with the settings that it is described in. */
interface Subject {
  readonly kind: Kind
  readonly settings: ProviderSettings
  /** The description with the environment's values, and as it is written. */
  readonly filled: JsonObject
  readonly written: JsonObject
}

const describedIn = (settings: JsonObject, kind: string): JsonObject => {
  const found = getAt(settings, ["kinds", kind])
  return isObject(found) ? found : {}
}

const subjectOf = (
  { frozen, providers }: LoadedWorkspace,
  registry: Registry,
  name: string
): Effect.Effect<Subject, Refusal> => {
  const kind = registry.kinds.get(name)
  const settings = providers.find((one) => one.name === kind?.provider)
  if (kind === undefined || settings === undefined) {
    const hint = didYouMean(name, [...registry.kinds.keys()].sort(), "known kinds")
    return Effect.fail(refuse("Usage", `there is no kind ${JSON.stringify(name)}`, hint))
  }
  if (settings.use !== "http") {
    const detail = `${name} is not described in amends.yaml: provider ${settings.name} brings it along`
    return Effect.fail(refuse("Usage", detail, "kinds of providers with use: http can be tried"))
  }
  const configuration = frozen.find((one) => one.name === settings.name)?.configuration
  const asWritten = getAt(configuration, ["settings"])
  return Effect.succeed({
    kind,
    settings,
    filled: describedIn(settings.settings, name),
    written: describedIn(isObject(asWritten) ? asWritten : {}, name)
  })
}

const openHeads = Effect.gen(function*() {
  const sealer = yield* Sealer
  return yield* Effect.forEach(yield* (yield* Versions).heads, openHead(sealer))
})

/** What managed resources hold, for the references of what is copied. */
const lookupIn = (heads: ReadonlyArray<OpenHead>): Lookup => {
  const by = new Map(heads.map((head) => [head.address, head]))
  return ({ address, path }) => {
    const head = by.get(address)
    return getAt(head?.observed, parsePointer(path)) ?? (path === "/id" ? head?.remoteId : undefined)
  }
}

const trialName = Effect.map(
  Random.nextIntBetween(0, 2 ** 32 - 1),
  (number) => `amends-doctor-${number.toString(16).padStart(8, "0")}`
)

interface Workplace {
  readonly workspace: LoadedWorkspace
  readonly subject: Subject
}

/** Makes providers for the description with what was learned. */
const makeAs = ({ subject, workspace: { policies } }: Workplace, lessons: Array<Lesson>) =>
  Effect.map(ProviderFactory, (factory): Trying["as"] => {
    const { filled, kind, settings } = subject
    // One provider for each description: each has a rate limit and connections of its own.
    const made = new Map<string, Provider>()
    const make = Effect.fnUntraced(function*(description: JsonObject) {
      const kinds = settings.settings["kinds"]
      const described = { ...(isObject(kinds) ? kinds : {}), [kind.name]: description }
      const registry = yield* factory.make([{ ...settings, settings: { ...settings.settings, kinds: described } }])
      const provider = readingPatiently(registry, policies).serving(kind.name)
      if (provider === undefined) return yield* Effect.die(new Error(`no provider serves ${kind.name}`))
      made.set(canonicalText(description), provider)
      return provider
    })
    return (changes) => {
      const description = { ...learned(filled, lessons), ...changes }
      const known = made.get(canonicalText(description))
      return known === undefined ? make(description) : Effect.succeed(known)
    }
  })

const makeTrying = Effect.fnUntraced(function*(workplace: Workplace, body: TrialBody, note: TrialNote) {
  const { subject: { kind, written }, workspace: { policies, stateFile } } = workplace
  const notes = yield* TrialNotes
  const heads = yield* (yield* Versions).heads
  const lessons: Array<Lesson> = []
  const managed = heads.flatMap((head) => head.kind === kind.name ? [head.remoteId, ...head.deposed] : [])
  const trying: Trying = {
    kind,
    body,
    description: written,
    as: yield* makeAs(workplace, lessons),
    retries: policies.retries,
    keep: (one) => notes.keep(stateFile, one),
    before: new Set(managed),
    lessons,
    note,
    inDoubt: false,
    writes: 0
  }
  return trying
})

/** What of a description to look at where a probe meets an error. */
const advice: ReadonlyMap<string, string> = new Map([
  ["create", "check `create`, `answer` and `id`"],
  ["list", "check `list`, `items` and `pages`: without a list, a lost create cannot be settled"],
  ["update", "check `update`, and which fields are immutable"],
  ["delete", "check `delete`"]
])

/** Takes what a probe fails with as a lesson; only what keeps notes from being kept ends the trial. */
const tried = <A, R>(trying: Trying, what: string, probe: Effect.Effect<A, ProbeError, R>) =>
  Effect.catch(probe, (error): Effect.Effect<undefined, Refusal> => {
    if (error._tag === "Refusal") return Effect.fail(error)
    if (error._tag === "RegistryError") {
      tell(trying, good(what, `not tried: it does not go with the description: ${error.path} ${error.detail}`))
      return Effect.succeed(undefined)
    }
    if (error.applied === "unknown") trying.inDoubt = true
    const { detail, hint, summary } = failureOf(error)
    tell(trying, bad(what, `${summary}: ${detail}`, advice.get(what) ?? hint))
    return Effect.succeed(undefined)
  })

/** The provider that writes pass with: with a guard where one is known, or may be demanded. */
const writer = (trying: Trying, hasEtag: boolean) =>
  trying.as(hasEtag && learned(trying.description, trying.lessons)["guard"] === undefined ? { guard: "etag" } : {})

/** Whether reads carry a guard: the one that is described, or else an ETag. */
const lookForGuard = Effect.fnUntraced(function*(trying: Trying, id: string) {
  const isDescribed = trying.description["guard"] !== undefined
  const provider = yield* trying.as(isDescribed ? {} : { guard: "etag" })
  const found = yield* provider.observe(trying.kind.name, id)
  const has = found?.guard !== undefined
  if (isDescribed && !has) {
    tell(trying, bad("guard", "no answer carries it", "leave `guard` out, or check where it is", { guard: null }))
  } else if (!isDescribed) tell(trying, good("etag", has ? "answers carry an ETag" : "answers carry no ETag"))
  return !isDescribed && has
})

type Probe = Effect.Effect<unknown, Refusal, Scope.Scope>

const changes = Effect.fnUntraced(
  function*(trying: Trying, hasEtag: boolean, present: Parameters<typeof tryUpdate>[2]) {
    const changed = yield* tryUpdate(trying, yield* writer(trying, hasEtag), present)
    if (changed === undefined) return
    const isToken = hasEtag && changed.before.guard !== changed.after.guard
    if (hasEtag && !isToken) tell(trying, good("etag", "it stays the same when the resource is changed"))
    yield* tried(trying, "guard", tryGuard(trying, changed, isToken))
    tryTokens(trying, changed)
  }
)

/** Everything that is tried, in order, until somebody asks to stop; answers whether somebody did. */
const probe = Effect.fnUntraced(function*(trying: Trying): Effect.fn.Return<boolean, Refusal, Scope.Scope> {
  const { requested } = yield* Stopping
  const present = yield* tried(trying, "create", tryCreate(trying))
  if (present === undefined) return yield* Deferred.isDone(requested)
  let hasEtag = false
  const steps: ReadonlyArray<Probe> = [
    tried(trying, "list", tryList(trying, present)),
    tried(trying, "find", tryFind(trying, present)),
    tried(trying, "marker", tryMarker(trying, present)),
    tried(trying, "idempotency", tryRepeat(trying, present)),
    Effect.tap(tried(trying, "etag", lookForGuard(trying, present.id)), (has) =>
      Effect.sync(() => {
        hasEtag = has ?? false
      })),
    tried(trying, "update", Effect.suspend(() => changes(trying, hasEtag, present))),
    tried(trying, "put", tryPut(trying)),
    tried(
      trying,
      "delete",
      Effect.suspend(() => Effect.flatMap(writer(trying, hasEtag), (by) => tryDelete(trying, by, present.id)))
    )
  ]
  for (const step of steps) {
    if (yield* Deferred.isDone(requested)) return true
    yield* step
  }
  return false
})

/** The provider that clears away; where nothing makes one, nothing can be looked for. */
const cleaner = (trying: Trying): Effect.Effect<Provider | undefined, never, Scope.Scope> =>
  trying.as({ guard: learned(trying.description, trying.lessons)["guard"] ?? "etag" }).pipe(
    Effect.catch(() => trying.as({})),
    Effect.orElseSucceed(() => undefined)
  )

const cleared = Effect.fnUntraced(function*(trying: Trying) {
  const provider = yield* cleaner(trying)
  if (provider === undefined) return [{ what: trying.note.name, why: "its provider cannot be made" }]
  return yield* clearAway(trying, provider)
})

/** What earlier trials of the kind left behind, when they were cut short. */
const clearEarlier = Effect.fnUntraced(function*(workplace: Workplace, body: TrialBody) {
  const { subject: { kind }, workspace: { stateFile } } = workplace
  const notes = yield* TrialNotes
  const all = (yield* notes.all(stateFile)).filter((note) => note.kind === kind.name && note.provider === kind.provider)
  const found: Array<{ readonly lesson: Lesson; readonly left: ReadonlyArray<Left> }> = []
  for (const note of all) {
    const trying = yield* makeTrying(workplace, body, note)
    trying.inDoubt = true
    const left = yield* cleared(trying)
    if (left.length === 0) yield* notes.drop(stateFile, note.name)
    const detail = `an earlier trial was cut short, and left ${note.name}`
    found.push({
      left,
      lesson: left.length === 0
        ? good("earlier", `${detail}; it is removed, or was never made`)
        : bad("earlier", detail, "remove it by hand")
    })
  }
  return found
})

const inState = Effect.fnUntraced(function*(workplace: Workplace, proposed: Proposed, body: TrialBody) {
  const { subject: { kind, written }, workspace: { stateFile } } = workplace
  const notes = yield* TrialNotes
  const proposals = yield* KindProposals
  const { redact } = yield* Sealer
  const earlier = yield* clearEarlier(workplace, body)
  const note = { name: proposed.name, kind: kind.name, provider: kind.provider, probes: [], ids: [] }
  const trying = yield* makeTrying(workplace, body, note)
  const ended = yield* Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(
      Effect.exit(restore(probe(trying))),
      (exit) =>
        Effect.flatMap(cleared(trying), (left) =>
          Effect.as(left.length === 0 ? notes.drop(stateFile, note.name) : Effect.void, { exit, left }))
    )
  )
  // Why it ended early counts less than what is left of it.
  const stopped = ended.left.length > 0 && Exit.isFailure(ended.exit) ? true : yield* ended.exit
  const described = yield* Effect.result(trying.as({}))
  const served = Result.isSuccess(described) ? described.success.kinds.get(kind.name) : undefined
  const lessons = trying.lessons.map((one) => ({ ...one, detail: redact(one.detail) }))
  const description = learned(written, lessons)
  const result: Tried = {
    ...proposed,
    findings: [...earlier.map(({ lesson }) => lesson), ...lessons],
    guarantees: guaranteesOf(
      served ?? kind,
      lessons.some(({ ok, what }) => what === "list" && ok) ? "listed" : "unlisted"
    ),
    description,
    text: proposals.render(kind.name, description, remarks(lessons)),
    left: [...earlier.flatMap(({ left }) => left), ...ended.left].map(({ what, why }) => ({ what, why: redact(why) })),
    stopped
  }
  return result
})

/** A trial is no batch: this is what the state keeps of it. */
const recorded = (lease: Lease, { kind, name, provider }: Proposed) =>
  Effect.flatMap(
    Audit,
    ({ note }) =>
      note(lease, { kind: "trial", outcome: "begun", detail: `${kind} of ${provider}, under names that begin ${name}` })
  )

const ready = Effect.fnUntraced(function*<E, R>(workplace: Workplace, options: TrialOptions<E, R>) {
  const { subject: { filled, kind, settings }, workspace } = workplace
  yield* refuseUnfinished
  const name = yield* trialName
  const declared = workspace.resources.filter((one) => one.kind === kind.name)
  const material = { kind, schema: filled["schema"], declared, lookup: lookupIn(yield* openHeads), name }
  const body = yield* Effect.fromResult(bodyFor(material))
  const { baseUrl } = settings.settings
  const proposed: Proposed = {
    kind: kind.name,
    provider: settings.name,
    baseUrl: typeof baseUrl === "string" ? baseUrl : "",
    name,
    after: body.after
  }
  return { body, proposed, goes: yield* options.confirm(proposed) }
})

/** Tries a kind; nothing where the answer was no. */
export const tryKind = <E extends AppError, R>(options: TrialOptions<E, R>) =>
  Effect.scoped(Effect.gen(function*() {
    const { registry, workspace } = yield* checkedWorkspace
    const workplace: Workplace = { workspace, subject: yield* subjectOf(workspace, registry, options.kind) }
    const work = Effect.gen(function*(): Effect.fn.Return<
      Tried | undefined,
      AppError | E,
      StateServices | ProviderFactory | KindProposals | TrialNotes | Scope.Scope | R
    > {
      const { body, goes, proposed } = yield* ready(workplace, options)
      if (!goes) return undefined
      const how = { lifeMs: leaseLifeMs(workspace.policies.timeoutMs), timeoutMs: options.leaseTimeoutMs }
      return yield* holding(how, (lease) =>
        Effect.andThen(
          recorded(lease, proposed),
          Effect.andThen(options.begun(proposed), inState(workplace, proposed, body))
        ))
    })
    return yield* over(workspace, "write", work)
  }))

/** Names what trials left behind that were cut short; reads nothing remote. */
export const leftBehind: Effect.Effect<ReadonlyArray<DoctorFinding>, never, Workspace | TrialNotes> = Effect.gen(
  function*() {
    const notes = yield* TrialNotes
    const settings = yield* Effect.result(Effect.flatMap(Workspace, (workspace) => workspace.settings))
    const all = Result.isSuccess(settings) ? yield* notes.all(settings.success.stateFile) : []
    return all.map(({ kind, name }) =>
      bad("trials", `a trial of ${kind} was cut short, and may have left ${name}`, `remove it with: ${again(kind)}`)
    )
  }
)

/** The command that looks for what a trial of the kind left, and removes it. */
export const again = (kind: string): string => `amends doctor --kind ${kind}`
