/**
 * Moves a managed resource to another address, without a remote write; the next plan finds it there.
 *
 * The files are the user's: where they still declare the old address, that is told.
 */
import { Effect, Result } from "effect"
import { leaseLifeMs } from "../domain/Limits.ts"
import type { Move } from "../domain/Move.ts"
import type { Author } from "../domain/Version.ts"
import { Versions } from "../state/Journal.ts"
import type { StateError } from "../state/StateError.ts"
import { refuseUnfinished } from "./ApplyRefusals.ts"
import { type AppError, Refusal } from "./Failure.ts"
import { type Held, holding } from "./Holding.ts"
import { afterMoves, changesOf, refuseMove } from "./Moves.ts"
import { addressIn, overSettings } from "./Session.ts"
import type { StateAccess, StateServices } from "./StateAccess.ts"
import { Workspace, type WorkspaceSettings } from "./Workspace.ts"

/** What is moved; addresses as typed. */
export interface MoveOptions extends Author {
  readonly from: string
  readonly to: string
  readonly leaseTimeoutMs: number
}

/** What was moved, and whether the files say so as well. */
export interface MovedOne extends Move {
  readonly remoteId: string
  readonly files: "follow" | "lag"
}

/** Makes moves durable; answers those that were still to be done. */
export const writeMoves = Effect.fn("Move.writeMoves")(function*(
  moves: ReadonlyArray<Move>,
  lease: Held,
  by: Author
): Effect.fn.Return<ReadonlyArray<Move>, StateError | Refusal, Versions> {
  if (moves.length === 0) return []
  const versions = yield* Versions
  const before = yield* versions.heads
  const { done, heads } = yield* Effect.fromResult(afterMoves(moves, before))
  const changes = changesOf(before, heads)
  if (changes.length > 0) yield* versions.write(lease, by, changes)
  return done
})

/** What files declare that can be read; another problem in them is for `validate` to tell. */
const filesAfter = ({ from, to }: Move): Effect.Effect<MovedOne["files"], never, Workspace> =>
  Effect.flatMap(Workspace, ({ read }) =>
    Effect.map(Effect.result(read), (result) => {
      if (Result.isFailure(result)) return "lag"
      const declared = new Set(result.success.workspace.resources.map(({ address }) => address))
      return declared.has(to) && !declared.has(from) ? "follow" : "lag"
    }))

const moveIn = Effect.fnUntraced(function*(
  { policies }: WorkspaceSettings,
  { from: typedFrom, leaseTimeoutMs, to: typedTo, ...by }: MoveOptions
): Effect.fn.Return<MovedOne, StateError | Refusal, StateServices | Workspace> {
  const move: Move = { from: yield* addressIn(typedFrom), to: yield* addressIn(typedTo) }
  const refused = refuseMove(move)
  if (refused !== undefined) return yield* refused
  const versions = yield* Versions
  const how = { lifeMs: leaseLifeMs(policies.timeoutMs), timeoutMs: leaseTimeoutMs }
  const done = yield* holding(how, (lease) => Effect.andThen(refuseUnfinished, writeMoves([move], lease, by)))
  const head = (yield* versions.heads).find(({ address }) => address === move.to)
  if (done.length > 0 && head !== undefined) {
    return { ...move, remoteId: head.remoteId, files: yield* filesAfter(move) }
  }
  return yield* new Refusal({
    reason: "NotFound",
    summary: "it is not managed",
    detail: `${move.from} is not managed`,
    hint: "see: amends list"
  })
})

/** Moves one resource. */
export const move = (options: MoveOptions): Effect.Effect<MovedOne, AppError, Workspace | StateAccess> =>
  overSettings("write", (settings) => moveIn(settings, options))
