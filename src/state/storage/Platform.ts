/**
 * Everything that depends on the platform, in one file: who a process is, whether another lives, and which file systems
 * belong to another machine.
 *
 * All of it is Linux's (/proc, statfs). Elsewhere the answers are empty: death cannot be proven, so leases end by
 * expiry, and no file system is refused.
 */
import { readFileSync, readlinkSync, statfsSync } from "node:fs"
import { hostname } from "node:os"
import { dirname } from "node:path"
import { codeOf } from "./FileFailure.ts"

const known = (read: () => string): string => {
  try {
    return read()
  } catch {
    return ""
  }
}

/** The states of a process that ended and that nobody waited for: where nobody ever does, it is listed for good. */
const ended: ReadonlySet<string> = new Set(["Z", "X"])

/**
 * The start time of a process in ticks since boot, field 22 of its stat; empty where there is no such process, or it
 * ended with all its threads.
 */
export const startOf = (pid: number | "self"): string =>
  known(() => {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8")
    // The second field is the program's name in brackets and may hold anything, brackets and blanks included.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
    const [state = "", threads = "", start = ""] = [fields[0], fields[17], fields[19]]
    return ended.has(state) && threads === "1" ? "" : start
  })

/** The name of this machine. */
export const host: string = hostname()

/** The id of this boot; empty where unknown. */
export const bootId = (): string => known(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim())

/** The namespace that our process ids belong to; empty where unknown. */
export const processSpace = (): string => known(() => readlinkSync("/proc/self/ns/pid"))

/** Types of statfs(2) that mean another machine, or that nobody knows. */
const networks: ReadonlyMap<number, string> = new Map([
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

/** The name of a type of file system that is another machine's, or that nobody knows; `undefined` for a local one. */
export const networkName = (type: number): string | undefined => networks.get(type >>> 0)
