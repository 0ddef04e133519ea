/**
 * What the commands that look after the state say: what went, what was copied, put in place or saved, and what now.
 */
import type { KeyReset } from "../app/KeyCare.ts"
import type { Prunable } from "../app/Prune.ts"
import { type HeldOut, type Quarantined, releasing } from "../app/Quarantine.ts"
import type { Copied, Restored, Salvaged } from "../app/StateFile.ts"
import type { Diagnostic } from "./Events.ts"
import { harmless } from "./ShowValue.ts"
import { tableLines } from "./Table.ts"
import type { View } from "./Voice.ts"

const counted = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`

const units = ["B", "kB", "MB", "GB", "TB"] as const

/** A size as people read it. */
export const size = (bytes: number): string => {
  let [value, unit] = [bytes, 0]
  while (value >= 1000 && unit < units.length - 1) [value, unit] = [value / 1000, unit + 1]
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit] ?? "B"}`
}

const letGo = ({ batches, bytes, entries, fileBytes, files, versions }: Prunable): string =>
  `${counted(versions, "version")} and the journals of ${counted(batches, "batch", "batches")} ` +
  `(${counted(entries, "entry", "entries")}), ${size(bytes)}` +
  (files === 0 ? "" : `; ${counted(files, "content")} of files that nothing names any more, ${size(fileBytes)}`)

const stayLines = ({ others }: Prunable): ReadonlyArray<string> =>
  others.map(({ note, place, stateFile }) =>
    `Contents of files in ${harmless(place)} stay: ${harmless(stateFile)} keeps contents there as well. ` +
    `Where that is gone for good, remove ${harmless(note)}`
  )

const itemOf = (pruned: Prunable) => ({ ...pruned, others: pruned.others.map((other) => ({ ...other })) })

const isNothing = ({ batches, files, versions }: Prunable): boolean => batches + files + versions === 0

/** What pruning would let go. */
export const prunableView = (pruned: Prunable): View => ({
  event: { type: "show", of: "prunable", item: itemOf(pruned) },
  lines: [...isNothing(pruned) ? [] : [`Retention keeps no longer: ${letGo(pruned)}.`], ...stayLines(pruned)]
})

/** The last line of a pruning that only looked. */
export const prunableLine = (pruned: Prunable): string =>
  isNothing(pruned)
    ? "Nothing to prune."
    : `Prune would free ${pruned.bytes + pruned.fileBytes} bytes. Nothing was changed.`

/** What went. */
export const prunedView = (pruned: Prunable & { readonly freedBytes: number }): View => ({
  event: { type: "show", of: "pruned", item: itemOf(pruned) },
  lines: pruned.freedBytes === 0 ? [] : [`The state file is ${size(pruned.freedBytes)} smaller.`]
})

/** The last line of a pruning. */
export const prunedLine = (pruned: Prunable): string =>
  isNothing(pruned) ? "Nothing to prune." : `Pruned ${letGo(pruned)}.`

/** A copy that was made. */
export const copiedView = (copied: Copied): View => ({
  event: { type: "show", of: "backup", item: { ...copied } },
  lines: [
    `It holds ${counted(copied.resources, "resource")}, ${counted(copied.batches, "batch", "batches")} and ` +
    `${counted(copied.entries, "journal entry", "journal entries")}; it was checked.`,
    "The key is not in it: keep .amends/key, or AMENDS_KEY, where it cannot get lost with the state."
  ]
})

/** What to do after a copy was put in place. */
export const restoredView = (restored: Restored): View => ({
  event: { type: "show", of: "restored", item: { ...restored } },
  lines: [
    ...(restored.aside === undefined ? [] : [`The replaced state is kept as ${harmless(restored.aside)}`]),
    ...(restored.later === 0 ? [] : [
      `${counted(restored.later, "batch was", "batches were")} opened after the copy was made: it does not know what ` +
      "they did."
    ]),
    ...restored.unfinished.map((id) => `${id} was under way when the copy was made. Run: amends recover ${id}`),
    "Now compare it with the remote: amends plan",
    "What exists and is not in this state is taken over with: amends apply --adopt"
  ]
})

const lostIn = (lost: number | undefined): string => lost === undefined ? "not known" : String(lost)

/** What could be saved, and what is lost. */
export const salvagedView = (salvaged: Salvaged): View => ({
  event: {
    type: "show",
    of: "salvaged",
    item: { ...salvaged, tables: salvaged.tables.map((table) => ({ ...table })) }
  },
  lines: [
    ...tableLines(
      ["WHAT", "SAVED", "LOST"],
      salvaged.tables.map(({ lost, read, table }) => [table, String(read), lostIn(lost)])
    ),
    ...salvaged.unmanaged.map((address) => `Lost: ${address}. Take it over again with: amends apply --adopt`),
    ...salvaged.withoutJournal.map((id) => `The journal of ${id} is lost: it cannot be looked into or taken back.`),
    ...salvaged.shortened.map((id) =>
      `The last entries of ${id} may be lost, and it is not finished: recover takes back what it still knows of; ` +
      "then read what amends plan says"
    )
  ]
})

/** What a new key in the place of a lost one left unknown. */
export const keyResetView = ({ lossy, reread, unfinished }: KeyReset): View => ({
  event: {
    type: "show",
    of: "keyReset",
    item: { reread, unfinished, lossy: lossy.map(({ address, paths }) => ({ address, paths })) }
  },
  lines: [
    ...(reread.length === 0 ? [] : [`Read again from the remote: ${reread.join(", ")}`]),
    ...lossy.map(({ address, paths }) => `No longer known: ${address} at ${paths.join(", ")}`),
    ...(lossy.length === 0
      ? []
      : ["The next apply writes them from your files; taking that back cannot restore them."]),
    ...unfinished.map((id) =>
      `${id} is not finished, and what was sealed in it cannot be restored: amends recover ${id}, or with --abandon`
    )
  ]
})

const failingWords = ({ failures, why }: Pick<Quarantined, "failures" | "why">): string =>
  `its last ${counted(failures, "batch", "batches")} failed because of it: ${why}`

const heldOutWords = (out: HeldOut): string => {
  switch (out._tag) {
    case "failing":
      return failingWords(out)
    case "needs":
      return `it needs ${out.needs}, which is held out`
    case "needed":
      return `${out.by}, which is held out, still refers to it`
  }
}

/** What a plan leaves out, as a warning. */
export const heldOutDiagnostic = (out: HeldOut): Diagnostic => ({
  severity: "warning",
  address: out.address,
  summary: "held out of the plan",
  detail: heldOutWords(out),
  hint: `release it with: amends forget --quarantine ${releasing(out)}`
})

/** What plans leave out, for the status. */
export const quarantineLines = (all: ReadonlyArray<Quarantined>): ReadonlyArray<string> =>
  all.map((one) =>
    `! ${one.address} is held out of plans: ${harmless(failingWords(one))}. ` +
    `Run: amends forget --quarantine ${one.address}`
  )
