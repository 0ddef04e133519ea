/**
 * Where a state file may not live: on a network file system, whose locks and forced writes cannot be relied on. FUSE is
 * refused as a whole, since what is behind it cannot be told.
 */
import { StateError } from "../StateError.ts"
import { networkName } from "../storage/Platform.ts"

/** Throws StateError NetworkFileSystem for such a type. */
export const refuseNetwork = (path: string, type: number): void => {
  const name = networkName(type)
  if (name === undefined) return
  throw new StateError({
    reason: "NetworkFileSystem",
    operation: "open",
    detail: `${path} is on ${name}, where locks and forced writes cannot be relied on`,
    hint: "Set `state:` to a path on a local disk."
  })
}
