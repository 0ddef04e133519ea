/**
 * The store in an open SQLite file: a table that binds the statements, with every failure told as a StateError.
 */
import type { Database } from "better-sqlite3"
import { Effect } from "effect"
import type { Wish } from "../../domain/Batch.ts"
import { keepRecord } from "../storage/AuditBook.ts"
import { noChain } from "../storage/Chain.ts"
import { replaceFile } from "../storage/Files.ts"
import type { Job, Reply } from "../storage/Job.ts"
import type { Store } from "../storage/Store.ts"
import { auditBook, type AuditSigning, auditStore, type Safely } from "./AuditRows.ts"
import { Checkpoint } from "./Checkpoint.ts"
import { commitJobs, type Committer } from "./Commit.ts"
import { checkContents } from "./Contents.ts"
import { generationBeside, type StateFiles } from "./Database.ts"
import { headOf, summaryOf, versionFrom } from "./Reading.ts"
import { freeReserve, reserve } from "./Reserve.ts"
import { assertNewest, checkRows } from "./Rows.ts"
import { SameFile } from "./SameFile.ts"
import { sqliteFailure } from "./SqliteFailure.ts"
import { statementsOf, swapLease } from "./Statements.ts"

const committing = (open: Pick<Committer, "db" | "path" | "statements" | "book">, same: SameFile) => {
  const { db, path } = open
  const committer: Committer = { ...open, last: undefined, places: new Map() }
  const checkpoint = new Checkpoint(db, path)
  return (jobs: ReadonlyArray<Job>): ReadonlyArray<Reply> => {
    same.assertFile()
    const replies = commitJobs(committer, jobs)
    same.assertCommitted()
    checkpoint.afterCommit(jobs)
    return replies
  }
}

const oneTurn: Effect.Effect<void> = Effect.callback((resume) => {
  const immediate = setImmediate(() => resume(Effect.void))
  return Effect.sync(() => clearImmediate(immediate))
})

const wishIn = (text: string | null | undefined): Wish | undefined =>
  text === null || text === undefined ? undefined : JSON.parse(text) as Wish

/** The store in an open state file; `signing` is what its audit records are signed with. */
export const sqliteStore = (db: Database, files: StateFiles, signing: AuditSigning = {}): Store => {
  const path = files.state
  const safely: Safely = (work) => (...args) => {
    try {
      return work(...args)
    } catch (cause) {
      throw sqliteFailure("state", path, cause)
    }
  }
  const statements = safely(statementsOf)(db)
  const same = new SameFile(path)
  const book = auditBook(statements, signing.signer)
  return {
    turn: oneTurn,
    commit: committing({ db, path, statements, book }, same),
    rows: (batch, read, without) =>
      safely(() => {
        const linkOf = (n: number) => n === 0 ? noChain.chain : statements.linkOf.get({ n })
        assertNewest(statements.chainHead.get() ?? noChain, linkOf)
        const check = checkRows(linkOf)
        return Array.from(statements.rows.iterate(batch, without ?? null), (row) => read(check(row)))
      })(),
    first: safely((batch) => statements.first.get(batch)),
    rowsAfter: safely((n, count) => statements.rowsAfter.all(n, count)),
    gaps: safely(() => statements.gaps.all()),
    chainHead: safely(() => statements.chainHead.get() ?? noChain),
    batches: safely((which) => statements[which === "all" ? "batches" : "unfinished"].all().map(summaryOf)),
    byKey: safely((batchKey) => statements.batchByKey.all(batchKey).map(summaryOf)[0]),
    wish: safely((batch) => wishIn(statements.wish.get(batch)?.wish)),
    ask: safely((batch, wish, audit) =>
      db.transaction(() => {
        const isThere = statements.ask.run(JSON.stringify(wish), batch).changes === 1
        if (isThere) keepRecord(book, wish.at, audit)
        return isThere
      }).immediate()
    ),
    newest: safely((batch, kind) => statements.newest.get(batch, kind)),
    used: safely((planHash) => statements.used.get(planHash) !== undefined),
    heads: safely(() => Array.from(statements.heads.iterate(), headOf)),
    headCount: safely(() => statements.headCount.get() ?? 0),
    addresses: safely(() => statements.addresses.all()),
    lineage: safely((address) => statements.lineage.all(address).map(versionFrom)),
    checkContents: safely((after, count) => checkContents(db, after, count)),
    generation: safely(() => statements.generation.get()?.generation ?? 0),
    generationBeside: () => generationBeside(files),
    keepGeneration: (generation) => replaceFile("generation", files.generation, `${generation}\n`),
    reserve: (bytes) => reserve(files.reserve, bytes),
    freeReserve: () => freeReserve(files.reserve),
    lease: safely(() => statements.lease.get()),
    swapLease: safely((expected, next, audit) => {
      same.assertFile()
      if (audit === undefined) return swapLease(statements, expected, next)
      return db.transaction(() => {
        const isSwapped = swapLease(statements, expected, next)
        if (isSwapped) keepRecord(book, audit.at, audit.draft)
        return isSwapped
      }).immediate()
    }),
    audit: auditStore(statements, files, signing, safely)
  }
}
