/**
 * Invariants 5, 6, 9, 10: what the rows of the journal must look like by themselves.
 */
import { createHash } from "node:crypto"
import type { Row } from "../../../src/state/storage/Row.ts"
import {
  type BatchLines,
  type Check,
  fresh,
  isIntent,
  type Ledger,
  type Line,
  type Standing,
  stepOf,
  type Violation,
  walk
} from "../Ledger.ts"

const place = (line: Pick<Line, "batch" | "seq" | "kind" | "step">): string =>
  `${line.batch} ${line.seq} ${line.kind} ${line.step}`

/** The link of a row, as docs/journal.md says it is made. */
const linkOf = (previous: string, row: Row): string => {
  const fields = JSON.stringify([previous, row.batch, row.seq, row.epoch, row.at, row.kind, row.step])
  return createHash("sha256").update(fields + row.body).digest("hex")
}

/** 9 and the outer half of 10: epochs rise, numbers have no holes, the chain holds. */
export const rowsAreWhole: Check = ({ record }) => {
  const found: Array<Violation> = []
  const seqs = new Map<string, number>()
  let last: Row | undefined
  for (const row of record.rows) {
    if (row.epoch < (last?.epoch ?? 0)) {
      found.push({ invariant: "9 epochs", evidence: `${place(row)} of epoch ${row.epoch} after epoch ${last?.epoch}` })
    }
    if (row.n !== (last?.n ?? 0) + 1 || row.seq !== (seqs.get(row.batch) ?? 0) + 1) {
      found.push({ invariant: "10 journal", evidence: `rows are missing before ${place(row)}` })
    }
    if (row.chain !== linkOf(last?.chain ?? "", row)) {
      found.push({ invariant: "10 journal", evidence: `the chain breaks at ${place(row)}` })
    }
    seqs.set(row.batch, row.seq)
    last = row
  }
  return found
}

/** Why a line may not stand where it stands, in a batch whose steps stand so. */
type Rule = (
  at: { readonly batch: BatchLines; readonly ledger: Ledger; readonly line: Line; readonly past: Past },
  standing: (step: string) => Standing
) => string | undefined

interface Past {
  decided: string | undefined
  ended: boolean
}

/** Duplicates that bear our marker are deleted while the create that made them is still being settled. */
const removesDuplicate = (ledger: Ledger, batch: BatchLines, { body, kind }: Line): boolean => {
  const step = stepOf(batch, body.step)
  return kind === "undo-intended" && body.operation === "delete" && step !== undefined &&
    ledger.record.kinds.get(step.kind)?.marker === true
}

const dependenciesAreComplete: Rule = ({ batch, line }, standing) => {
  if (line.kind !== "intended") return undefined
  const missing = stepOf(batch, line.step)?.dependsOn.find((need) => !standing(need).complete)
  return missing === undefined ? undefined : `began before ${missing} was complete`
}

const callsFollow: Rule = ({ batch, ledger, line }, standing) => {
  if (!isIntent(line)) return undefined
  const direction = line.kind === "intended" ? "forward" : "back"
  const other = standing(line.step).open.find((one) => !one.repeatable)
  if (other === undefined || removesDuplicate(ledger, batch, line)) return undefined
  return `announced ${direction} call ${line.body.call} while call ${other.call} of ${place(other.line)} was in doubt`
}

const answersFollowQuestions: Rule = ({ line }, standing) => {
  const { body, kind } = line
  if (kind !== "resolved" && (kind !== "outcome" || body.call === 0)) return undefined
  const open = standing(line.step).open.some((one) => one.direction === body.direction && one.call === body.call)
  return open ? undefined : "tells of a call that was not open"
}

const legal: { readonly [invariant: string]: ReadonlyArray<Rule> } = {
  "10 journal": [
    ({ line: { kind, seq } }) => kind === "opened" && seq !== 1 ? "is out of place" : undefined,
    ({ line: { kind, seq } }) => seq === 1 && kind !== "opened" ? "stands where the opening should" : undefined,
    ({ past }) => past.ended ? "stands after the end" : undefined,
    answersFollowQuestions,
    dependenciesAreComplete,
    ({ line, past }) => line.kind === "compensated" && past.decided === undefined ? "nothing was decided" : undefined,
    ({ line }, standing) =>
      line.kind === "compensated" && standing(line.step).compensated !== undefined ? "compensated twice" : undefined
  ],
  "12 verdicts": [callsFollow],
  "7 one direction": [
    ({ line, past }) =>
      line.kind === "intended" && past.decided === "back" ? "forward after `decided back`" : undefined,
    ({ batch, ledger, line, past }) =>
      line.kind === "undo-intended" && past.decided !== "back" && !removesDuplicate(ledger, batch, line)
        ? "an undo before `decided back`"
        : undefined
  ],
  "6 undo order": [
    ({ batch, line }, standing) => {
      if (line.kind !== "undo-intended") return undefined
      const waits = batch.steps.find(({ dependsOn, id }) =>
        dependsOn.includes(line.step) && standing(id).effective.length > 0 && standing(id).compensated === undefined
      )
      return waits === undefined ? undefined : `undone before ${waits.id}, which depends on it`
    }
  ]
}

/** 6, 7, 12 and the inner half of 10: any prefix folds to a legal state. */
export const rowsAreLegal: Check = (ledger) =>
  ledger.batches.flatMap((batch) => {
    const found: Array<Violation> = []
    const past: Past = { decided: undefined, ended: false }
    walk(batch, (line, before) => {
      for (const [invariant, rules] of Object.entries(legal)) {
        for (const rule of rules) {
          const wrong = rule({ batch, ledger, line, past }, (step) => before.get(step) ?? fresh)
          if (wrong !== undefined) found.push({ invariant, evidence: `${place(line)}: ${wrong}` })
        }
      }
      if (line.kind === "decided") past.decided = line.body.to
      if (line.kind === "ended") past.ended = true
    })
    return found
  })

/** A kept batch says that a step is not done where only a secret that nobody can read back may have been written. */
const isTold = (batch: BatchLines, step: string, open: Standing["open"]): boolean =>
  batch.ended?.body.as === "kept" && open.every(({ repeatable }) => repeatable) &&
  (batch.ended.body.left ?? []).includes(stepOf(batch, step)?.address ?? "")

/** 5: what has ended leaves nothing in doubt, unless it was abandoned. */
export const nothingInDoubt: Check = ({ batches }) =>
  batches.flatMap((batch) => {
    const as = batch.ended?.body.as
    if (as === undefined || as === "abandoned") return []
    return [...walk(batch, () => {})].flatMap(([step, { compensated, effective, open }]) => {
      if (compensated !== undefined) return []
      const left = (open.length > 0 && !isTold(batch, step, open)) ||
        ((as === "compensated" || as === "residue") && effective.length > 0)
      return left ? [{ invariant: "5 nothing in doubt", evidence: `${batch.id} ended ${as} with ${step} open` }] : []
    })
  })
