/**
 * The statements of the audit trail. `audit` is only ever inserted into, and its content let go of by retention.
 */
import type { Database } from "better-sqlite3"
import type { Address, Digest } from "../../domain/Ids.ts"
import type { AuditRow } from "../storage/AuditRow.ts"
import type { ChainHead } from "../storage/Chain.ts"
import type { Packed } from "./Contents.ts"

/** What a version holds: a reference, and what that leads to. */
export interface VersionContent {
  readonly document: string | null
  readonly digest: Digest | null
  readonly body: Packed | null
}

const columns = "n, at, kind, batch, digest, body, link, mark, signer, signature"

/** Prepares the statements of an open state file. */
export const auditStatements = (db: Database) => ({
  auditHead: db.prepare<[], ChainHead>("select rows as n, link as chain from audit_head"),
  setAuditHead: db.prepare<[number, string]>("update audit_head set rows = ?, link = ?"),
  insertAudit: db.prepare<[AuditRow]>(
    `insert into audit (${columns})
     values (@n, @at, @kind, @batch, @digest, @body, @link, @mark, @signer, @signature)`
  ),
  auditBegan: db.prepare<[string], Pick<AuditRow, "n" | "body">>(
    "select n, body from audit where batch = ? and kind = 'opened' order by n limit 1"
  ),
  auditAfter: db.prepare<[number, number], AuditRow>(`select ${columns} from audit where n > ? order by n limit ?`),
  auditOfKind: db.prepare<[string], AuditRow>(`select ${columns} from audit where kind = ? order by n`),
  letGo: db.prepare<[string, number]>("update audit set body = null, mark = ? where n = ?"),
  addressOf: db.prepare<[string], Address>("select address from version where id = ?").pluck(),
  versionContent: db.prepare<[string], VersionContent>(
    `select v.document, c.digest, c.body from version v left join content c on c.n = cast(v.document as integer)
     where v.id = ?`
  )
})

export type AuditStatements = ReturnType<typeof auditStatements>
