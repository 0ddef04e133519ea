/**
 * Versions as they are shown: a lineage as a table, one version with what it holds, and both as events with every
 * detail. Secrets are masked; who, why and what a server called things are somebody else's words and made harmless.
 */
import { DateTime } from "effect"
import { shown } from "../app/Shown.ts"
import type { Json, JsonObject } from "../domain/Document.ts"
import { parsePointer } from "../domain/Pointer.ts"
import type { Version } from "../domain/Version.ts"
import { harmless } from "./ShowValue.ts"
import { tableLines } from "./Table.ts"
import type { View } from "./Voice.ts"

const iso = (at: number): string => DateTime.formatIso(DateTime.makeUnsafe(at))

/** An id as it is shown: enough of it to name it by. */
export const shortId = (digest: string): string => digest.replace(/^\w+:/, "").slice(0, 12)

const count = (versions: number): string => versions === 1 ? "1 version" : `${versions} versions`

/** A version as programs see it. */
const versionItem = (version: Version): JsonObject => ({
  version: version.id,
  address: version.address,
  batch: version.batch,
  parents: version.parents,
  origin: version.origin,
  at: iso(version.at),
  actor: version.actor ?? null,
  reason: version.reason ?? null,
  reverts: version.reverts,
  pinned: version.pinned === undefined ? null : {
    actor: version.pinned.actor,
    at: iso(version.pinned.at),
    reason: version.pinned.reason ?? null
  },
  gap: version.gap === undefined ? null : { versions: version.gap.versions, older: version.gap.older ?? null },
  document: version.document === undefined ? null : shown(version.document)
})

const originText = ({ document, origin }: Version): string => document === undefined ? `${origin} (deleted)` : origin

const notesOf = ({ gap, pinned, reason, reverts }: Version): string =>
  [
    ...(pinned === undefined ? [] : ["pinned"]),
    ...(reverts.length === 0 ? [] : [`takes out ${reverts.map(shortId).join(", ")}`]),
    ...(gap === undefined ? [] : [`${count(gap.versions)} before it let go`]),
    ...(reason === undefined ? [] : [harmless(reason)])
  ].join("; ")

/** Versions, newest first. */
export const versionsView = (versions: ReadonlyArray<Version>): View => ({
  event: { type: "list", of: "versions", items: versions.map(versionItem) },
  lines: versions.length === 0 ? ["There are no versions yet."] : tableLines(
    ["VERSION", "ADDRESS", "AT", "ORIGIN", "BATCH", "ACTOR", "NOTE"],
    versions.map((version) => [
      shortId(version.id),
      version.address,
      iso(version.at),
      originText(version),
      version.batch,
      harmless(version.actor ?? ""),
      notesOf(version)
    ])
  )
})

/** A document as lines of JSON. */
export const documentLines = (document: Json): ReadonlyArray<string> =>
  JSON.stringify(document, null, 2).split("\n").map(harmless)

const differsLine = ({ gap, parents: [parent] }: Version, differs: ReadonlyArray<string> | undefined): string => {
  if (parent === undefined) return "The first version."
  const of = `its parent ${shortId(parent)}`
  if (differs === undefined) {
    return gap === undefined ?
      `Its parent ${shortId(parent)} is elsewhere or lost.` :
      `Retention let go of ${of}${gap.versions === 1 ? "" : ` and ${gap.versions - 1} more`}${
        gap.older === undefined ? "" : `; the next before it is ${shortId(gap.older)}`
      }.`
  }
  const names = differs.map((pointer) => harmless(parsePointer(pointer).join(".")))
  return `Differs from ${of} in: ${names.length === 0 ? "nothing declared" : names.join(", ")}`
}

/** One version with what it holds. */
export const versionView = (version: Version, differs: ReadonlyArray<string> | undefined): View => {
  const { actor, pinned, reason, reverts } = version
  const by = actor === undefined ? "" : ` by ${harmless(actor)}`
  return {
    event: { type: "show", of: "version", item: { ...versionItem(version), differs: differs ?? null } },
    lines: [
      `Version ${shortId(version.id)} of ${version.address}, ${version.origin} at ${
        iso(version.at)
      } by ${version.batch}`,
      ...(actor === undefined ? [] : [`Made${by}${reason === undefined ? "" : `: ${harmless(reason)}`}`]),
      ...(reverts.length === 0 ? [] : [`Takes out ${reverts.map(shortId).join(", ")}`]),
      ...(pinned === undefined ? [] : [
        `Pinned by ${harmless(pinned.actor)} at ${iso(pinned.at)}${
          pinned.reason === undefined ? "" : `: ${harmless(pinned.reason)}`
        }`
      ]),
      differsLine(version, differs),
      ...(version.document === undefined ? ["(deleted)"] : documentLines(shown(version.document)))
    ]
  }
}
