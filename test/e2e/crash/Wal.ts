/**
 * SQLite's write-ahead log as bytes: where its last commit begins, so that a test can tear exactly that one.
 *
 * Format: https://www.sqlite.org/fileformat2.html#walformat. A header of 32 bytes, then frames of 24 bytes and a page;
 * a frame that ends a commit holds the size of the database, any other 0. Frames of an older round have another salt.
 */
const headerBytes = 32
const frameHeaderBytes = 24

/** The offsets at which commits end, in order; empty for an empty log. */
export const commitEnds = (log: Buffer): ReadonlyArray<number> => {
  if (log.length < headerBytes) return []
  const frameBytes = frameHeaderBytes + log.readUInt32BE(8)
  const salt = log.subarray(16, 24)
  const ends: Array<number> = []
  for (let at = headerBytes; at + frameBytes <= log.length; at += frameBytes) {
    if (!log.subarray(at + 8, at + 16).equals(salt)) break
    if (log.readUInt32BE(at + 4) > 0) ends.push(at + frameBytes)
  }
  return ends
}

/** Where the last commit begins and ends. */
export const lastCommit = (log: Buffer): { readonly from: number; readonly to: number } | undefined => {
  const [from = headerBytes, to] = commitEnds(log).slice(-2).length === 2
    ? commitEnds(log).slice(-2)
    : [headerBytes, commitEnds(log).at(-1)]
  return to === undefined ? undefined : { from, to }
}
