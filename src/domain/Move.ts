/**
 * A move: another address for what is managed. The resource itself stays as it is.
 */
import type { Address } from "./Ids.ts"

/** From one address to another of the same kind. */
export interface Move {
  readonly from: Address
  readonly to: Address
}
