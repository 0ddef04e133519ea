/**
 * Keeping the checkpoint beside the state: every so many records, and when a state that was written to is closed.
 *
 * It only ever says how far the trail reached at least, so one that is behind is as true as the newest, and a disk that
 * does not take it fails nothing.
 */
import { Clock, Effect, type Scope } from "effect"
import { Limits } from "../../domain/Limits.ts"
import type { Signer } from "../AuditKey.ts"
import type { Sealer } from "../Sealer.ts"
import { renderCheckpoint } from "../storage/AuditCheckpoint.ts"
import type { ChainHead } from "../storage/Chain.ts"
import { replaceFile } from "../storage/Files.ts"
import type { Store } from "../storage/Store.ts"
import type { StateFiles } from "./Database.ts"

/** How a checkpoint is written. */
export interface Checkpointing {
  readonly files: StateFiles
  readonly digest: Sealer["Service"]["digest"]
  readonly signer?: Signer | undefined
}

/** Writes the checkpoint of a trail. */
export const keepCheckpoint = ({ digest, files, signer }: Checkpointing, head: ChainHead, at: number): void =>
  replaceFile("audit", files.auditCheckpoint, renderCheckpoint(head, at, { digest, signer }))

/** The store, with checkpoints of what is recorded through it. */
export const withCheckpoints: (
  store: Store,
  how: Checkpointing
) => Effect.Effect<Store, never, Scope.Scope> = Effect.fnUntraced(function*(store: Store, how: Checkpointing) {
  const clock = yield* Clock.Clock
  let kept = store.audit.head().n
  const keep = (head: ChainHead): void => {
    try {
      keepCheckpoint(how, head, clock.currentTimeMillisUnsafe())
      kept = head.n
    } catch {
      // The one from before still holds.
    }
  }
  const keepFrom = (behind: number): void => {
    const head = store.audit.head()
    if (head.n - kept >= behind) keep(head)
  }
  yield* Effect.addFinalizer(() => Effect.ignore(Effect.try(() => keepFrom(1))))
  let written = 0
  return {
    ...store,
    commit: (jobs) => {
      const replies = store.commit(jobs)
      written += jobs.reduce((sum, { audit = [] }) => sum + audit.length, 0)
      if (written >= Limits.auditCheckpointEvery) {
        written = 0
        keepFrom(1)
      }
      return replies
    }
  }
})
