/**
 * What the trial of a kind came to: findings, what the guarantees come to, and the description to paste.
 */
import type { DoctorFinding } from "../app/Doctor.ts"
import type { Tried } from "../app/Trial.ts"
import { harmless } from "./ShowValue.ts"
import type { Paint } from "./Style.ts"
import type { View } from "./Voice.ts"

/** Of a detail of several lines, the further ones stand under the first. */
export const findingLines = (finding: DoctorFinding, paint: Paint): ReadonlyArray<string> => [
  `${finding.ok ? paint("green", "ok  ") : paint("red", "bad ")} ${finding.what}: ` +
  harmless(finding.detail).replaceAll("\n", "\n     "),
  ...(finding.hint === undefined ? [] : [`     ${paint("dim", "→")} ${harmless(finding.hint)}`])
]

/** A trial as an event and as lines. */
export const triedView = (tried: Tried, paint: Paint): View => {
  const { after, description, findings, guarantees, kind, left, name, provider, stopped, text } = tried
  return {
    event: {
      type: "kind_tried",
      kind,
      provider,
      name,
      after,
      findings: findings.map(({ detail, hint, ok, says, what }) => ({
        what,
        ok,
        detail,
        ...(hint === undefined ? {} : { hint }),
        ...(says === undefined ? {} : { says })
      })),
      guarantees: guarantees.map((one) => ({ ...one })),
      description,
      left: left.map((one) => ({ ...one })),
      stopped
    },
    lines: [
      ...findings.flatMap((finding) => findingLines(finding, paint)),
      "",
      "What the guarantees come to, once it is described so:",
      ...guarantees.map(({ detail, holds, promise }) => `  ${`${promise}:`.padEnd(15)}${holds}: ${harmless(detail)}`),
      "",
      ...text.trimEnd().split("\n").map(harmless),
      ""
    ]
  }
}

const plural = (count: number): string => `${count} finding${count === 1 ? "" : "s"}`

/** The last lines: what is left comes first, because somebody has to remove it. */
export const triedLines = ({ findings, left, stopped }: Tried): ReadonlyArray<string> => {
  const bad = findings.filter(({ ok }) => !ok).length
  const judged = bad === 0 ? "It is as described" : `${plural(bad)}`
  const lines = left.map(({ what, why }) => `Left behind: ${harmless(what)} (${harmless(why)}). Remove it by hand.`)
  if (stopped)
    return [...lines, left.length === 0 ? "Interrupted; nothing is left." : "Interrupted; something is left."]
  return [...lines, left.length === 0 ? `${judged}; nothing is left.` : `${judged}; something is left.`]
}
