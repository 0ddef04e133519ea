/**
 * What the checkers read: the raw rows of the journal and the world's log, folded by code of their own.
 *
 * Nothing of the engine is imported here. Where this fold and the engine's disagree, one of them is wrong.
 */
import type { Document } from "../../src/domain/Document.ts"
import type { LogEntry } from "../../src/providers/memory/World.ts"
import type { Row } from "../../src/state/storage/Row.ts"
import type { Moment, Record } from "./Trial.ts"

/** One step of a plan, as `opened` holds it. */
export interface PlannedStep {
  readonly id: string
  readonly address: string
  readonly kind: string
  readonly action: string
  readonly replaces?: string
  readonly remoteId?: string
  readonly conflict: string
  readonly dependsOn: ReadonlyArray<string>
  readonly reversibility: { readonly _tag: string }
  /** The document that the plan rests on. */
  readonly before?: Document
}

/** The parts of entries that are looked at. */
export interface Body {
  readonly _tag: string
  readonly step?: string
  readonly call?: number
  readonly of?: number
  readonly operation?: string
  readonly direction?: "forward" | "back"
  readonly result?: string
  /** Of an answer. */
  readonly status?: number
  readonly verdict?: string
  readonly to?: string
  readonly as?: string
  readonly choice?: string
  readonly choices?: ReadonlyArray<string>
  readonly compensates?: number
  readonly idempotencyKey?: string
  readonly remoteId?: string
  readonly remap?: { readonly kind: string; readonly from: string; readonly to: string }
  readonly diverged?: ReadonlyArray<string>
  readonly left?: ReadonlyArray<string>
  /** Of a control: pause, resume, cancel or deadline. */
  readonly what?: string
  /** Of a decision. */
  readonly why?: string
  /** Of an intent; milliseconds since the epoch. */
  readonly capturedAt?: number
  /** What is known of the resource since; sealed where it is secret. */
  readonly after?: Document
  readonly before?: Document
  readonly expected?: Document
  readonly policies?: { readonly retryBudget?: number }
  readonly plan?: { readonly steps: ReadonlyArray<PlannedStep> }
}

export interface Line extends Omit<Row, "body"> {
  readonly body: Body
}

/** One batch, as its rows tell. */
export interface BatchLines {
  readonly id: string
  readonly lines: ReadonlyArray<Line>
  readonly steps: ReadonlyArray<PlannedStep>
  readonly ended: Line | undefined
  readonly opening: Moment | undefined
  readonly ending: Moment | undefined
}

/** Rows and log, indexed once for all checkers. */
export interface Ledger {
  readonly record: Record
  readonly lines: ReadonlyArray<Line>
  readonly batches: ReadonlyArray<BatchLines>
  /** Intents by idempotency key, oldest first. */
  readonly intents: ReadonlyMap<string, ReadonlyArray<Line>>
  /** Lines of the log that changed something. */
  readonly changes: ReadonlyArray<LogEntry>
}

const batchOf = (record: Record, id: string, lines: ReadonlyArray<Line>): BatchLines => ({
  id,
  lines,
  steps: lines[0]?.body.plan?.steps ?? [],
  ended: lines.find(({ kind }) => kind === "ended"),
  opening: record.moments.find(({ batch, what }) => batch === id && what === "opened"),
  ending: record.moments.find(({ batch, what }) => batch === id && what === "ended")
})

/** Whether a line announces a request. */
export const isIntent = ({ kind }: Pick<Line, "kind">): boolean => kind === "intended" || kind === "undo-intended"

/** Reads what a run left. */
export const ledgerOf = (record: Record): Ledger => {
  const lines = record.rows.map((row): Line => ({ ...row, body: JSON.parse(row.body) as Body }))
  const grouped = Map.groupBy(lines, ({ batch }) => batch)
  return {
    record,
    lines,
    batches: [...grouped].map(([id, ofBatch]) => batchOf(record, id, ofBatch)),
    intents: Map.groupBy(lines.filter(isIntent), ({ body }) => body.idempotencyKey ?? ""),
    // Another workspace over the same server has kinds of its own.
    changes: record.world.log.filter(({ arrival, effect }) =>
      record.kinds.has(arrival.kind) && (effect === "created" || effect === "updated" || effect === "deleted")
    )
  }
}

/** One call of a step that was announced and of which nobody knows yet what came of it. */
export interface OpenCall {
  readonly line: Line
  readonly direction: "forward" | "back"
  readonly call: number
  /** A reading said that it may be sent again. */
  readonly repeatable: boolean
}

/** A step's history up to some line. */
export interface Standing {
  readonly open: ReadonlyArray<OpenCall>
  /** Forward calls that took effect, or may have. */
  readonly effective: ReadonlyArray<number>
  readonly complete: boolean
  readonly compensated: Body | undefined
}

export const fresh: Standing = { open: [], effective: [], complete: false, compensated: undefined }

const closed = (standing: Standing, body: Body, how: "applied" | "void"): Standing => {
  const index = standing.open.findLastIndex((one) => one.direction === body.direction)
  const call = standing.open[index]
  if (call === undefined) return standing
  const open = standing.open.filter((_, at) => at !== index)
  if (call.direction === "back") return { ...standing, open }
  const effective = how === "void" ? standing.effective.filter((n) => n !== call.line.n) : standing.effective
  const last = call.line.body.call === call.line.body.of
  return { ...standing, open, effective, complete: standing.complete || (how === "applied" && last) }
}

const settled: { readonly [choice: string]: "applied" | "void" } = { applied: "applied", "not-applied": "void" }

const answered = (standing: Standing, choice: string): Standing => {
  const how = choice.startsWith("adopt:") ? "applied" : settled[choice]
  const last = standing.open.at(-1)
  return how === undefined || last === undefined
    ? standing
    : closed(standing, { _tag: "", direction: last.direction }, how)
}

/** Folds one line into the standing of its step. */
export const follow = (standing: Standing, line: Line): Standing => {
  const { body, kind } = line
  const direction = kind === "undo-intended" ? "back" as const : "forward" as const
  switch (kind) {
    case "intended":
    case "undo-intended": {
      const call = { line, direction, call: body.call ?? 0, repeatable: false }
      // What may be repeated is part of an update that goes on from it.
      const isPart = (one: OpenCall): boolean =>
        one.repeatable && one.line.body.operation === "create" && body.operation === "update"
      const others = standing.open.filter((one) =>
        one.direction !== direction || (one.call !== call.call && !isPart(one))
      )
      const effective = direction === "forward" ? [...standing.effective, line.n] : standing.effective
      return { ...standing, open: [...others, call], effective, complete: false }
    }
    case "outcome":
      if (body.result === "unneeded") return { ...standing, complete: true }
      if (body.result === "ambiguous" || body.call === 0) return standing
      return closed(standing, body, body.result === "applied" ? "applied" : "void")
    case "resolved":
      if (body.verdict === "ask") return standing
      if (body.verdict === "repeat") {
        return { ...standing, open: standing.open.map((one) => ({ ...one, repeatable: true })) }
      }
      return closed(standing, body, body.verdict === "applied" ? "applied" : "void")
    case "human":
      return answered(standing, body.choice ?? "")
    case "compensated":
      return { ...standing, compensated: body }
    default:
      return standing
  }
}

/** Walks the lines of a batch, showing each with the standing of every step just before it. */
export const walk = (
  { lines }: BatchLines,
  visit: (line: Line, before: ReadonlyMap<string, Standing>) => void
): ReadonlyMap<string, Standing> => {
  const standings = new Map<string, Standing>()
  for (const line of lines) {
    visit(line, standings)
    if (line.step !== "") standings.set(line.step, follow(standings.get(line.step) ?? fresh, line))
  }
  return standings
}

/** An invariant that does not hold, with what shows it. */
export interface Violation {
  /** Number and name, as docs/guarantees.md lists them. */
  readonly invariant: string
  readonly evidence: string
}

/** Looks for violations of some invariants. */
export type Check = (ledger: Ledger) => ReadonlyArray<Violation>

/** The planned step of an id. */
export const stepOf = ({ steps }: BatchLines, id: string | undefined): PlannedStep | undefined =>
  steps.find((step) => step.id === id)

/** Whether a person let a step's resource go or settled it by hand. */
export const choicesOf = ({ lines }: BatchLines, step: string): ReadonlyArray<string> =>
  lines.filter((line) => line.kind === "human" && line.step === step).map(({ body }) => body.choice ?? "")
