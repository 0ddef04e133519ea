/**
 * What a recovery would do, in words: for each direction the requests in order, and what the batch would come to.
 */
import type { Rehearsed, RehearsedRequest, Way } from "../app/Rehearse.ts"
import { stuckLines } from "./RenderReport.ts"
import { harmless } from "./ShowValue.ts"
import type { Paint } from "./Style.ts"
import type { View } from "./Voice.ts"

const symbols: { readonly [O in RehearsedRequest["operation"]]: string } = { create: "+", update: "~", delete: "-" }

const requestLine = ({ address, direction, fields, method, operation, path }: RehearsedRequest): string => {
  const symbol = direction === "back" ? "↩" : symbols[operation]
  const body = fields.length === 0 ? "" : `  {${fields.map(harmless).join(", ")}}`
  return `  ${symbol} ${address}  ${method} ${harmless(path)}${body}`
}

const outcomes: { readonly [O in Way["report"]["outcome"]]: string } = {
  committed: "committed: everything is as desired",
  compensated: "compensated: everything is as before",
  residue: "compensated, with something left changed",
  stuck: "stuck: it needs you",
  kept: "kept: what was applied stays",
  abandoned: "abandoned: what was applied stays"
}

const leftOf = ({ report }: Way): string => report.left.length === 0 ? "" : ` (${report.left.join(", ")})`

const commandOf = (batch: string, { flags }: Way): string => ["amends recover", batch, ...flags].join(" ")

const wayLines = (batch: string, way: Way, paint: Paint): ReadonlyArray<string> => [
  "",
  paint("bold", `${commandOf(batch, way)} would`),
  ...(way.requests.length === 0 ? ["  send nothing"] : way.requests.map(requestLine)),
  `  and end ${outcomes[way.report.outcome]}${leftOf(way)}`,
  ...way.report.stuck.flatMap((stuck) => stuckLines(batch, stuck, paint).map((line) => `  ${line}`))
]

const wayItem = (batch: string, way: Way) => ({
  command: commandOf(batch, way),
  direction: way.to,
  outcome: way.report.outcome,
  left: way.report.left,
  verdicts: way.verdicts.map((one) => ({ ...one })),
  requests: way.requests.map((one) => ({ ...one })),
  stuck: way.report.stuck.map(({ address, blocked }) => ({ address, why: blocked.why, choices: blocked.choices }))
})

/** What a rehearsal found; what was read of requests without an answer was told while it was read. */
export const rehearsalView = ({ batch, others, ways }: Rehearsed, paint: Paint): View => ({
  event: {
    type: "show",
    of: "recovery",
    batch: batch.id,
    item: { batch: batch.id, steps: batch.steps, ways: ways.map((way) => wayItem(batch.id, way)) }
  },
  lines: [
    `Batch ${batch.id} is not finished.`,
    ...ways.flatMap((way) => wayLines(batch.id, way, paint)),
    "",
    ...others.map(({ id }) => `Not looked at until that is over: ${id}`)
  ]
})
