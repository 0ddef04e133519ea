/**
 * The audit trail in an open state file: the book that is written inside a transaction, and what is read.
 */
import type { Database } from "better-sqlite3"
import type { Digest } from "../../domain/Ids.ts"
import { checkerOf, type CheckSignature, type Signer, signerOf } from "../AuditKey.ts"
import type { KeySource } from "../sealing/KeyFile.ts"
import { StateError } from "../StateError.ts"
import type { AuditBook } from "../storage/AuditBook.ts"
import { type Deed, drafted } from "../storage/AuditDrafts.ts"
import { type AuditRow, bodyOf, stubText } from "../storage/AuditRow.ts"
import type { AuditStore } from "../storage/AuditStore.ts"
import { noChain } from "../storage/Chain.ts"
import { fileFailure } from "../storage/FileFailure.ts"
import { readText } from "../storage/Files.ts"
import { type AuditStatements, auditStatements, type VersionContent } from "./AuditStatements.ts"
import { intactText } from "./Contents.ts"
import type { StateFiles } from "./Database.ts"

/** What records are signed with, or why they cannot be. */
export interface AuditSigning {
  readonly signer?: Signer
  readonly checkSignature?: CheckSignature
  readonly unsigned?: StateError
}

/** Where the private key that records are signed with comes from; the text wins. */
export interface AuditKeySource {
  /** Absolute path. */
  readonly file?: string | undefined
  /** The text of AMENDS_AUDIT_KEY. */
  readonly text?: string | undefined
}

/** Does work whose failures are told as StateErrors. */
export type Safely = <Args extends ReadonlyArray<unknown>, A>(work: (...args: Args) => A) => (...args: Args) => A

const missing = (file: string): StateError =>
  new StateError({
    reason: "MissingKey",
    operation: "audit",
    detail: `records of the audit trail are to be signed, but ${file} is missing and AMENDS_AUDIT_KEY is not set`,
    hint: "Put the key back from where it is kept, or make one with `amends audit keygen --out FILE`."
  })

const signerFrom = ({ file, text }: AuditKeySource): AuditSigning => {
  const found = text ?? (file === undefined ? undefined : readText("audit", file))
  if (found === undefined) return file === undefined ? {} : { unsigned: missing(file) }
  const signer = signerOf(found, text === undefined ? file ?? "" : "AMENDS_AUDIT_KEY")
  return { signer, checkSignature: checkerOf(signer.publicText, "the audit key") }
}

/** Reads the key. What is wrong with it is told when something is to be written, for reading needs none. */
export const signingFrom = (source: AuditKeySource): AuditSigning => {
  try {
    return signerFrom(source)
  } catch (cause) {
    return { unsigned: fileFailure("audit", source.file ?? "AMENDS_AUDIT_KEY", cause) }
  }
}

/** The book of an open state file; to be written in a transaction. */
export const auditBook = (statements: AuditStatements, signer?: Signer): AuditBook => ({
  head: () => statements.auditHead.get() ?? noChain,
  add: (row) => {
    statements.insertAudit.run(row)
    statements.setAuditHead.run(row.n, row.link)
  },
  began: (batch) => {
    const row = statements.auditBegan.get(batch)
    if (row === undefined) return undefined
    const { actor, verb } = bodyOf(row.body) ?? { actor: "unknown" }
    return { record: row.n, actor, ...(verb === undefined ? {} : { verb }) }
  },
  signer
})

/** The book of a state file that is open for one thing only. */
export const bookIn = (db: Database, { signer }: AuditSigning): AuditBook => auditBook(auditStatements(db), signer)

/** Marks records that were let go anew, since a mark says that the holder of the key let them go. */
export const remarkStubs = (db: Database, digest: (text: string) => Digest): void => {
  const mark = db.prepare<[string, number]>("update audit set mark = ? where n = ?")
  const stubs = db.prepare<[], Pick<AuditRow, "n" | "link">>("select n, link from audit where body is null").all()
  for (const stub of stubs) mark.run(digest(stubText(stub)), stub.n)
}

/** The digest of what a version holds, as long as it still is that. */
const digestIn = ({ body, digest, document }: VersionContent): Digest | undefined => {
  if (document === null) return undefined
  const isIntact = digest !== null && body !== null && intactText({ digest, body }) !== undefined
  return isIntact ? digest : "damaged"
}

const contents = ({ versionContent }: AuditStatements, ids: ReadonlyArray<Digest>) =>
  new Map(ids.flatMap((id) => {
    const row = versionContent.get(id)
    return row === undefined ? [] : [[id, digestIn(row)] as const]
  }))

/** What is read of the trail. */
export const auditStore = (
  statements: AuditStatements,
  files: StateFiles,
  { checkSignature, unsigned }: AuditSigning,
  safely: Safely
): AuditStore => ({
  ...(unsigned === undefined ? {} : { unsigned }),
  ...(checkSignature === undefined ? {} : { checkSignature }),
  head: safely(() => statements.auditHead.get() ?? noChain),
  after: safely((n: number, count: number) => statements.auditAfter.all(n, count)),
  ofKind: safely((kind: AuditRow["kind"]) => statements.auditOfKind.all(kind)),
  contents: safely((ids: ReadonlyArray<Digest>) => contents(statements, ids)),
  checkpoint: () => readText("audit", files.auditCheckpoint)
})

/** With what a state that need not open is worked on: its key, and what is recorded of the work is signed with. */
export interface Rescuing {
  readonly source: KeySource
  readonly signing: AuditSigning
}

/** A draft where no sealer is at hand: what the words of people may hold was masked by whoever took them. */
export const draftedBy = (signing: AuditSigning, deed: Deed) =>
  drafted({ store: { audit: signing }, redact: (text) => text }, deed)
