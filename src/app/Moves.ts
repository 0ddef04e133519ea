/**
 * Moves: another address for what is managed, without a remote write.
 *
 * Pure. A head keeps everything but its address; what depends on it follows. It remembers the name that it defaulted
 * to, so that a file that says no name does not rename the resource remotely, and the version it had, so that a plan
 * that was saved before still rests on it.
 */
import { Result } from "effect"
import { equalJson } from "../domain/Document.ts"
import { type Address, kindOf } from "../domain/Ids.ts"
import type { Move } from "../domain/Move.ts"
import type { Head, HeadChange } from "../domain/Version.ts"
import { Refusal } from "./Failure.ts"

/** A head as far as a move knows it: sealed or opened. */
type Movable = Pick<Head, "address" | "remoteId" | "dependsOn" | "version" | "defaultName" | "movedFrom">

/** Heads with their new addresses, and the moves that were still to be done. */
export interface Moved<H extends Movable> {
  readonly heads: ReadonlyArray<H>
  readonly done: ReadonlyArray<Move>
}

const nameOf = (address: Address): string => address.slice(kindOf(address).length + 1)

const refusal = (summary: string, detail: string, hint: string): Refusal =>
  new Refusal({ reason: "Usage", summary, detail, hint })

const both = ({ from, to }: Move): Refusal =>
  refusal(
    "both are managed",
    `${from} cannot become ${to}, which is another managed resource`,
    `let one of them go first, for example with: amends forget ${to}`
  )

/** What cannot be a move whatever is managed. */
export const refuseMove = ({ from, to }: Move): Refusal | undefined => {
  if (from === to) return refusal("nothing to move", `${from} has that address already`, "name another address")
  return kindOf(from) === kindOf(to) ? undefined : refusal(
    "a kind cannot change",
    `${from} is of kind ${kindOf(from)}, and ${to} would be of kind ${kindOf(to)}`,
    "move it to another name of its kind"
  )
}

const renamed = <H extends Movable>(head: H, { from, to }: Move): H => ({
  ...head,
  ...(head.address === from
    ? {
      address: to,
      defaultName: head.defaultName ?? nameOf(from),
      movedFrom: head.movedFrom ?? head.version
    }
    : {}),
  dependsOn: head.dependsOn.map((address) => address === from ? to : address)
})

/** Does the moves that are still to be done, in their order; one that leads to what is managed is refused. */
export const afterMoves = <H extends Movable>(
  moves: ReadonlyArray<Move>,
  heads: ReadonlyArray<H>
): Result.Result<Moved<H>, Refusal> => {
  let now = heads
  const done: Array<Move> = []
  for (const move of moves) {
    if (!now.some(({ address }) => address === move.from)) continue
    if (now.some(({ address }) => address === move.to)) return Result.fail(both(move))
    now = now.map((head) => renamed(head, move))
    done.push(move)
  }
  return Result.succeed({ heads: now, done })
}

const unversioned = ({ version: _version, ...head }: Head): Omit<Head, "version"> => head

/** What moves do to the state: heads under new addresses, none under the old ones, and what depends on them. */
export const changesOf = (before: ReadonlyArray<Head>, after: ReadonlyArray<Head>): ReadonlyArray<HeadChange> => {
  const left = new Set(after.map(({ address }) => address))
  return before.flatMap((was, index): ReadonlyArray<HeadChange> => {
    const is = after[index]
    if (is === undefined || equalJson(is as never, was as never)) return []
    const set: HeadChange = { _tag: "set", head: unversioned(is), origin: "move", parent: was.version }
    if (is.address === was.address) return [{ _tag: "set", head: unversioned(is), origin: "move" }]
    return left.has(was.address) ? [set] : [{ _tag: "drop", address: was.address, origin: "move" }, set]
  })
}
