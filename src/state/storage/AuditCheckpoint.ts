/**
 * A checkpoint: how many records the audit trail had, and the link of the last of them, kept outside of the state file.
 *
 * It shows when the file was cut back together with the number and link that it keeps itself. It is marked under the
 * workspace's key, and signed where there is a key for that; a copy that is kept elsewhere shows the most.
 */
import type { Signer } from "../AuditKey.ts"
import type { ChainHead } from "./Chain.ts"

export interface AuditCheckpoint {
  readonly count: number
  readonly link: string
  /** When it was written; milliseconds since the epoch. */
  readonly at: number
  readonly mark: string
  readonly signer?: string
  readonly signature?: string
}

/** What the mark and the signature are of. */
export const checkpointText = ({ at, count, link }: Pick<AuditCheckpoint, "at" | "count" | "link">): string =>
  `amends audit checkpoint ${count} ${link} ${at}`

/** Renders a checkpoint, one line of JSON. */
export const renderCheckpoint = (
  { chain: link, n: count }: ChainHead,
  at: number,
  by: { readonly digest: (text: string) => string; readonly signer?: Signer | undefined }
): string => {
  const text = checkpointText({ count, link, at })
  const signed = by.signer === undefined ? {} : { signer: by.signer.id, signature: by.signer.sign(text) }
  return `${JSON.stringify({ count, link, at, mark: by.digest(text), ...signed } satisfies AuditCheckpoint)}\n`
}

const isText = (value: unknown): value is string => typeof value === "string"
const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isSafeInteger(value)

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const fieldsOf = (text: string): Readonly<Record<string, unknown>> => {
  const value = parsed(text)
  return typeof value === "object" && value !== null ? { ...value } : {}
}

/** Reads a checkpoint; `undefined` for a text that is none. */
export const readCheckpoint = (text: string): AuditCheckpoint | undefined => {
  const { at, count, link, mark, signature, signer } = fieldsOf(text)
  if (!isNumber(count) || !isText(link) || !isNumber(at)) return undefined
  return {
    count,
    link,
    at,
    mark: isText(mark) ? mark : "",
    ...(isText(signer) ? { signer } : {}),
    ...(isText(signature) ? { signature } : {})
  }
}
