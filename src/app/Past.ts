/**
 * The past of a resource as a lineage of contents that a merge can work on: its versions, edits that no version holds
 * but that a batch found there, and what is there now.
 *
 * What a version changed is told by what its batch captured before, as its journal has it, and not by the version
 * before: between the two somebody may have edited. Where the journal is gone, the version before has to do. A secret
 * that the API masks is what was last applied there, and one that was sealed under a lost key stays sealed.
 */
import { Effect } from "effect"
import { same } from "../domain/Canonical.ts"
import type { Document } from "../domain/Document.ts"
import type { Entry } from "../domain/Entry.ts"
import type { Address, BatchId, Digest } from "../domain/Ids.ts"
import type { Kind } from "../domain/Kind.ts"
import type { Step } from "../domain/Plan.ts"
import { renderPointer } from "../domain/Pointer.ts"
import { type SealedDocument, sealedIn } from "../domain/Sealed.ts"
import type { Origin, Version } from "../domain/Version.ts"
import { effective, type StepState, untouched } from "../executor/Fold.ts"
import type { OpenHead } from "../executor/PlanInput.ts"
import { recall } from "../executor/Recall.ts"
import { checkLineage, type Lineage, type LineageVersion } from "../merge/Lineage.ts"
import { Journal } from "../state/Journal.ts"
import { Sealer } from "../state/Sealer.ts"
import { StateError } from "../state/StateError.ts"
import { folded, openedIn } from "./BatchView.ts"

/** What stands for what is there now, as if it were a version. */
export const nowId = "now"

/** What stands for an edit that the batch of a version found. */
const foundBy = (version: Digest): string => `found by ${version}`

/** One resource through time. */
export interface Past {
  readonly address: Address
  readonly kind: Kind
  /** Oldest first. */
  readonly versions: ReadonlyArray<Version>
  /** Of versions, edits that were found, and what is there now, which comes last. */
  readonly lineage: Lineage
  /** The whole content; absent for a resource that was not there. */
  readonly contentOf: (id: string) => Document | undefined
  /** What of it was declared. */
  readonly declaredOf: (id: string) => Document | undefined
  /** Versions whose secrets do not open, because their key is lost. */
  readonly lost: ReadonlySet<Digest>
  /** What stood there before the versions that are taken out. */
  readonly beforeOf: ReadonlyMap<string, Before>
  /** Pointers that are secret because of where their value came from. */
  readonly secretPaths: ReadonlyArray<string>
  /** What the batches of versions that are taken out referred to. */
  readonly refersTo: ReadonlyArray<Address>
  /** Ids that it had in those. */
  readonly formerIds: ReadonlyArray<string>
}

/** What a past is made of. */
export interface PastOf {
  readonly address: Address
  readonly kind: Kind
  readonly head: OpenHead | undefined
  /** What is there now, with what is known of its secrets. */
  readonly seen: Document | undefined
}

/** The journal of a batch, folded. */
interface Told {
  readonly steps: ReadonlyMap<Address, ReadonlyArray<Step>>
  readonly states: ReadonlyMap<string, StepState>
}

/** Journals of batches, read once each. */
export const makeJournals = Effect.fnUntraced(function*() {
  const journal = yield* Journal
  const known = new Map<BatchId, Told>()
  return Effect.fnUntraced(function*(batch: BatchId): Effect.fn.Return<Told, StateError> {
    const found = known.get(batch)
    if (found !== undefined) return found
    const entries: ReadonlyArray<Entry> = yield* journal.toFold(batch)
    const steps = Map.groupBy(openedIn(entries)?.plan.steps ?? [], ({ address }) => address)
    const told = { steps, states: folded(entries).states }
    known.set(batch, told)
    return told
  })
})

/** Reads journals of batches. */
export type Journals = Effect.Success<ReturnType<typeof makeJournals>>

/** What a step found. */
const foundOf = (step: Step, state: StepState): SealedDocument | undefined => {
  const [first] = effective(state)
  return first === undefined ? step.before : first.intent.before
}

/** The steps of an address that say what was there: of a replace, the one that deletes. */
const tellingSteps = ({ steps }: Told, { address }: Version): ReadonlyArray<Step> => {
  const own = (steps.get(address) ?? []).filter(({ action }) => action !== "guard")
  const former = own.filter(({ id, replaces }) => replaces === "delete" && !/#deposed-/.test(id))
  return former.length > 0 ? former : own.filter(({ replaces }) => replaces === undefined)
}

const idsIn = ({ states, steps }: Told, { address }: Version): ReadonlyArray<string> =>
  (steps.get(address) ?? []).flatMap(({ id, remoteId }) =>
    [remoteId, states.get(id)?.remoteId].flatMap((one) => one ?? [])
  )

/** What was found before a version was made: `undefined` where nobody knows, and `absent` where nothing was there. */
const foundBefore = (version: Version, told: Told): SealedDocument | "absent" | undefined => {
  const [step] = tellingSteps(told, version)
  if (step === undefined) return undefined
  return foundOf(step, told.states.get(step.id) ?? untouched(step.id)) ?? "absent"
}

interface Opened {
  readonly content: Document | undefined
  readonly declared: Document | undefined
  /** Its secrets do not open: their key is lost. It can be looked at, and never be written. */
  readonly lost?: true
}

/** A document with its secrets, or still sealed where their key is lost. */
const openOrSealed = Effect.fnUntraced(function*(
  sealed: SealedDocument
): Effect.fn.Return<{ readonly document: Document; readonly lost: boolean }, StateError, Sealer> {
  const { open } = yield* Sealer
  return yield* open(sealed).pipe(
    Effect.map((document) => ({ document, lost: false })),
    Effect.catch((error) =>
      error.reason === "WrongKey" ? Effect.succeed({ document: sealed, lost: true }) : Effect.fail(error)
    )
  )
})

const openVersion = Effect.fnUntraced(function*(
  kind: Kind,
  { document, observed }: Version
): Effect.fn.Return<Opened, StateError, Sealer> {
  if (document === undefined) return { content: undefined, declared: undefined }
  const declared = yield* openOrSealed(document)
  const whole = observed === undefined ? declared : yield* openOrSealed(observed)
  return {
    content: observed === undefined ? declared.document : recall(kind, whole.document, declared.document),
    declared: declared.document,
    ...(declared.lost || whole.lost ? { lost: true } : {})
  }
})

const unsound = (address: Address, why: string): StateError =>
  new StateError({
    reason: "Corrupt",
    operation: "lineage",
    detail: `the versions of ${address} do not hang together: ${why}`,
    hint: "See `amends history`; restore the newest backup with `amends state restore`."
  })

/** Origins of versions that changed nothing but what is managed, and as what. */
const takesOver: ReadonlySet<Origin> = new Set<Origin>(["accept", "move"])

/** What stood there before a version was made, as far as that is more than the version before. */
export type Before =
  | { readonly _tag: "found"; readonly content: Document | undefined; readonly lost?: true }
  /** Nobody knows more; `sure` where the version changed nothing but what is managed. */
  | { readonly _tag: "as the version before"; readonly sure: boolean }
  | { readonly _tag: "unknown" }

const beforeOf = Effect.fnUntraced(function*(
  kind: Kind,
  version: Version,
  told: Told,
  known: { readonly own: Opened; readonly parent: Opened | undefined }
): Effect.fn.Return<Before, StateError, Sealer> {
  const found = foundBefore(version, told)
  if (found === "absent") return { _tag: "found", content: undefined }
  if (found !== undefined) {
    const { document, lost } = yield* openOrSealed(found)
    return { _tag: "found", content: recall(kind, document, known.parent?.declared), ...(lost ? { lost: true } : {}) }
  }
  // An import, and a batch without a step for it, only recorded what was there.
  if (version.origin === "import" || told.steps.size > 0) return { _tag: "found", content: known.own.content }
  const sure = takesOver.has(version.origin)
  if (known.parent !== undefined && version.gap === undefined) return { _tag: "as the version before", sure }
  return sure ? { _tag: "found", content: known.own.content } : { _tag: "unknown" }
})

const isSame = (kind: Kind, a: Document | undefined, b: Document | undefined): boolean =>
  a === undefined || b === undefined ? a === b : same(kind, a, b)

/** A version with what it held, and for one that is taken out, what stood there before. */
interface Chapter {
  readonly version: Version
  readonly own: Opened
  readonly before?: Before
}

const chaptersOf = Effect.fnUntraced(function*(
  kind: Kind,
  versions: ReadonlyArray<Version>,
  taken: ReadonlySet<Digest>,
  journals: Journals
) {
  const chapters: Array<Chapter> = []
  const opened = new Map<string, Opened>()
  for (const version of versions) {
    const own = yield* openVersion(kind, version)
    opened.set(version.id, own)
    const known = { own, parent: opened.get(version.parents[0] ?? "") }
    const isTaken = taken.has(version.id)
    const before = isTaken ? yield* beforeOf(kind, version, yield* journals(version.batch), known) : undefined
    chapters.push({ version, own, ...(before === undefined ? {} : { before }) })
  }
  return chapters
})

/** The lineage of chapters, with the edits that batches found in between, and what is there now at its end. */
const told = (kind: Kind, chapters: ReadonlyArray<Chapter>, now: Opened) => {
  const opened = new Map<string, Opened>([[nowId, now]])
  const line = chapters.flatMap(({ before, own, version: { id, parents } }): ReadonlyArray<LineageVersion> => {
    const parent = opened.get(parents[0] ?? "")
    opened.set(id, own)
    if (before?._tag !== "found" || isSame(kind, before.content, parent?.content)) return [{ id, parents }]
    const edit = foundBy(id)
    opened.set(edit, { content: before.content, declared: parent?.declared })
    return [{ id: edit, parents }, { id, parents: [edit] }]
  })
  const newest = chapters.slice(-1).map(({ version }) => version.id)
  return { opened, checked: checkLineage([...line, { id: nowId, parents: newest }]) }
}

/** Puts the past of a resource together; `taken` are the versions that are to be taken out. */
export const pastOf = Effect.fn("Past.pastOf")(function*(
  { address, head, kind, seen }: PastOf,
  versions: ReadonlyArray<Version>,
  taken: ReadonlySet<Digest>,
  journals: Journals
): Effect.fn.Return<Past, StateError, Sealer> {
  const chapters = yield* chaptersOf(kind, versions, taken, journals)
  const { checked, opened } = told(kind, chapters, { content: seen, declared: head?.declared })
  if (checked._tag === "broken") {
    return yield* unsound(address, checked.problems.map(({ version, why }) => `${version}: ${why}`).join(", "))
  }
  const needed = yield* Effect.forEach(
    versions.filter(({ id }) => taken.has(id)),
    (version) =>
      Effect.map(journals(version.batch), (one) => ({
        ids: idsIn(one, version),
        steps: tellingSteps(one, version)
      }))
  )
  const held = versions.flatMap(({ document, observed }) => [document, observed].flatMap((one) => one ?? []))
  return {
    address,
    kind,
    versions,
    lineage: checked.lineage,
    contentOf: (id) => opened.get(id)?.content,
    declaredOf: (id) => opened.get(id)?.declared,
    lost: new Set(chapters.flatMap(({ own, version }) => own.lost === true ? [version.id] : [])),
    beforeOf: new Map(chapters.flatMap(({ before, version }) => before === undefined ? [] : [[version.id, before]])),
    secretPaths: [...new Set(held.flatMap((one) => sealedIn(one).map(renderPointer)))],
    refersTo: [...new Set(needed.flatMap(({ steps }) => steps.flatMap((step) => step.refersTo)))],
    formerIds: [...new Set(needed.flatMap(({ ids }) => ids))]
  }
})
