/**
 * The upkeep of an open SQLite state: pruning, copies, a new key, releases from quarantine.
 */
import type { Database } from "better-sqlite3"
import { Clock, Effect } from "effect"
import type { Address } from "../../domain/Ids.ts"
import type { Lease } from "../Leases.ts"
import type { Sealer } from "../Sealer.ts"
import { type Keys, keysOf, parseKey } from "../sealing/Key.ts"
import { adoptNextKey, freshKey, keepNextKey, type KeySource } from "../sealing/KeyFile.ts"
import { StateError } from "../StateError.ts"
import { keepRecord } from "../storage/AuditBook.ts"
import { drafted } from "../storage/AuditDrafts.ts"
import { reading } from "../storage/Reading.ts"
import type { DriftNote, Upkeep } from "../Upkeep.ts"
import { type AuditSigning, bookIn } from "./AuditRows.ts"
import { checkState, contentsOf, opened } from "./Checked.ts"
import { besideOf, copyAside, publish } from "./Copy.ts"
import type { OpenState } from "./Database.ts"
import { namedIn } from "./Named.ts"
import { compact, type Prunable, prunable, prune, underLease } from "./Prune.ts"
import { rekey } from "./Rekey.ts"
import { SameFile } from "./SameFile.ts"

/** An open state with where its key comes from. */
export interface UpkeepOf {
  readonly open: OpenState
  readonly path: string
  readonly source: KeySource
  /** The text of the key that a rotation goes to, where the key is not in a file. */
  readonly newKeyText?: string | undefined
  readonly sealer: Pick<Sealer["Service"], "digest" | "redact">
  /** What is recorded is signed with it. */
  readonly signing: AuditSigning
  /** The state has another key from now on. */
  readonly onRekey: (keys: Keys) => void
}

const noNewKey = new StateError({
  reason: "MissingKey",
  operation: "rotate",
  detail: "the key comes from AMENDS_KEY, and there is no AMENDS_NEW_KEY to go on with",
  hint: "Set AMENDS_NEW_KEY to the new key, e.g. from `openssl rand -hex 32`; afterwards it is the AMENDS_KEY."
})

const nextKey = ({ newKeyText, source }: UpkeepOf): Uint8Array => {
  if (newKeyText !== undefined) return parseKey(newKeyText, "AMENDS_NEW_KEY")
  if (source.keyText !== undefined) throw noNewKey
  return freshKey()
}

/** The file says the new key only once the state does; opening finishes what a crash left in between. */
const rotate = Effect.fn("Upkeep.rotate")(function*(of: UpkeepOf, state: Prunable, lease: Lease) {
  const { open, source } = of
  const at = yield* Clock.currentTimeMillis
  const to = yield* reading("rotate", () => nextKey(of))
  const inFile = source.keyText === undefined
  const draft = yield* state.draft({ kind: "key-rotate", outcome: "done" })
  if (inFile) yield* reading("rotate", () => keepNextKey(source, to))
  yield* underLease(state, lease, () => {
    const resealed = rekey(open.db, { from: [open.key, ...open.old], to, at })
    keepRecord(state.book, at, draft, resealed)
  })
  if (inFile) yield* reading("rotate", () => adoptNextKey(source))
  of.onRekey(keysOf(to))
})

const backup = (of: UpkeepOf) =>
  Effect.fn("Upkeep.backup")(function*(file: string) {
    const made = besideOf(file)
    yield* reading("backup", () => copyAside(of.open.db, made))
    const contents = yield* Effect.scoped(Effect.gen(function*() {
      const db = yield* opened(made)
      yield* checkState(db, made, keysOf(of.open.key))
      return contentsOf(db, made)
    }))
    yield* reading("backup", () => publish(made, file))
    return { ...contents, file }
  })

const releasedIn = (db: Database): ReadonlyMap<Address, number> =>
  new Map(
    db.prepare<[], { address: Address; at: number }>("select address, at from released").all()
      .map(({ address, at }) => [address, at])
  )

const release = Effect.fn("Upkeep.release")(
  function*(state: Prunable, lease: Lease, address: Address, actor: string) {
    const at = yield* Clock.currentTimeMillis
    const draft = yield* state.draft({ kind: "release", outcome: "done", actor, touched: [{ address, did: "none" }] })
    yield* underLease(state, lease, () => {
      state.db.prepare("insert or replace into released (address, at, actor) values (?, ?, ?)").run(address, at, actor)
      keepRecord(state.book, at, draft)
    })
  }
)

const lastDrift = (db: Database): DriftNote | undefined => {
  const text = db.prepare<[], string | null>("select drift from meta").pluck().get() ?? null
  return text === null ? undefined : JSON.parse(text) as DriftNote
}

const noteDrift = (state: Prunable, note: DriftNote): void => {
  state.assertFile()
  state.db.prepare<[string]>("update meta set drift = ?").run(JSON.stringify(note))
}

/** The upkeep of an open state. */
export const sqliteUpkeep = (of: UpkeepOf): Upkeep["Service"] => {
  const { open: { db }, path, sealer, signing } = of
  const same = new SameFile(path)
  const state: Prunable = {
    db,
    path,
    digest: sealer.digest,
    book: bookIn(db, signing),
    draft: (deed) => drafted({ store: { audit: signing }, redact: sealer.redact }, deed),
    assertFile: () => same.assertFile()
  }
  return {
    prunable: (pruning) => prunable(state, pruning),
    prune: (lease, pruning) => prune(state, lease, pruning),
    compact: compact(state),
    named: reading("prune", () => namedIn(db)),
    backup: backup(of),
    rotate: (lease) => rotate(of, state, lease),
    released: reading("released", () => releasedIn(db)),
    lastDrift: reading("drift", () => lastDrift(db)),
    noteDrift: (note) => reading("drift", () => noteDrift(state, note)),
    release: (lease, address, actor) => release(state, lease, address, actor)
  }
}

const nothingGone = { versions: 0, batches: 0, entries: 0, bytes: 0, whole: true }

const noState = new StateError({
  reason: "Missing",
  operation: "upkeep",
  detail: "this workspace has no state file",
  hint: "It is made by the first apply. To put a copy in its place: `amends state restore FILE`."
})

/** The upkeep of a workspace that has no state. */
export const noUpkeep: Upkeep["Service"] = {
  prunable: () => Effect.succeed(nothingGone),
  prune: () => Effect.succeed(nothingGone),
  compact: Effect.succeed(0),
  named: Effect.succeed(new Set()),
  backup: () => Effect.fail(noState),
  rotate: () => Effect.fail(noState),
  released: Effect.succeed(new Map()),
  lastDrift: Effect.undefined,
  noteDrift: () => Effect.void,
  release: () => Effect.fail(noState)
}
