/**
 * How checkers compare documents: field by field, each in its one form, and who wrote it last.
 */
import type { Document, Json } from "../../../src/domain/Document.ts"
import type { LogEntry } from "../../../src/providers/memory/World.ts"
import { defaults } from "../Kinds.ts"
import { isIntent, type Ledger, walk } from "../Ledger.ts"
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

/** A part of the log: after one line, up to another. */
type Stretch = readonly [from: number, to: number]

const isIn = ([from, to]: Stretch, { seq }: LogEntry): boolean => seq > from && seq <= to

/** Whether searching took what somebody made for what a create of ours made. */
const isTakenForOurs = ({ batches }: Ledger, ids: ReadonlyArray<string>): boolean =>
  batches.some(({ lines }) =>
    lines.some(({ body, n, step }) =>
      body.verdict === "applied" && ids.includes(body.remoteId ?? "") &&
      lines.findLast((line) => line.step === step && line.n < n && isIntent(line))?.body.operation === "create"
    )
  )

/**
 * Whether a resource has the secret that somebody gave it who made it again under the name that ours had, or made just
 * what a create of ours sent: its head remembers what we had written.
 */
const hasTheirSecret = (
  ledger: Ledger,
  ids: ReadonlyArray<string>,
  ofResource: ReadonlyArray<LogEntry>,
  [at]: Stretch
): boolean => {
  const earlier = ofResource.filter(({ seq }) => seq <= at)
  const last = earlier.findLast((change) => change.effect === "created" || changedBy(change).includes("secret"))
  if (last?.by !== "stranger" || last.effect !== "created") return false
  const ours = earlier.findLast(({ by, seq }) => by === "provider" && seq < last.seq)?.after?.document
  const isOther = ours !== undefined && fieldOf(ours, "secret") !== fieldOf(last.after?.document, "secret")
  return isOther || isTakenForOurs(ledger, ids)
}

/**
 * Whether a write of a secret alone that was taken and never carried out looks as if it had been: somebody else wrote
 * to its resource after the reading that it rests on, so that token and guard are not as before.
 */
const isVeiled = (
  { intents, record }: Ledger,
  ofResource: ReadonlyArray<LogEntry>,
  { arrival, idempotencyKey, seq: lost }: LogEntry
): boolean => {
  const asked = intents.get(idempotencyKey ?? "")?.at(-1)?.body
  const isSecretAlone = differences(asked?.before, asked?.expected).every((field) => field === "secret")
  const isDone = ofResource.some((change) => change.seq > lost && change.idempotencyKey === idempotencyKey)
  const read = record.world.log.findLast(({ arrival: { id }, effect, seq }) =>
    seq < lost && effect === "read" && id === arrival.id
  )
  return isSecretAlone && !isDone && ofResource.some(({ by, seq }) => by !== "provider" && seq > (read?.seq ?? 0))
}

/**
 * What nobody can see: that a secret was taken with a 202 and never written, or given up in doubt, or written when
 * nobody waited for it any more, or could not be taken away again, or was there when a person took what somebody else
 * had edited as it is: no head claims to know it since. And that one came back with what was created again, or is
 * another one because somebody else did that. Where it is masked, a token or guard tells of it, unless somebody else
 * wrote meanwhile.
 */
const unseen = (
  ledger: Ledger,
  kind: string,
  ids: ReadonlyArray<string>,
  stretch: Stretch
): ReadonlyArray<string> => {
  const { record } = ledger
  const draft = record.kinds.get(kind)
  const isLate = ledger.changes.some((change) => ids.includes(idOf(change)) && isTardy(ledger, change))
  // Heads remember tokens and no guards: from one batch to the next, a mask without a token hides every change.
  if (isLate && draft?.masked === true && !draft.token) return ["secret"]
  const ofResource = ledger.changes.filter((change) => change.arrival.kind === kind && ids.includes(idOf(change)))
  const dropped = record.world.log.filter(({ arrival, effect, told }) =>
    effect === "lost" && told === "answer" && arrival.kind === kind && ids.includes(arrival.id ?? "")
  )
  if (!isHidden(draft)) {
    return draft?.masked === true && dropped.some((line) => isVeiled(ledger, ofResource, line)) ? ["secret"] : []
  }
  const isBack = ofResource.some((change) => isIn(stretch, change) && isRevived(change))
  const isLeft = draft?.writeOnly === true &&
    (isLate || isBack || leftInDoubt(ledger, ids) || leftAsItIs(ledger, ids) ||
      hasTheirSecret(ledger, ids, ofResource, stretch))
  return dropped.length > 0 || isLeft ? ["secret"] : []
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
  stretch: Stretch
): { readonly fields: ReadonlySet<string>; readonly removed: boolean } => {
  const all = ledger.changes.filter((change) =>
    isIn(stretch, change) && change.arrival.kind === kind && ids.includes(idOf(change))
  )
  const theirs = all.filter((change) => change.by !== "provider" || isTardy(ledger, change))
  const untold = all.flatMap((change) => formedUntold(ledger, change))
  return {
    fields: new Set([...theirs.flatMap(changedBy), ...untold, ...unseen(ledger, kind, ids, stretch)]),
    removed: theirs.some(({ effect }) => effect !== "updated")
  }
}
