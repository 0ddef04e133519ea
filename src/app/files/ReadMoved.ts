/**
 * The key `moved` of `amends.yaml`: addresses that were renamed in the files.
 *
 * What is no move in itself is told with its place; whether anything is still to be moved is for the state to say.
 */
import { isArray, isObject, type Json } from "../../domain/Document.ts"
import { type Address, parseAddress } from "../../domain/Ids.ts"
import type { Move } from "../../domain/Move.ts"
import type { Path } from "../../domain/Pointer.ts"
import { refuseMove } from "../Moves.ts"

type Tell = (path: Path, part: "key" | "value", message: string, hint: string) => void

const moveIn = (value: Json): Move | undefined => {
  const { from, to } = isObject(value) ? value : {}
  if (typeof from !== "string" || typeof to !== "string") return undefined
  return parseAddress(from) === undefined || parseAddress(to) === undefined
    ? undefined
    : { from: from as Address, to: to as Address }
}

/** Reads the moves; the schema has checked their shape. */
export const readMoved = (tell: Tell, value: Json | undefined): ReadonlyArray<Move> => {
  const moves: Array<Move> = []
  for (const [index, item] of (isArray(value) ? value : []).entries()) {
    const move = moveIn(item)
    const refused = move === undefined ? undefined : refuseMove(move)
    const twice = moves.find((other) => other.from === move?.from || other.to === move?.to)
    if (refused !== undefined) tell(["moved", String(index)], "value", refused.detail, refused.hint)
    else if (twice !== undefined) {
      const detail = `${twice.from} becomes ${twice.to} already`
      tell(["moved", String(index)], "value", detail, "an address is left once, and reached once")
    } else if (move !== undefined) moves.push(move)
  }
  return moves
}
