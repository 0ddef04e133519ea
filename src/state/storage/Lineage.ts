/**
 * Heads and versions as rows, and when a change of a head makes a new version.
 *
 * A version is content-addressed by what it holds, its parent, its address and the batch it came from. Every step of a
 * batch that wrote and stands makes one. A head that otherwise keeps its declared content (a compensated step, an edit
 * that is taken over) makes none. A dropped head makes a version without a document, so that a lineage goes on when
 * the address returns.
 */
import { hash } from "node:crypto"
import type { Touched } from "../../domain/Audit.ts"
import type { Address, BatchId, Digest } from "../../domain/Ids.ts"
import type { Gap, Head, HeadChange, Origin, Pin, Version } from "../../domain/Version.ts"
import { type Content, contentOf, documentOf } from "./Content.ts"

/** What a head is set to. */
export interface SetHead {
  readonly declared: Content
  readonly observed: Content
  readonly head: Omit<Head, "version" | "declared" | "observed">
}

/** A change of a head as it is stored. */
export interface HeadDraft {
  readonly address: Address
  readonly origin: Origin
  /** Absent where the head is dropped. */
  readonly set?: SetHead
  /** The version that it goes on from, where the address has none of its own. */
  readonly parent?: Digest
  readonly reverts?: ReadonlyArray<Digest>
  /** It makes a version also where the content stays as it is. */
  readonly wrote?: true
}

/** The newest version of an address, as far as the next one depends on it. */
export interface Tip {
  readonly id: Digest
  /** Whether it holds what the change declares; after a delete, whether the change is one as well. */
  readonly keeps: boolean
}

/** A version as it is stored. */
export interface VersionRow {
  readonly id: Digest
  readonly address: Address
  readonly batch: BatchId
  readonly parent?: Digest
  readonly origin: Origin
  readonly reverts?: ReadonlyArray<Digest>
  readonly document?: Content
  readonly observed?: Content
  /** Absent, like the reason, where the batch says it. */
  readonly actor?: string
  readonly reason?: string
  readonly at: number
  readonly pinned?: Pin
  readonly gap?: Gap
}

/** Renders a change of a head. */
export const headDraftOf = (change: HeadChange): HeadDraft => {
  const reverts = change.reverts === undefined || change.reverts.length === 0 ? {} : { reverts: change.reverts }
  if (change._tag === "drop") return { address: change.address, origin: change.origin, ...reverts }
  const { declared, observed, ...head } = change.head
  return {
    address: head.address,
    origin: change.origin,
    set: { declared: contentOf(declared), observed: contentOf(observed), head },
    ...reverts,
    ...(change.wrote === undefined ? {} : { wrote: true }),
    ...(change.parent === undefined ? {} : { parent: change.parent })
  }
}

/** The version that a change makes, or `undefined` where the content stays as it is. */
export const versionOf = (
  draft: HeadDraft,
  tip: Tip | undefined,
  from: Pick<VersionRow, "batch" | "at" | "actor" | "reason">
): VersionRow | undefined => {
  const { set } = draft
  if (tip === undefined ? set === undefined : tip.keeps && draft.wrote !== true) return undefined
  const parent = tip?.id ?? draft.parent
  const name = [parent ?? null, draft.address, from.batch, draft.origin, set?.declared.digest ?? null]
  return {
    ...from,
    id: `sha256:${hash("sha256", JSON.stringify(name), "hex")}`,
    address: draft.address,
    origin: draft.origin,
    ...(parent === undefined ? {} : { parent }),
    ...(draft.reverts === undefined ? {} : { reverts: draft.reverts }),
    ...(set === undefined ? {} : { document: set.declared, observed: set.observed })
  }
}

/** What a change of a head is recorded as, with the version that the address has since then. */
export const touchedBy = ({ address, origin, set }: HeadDraft, version: Digest | undefined): Touched => ({
  address,
  did: set === undefined ? "drop" : origin,
  ...(version === undefined ? {} : { version }),
  ...(version === undefined || set === undefined ? {} : { content: set.declared.digest })
})

/** Reads a stored version back. */
export const readVersion = (row: VersionRow): Version => ({
  id: row.id,
  address: row.address,
  batch: row.batch,
  parents: row.parent === undefined ? [] : [row.parent],
  origin: row.origin,
  reverts: row.reverts ?? [],
  at: row.at,
  ...(row.document === undefined ? {} : { document: documentOf(row.document.text) }),
  ...(row.observed === undefined ? {} : { observed: documentOf(row.observed.text) }),
  ...(row.actor === undefined ? {} : { actor: row.actor }),
  ...(row.reason === undefined ? {} : { reason: row.reason }),
  ...(row.pinned === undefined ? {} : { pinned: row.pinned }),
  ...(row.gap === undefined ? {} : { gap: row.gap })
})
