/**
 * The audit trail as people and programs see it: who did what, and whether the trail is what was written.
 */
import type { AuditPruned, AuditVerdict } from "../app/Audit.ts"
import { isoOf } from "../app/AuditFormats.ts"
import type { AuditBody, AuditRecord, Touched } from "../domain/Audit.ts"
import type { JsonObject } from "../domain/Document.ts"
import { size } from "./RenderUpkeep.ts"
import { harmless } from "./ShowValue.ts"
import { tableLines } from "./Table.ts"
import type { View } from "./Voice.ts"

const recordItem = ({ body, ...rest }: AuditRecord): JsonObject => ({
  ...rest,
  at: isoOf(rest.at),
  ...(body === undefined && rest.damaged === undefined ? { letGo: true } : {}),
  ...(body === undefined ? {} : { body: JSON.parse(JSON.stringify(body)) as JsonObject })
})

const addressesShown = 2

const addressesOf = (touched: ReadonlyArray<Touched>): string => {
  const some = touched.slice(0, addressesShown).map(({ address }) => address).join(" ")
  return touched.length > addressesShown ? `${some} +${touched.length - addressesShown}` : some
}

const rowOf = ({ at, batch, body, damaged, kind, n }: AuditRecord): ReadonlyArray<string> => [
  String(n),
  isoOf(at),
  kind,
  harmless(body?.outcome ?? (damaged === true ? "(not what was written)" : "(let go)")),
  harmless(body?.actor ?? ""),
  batch ?? "",
  addressesOf(body?.touched ?? []),
  harmless(body?.reason ?? "")
]

/** Records, newest first. */
export const recordsView = (records: ReadonlyArray<AuditRecord>): View => ({
  event: { type: "list", of: "audit", items: records.map(recordItem) },
  lines: records.length === 0
    ? ["There are no such records."]
    : tableLines(["RECORD", "AT", "KIND", "OUTCOME", "ACTOR", "BATCH", "ADDRESSES", "REASON"], records.map(rowOf))
})

const short = (digest: string): string => digest.replace(/^sha256:/, "").slice(0, 12)

const touchedLine = ({ address, did, left, version }: Touched): string =>
  [
    `  ${address}`,
    did === "none" ? "" : did,
    version === undefined ? "" : `version ${short(version)}`,
    left === true ? "left changed" : ""
  ].filter((part) => part !== "").join("  ")

const factsOf = (body: AuditBody): ReadonlyArray<readonly [name: string, value: string | undefined]> => [
  ["Verb", body.verb],
  ["Reason", body.reason],
  ["Batch", body.batch],
  ["Began", body.began === undefined ? undefined : `record ${body.began.record}, by ${body.began.actor}`],
  ["Plan", body.plan],
  ["Steps", body.steps === undefined ? undefined : String(body.steps)],
  ["Part", body.part === undefined ? undefined : `${body.part.part} of ${body.part.of}`],
  ["Detail", body.detail],
  ["Records", body.records?.map(({ first, last }) => first === last ? String(first) : `${first}-${last}`).join(", ")],
  ["Batches", body.batches?.join(", ")]
]

const unsaid = ({ damaged }: AuditRecord): string =>
  damaged === true
    ? "Its content is not what was written; see: amends audit verify"
    : "Retention let go of what it said."

const bodyLines = (body: AuditBody): ReadonlyArray<string> => [
  `${body.outcome}, by ${body.actor} on ${body.host}`,
  ...factsOf(body).flatMap(([name, value]) => value === undefined ? [] : [`${name}: ${value}`]),
  ...(body.touched.length === 0 ? [] : ["Addresses:", ...body.touched.map(touchedLine)])
]

/** One record. */
export const recordView = (record: AuditRecord): View => ({
  event: { type: "show", of: "audit", item: recordItem(record) },
  lines: [
    `Record ${record.n}: ${record.kind} at ${isoOf(record.at)}`,
    ...(record.body === undefined ? [unsaid(record)] : bodyLines(record.body)),
    `Digest: ${record.digest}`,
    `Link: ${record.link}`,
    ...(record.signer === undefined ? [] : [`Signed with key ${record.signer}`])
  ].map(harmless)
})

const counted = (count: number, one: string): string => `${count} ${one}${count === 1 ? "" : "s"}`

const signatureLine = ({ signatures, signed }: AuditVerdict): ReadonlyArray<string> => {
  if (signatures === "none") return ["No record is signed; see: amends audit keygen"]
  return signatures === "checked"
    ? [`${counted(signed, "signature")} checked.`]
    : [`${counted(signed, "signature")} not checked: name the public key with --public-key FILE`]
}

/** What checking came to. */
export const verdictView = (verdict: AuditVerdict): View => ({
  event: { type: "show", of: "audit_verdict", item: JSON.parse(JSON.stringify(verdict)) as JsonObject },
  lines: verdict.fault === undefined
    ? [
      `${counted(verdict.versions, "version")} compared with what the records say.`,
      ...(verdict.stubs === 0 ? [] : [`${counted(verdict.stubs, "record")} let go by retention.`]),
      ...signatureLine(verdict),
      verdict.checkpoint === "held"
        ? "It reaches as far as the checkpoint."
        : "There is no checkpoint: records that were cut off the end with all that counts them would not show."
    ]
    : []
})

/** The last line of a check. */
export const verdictLine = ({ fault, records }: AuditVerdict): string =>
  fault === undefined
    ? `The audit trail is whole: ${counted(records, "record")}.`
    : `Record ${fault.record} of the audit trail is wrong.`

/** What would go of the trail, or went. */
export const auditPrunedView = (of: "audit_prunable" | "audit_pruned", pruned: AuditPruned): View => ({
  event: { type: "show", of, item: { ...pruned } },
  lines: []
})

/** The last line of letting go. */
export const auditPrunedLine = (of: "would" | "did", { bytes, records }: AuditPruned): string => {
  if (records === 0) return "Nothing to let go of."
  const what = `the content of ${counted(records, "record")}, ${size(bytes)}`
  return of === "did" ? `Let go of ${what}.` : `Would let go of ${what}. Nothing was changed.`
}
