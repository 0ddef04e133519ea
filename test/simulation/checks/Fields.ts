/**
 * How checkers compare documents: field by field, each in its one form, and who wrote it last.
 */
import type { Document, Json } from "../../../src/domain/Document.ts"
import type { LogEntry } from "../../../src/providers/memory/World.ts"
import { defaults } from "../Kinds.ts"
import { type Ledger, walk } from "../Ledger.ts"
import { horizonMs, type KindDraft } from "../Scenario.ts"
import type { Sent } from "../Trial.ts"

const madeByServer = new Set(["mark", "updatedAt"])

const formOf = (field: string, value: Json | undefined): string => {
  if (value === undefined || value === null) return "absent"
  return field === "code" ? JSON.stringify(String(value).toLowerCase()) : JSON.stringify(value)
}

const tagsOf = (document: Document | undefined): ReadonlyArray<string> => {
  const tags = document?.["tags"]
  return Array.isArray(tags) ? tags.map(String) : []
}

/** The form of one field of a document, in which equal means the same. Each element of the set is a field. */
export const fieldOf = (document: Document | undefined, field: string): string =>
  field.startsWith("tags/")
    ? String(tagsOf(document).includes(field.slice("tags/".length)))
    : formOf(field, document?.[field] ?? defaults[field])

/** The fields of some documents that are not made by the server. */
export const fieldsOf = (...documents: ReadonlyArray<Document | undefined>): ReadonlyArray<string> => {
  const plain = documents.flatMap((document) => Object.keys(document ?? {}))
  const tags = documents.flatMap(tagsOf).map((tag) => `tags/${tag}`)
  return [...new Set([...plain, ...tags])].filter((field) => field !== "tags" && !madeByServer.has(field))
}

/** The fields in which two documents differ. */
export const differences = (a: Document | undefined, b: Document | undefined): ReadonlyArray<string> =>
  fieldsOf(a, b).filter((field) => fieldOf(a, field) !== fieldOf(b, field))

/** The fields that a change gave another value. */
export const changedBy = ({ after, before }: LogEntry): ReadonlyArray<string> =>
  differences(before?.document, after?.document)

/** The id a change is about. */
export const idOf = ({ after, before }: LogEntry): string => after?.id ?? before?.id ?? ""

/** The request that brought a change about, which may have landed long after others under its key were sent. */
export const sentOf = ({ record }: Ledger, { at = Infinity, idempotencyKey, lateMs = 0 }: LogEntry): Sent | undefined =>
  record.sent.findLast((one) => one.sending.idempotencyKey === idempotencyKey && one.at <= at - lateMs)

/**
 * Whether a write landed when nobody waits for it any more, counted from when it was sent: no engine can tell it from a
 * stranger's. What the network held up may be held up by the server as well.
 */
export const isTardy = ({ record }: Ledger, { at, idempotencyKey, lateMs = 0 }: LogEntry): boolean => {
  if (at === undefined || lateMs === 0) return false
  const sent = record.sent.findLast((one) => one.sending.idempotencyKey === idempotencyKey && one.at <= at - lateMs)
  return at - (sent?.at ?? at - lateMs) > horizonMs
}

/** Whether a write to one of some resources was in doubt when its batch was given up or kept: so it stayed. */
const leftInDoubt = ({ batches }: Ledger, ids: ReadonlyArray<string>): boolean =>
  batches.filter(({ ended }) => ended?.body.as === "abandoned" || ended?.body.as === "kept").some((batch) =>
    [...walk(batch, () => {}).values()].some(({ open }) =>
      open.some(({ line }) => ids.includes(line.body.remoteId ?? ""))
    )
  )

/** Whether a batch said of one of some resources that it was not put back as it was, or a person took it as it is. */
const leftAsItIs = ({ batches }: Ledger, ids: ReadonlyArray<string>): boolean =>
  batches.some(({ lines }) =>
    lines.some(({ body, kind }) =>
      kind === "compensated" && (body.result === "residue" || body.result === "accepted") &&
      ids.includes(body.remoteId ?? "")
    )
  )

/** Whether what a write made of a secret shows in nothing: it is never given back, or masked and there is no token. */
const isHidden = (kind: KindDraft | undefined): boolean =>
  kind?.writeOnly === true || (kind?.masked === true && kind.guard === "none" && !kind.token)

/** Whether a server brought a secret back with what it was asked to create, which had one when it was deleted. */
const isRevived = ({ after, by, effect, request }: LogEntry): boolean =>
  by === "provider" && effect === "created" && (after?.document["secret"] ?? null) !== null &&
  Object(request?.body).secret === undefined

/**
 * What nobody can see: that a secret was taken with a 202 and never written, or given up in doubt, or written when
 * nobody waited for it any more, or could not be taken away again, or was there when a person took what somebody else
 * had edited as it is: no head claims to know it since. And that one came back with what was created again.
 */
const unseen = (
  ledger: Ledger,
  kind: string,
  ids: ReadonlyArray<string>,
  during: (change: LogEntry) => boolean
): ReadonlyArray<string> => {
  const { record } = ledger
  const draft = record.kinds.get(kind)
  const isLate = ledger.changes.some((change) => ids.includes(idOf(change)) && isTardy(ledger, change))
  // Heads remember tokens and no guards: from one batch to the next, a mask without a token hides every change.
  if (isLate && draft?.masked === true && !draft.token) return ["secret"]
  if (!isHidden(draft)) return []
  const dropped = record.world.log.some(({ arrival, effect, told }) =>
    effect === "lost" && told === "answer" && arrival.kind === kind && ids.includes(arrival.id ?? "")
  )
  const isBack = ledger.changes.some((change) => ids.includes(idOf(change)) && during(change) && isRevived(change))
  const isLeft = draft?.writeOnly === true &&
    (isLate || isBack || leftInDoubt(ledger, ids) || leftAsItIs(ledger, ids))
  return dropped || isLeft ? ["secret"] : []
}

/**
 * The fields that a write said nothing of and that its server put in its own form along with it, where the answer was
 * lost: read later, they look like somebody's edit.
 */
const formedUntold = ({ record }: Ledger, change: LogEntry): ReadonlyArray<string> =>
  change.by === "provider" && change.told === "Ambiguous" && change.effect === "updated" &&
    record.kinds.get(change.arrival.kind)?.normalises === true
    ? changedBy(change).filter((field) => !Object.hasOwn(Object(change.request?.body), field))
    : []

/**
 * What others did to a resource in a part of the log, and what is nobody's to promise. The server is one of them: what
 * it deletes together with something else nobody told us of.
 */
export const touchedByOthers = (
  ledger: Ledger,
  kind: string,
  ids: ReadonlyArray<string>,
  [from, to]: readonly [number, number]
): { readonly fields: ReadonlySet<string>; readonly removed: boolean } => {
  const during = ({ arrival, seq }: LogEntry): boolean => seq > from && seq <= to && arrival.kind === kind
  const all = ledger.changes.filter((change) => during(change) && ids.includes(idOf(change)))
  const theirs = all.filter((change) => change.by !== "provider" || isTardy(ledger, change))
  const untold = all.flatMap((change) => formedUntold(ledger, change))
  return {
    fields: new Set([...theirs.flatMap(changedBy), ...untold, ...unseen(ledger, kind, ids, during)]),
    removed: theirs.some(({ effect }) => effect !== "updated")
  }
}
