/**
 * A new key for a state whose key is lost. What was sealed under the lost one stays sealed: nobody can open it.
 *
 * The file that held a wrong key is kept aside. The state says the new key before the file does, and a crash between
 * the two is brought to its end by the next opening, as in a rotation.
 */
import type { Database } from "better-sqlite3"
import { Clock, Effect } from "effect"
import { existsSync, renameSync } from "node:fs"
import type { Json } from "../../domain/Document.ts"
import { isOf, keysOf } from "../sealing/Key.ts"
import { adoptNextKey, freshKey, keepNextKey, type KeySource, readKey } from "../sealing/KeyFile.ts"
import { digestUnder } from "../sealing/Sealing.ts"
import { StateError } from "../StateError.ts"
import { keepRecord } from "../storage/AuditBook.ts"
import { onFile } from "../storage/Files.ts"
import { reading } from "../storage/Reading.ts"
import { keepCheckpoint } from "./AuditCheckpoints.ts"
import { bookIn, draftedBy, remarkStubs, type Rescuing } from "./AuditRows.ts"
import { opened } from "./Checked.ts"
import { checkOf, filesOf } from "./Database.ts"
import { holdState } from "./Hold.ts"
import { remarkGaps } from "./Rekey.ts"
import { asideName } from "./Restore.ts"
import { migrate, versionOf } from "./Schema.ts"
import { sqliteFailure } from "./SqliteFailure.ts"

const noState = (path: string): StateError =>
  new StateError({
    reason: "Missing",
    operation: "reset",
    detail: `${path} is not there`,
    hint: "Without a state there is nothing that a key could open; the next apply makes both."
  })

/** A text that is no key at all is as good as a lost one. */
const keyAtHand = (source: KeySource): Uint8Array | undefined => {
  try {
    return readKey(source)
  } catch (cause) {
    if (source.keyText === undefined && cause instanceof StateError && cause.reason === "WrongKey") return undefined
    throw cause
  }
}

const isRight = (db: Database, path: string, key: Uint8Array | undefined): boolean => {
  const check = checkOf(db, versionOf(db, path))
  return key !== undefined && (check === undefined || isOf(keysOf(key), check))
}

const setKey = (db: Database, path: string, key: Uint8Array, record: () => void): void => {
  const keys = keysOf(key)
  db.transaction(() => {
    migrate(db, versionOf(db, path))
    db.exec("delete from old_key")
    remarkGaps(db, keys)
    remarkStubs(db, (text) => digestUnder(keys, text))
    record()
    db.prepare("update meta set key_check = ?").run(keys.check)
  }).immediate()
}

/** Gives the state a new key, unless the one at hand is right. */
export const resetKey = Effect.fn("Rescue.resetKey")(function*(
  { signing, source }: Rescuing,
  stateFile: string
) {
  if (!existsSync(stateFile)) return yield* noState(stateFile)
  yield* holdState(stateFile, source)
  const db = yield* opened(stateFile)
  const aside = yield* asideName(source.keyFile, "replaced")
  const draft = yield* draftedBy(signing, { kind: "key-reset", outcome: "done" })
  const at = yield* Clock.currentTimeMillis
  return yield* reading("reset", () => {
    try {
      const known = keyAtHand(source)
      if (isRight(db, stateFile, known)) return "right" as const
      const inFile = source.keyText === undefined
      const key = inFile || known === undefined ? freshKey() : known
      if (inFile) keepNextKey(source, key)
      setKey(db, stateFile, key, () => keepRecord(bookIn(db, signing), at, draft))
      if (inFile && existsSync(source.keyFile)) {
        onFile("reset", source.keyFile, () => renameSync(source.keyFile, aside))
      }
      if (inFile) adoptNextKey(source)
      const digest = (text: Json) => digestUnder(keysOf(key), text)
      keepCheckpoint({ files: filesOf(stateFile), digest, ...signing }, bookIn(db, signing).head(), at)
      return "reset" as const
    } catch (cause) {
      throw sqliteFailure("reset", stateFile, cause)
    }
  })
})
