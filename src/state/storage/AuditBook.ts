/**
 * Writing records of the audit trail: from what is known when something is asked for, and what came of it, to rows.
 *
 * This runs inside the transaction of what is recorded, so that neither is there without the other. What touches many
 * addresses becomes several records, each of a length that is bounded.
 */
import type { AuditBody, Began, Touched } from "../../domain/Audit.ts"
import { canonicalText, type Json } from "../../domain/Document.ts"
import type { Address, BatchId } from "../../domain/Ids.ts"
import { Limits } from "../../domain/Limits.ts"
import type { Signer } from "../AuditKey.ts"
import { auditLinkOf, type AuditRow, signedText } from "./AuditRow.ts"
import type { ChainHead } from "./Chain.ts"
import { digestOf } from "./Content.ts"

/** A record as far as it is known before its transaction. */
export interface AuditDraft extends Omit<AuditBody, "actor" | "touched" | "part" | "began"> {
  /** Absent where nobody said; then it is who began the batch. */
  readonly actor?: string
  readonly touched?: ReadonlyArray<Touched>
  /** Addresses that were left changed. */
  readonly left?: ReadonlyArray<Address>
}

/** A draft, and when what it tells of was asked for. */
export interface Recorded {
  readonly draft: AuditDraft
  /** Milliseconds since the epoch. */
  readonly at: number
}

/** What a hand gives inside a transaction. */
export interface AuditBook {
  readonly head: () => ChainHead
  /** Adds the row, and makes its link the newest. */
  readonly add: (row: AuditRow) => void
  /** The record that a batch began with. */
  readonly began: (batch: BatchId) => Began | undefined
  readonly signer?: Signer | undefined
}

const withLeft = (
  touched: ReadonlyArray<Touched>,
  left: ReadonlyArray<Address>
): ReadonlyArray<Touched> => {
  if (left.length === 0) return touched
  const named = new Set(left)
  const known = new Set(touched.map(({ address }) => address))
  const others = left.filter((address) => !known.has(address))
  return [
    ...touched.map((one): Touched => named.has(one.address) ? { ...one, left: true } : one),
    ...others.map((address): Touched => ({ address, did: "none", left: true }))
  ]
}

const portionsOf = (touched: ReadonlyArray<Touched>): ReadonlyArray<ReadonlyArray<Touched>> => {
  const count = Math.max(1, Math.ceil(touched.length / Limits.auditTouchedMax))
  return Array.from(
    { length: count },
    (_, index) => touched.slice(index * Limits.auditTouchedMax, (index + 1) * Limits.auditTouchedMax)
  )
}

const addRow = (book: AuditBook, at: number, body: AuditBody): void => {
  const { chain, n: last } = book.head()
  const text = canonicalText(body as unknown as Json)
  const of = { n: last + 1, at, kind: body.kind, batch: body.batch ?? null, digest: digestOf(text) }
  const link = auditLinkOf(chain, of)
  const { signer } = book
  book.add({
    ...of,
    link,
    body: text,
    mark: null,
    signer: signer?.id ?? null,
    signature: signer?.sign(signedText({ n: of.n, link })) ?? null
  })
}

/** Adds the records of what was done; `touched` is what it came to. */
export const keepRecord = (
  book: AuditBook,
  at: number,
  draft: AuditDraft,
  touched: ReadonlyArray<Touched> = []
): void => {
  const { actor, left = [], touched: known = [], ...rest } = draft
  const began = draft.batch === undefined || draft.kind === "opened" ? undefined : book.began(draft.batch)
  const portions = portionsOf(withLeft([...known, ...touched], left))
  for (const [index, portion] of portions.entries()) {
    addRow(book, at, {
      ...rest,
      actor: actor ?? began?.actor ?? "unknown",
      touched: portion,
      ...(began === undefined ? {} : { began }),
      ...(portions.length === 1 ? {} : { part: { part: index + 1, of: portions.length } })
    })
  }
}
