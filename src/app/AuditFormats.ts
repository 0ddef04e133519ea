/**
 * Records of the audit trail as other programs take them: JSON lines, which hold all that is needed to check the chain,
 * and CSV (RFC 4180) for tables.
 *
 * A cell that a spreadsheet would take for a formula begins with an apostrophe.
 */
import { DateTime } from "effect"
import type { AuditRecord } from "../domain/Audit.ts"

/** How records may be exported. */
export const auditFormats = ["jsonl", "csv"] as const
export type AuditFormat = typeof auditFormats[number]

/** A time as ISO 8601, in UTC. */
export const isoOf = (at: number): string => DateTime.formatIso(DateTime.makeUnsafe(at))

const columns = [
  "record",
  "time",
  "kind",
  "outcome",
  "actor",
  "host",
  "verb",
  "reason",
  "batch",
  "addresses",
  "versions",
  "detail",
  "digest",
  "link",
  "signer",
  "signature"
]

const cell = (value: string): string => {
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll("\"", "\"\"")}"` : safe
}

const csvOf = ({ at, batch, body, damaged, digest, kind, link, n, signature, signer }: AuditRecord): string => {
  const touched = body?.touched ?? []
  return [
    String(n),
    isoOf(at),
    kind,
    body?.outcome ?? (damaged === true ? "not what was written" : "let go"),
    body?.actor ?? "",
    body?.host ?? "",
    body?.verb ?? "",
    body?.reason ?? "",
    batch ?? "",
    touched.map(({ address }) => address).join(" "),
    touched.flatMap(({ version }) => version === undefined ? [] : [version]).join(" "),
    body?.detail ?? "",
    digest,
    link,
    signer ?? "",
    signature ?? ""
  ].map(cell).join(",")
}

/** What the first line of an export is, if any, and how a record is written. */
export const auditFormat: {
  readonly [F in AuditFormat]: {
    readonly header: ReadonlyArray<string>
    readonly line: (record: AuditRecord) => string
  }
} = {
  jsonl: { header: [], line: (record) => JSON.stringify({ ...record, time: isoOf(record.at) }) },
  csv: { header: [columns.join(",")], line: csvOf }
}
