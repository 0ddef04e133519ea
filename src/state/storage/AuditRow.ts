/**
 * A record of the audit trail as it is stored, and the chain that ties all records together.
 *
 * The link is over the digest of the body rather than the body, so that a record whose body was let go still proves
 * that it is the one that stood there.
 */
import type { AuditBody, AuditKind, AuditRecord } from "../../domain/Audit.ts"
import type { BatchId, Digest } from "../../domain/Ids.ts"
import { linkOf } from "./Chain.ts"

/** One stored record. */
export interface AuditRow {
  /** Place in the chain, from 1. */
  readonly n: number
  readonly at: number
  readonly kind: AuditKind
  readonly batch: BatchId | null
  readonly digest: Digest
  /** Canonical text; null once it was let go. */
  readonly body: string | null
  readonly link: string
  /** HMAC under the workspace's key, of a record that was let go: nobody else can have done so. */
  readonly mark: string | null
  readonly signer: string | null
  readonly signature: string | null
}

/** The link of a record to the one before it. */
export const auditLinkOf = (
  previous: string,
  { at, batch, digest, kind, n }: Pick<AuditRow, "n" | "at" | "kind" | "batch" | "digest">
): string => linkOf(previous, [n, at, kind, batch], digest)

/** What the mark of a record that was let go is the HMAC of. */
export const stubText = ({ link, n }: Pick<AuditRow, "n" | "link">): string => `audit stub ${n} ${link}`

/** What the signature of a record is of; the link covers all that came before it. */
export const signedText = ({ link, n }: Pick<AuditRow, "n" | "link">): string => `amends audit record ${n} ${link}`

/** Reads a body back; `undefined` where it was let go or cannot be read: one bad record keeps nobody from others. */
export const bodyOf = (text: string | null): AuditBody | undefined => {
  if (text === null) return undefined
  try {
    const body: unknown = JSON.parse(text)
    const isBody = typeof body === "object" && body !== null && "touched" in body && Array.isArray(body.touched)
    return isBody ? body as unknown as AuditBody : undefined
  } catch {
    return undefined
  }
}

const saying = (text: string | null): Pick<AuditRecord, "body" | "damaged"> => {
  const body = bodyOf(text)
  if (body !== undefined) return { body }
  return text === null ? {} : { damaged: true }
}

/** Reads a record back. */
export const recordOf = ({ at, batch, body, digest, kind, link, n, signature, signer }: AuditRow): AuditRecord => ({
  n,
  at,
  kind,
  ...(batch === null ? {} : { batch }),
  digest,
  link,
  ...saying(body),
  ...(signer === null ? {} : { signer }),
  ...(signature === null ? {} : { signature })
})
