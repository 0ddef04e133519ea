/**
 * The text of an answer's bytes, compressed or not.
 *
 * Requests name no coding, so a server may choose any (RFC 9110, 12.5.3), and some compress whatever they are asked.
 * What cannot be unpacked becomes a sentence that is no JSON, so that it counts as an answer in words that are not the
 * API's: its bytes, which may hold secrets, are shown nowhere.
 */
import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync, type ZlibOptions } from "node:zlib"

type Unpack = (bytes: Buffer, options: ZlibOptions) => Buffer

/** Some servers mean zlib by `deflate`, as they should, and some the bare stream. */
const inflate: Unpack = (bytes, options) =>
  ((bytes[0] ?? 0) & 15) === 8 && bytes.readUInt16BE() % 31 === 0
    ? inflateSync(bytes, options)
    : inflateRawSync(bytes, options)

const codings: ReadonlyMap<string, Unpack> = new Map([
  ["gzip", gunzipSync],
  ["x-gzip", gunzipSync],
  ["deflate", inflate],
  [
    "br",
    (bytes, { maxOutputLength }) =>
      brotliDecompressSync(bytes, maxOutputLength === undefined ? {} : { maxOutputLength })
  ],
  ["identity", (bytes) => bytes]
])

const isTooLarge = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE"

const unpack = (packed: Buffer, coding: string, bytesMax: number): Buffer | "huge" | "damaged" => {
  let bytes = packed
  for (const one of coding.toLowerCase().split(",").toReversed()) {
    const by = codings.get(one.trim())
    if (by === undefined) return "damaged"
    try {
      bytes = by(bytes, { maxOutputLength: bytesMax })
    } catch (error) {
      return isTooLarge(error) ? "huge" : "damaged"
    }
  }
  return bytes
}

/** Reads the bytes that `content-encoding` tells of; undefined where they unpack to more than `bytesMax`. */
export const textOf = (packed: Buffer, coding: string, bytesMax: number): string | undefined => {
  const bytes = coding === "" || packed.length === 0 ? packed : unpack(packed, coding, bytesMax)
  if (bytes === "huge") return undefined
  if (bytes === "damaged") return `the answer is compressed (${coding}) and cannot be unpacked`
  const text = bytes.toString("utf8")
  return text.startsWith("\uFEFF") ? text.slice(1) : text
}
