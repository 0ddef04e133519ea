/**
 * The audit trail in memory.
 */
import type { AuditBook } from "../storage/AuditBook.ts"
import { type AuditRow, bodyOf } from "../storage/AuditRow.ts"
import type { AuditStore } from "../storage/AuditStore.ts"
import { type ChainHead, noChain } from "../storage/Chain.ts"
import type { Stub } from "../storage/Job.ts"
import type { MemoryTables } from "./MemoryStore.ts"

type Tables = Pick<MemoryTables, "audit" | "versions">

const headOf = ({ audit }: Tables): ChainHead => {
  const last = audit.at(-1)
  return last === undefined ? noChain : { n: last.n, chain: last.link }
}

/** The book of records over tables. */
export const memoryBook = (tables: Tables): AuditBook => ({
  head: () => headOf(tables),
  add: (row) => void tables.audit.push(row),
  began: (batch) => {
    const row = tables.audit.find((one) => one.batch === batch && one.kind === "opened")
    if (row === undefined) return undefined
    const { actor, verb } = bodyOf(row.body) ?? { actor: "unknown" }
    return { record: row.n, actor, ...(verb === undefined ? {} : { verb }) }
  }
})

/** Lets go of the content of records. */
export const letGoIn = ({ audit }: Tables, stubs: ReadonlyArray<Stub>): void => {
  for (const { mark, n } of stubs) {
    const row = audit[n - 1]
    if (row !== undefined) audit[n - 1] = { ...row, body: null, mark } satisfies AuditRow
  }
}

/** The audit trail of tables. */
export const memoryAudit = (tables: Tables): AuditStore => ({
  head: () => headOf(tables),
  after: (n, count) => tables.audit.slice(n, n + count),
  ofKind: (kind) => tables.audit.filter((row) => row.kind === kind),
  contents: (ids) => {
    const wanted = new Set(ids)
    const versions = [...tables.versions.values()].flat().filter(({ id }) => wanted.has(id))
    return new Map(
      versions.map(({ document, id }) => [id, document?.digest])
    )
  },
  checkpoint: () => undefined
})
