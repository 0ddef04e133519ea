/**
 * Putting a copy in the place of the state: checked first, swapped in one step, the replaced state kept aside.
 *
 * The copy goes on as a state that has seen every batch there ever was (its counter is raised above all), under an
 * epoch that fences everybody who still writes to the replaced one. What later batches did to the remote is unknown to
 * it: the next plan compares and tells.
 */
import type { Database } from "better-sqlite3"
import { Clock, DateTime, Effect } from "effect"
import { copyFileSync, existsSync, linkSync, mkdirSync, renameSync, rmSync } from "node:fs"
import { dirname } from "node:path"
import type { Json } from "../../domain/Document.ts"
import type { BatchId } from "../../domain/Ids.ts"
import type { Restored } from "../Rescue.ts"
import { isOf, keysOf } from "../sealing/Key.ts"
import { type KeySource, missingKey, readKey, wrongKey } from "../sealing/KeyFile.ts"
import { digestUnder } from "../sealing/Sealing.ts"
import { StateError } from "../StateError.ts"
import { type AuditDraft, keepRecord } from "../storage/AuditBook.ts"
import { renderCheckpoint } from "../storage/AuditCheckpoint.ts"
import { force, onFile, replaceFile } from "../storage/Files.ts"
import { typeOf } from "../storage/Platform.ts"
import { reading } from "../storage/Reading.ts"
import { bookIn, draftedBy, type Rescuing } from "./AuditRows.ts"
import { checkState, contentsOf, opened } from "./Checked.ts"
import { besideOf } from "./Copy.ts"
import { checkOf, filesOf, generationBeside, oldKeysOf } from "./Database.ts"
import { refuseNetwork } from "./FileSystem.ts"
import { type Current, holdState } from "./Hold.ts"
import { rekey } from "./Rekey.ts"
import { migrate, versionOf } from "./Schema.ts"
import { sqliteFailure } from "./SqliteFailure.ts"

const logs = ["-wal", "-shm"] as const

const missing = (copy: string): StateError =>
  new StateError({
    reason: "Missing",
    operation: "restore",
    detail: `${copy} is not there`,
    hint: "Name a file that `amends state backup` or `amends state salvage` made."
  })

/** A file's content under another name, with what its log still holds. */
export const duplicate = (from: string, to: string): void =>
  onFile("restore", from, () => {
    mkdirSync(dirname(to), { recursive: true, mode: 0o700 })
    copyFileSync(from, to)
    if (existsSync(`${from}-wal`)) copyFileSync(`${from}-wal`, `${to}-wal`)
  })

const removeAll = (file: string): void => {
  for (const name of [file, ...logs.map((log) => file + log)]) rmSync(name, { force: true })
}

/** The name under which what is replaced is kept. */
export const asideName = (file: string, why: string): Effect.Effect<string> =>
  Effect.map(Clock.currentTimeMillis, (at) => {
    const stamp = DateTime.formatIso(DateTime.makeUnsafe(at)).replaceAll(/[-:.]/g, "")
    return `${file}.${why}-${stamp}`
  })

/** The key that a copy was made under: the one of the workspace, or one that was in use before. */
const keyOfCopy = (check: string | undefined, source: KeySource, current: Current | undefined): Uint8Array => {
  const key = readKey(source)
  const candidates = [...(key === undefined ? [] : [key]), ...(current?.old ?? [])]
  const found = check === undefined ? key : candidates.find((one) => isOf(keysOf(one), check))
  if (found !== undefined) return found
  throw key === undefined ? missingKey(source.keyFile) : wrongKey(source)
}

/** The counter of the copy, above every one that was given before. */
const raiseCounters = (db: Database, epoch: number, generation: number): void => {
  db.prepare("update meta set generation = ?").run(generation)
  db.exec("delete from lease")
  db.prepare(
    `insert into lease (id, epoch, owner, host, boot, space, pid, started, expires_ms, life_ms)
     values (1, ?, '', '', '', '', 0, '', 0, 0)`
  ).run(epoch)
}

const numberIn = (db: Database, sql: string): number => Number(db.prepare<[], number | null>(sql).pluck().get() ?? 0)

interface Restoring extends Rescuing {
  readonly stateFile: string
  readonly made: string
  readonly current: Current | undefined
  readonly draft: AuditDraft
}

/** Makes the copy what the workspace goes on with; answers what it holds. */
const ready = Effect.fnUntraced(function*(restoring: Restoring) {
  const { current, draft, made, signing, source, stateFile } = restoring
  const db = yield* opened(made)
  const safely = <A>(work: () => A) =>
    reading("restore", () => {
      try {
        return work()
      } catch (cause) {
        throw sqliteFailure("restore", made, cause)
      }
    })
  const key = yield* safely(() => {
    db.pragma("journal_mode = delete")
    const version = versionOf(db, made)
    const found = keyOfCopy(checkOf(db, version), source, current)
    db.transaction(() => migrate(db, version)).immediate()
    return found
  })
  yield* checkState(db, made, keysOf(key))
  const at = yield* Clock.currentTimeMillis
  return yield* safely(() => {
    const generation = numberIn(db, "select generation from meta")
    const newest = Math.max(generation, current?.generation ?? 0, generationBeside(filesOf(stateFile)) ?? 0)
    const epoch = Math.max(
      current?.epoch ?? 0,
      numberIn(db, "select max(epoch) from lease"),
      numberIn(db, "select max(epoch) from entry")
    )
    const present = readKey(source)
    const isOther = present !== undefined && !isOf(keysOf(key), keysOf(present).check)
    const book = bookIn(db, signing)
    db.transaction(() => {
      const resealed = isOther ? rekey(db, { from: [key, ...oldKeysOf(db, keysOf(key))], to: present, at }) : []
      raiseCounters(db, epoch + 1, newest + 1)
      keepRecord(book, at, draft, resealed)
    }).immediate()
    const digest = (text: Json) => digestUnder(keysOf(isOther ? present : key), text)
    const checkpoint = renderCheckpoint(book.head(), at, { digest, signer: signing.signer })
    const { batches, resources } = contentsOf(db, made)
    const unfinished = db.prepare<[], BatchId>("select id from batch where ended is null order by n desc").pluck().all()
    return { batches, resources, unfinished, later: newest - generation, generation: newest + 1, checkpoint }
  })
})

/** One rename decides; before it the old state is in place, after it the new one. */
const swap = (stateFile: string, made: string, aside: string): boolean =>
  onFile("restore", stateFile, () => {
    force(made)
    const replaces = existsSync(stateFile)
    if (replaces) linkSync(stateFile, aside)
    // A log that is still there belongs to the replaced file, and must not meet the new one.
    for (const log of logs) if (existsSync(stateFile + log)) renameSync(stateFile + log, aside + log)
    renameSync(made, stateFile)
    force(dirname(stateFile))
    return replaces
  })

/** An error of what is made of the copy, in the name that the user knows. */
const about = (copy: string, made: string) => (error: StateError): StateError =>
  new StateError({
    ...error,
    detail: error.detail.replaceAll(made, copy),
    hint: error.hint.replaceAll(made, copy)
  })

/** Puts a copy in the place of the state. */
export const restore = Effect.fn("Rescue.restore")(function*(rescuing: Rescuing, stateFile: string, copy: string) {
  if (!existsSync(copy)) return yield* missing(copy)
  yield* reading("restore", () => refuseNetwork(stateFile, typeOf(stateFile)))
  const made = besideOf(stateFile)
  const aside = yield* asideName(stateFile, "replaced")
  const draft = yield* draftedBy(rescuing.signing, { kind: "restore", outcome: "done", detail: `from ${copy}` })
  const files = filesOf(stateFile)
  const work = Effect.gen(function*() {
    // The state stays held while its copy is made ready, and is closed before the swap: its log goes with it.
    const held = yield* Effect.scoped(Effect.gen(function*() {
      const current = yield* holdState(stateFile, rescuing.source)
      yield* reading("restore", () => duplicate(copy, made))
      const making = Effect.scoped(ready({ ...rescuing, stateFile, made, current, draft }))
      return yield* Effect.mapError(making, about(copy, made))
    }))
    const { checkpoint, generation, ...contents } = held
    const replaced = yield* reading("restore", () => swap(stateFile, made, aside))
    yield* reading("restore", () => {
      replaceFile("restore", files.generation, `${generation}\n`)
      replaceFile("restore", files.auditCheckpoint, checkpoint)
    })
    const restored: Restored = { ...contents, ...(replaced ? { aside } : {}) }
    return restored
  })
  return yield* Effect.ensuring(work, Effect.sync(() => removeAll(made)))
})
