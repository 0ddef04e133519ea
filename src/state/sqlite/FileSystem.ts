/**
 * Where a state file may not live: on a network file system, whose locks and forced writes cannot be relied on.
 *
 * Told by the type that Linux gives in statfs; other platforms give none of these numbers and are not refused. FUSE is
 * refused as a whole, since what is behind it cannot be told.
 */
import { statfsSync } from "node:fs"
import { dirname } from "node:path"
import { StateError } from "../StateError.ts"
import { codeOf } from "../storage/FileFailure.ts"

/** Types of statfs(2) that mean another machine, or that nobody knows. */
const refused: ReadonlyMap<number, string> = new Map([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xff534d42, "CIFS"],
  [0xfe534d42, "SMB"],
  [0x65735546, "FUSE"],
  [0x01021997, "9p"],
  [0x5346414f, "AFS"],
  [0x73757245, "Coda"],
  [0x00c36400, "Ceph"],
  [0x0bd00bd0, "Lustre"],
  [0x01161970, "GFS2"],
  [0x786f4256, "a VirtualBox share"]
])

/** The type of the file system that a path, or the directory it will be made in, is on. */
export const typeOf = (path: string): number => {
  try {
    return statfsSync(path).type
  } catch (cause) {
    const parent = dirname(path)
    if (codeOf(cause) !== "ENOENT" || parent === path) throw cause
    return typeOf(parent)
  }
}

/** Throws StateError NetworkFileSystem for such a type. */
export const refuseNetwork = (path: string, type: number): void => {
  const name = refused.get(type >>> 0)
  if (name === undefined) return
  throw new StateError({
    reason: "NetworkFileSystem",
    operation: "open",
    detail: `${path} is on ${name}, where locks and forced writes cannot be relied on`,
    hint: "Set `state:` to a path on a local disk."
  })
}
