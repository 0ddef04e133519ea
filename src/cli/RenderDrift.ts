/**
 * What drifted, for people and as events: field by field, secrets as `(sensitive)`.
 */
import type { Drifted, DriftKind, DriftReport, Unmanaged } from "../app/Drift.ts"
import { shown } from "../app/Shown.ts"
import { diffLines } from "./RenderDiff.ts"
import { harmless } from "./ShowValue.ts"
import type { Paint } from "./Style.ts"
import type { View } from "./Voice.ts"

const symbols: { readonly [K in DriftKind]: string } = { edited: "~", deleted: "-", "re-created": "-/+" }

const wordsOf = ({ kind, remoteId, remoteIdNow }: Drifted): string => {
  switch (kind) {
    case "edited":
      return "was edited outside of amends"
    case "deleted":
      return "was deleted outside of amends"
    case "re-created":
      return `was deleted outside of amends and made again: ${harmless(remoteId)} is ${harmless(remoteIdNow ?? "")} now`
  }
}

const driftedView = (drifted: Drifted, paint: Paint): View => {
  const { address, after, before, kind, paths, remoteId, remoteIdNow } = drifted
  const fields = after === undefined ? [] : diffLines({ action: "update", before, after, differs: paths }, paint)
  return {
    event: {
      type: "resource_drift",
      address,
      kind,
      paths,
      remoteId,
      ...(remoteIdNow === undefined ? {} : { remoteIdNow }),
      before: shown(before),
      after: after === undefined ? null : shown(after)
    },
    lines: [
      `${paint("yellow", symbols[kind].padStart(3))} ${paint("bold", address)} ${wordsOf(drifted)}`,
      ...fields.map((line) => `        ${line}`),
      ""
    ]
  }
}

const unmanagedView = ({ kind, name, remoteId }: Unmanaged): View => ({
  event: { type: "unmanaged_resource", kind, remoteId, ...(name === undefined ? {} : { name }) },
  lines: [`  ? ${kind} ${harmless(remoteId)}${name === undefined ? "" : ` (${harmless(name)})`} is managed by nobody`]
})

/** The views of a check. */
export const driftViews = ({ drifted, unmanaged }: DriftReport, paint: Paint): ReadonlyArray<View> => [
  ...drifted.map((one) => driftedView(one, paint)),
  ...unmanaged.map(unmanagedView)
]

const counted = (count: number, what: string): ReadonlyArray<string> => count === 0 ? [] : [`${count} ${what}`]

/** The last line of a check. */
export const driftLine = ({ compared, drifted, unmanaged }: DriftReport): string => {
  const of = (kind: DriftKind): number => drifted.filter((one) => one.kind === kind).length
  const strangers = counted(unmanaged.length, "managed by nobody")
  if (drifted.length === 0) {
    return [`No drift in ${compared} ${compared === 1 ? "resource" : "resources"}`, ...strangers].join("; ") + "."
  }
  const kinds = (["edited", "deleted", "re-created"] as const).flatMap((kind) => counted(of(kind), kind))
  return [`Drift: ${kinds.join(", ")} of ${compared}`, ...strangers].join("; ") + "."
}
