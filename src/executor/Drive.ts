/**
 * Drives steps through a DAG with bounded parallelism and without barriers: a step starts as soon as what it depends
 * on is done. What depends on a step that did not end well is never started.
 */
import { type Cause, Effect, Queue } from "effect"
import type { StepId } from "../domain/Ids.ts"

/** A walk over steps. */
export interface Walk<E> {
  /** In an order in which dependencies come first; ties start in this order. */
  readonly ids: ReadonlyArray<StepId>
  readonly dependsOn: (id: StepId) => ReadonlyArray<StepId>
  readonly parallelism: number
  /** Waited for before each start. */
  readonly admitted: Effect.Effect<void>
  /** Asked before each start; nothing new starts once it says so. */
  readonly stopped: () => boolean
  /** Performs a step; tells whether what depends on it may start. */
  readonly perform: (id: StepId) => Effect.Effect<boolean, E>
}

interface Board {
  readonly waiting: Map<StepId, number>
  readonly dependents: Map<StepId, Array<StepId>>
  active: number
  ready: number
}

const boardOf = <E>(walk: Walk<E>): Board => {
  const known = new Set(walk.ids)
  const waiting = new Map<StepId, number>()
  const dependents = new Map<StepId, Array<StepId>>()
  for (const id of walk.ids) {
    const needs = walk.dependsOn(id).filter((need) => known.has(need))
    waiting.set(id, needs.length)
    for (const need of needs) {
      const list = dependents.get(need)
      if (list === undefined) dependents.set(need, [id])
      else list.push(id)
    }
  }
  return { waiting, dependents, active: 0, ready: 0 }
}

type Ready = Queue.Queue<StepId, Cause.Done>

const offer = (board: Board, ready: Ready, id: StepId): void => {
  board.ready += 1
  Queue.offerUnsafe(ready, id)
}

const release = (board: Board, ready: Ready, done: StepId): void => {
  for (const dependent of board.dependents.get(done) ?? []) {
    const left = (board.waiting.get(dependent) ?? 1) - 1
    board.waiting.set(dependent, left)
    if (left === 0) offer(board, ready, dependent)
  }
}

const worker = Effect.fnUntraced(function*<E>(walk: Walk<E>, board: Board, ready: Ready) {
  while (true) {
    const id = yield* Queue.take(ready)
    board.ready -= 1
    board.active += 1
    yield* walk.admitted
    const goesOn = !walk.stopped() && (yield* walk.perform(id))
    board.active -= 1
    if (goesOn) release(board, ready, id)
    if (board.active === 0 && board.ready === 0) yield* Queue.end(ready)
  }
})

/** Walks all steps; returns when nothing is under way and nothing more can start. */
export const drive = Effect.fnUntraced(function*<E>(walk: Walk<E>): Effect.fn.Return<void, E> {
  if (walk.ids.length === 0) return
  const board = boardOf(walk)
  const ready: Ready = yield* Queue.unbounded<StepId, Cause.Done>()
  for (const id of walk.ids) if (board.waiting.get(id) === 0) offer(board, ready, id)
  const workers = Array.from(
    { length: Math.min(walk.parallelism, walk.ids.length) },
    () => worker(walk, board, ready).pipe(Effect.catchIf((error) => isDone(error), () => Effect.void))
  )
  yield* Effect.all(workers, { concurrency: "unbounded", discard: true }) as Effect.Effect<void, E>
})

const isDone = (error: unknown): boolean =>
  typeof error === "object" && error !== null && "_tag" in error && error._tag === "Done"
