/**
 * What is recorded of each thing that the state can be asked to do, as tables from it to the draft of a record.
 *
 * Words of people may hold a secret, so they are masked here; everything else is ids, addresses and digests.
 */
import { Effect } from "effect"
import type { AuditKind } from "../../domain/Audit.ts"
import type { Ended, EntryBody, Opened } from "../../domain/Entry.ts"
import type { Address, BatchId, StepId } from "../../domain/Ids.ts"
import type { Author, HeadChange } from "../../domain/Version.ts"
import { ActingAs } from "../ActingAs.ts"
import type { Sealer } from "../Sealer.ts"
import type { StateError } from "../StateError.ts"
import type { AuditDraft } from "./AuditBook.ts"
import type { AuditStore } from "./AuditStore.ts"
import { host } from "./Platform.ts"

/** Where drafts are made: the trail that takes them, and what masks their words. */
export interface Drafting {
  readonly store: { readonly audit: Pick<AuditStore, "unsigned"> }
  readonly redact: Sealer["Service"]["redact"]
}

/** A draft without who, where and why. */
export type Deed = Omit<AuditDraft, "host" | "verb">

/** Says who does it, where and why. Fails where records are to be signed and the key is not at hand. */
export const drafted = ({ redact, store }: Drafting, deed: Deed): Effect.Effect<AuditDraft, StateError> =>
  Effect.gen(function*() {
    const { unsigned } = store.audit
    if (unsigned !== undefined) return yield* unsigned
    const { actor = deed.actor, reason = deed.reason, verb } = (yield* ActingAs)()
    const { actor: _, detail, reason: __, ...rest } = deed
    return {
      ...rest,
      host,
      ...(actor === undefined ? {} : { actor: redact(actor) }),
      ...(verb === undefined ? {} : { verb }),
      ...(reason === undefined ? {} : { reason: redact(reason) }),
      ...(detail === undefined ? {} : { detail: redact(detail) })
    }
  })

/** A batch begins. */
export const ofOpened = (batch: BatchId, { actor, plan, reason }: Opened): Deed => ({
  kind: "opened",
  outcome: "open",
  actor,
  ...(reason === undefined ? {} : { reason }),
  batch,
  plan: plan.hash,
  steps: plan.steps.length
})

/** A batch ends. */
export const ofEnded = (batch: BatchId, { as, left }: Ended): Deed => ({ kind: "batch", outcome: as, batch, left })

const addressOf = (step: StepId): Address => step.replace(/#.*$/, "") as Address

/** What an entry is recorded as; most are not: they are what the batch did, and its ending tells that. */
const ofEntry = (batch: BatchId, body: EntryBody): Deed | undefined => {
  if (body._tag === "human") {
    const { actor, choice, note, step } = body
    const why = note === undefined ? {} : { detail: note }
    return {
      kind: "choice",
      outcome: choice,
      actor,
      batch,
      touched: [{ address: addressOf(step), did: "none" }],
      ...why
    }
  }
  if (body._tag === "resolved") {
    const { evidence, step, verdict } = body
    const touched = [{ address: addressOf(step), did: "none" as const }]
    return { kind: "verdict", outcome: verdict, batch, touched, detail: evidence }
  }
  return body._tag === "control"
    ? { kind: "control", outcome: body.what, batch, detail: `asked by ${body.actor}` }
    : undefined
}

/** What entries are recorded as. */
export const ofEntries = (batch: BatchId, bodies: ReadonlyArray<EntryBody>): ReadonlyArray<Deed> =>
  bodies.flatMap((body) => ofEntry(batch, body) ?? [])

/** A version is pinned, or no longer. */
export const ofPin = (kind: "pin" | "unpin", { actor, reason }: Author): Deed => ({
  kind,
  outcome: "done",
  actor,
  ...(reason === undefined ? {} : { reason })
})

const kindOfChange = (heads: ReadonlyArray<HeadChange>): AuditKind => {
  const origins = new Set(heads.map(({ origin }) => origin))
  if (origins.has("move")) return "move"
  if (origins.has("import") || origins.has("adopt")) return "import"
  return heads.length > 0 && heads.every(({ _tag }) => _tag === "drop") ? "forget" : "accept"
}

/** Heads change outside of a batch. */
export const ofHeads = ({ actor, reason }: Author, heads: ReadonlyArray<HeadChange>): Deed => ({
  kind: kindOfChange(heads),
  outcome: "done",
  actor,
  ...(reason === undefined ? {} : { reason })
})
