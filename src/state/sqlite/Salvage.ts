/**
 * A new state from what can be read of a damaged one, and a list of what is lost.
 *
 * The damaged file is never written to: a duplicate is read. The new file stands beside it and is put in place by
 * `state restore`, which asks.
 */
import { Clock, Effect } from "effect"
import { existsSync, rmSync } from "node:fs"
import { StateError } from "../StateError.ts"
import { onFile } from "../storage/Files.ts"
import { reading } from "../storage/Reading.ts"
import { type AuditSigning, draftedBy } from "./AuditRows.ts"
import { besideOf, publish } from "./Copy.ts"
import { filesOf, generationBeside } from "./Database.ts"
import { build, readDamaged } from "./Remains.ts"
import { asideName, duplicate } from "./Restore.ts"
import { sqliteFailure } from "./SqliteFailure.ts"

const nothing = (file: string): StateError =>
  new StateError({
    reason: "Corrupt",
    operation: "salvage",
    detail: `nothing can be read of ${file}`,
    hint: "Put back a copy with `amends state restore FILE`. Without one: move the file away and run " +
      "`amends apply --adopt`, which takes over what is there by the names in your files."
  })

const missing = (file: string): StateError =>
  new StateError({
    reason: "Missing",
    operation: "salvage",
    detail: `${file} is not there`,
    hint: "Name the damaged state file, usually .amends/state.db."
  })

const clear = (file: string): void => {
  for (const log of ["", "-wal", "-shm", "-journal"]) rmSync(file + log, { force: true })
}

/** Saves what can be read of a damaged state into a new file beside it. */
export const salvage = Effect.fn("Rescue.salvage")(function*(signing: AuditSigning, damaged: string) {
  if (!existsSync(damaged)) return yield* missing(damaged)
  const now = yield* Clock.currentTimeMillis
  const file = yield* asideName(damaged, "salvaged")
  const draft = yield* draftedBy(signing, { kind: "salvage", outcome: "done", detail: `from ${damaged}` })
  const [from, made] = [`${besideOf(damaged)}.damaged`, besideOf(damaged)]
  const work = reading("salvage", () => {
    try {
      duplicate(damaged, from)
      const read = readDamaged(from)
      const rows = [read.batches, read.entries, read.heads, read.versions].flatMap((table) => table.rows)
      if (rows.length === 0) throw nothing(damaged)
      const generation = generationBeside(filesOf(damaged)) ?? 0
      const report = build(read, { file: made, generation, now, draft, signing })
      publish(made, file)
      return { file, ...report }
    } catch (cause) {
      throw sqliteFailure("salvage", damaged, cause)
    }
  })
  const clean = Effect.sync(() => onFile("salvage", damaged, () => [from, made].forEach(clear)))
  return yield* Effect.ensuring(work, clean)
})
