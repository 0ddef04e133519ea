/**
 * Paths of managed files: from the root, with slashes, and in one way only, so that a path is the file's identity.
 *
 * A path that could lead out of the root, that can be written in two ways, or that is amends' own is refused before
 * anything is looked at. Pure.
 */

/** What amends keeps beside managed files begins with this, and so is no managed file. */
export const ownPrefix = ".amends"

/** Longest name of a file that Linux knows; bytes. */
const nameBytesMax = 255

const faults: ReadonlyArray<readonly [says: string, is: (path: string, parts: ReadonlyArray<string>) => boolean]> = [
  ["is empty", (path) => path === ""],
  ["begins with /, but is to be inside the root", (path) => path.startsWith("/")],
  ["holds a character that no path may have", (path) => path.includes("\0") || !path.isWellFormed()],
  ["leads elsewhere with . or ..", (_, parts) => parts.some((part) => part === "." || part === "..")],
  ["has an empty part: // or a / at its end", (_, parts) => parts.includes("")],
  [`belongs to amends: a part begins with ${ownPrefix}`, (_, parts) => parts.some((part) => isOwn(part))],
  ["has a part that is too long", (_, parts) => parts.some((part) => Buffer.byteLength(part) > nameBytesMax)]
]

/** Tells whether a name is one that amends keeps for itself. */
export const isOwn = (name: string): boolean => name.startsWith(ownPrefix)

/** The parts of a path. */
export const partsOf = (path: string): ReadonlyArray<string> => path.split("/")

/** What is wrong with a path, if anything. */
export const faultOf = (path: string): string | undefined => {
  const parts = partsOf(path)
  return faults.find(([, is]) => is(path, parts))?.[0]
}
