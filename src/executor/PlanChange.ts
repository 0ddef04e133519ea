/**
 * Decides what happens to one address. Pure: the subject, what its references come to, and the user's options in; the
 * action and everything a step or the user needs to know of it out.
 */
import type { Action } from "../domain/Change.ts"
import { type Document, equalJson, isObject } from "../domain/Document.ts"
import type { Address } from "../domain/Ids.ts"
import type { ResourceDrift } from "../domain/Plan.ts"
import { getAt, type Path, renderPointer, withAt } from "../domain/Pointer.ts"
import type { Template } from "../domain/Template.ts"
import type { Observation } from "../providers/Provider.ts"
import { agreeing, edited, expand, immutableIn, removedFields } from "./Fields.ts"
import { type Filling, fillSpec, type Sources, unknownPlaces } from "./Filling.ts"
import { differences, overlay } from "./Overlay.ts"
import type { Desired, OpenHead, PlanOptions } from "./PlanInput.ts"
import { createFirst, type PlanRefusal, preventDestroy, unknownReference, unmanaged } from "./PlanRefusal.ts"
import type { Subject } from "./Subject.ts"

/** What was decided for one address. */
export interface Decision {
  readonly subject: Subject
  readonly action: Action
  /** For a replace: the new one is there before the old one goes. */
  readonly createFirst: boolean
  /** What an update, delete or adopt writes to. */
  readonly observation?: Observation
  /** Its document, with what is known of its secrets. */
  readonly seen?: Document
  /** The declaration as a step carries it. */
  readonly declared?: Template
  /** What of it is declared afterwards, where that is less. */
  readonly declares?: Template
  /** What will be there, unknown values as nodes. */
  readonly after?: Document
  readonly differs: ReadonlyArray<Path>
  readonly resets: ReadonlyArray<string>
  readonly ignores: ReadonlyArray<string>
  readonly notes: ReadonlyArray<string>
  /** Somebody's edits that would be overwritten. */
  readonly conflicts: ReadonlyArray<string>
  readonly secretPaths: ReadonlyArray<string>
  readonly drift?: ResourceDrift
  /** What the head takes over without a write. */
  readonly refresh?: { readonly declared: Document; readonly observed: Document }
  readonly drop: boolean
  /** Ids that an earlier replace left behind and that are deleted now. */
  readonly deposed: ReadonlyArray<string>
  readonly refusals: ReadonlyArray<PlanRefusal>
}

/** What a decision may ask. */
export interface Deciding {
  readonly options: PlanOptions
  readonly sources: Sources
  readonly selected: (address: Address) => boolean
  readonly replaces: ReadonlySet<Address>
  readonly refersTo: (address: Address) => ReadonlyArray<Address>
  /** Whether an address was decided to be replaced, its old resource deleted before there is a new one. */
  readonly deletesFirst: (address: Address) => boolean
}

type Outcome = Partial<Decision> & { readonly action: Action }

/** Finds what somebody else did since last apply. */
const driftOf = ({ address, head, kind, known, observation, seen }: Subject): ResourceDrift | undefined => {
  if (head === undefined || known === undefined) return undefined
  if (observation === undefined || seen === undefined) return { address, paths: [], kind: "deleted" }
  const paths = equalJson(seen, known) ? [] : differences(kind, known, seen).map(renderPointer)
  if (paths.length > 0) return { address, paths, kind: "edited" }
  const moved = observation.token !== undefined && head.token !== undefined && observation.token !== head.token
  return moved ? { address, paths, kind: "token" } : undefined
}

const deletedOutside = "was deleted outside of amends"

const create = ({ head }: Subject, { filled }: Filling): Outcome => ({
  action: "create",
  after: filled,
  differs: Object.keys(filled).map((key) => [key]),
  notes: head === undefined ? [] : [deletedOutside]
})

const adopt = (subject: Subject, desired: Desired, { filled }: Filling, namesake: Observation): Outcome => {
  const { kind } = subject
  const seen = namesake.document
  const ignores = expand(desired.lifecycle.ignoreChanges, [seen, filled])
  const after = overlay(kind, seen, filled, { resets: [], ignores })
  const differs = differences(kind, seen, after)
  const fixed = immutableIn(kind, seen, after, differs)
  return {
    action: "adopt",
    observation: namesake,
    seen,
    after,
    differs,
    ignores,
    refusals: fixed.length === 0
      ? []
      : [unmanaged(subject.address, [namesake.id], `it cannot be taken over: ${fixed.join(", ")} cannot be changed`)]
  }
}

const appear = (subject: Subject, desired: Desired, filling: Filling, options: PlanOptions): Outcome => {
  const [namesake, ...others] = subject.namesakes
  if (namesake === undefined) return create(subject, filling)
  if (options.adopt && others.length === 0) return adopt(subject, desired, filling, namesake)
  const ids = subject.namesakes.map(({ id }) => id).sort()
  return { action: "none", refusals: [unmanaged(subject.address, ids)] }
}

/** An unknown value replaces an object as a whole, instead of mixing with its members. */
const makeRoom = (seen: Document, filled: Document): Document =>
  unknownPlaces(filled).filter((path) => isObject(getAt(seen, path))).reduce<Document>(
    (document, path) => withAt(document, path, undefined),
    seen
  )

interface Present {
  readonly subject: Subject
  readonly desired: Desired
  readonly head: OpenHead
  readonly seen: Document
  readonly known: Document
  readonly filled: Document
  /** What the head declares afterwards. */
  readonly declares: Document
}

interface Target {
  readonly after: Document
  readonly differs: ReadonlyArray<Path>
  readonly ignores: ReadonlyArray<string>
  readonly resets: ReadonlyArray<string>
  readonly unmanaged: ReadonlyArray<string>
}

const targetOf = ({ desired, filled, head, seen, subject }: Present, keeps: ReadonlyArray<string>): Target => {
  const { kind } = subject
  if (desired.declares !== undefined) {
    const after = overlay(kind, makeRoom(seen, filled), filled, { resets: [], ignores: [] })
    return { after, ignores: [], resets: [], unmanaged: [], differs: differences(kind, seen, after) }
  }
  const ignores = [...expand(desired.lifecycle.ignoreChanges, [seen, filled]), ...keeps]
  const removed = removedFields(kind, head.declared, filled, ignores)
  const after = overlay(kind, makeRoom(seen, filled), filled, { resets: removed.resets, ignores })
  return { ...removed, after, ignores, differs: differences(kind, seen, after) }
}

/** What is there is somebody's when it was edited since, or was kept before while the file said the same. */
const theirs = ({ head, known, seen, subject }: Present, target: Target): ReadonlyArray<string> => {
  const { kind } = subject
  const said = overlay(kind, known, head.declared, { resets: [], ignores: [] })
  const paths = [
    ...edited(kind, { seen, known }, target.differs),
    ...agreeing(kind, said, target.after, target.differs)
  ]
  return [...new Set(paths.map(renderPointer))]
}

/**
 * What is deleted first although two could be there: its old one refers to what is deleted first as well, and APIs
 * refuse to delete what is referred to, or delete with it what refers to it.
 */
const goesBefore = ({ address }: Subject, { lifecycle }: Desired, { deletesFirst, refersTo }: Deciding) =>
  lifecycle.replace === "auto" ? refersTo(address).find(deletesFirst) : undefined

const replaceFirst = (subject: Subject, desired: Desired, deciding: Deciding): boolean =>
  subject.kind.capabilities.identity._tag === "server" && desired.lifecycle.replace !== "deleteFirst" &&
  goesBefore(subject, desired, deciding) === undefined

const refreshOf = (present: Present, deciding: Deciding, drift: ResourceDrift | undefined): Outcome["refresh"] => {
  const { declares, head, seen, subject } = present
  const stays = drift === undefined && equalJson(declares, head.declared) &&
    subject.preventDestroy === head.preventDestroy &&
    equalJson([...head.dependsOn].sort(), deciding.refersTo(subject.address))
  return stays || unknownPlaces(declares).length > 0 ? undefined : { declared: declares, observed: seen }
}

const compare = (present: Present, deciding: Deciding, drift: ResourceDrift | undefined): Outcome => {
  const { desired, filled, seen, subject } = present
  const { address, kind } = subject
  const first = targetOf(present, [])
  const policy = desired.lifecycle.conflict
  const keeps = policy === "keep" ? theirs(present, first) : []
  const target = keeps.length === 0 ? first : targetOf(present, keeps)
  const fixed = immutableIn(kind, seen, target.after, target.differs)
  const forced = deciding.replaces.has(address)
  const replaces = forced || fixed.length > 0
  const action = replaces ? "replace" : target.differs.length > 0 ? "update" : "none"
  const refresh = action === "none" ? refreshOf(present, deciding, drift) : undefined
  return {
    ...target,
    action,
    after: replaces ? filled : target.after,
    createFirst: replaces && replaceFirst(subject, desired, deciding),
    // What takes something back was merged with what is there.
    conflicts: policy === "stop" && desired.declares === undefined
      ? edited(kind, present, target.differs).map(renderPointer)
      : [],
    notes: [
      ...target.unmanaged.map((pointer) => `no longer managed: ${pointer}`),
      ...fixed.map((pointer) => `replaced because ${pointer} cannot be changed in place`),
      ...(forced ? ["replaced because it was asked for"] : []),
      ...keeps.map((pointer) => `left as somebody else set it: ${pointer}`)
    ],
    refusals: replaces && subject.preventDestroy ? [preventDestroy(address, "replace")] : [],
    ...(refresh === undefined ? {} : { refresh })
  }
}

const undesired = ({ address, head, observation, ...subject }: Subject): Outcome => {
  if (observation === undefined) {
    // What of it is left behind goes in the batch that forgets it.
    const drop = head !== undefined
    return { action: "none", drop, notes: drop ? [`${deletedOutside}; it is forgotten`] : [deletedOutside] }
  }
  return { action: "delete", refusals: subject.preventDestroy ? [preventDestroy(address, "delete")] : [] }
}

const declaredOutcome = (
  subject: Subject,
  desired: Desired,
  deciding: Deciding,
  drift: ResourceDrift | undefined
): Outcome => {
  const filling = fillSpec(desired.spec, deciding.sources)
  const declares = desired.declares === undefined ? undefined : fillSpec(desired.declares, deciding.sources)
  const { head, kind, known, seen } = subject
  const identity = kind.capabilities.identity
  const outcome = head === undefined || seen === undefined || known === undefined
    ? appear(subject, desired, filling, deciding.options)
    : compare(
      { subject, desired, head, seen, known, filled: filling.filled, declares: (declares ?? filling).filled },
      deciding,
      drift
    )
  return {
    ...outcome,
    declared: filling.kept,
    ...(declares === undefined ? {} : { declares: declares.kept }),
    secretPaths: [...new Set([...subject.secretPaths, ...filling.secretPaths])],
    refusals: [
      ...(outcome.refusals ?? []),
      ...filling.missing.map(({ address, path }) => unknownReference(subject.address, address, path)),
      ...(identity._tag !== "server" && desired.lifecycle.replace === "createFirst"
        ? [createFirst(subject.address, identity.fields.join(" and "))]
        : [])
    ]
  }
}

const refreshed = ({ head, seen }: Subject, drift: ResourceDrift | undefined): Outcome => {
  if (head === undefined || drift === undefined) return { action: "none" }
  if (drift.kind === "deleted" || seen === undefined) return { action: "none", drop: head.deposed.length === 0 }
  return { action: "none", refresh: { declared: head.declared, observed: seen } }
}

const outcomeOf = (subject: Subject, deciding: Deciding, drift: ResourceDrift | undefined): Outcome => {
  if (!deciding.selected(subject.address)) return { action: "none" }
  if (deciding.options.refreshOnly) return refreshed(subject, drift)
  return subject.desired === undefined
    ? undesired(subject)
    : declaredOutcome(subject, subject.desired, deciding, drift)
}

/** Decides what happens to an address; what it refers to must be decided already. */
export const decide = (subject: Subject, deciding: Deciding): Decision => {
  const drift = driftOf(subject)
  const writes = deciding.selected(subject.address) && !deciding.options.refreshOnly
  return {
    subject,
    createFirst: false,
    differs: [],
    resets: [],
    ignores: [],
    notes: [],
    conflicts: [],
    drop: false,
    deposed: writes ? subject.head?.deposed ?? [] : [],
    refusals: [],
    secretPaths: subject.secretPaths,
    ...(subject.observation === undefined ? {} : { observation: subject.observation }),
    ...(subject.seen === undefined ? {} : { seen: subject.seen }),
    ...(drift === undefined ? {} : { drift }),
    ...outcomeOf(subject, deciding, drift)
  }
}
