/**
 * How much of one content is in another: by lines, or by pieces of what has none, counted in bytes.
 */

/** A content as counted pieces. */
export interface Pieces {
  readonly size: number
  /** How many bytes stand in pieces of that number. */
  readonly bytes: ReadonlyMap<number, number>
}

const pieceMax = 64

/** Cuts a content after each line feed, and after so many bytes where there is none. */
export const piecesOf = (content: Uint8Array): Pieces => {
  const bytes = new Map<number, number>()
  let hash = 0x811c9dc5
  let length = 0
  const end = (): void => {
    if (length > 0) bytes.set(hash, (bytes.get(hash) ?? 0) + length)
    hash = 0x811c9dc5
    length = 0
  }
  for (const byte of content) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
    length++
    if (byte === 0x0a || length === pieceMax) end()
  }
  end()
  return { size: content.length, bytes }
}

/** The share of the larger of two contents that both have, from 0 to 1; contents of very different size have none. */
export const similarity = (a: Pieces, b: Pieces): number => {
  const larger = Math.max(a.size, b.size)
  if (larger === 0 || Math.min(a.size, b.size) * 2 < larger) return 0
  let common = 0
  for (const [piece, bytes] of a.bytes) common += Math.min(bytes, b.bytes.get(piece) ?? 0)
  return common / larger
}
