/**
 * What a reading of the remote says of a call, compared with what was there before and what was sent. Pure.
 */
import { canonical, canonicalValue, same } from "../domain/Canonical.ts"
import { type Document, equalJson, type Json } from "../domain/Document.ts"
import type { Kind } from "../domain/Kind.ts"
import { getAt, parsePointer, type Path, withAt } from "../domain/Pointer.ts"
import type { Observation } from "../providers/Provider.ts"
import { agreeing } from "./Fields.ts"
import { isKey } from "./Keys.ts"
import { differences } from "./Overlay.ts"
import { recall, withoutSecrets } from "./Recall.ts"
import type { Finding, TokenEvidence } from "./Verdict.ts"

/** The documents around a call. */
export interface Around {
  readonly before: Document
  readonly sent: Document
}

/** Whether two documents differ in their secrets. */
export const differInSecrets = (kind: Kind, a: Document, b: Document): boolean =>
  differences(kind, a, b).length > differences(kind, withoutSecrets(kind, a), withoutSecrets(kind, b)).length

/** Compares a token with the one before the call. */
export const tokenEvidence = (before: string | undefined, now: string | undefined): TokenEvidence =>
  before === undefined || now === undefined ? "none" : before === now ? "before" : "changed"

/** A document whose places are as in another. */
const putBack = (document: Document, from: Document, paths: ReadonlyArray<Path>): Document =>
  paths.reduce((done, path) => withAt(done, path, getAt(from, path)), document)

/**
 * What was found of an update. Of its places, those that reads do not show may be as sent and as before alike: the
 * others tell, for a write is carried out as a whole.
 */
export const updateFinding = (kind: Kind, { before, sent }: Around, observed: Document | undefined): Finding => {
  if (observed === undefined) return "absent"
  const [ifSent, ifBefore] = [recall(kind, observed, sent), recall(kind, observed, before)]
  const [asSent, asBefore] = [same(kind, ifSent, sent), same(kind, ifBefore, before)]
  if (asSent && asBefore) return "indistinct"
  if (asSent) return "as-sent"
  if (asBefore) return same(kind, ifBefore, ifSent) ? "as-before" : "shown-as-before"
  const ours = differences(kind, before, sent)
  const [held, kept] = [agreeing(kind, ifSent, sent, ours), agreeing(kind, ifBefore, before, ours)]
  const isHidden = ours.some((path) => held.includes(path) && kept.includes(path))
  if (kept.length < ours.length || !isHidden) {
    if (held.length === ours.length) return "ours-and-more"
    return kept.length === ours.length ? "theirs-only" : "overlap"
  }
  return "theirs-shown"
}

/**
 * How a write left its resource, by what is there now. One of the places that are shown is as before: it was not
 * carried out. Another that is as sent was brought there by somebody else then, for a write is carried out as a whole.
 * A secret tells nothing, and may have been written all the same.
 */
export const leftByDropped = (kind: Kind, { before, sent }: Around, observed: Document): Document => {
  const ours = differences(kind, withoutSecrets(kind, before), withoutSecrets(kind, sent))
  const [now, was] = [observed, before].map((document) => canonical(kind, document))
  if (!ours.some((path) => equalJson(getAt(now, path), getAt(was, path)))) return sent
  return putBack(sent, before, ours)
}

/** What was known of a resource before one of several calls, and what was sent until then and with it. */
export interface Between {
  readonly last: Document
  readonly said: Document
  readonly sent: Document
}

/** How a call left its resource, where its answer shows another value than before of a field that it did not send. */
export const leftDespite = (kind: Kind, { last, said, sent }: Between, answer: Document): Document | undefined => {
  const edited = differences(kind, last, answer).filter((path) => {
    const value = getAt(sent, path)
    return value !== undefined && equalJson(value, getAt(said, path))
  })
  if (edited.length === 0) return undefined
  return putBack(answer, last, edited)
}

/**
 * Whether a resource bears the marker of another create than the one that was there: its id was given again. An update
 * that says all that is there may have dropped a marker, none brings one. Another text is somebody's edit.
 */
export const isRemade = (kind: Kind, before: Document | undefined, observed: Document | undefined): boolean => {
  const { marker } = kind.capabilities
  if (marker === undefined || before === undefined || observed === undefined) return false
  const [was, is] = [before, observed].map((document) => getAt(document, parsePointer(marker.field)))
  return isKey(is) && was !== is
}

/** What was found of a delete. */
export const deleteFinding = (kind: Kind, before: Document | undefined, observed: Document | undefined): Finding => {
  if (observed === undefined) return "absent"
  if (before === undefined) return "edited"
  return same(kind, recall(kind, observed, before), before) ? "as-before" : "edited"
}

/** What is known when the answer of a create was lost. */
export interface CreateSearch {
  /** The candidates bear our marker: they are ours whatever became of their content. */
  readonly marked: boolean
  readonly sent: Document
  /** Resources that were not there before, and that nobody else of the batch or the heads claims. */
  readonly candidates: ReadonlyArray<Observation>
  /** Creates of the batch, this one included, that sent the same and have no answer yet. */
  readonly openAlike: number
  /** The same of those that sent the same name. */
  readonly openNamed: number
}

const nameOf = (kind: Kind, document: Document): Json | undefined =>
  kind.nameField === undefined ? undefined : getAt(document, parsePointer(kind.nameField))

const sameName = (kind: Kind, a: Document, b: Document): boolean => {
  const path = parsePointer(kind.nameField ?? "")
  const [one, other] = [nameOf(kind, a), nameOf(kind, b)].map((name) =>
    name === undefined ? undefined : canonicalValue(kind, name, path)
  )
  return one !== undefined && other !== undefined && equalJson(one, other)
}

/** Resources that were created under the name that was sent, whatever they hold. */
export const namesakes = (kind: Kind, documents: ReadonlyArray<Document>, sent: Document): number =>
  documents.filter((document) => sameName(kind, document, sent)).length

/** Where nothing has a name, anything may be what was sent. */
const mayBeNamed = (kind: Kind, document: Document, sent: Document): boolean =>
  nameOf(kind, document) === undefined || nameOf(kind, sent) === undefined || sameName(kind, document, sent)

/** Candidates that hold all that was sent; what a server adds makes no difference. */
export const alike = (kind: Kind, search: CreateSearch): ReadonlyArray<Observation> =>
  search.candidates.filter(({ document }) => holdsSent(kind, document, search.sent))

const holdsSent = (kind: Kind, document: Document, sent: Document): boolean =>
  differences(kind, recall(kind, document, sent), sent)
    .every((path) => getAt(canonical(kind, sent), path) === undefined)

const undone: ReadonlySet<Finding> = new Set<Finding>(["shown-as-before", "theirs-only", "theirs-shown"])
const carriedOut: ReadonlySet<Finding> = new Set<Finding>(["as-sent", "ours-and-more"])

/** A call of a create that more than one makes, and what a token tells of it. */
export interface Continued extends Around {
  readonly token: TokenEvidence
}

/**
 * What was found of a create that more than one call makes: only what a call before it sent is known of before. Others
 * may hold more than that; it is no edit. What it does not show goes with the rest where that is taken back. A server
 * may bring back all of what was deleted under a name, so that without a token no mask tells whose secret it hides.
 */
export const continuedFinding = (kind: Kind, around: Continued, observed: Document | undefined): Finding => {
  const finding = updateFinding(kind, around, observed)
  if (undone.has(finding)) return "as-before"
  const isUnsure = around.token === "none" && differInSecrets(kind, around.before, around.sent)
  return isUnsure && carriedOut.has(finding) ? "indistinct" : finding
}

const markedFinding = (kind: Kind, search: CreateSearch): Finding => {
  const { length } = search.candidates
  if (length === 0) return "nothing"
  return length === 1 || alike(kind, search).length === length ? "ours" : "too-many"
}

/**
 * What was found of a create. A candidate of another name is a stranger's; where there are more of that name than were
 * sent, one of them was edited, and the one that equals what was sent may be a stranger's.
 */
export const createFinding = (kind: Kind, search: CreateSearch): Finding => {
  if (search.marked) return markedFinding(kind, search)
  const { openAlike, openNamed, sent } = search
  const documents = search.candidates.map(({ document }) => document)
  const equal = alike(kind, search).length
  if (equal > openAlike) return "too-many"
  if (equal > 0) return namesakes(kind, documents, sent) > openNamed ? "unequal" : "ours"
  return documents.some((document) => mayBeNamed(kind, document, sent)) ? "unequal" : "nothing"
}
