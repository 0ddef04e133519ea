/**
 * Checking the audit trail: that each record is what was written and follows the one before it, that none is missing,
 * that it reaches as far as the last checkpoint, and that what it tells of is there and holds what it says.
 *
 * The first record that is wrong is named; what comes after it is not looked at any more. Records are gone through once
 * and versions compared at the end, because a record may say that an earlier one's version was let go.
 */
import { DateTime, Effect } from "effect"
import type { Range, Touched } from "../../domain/Audit.ts"
import type { BatchId, Digest } from "../../domain/Ids.ts"
import type { AuditFault, AuditVerdict } from "../Audit.ts"
import type { CheckSignature } from "../AuditKey.ts"
import type { StateError } from "../StateError.ts"
import { type AuditCheckpoint, checkpointText } from "./AuditCheckpoint.ts"
import { auditLinkOf, type AuditRow, bodyOf, signedText, stubText } from "./AuditRow.ts"
import { noChain, throughChain } from "./Chain.ts"
import { digestOf } from "./Content.ts"
import { reading } from "./Reading.ts"
import type { Store } from "./Store.ts"

/** What the trail is checked with. */
export interface AuditMeans {
  /** Tells whether the workspace's key made a mark. */
  readonly isMarked: (text: string, mark: string) => boolean
  readonly checkSignature?: CheckSignature | undefined
  /** What a signature with a key that nobody named is: wrong where all keys were to be named. */
  readonly otherKeys: "wrong" | "unchecked"
  /** What is known of how far it reached. */
  readonly checkpoint?: { readonly is: AuditCheckpoint; readonly from: "beside" | "elsewhere" } | undefined
}

/** What a record says that a version holds. */
interface Claim {
  readonly record: number
  readonly address: string
  readonly content: Digest | undefined
}

interface Walk {
  readonly means: AuditMeans
  /** Batches that records tell of, and the first record of each. */
  readonly batches: Map<BatchId, number>
  /** Records that a salvage could not save, by the first. */
  readonly lost: ReadonlyMap<number, Range>
  readonly claims: Map<Digest, Claim>
  readonly gone: Set<Digest>
  /** The record before; without a chain where that was lost. */
  previous: { readonly n: number; readonly chain: string | undefined }
  checkpointLink: string | undefined
  stubs: number
  signed: number
  unchecked: number
}

const restoreHint =
  "Compare with a copy: `amends state restore FILE` puts one back. Whoever could write the state file " +
  "did this; records before that number hold."

const fault = (record: number, what: string, hint = restoreHint): AuditFault => ({ record, what, hint })

const faultOfBody = ({ means }: Walk, row: AuditRow): AuditFault | undefined => {
  if (row.body === null) {
    const isOurs = row.mark !== null && means.isMarked(stubText(row), row.mark)
    return isOurs ? undefined : fault(row.n, "its content is gone, and retention did not let it go")
  }
  return digestOf(row.body) === row.digest ? undefined : fault(row.n, "its content is not what was written")
}

const keyHint = "Name all keys that were ever in use, one after the other, in the file of --public-key."

const faultOfSignature = (walk: Walk, row: AuditRow): AuditFault | undefined => {
  const { checkSignature } = walk.means
  if (row.signature === null || row.signer === null) {
    const isExpected = walk.signed > 0 && checkSignature !== undefined
    return isExpected ? fault(row.n, "it is not signed, and records before it are", keyHint) : undefined
  }
  walk.signed += 1
  const found = checkSignature?.(row.signer, signedText(row), row.signature) ?? "unknown"
  if (found === "wrong") return fault(row.n, `its signature is not of the key ${row.signer}`)
  if (found === "unknown" && walk.means.otherKeys === "unchecked") {
    walk.unchecked += 1
    return undefined
  }
  return found === "unknown"
    ? fault(row.n, `it is signed with the key ${row.signer}, which is not known`, keyHint)
    : undefined
}

const isLinked = ({ previous }: Walk, row: AuditRow): boolean =>
  previous.chain === undefined || row.link === auditLinkOf(previous.chain, row)

const faultOf = (walk: Walk, row: AuditRow): AuditFault | undefined => {
  const expected = walk.previous.n + 1
  if (row.n !== expected) {
    const which = row.n === expected + 1 ? "it is missing" : `records ${expected} to ${row.n - 1} are missing`
    return fault(expected, which)
  }
  const wrong = faultOfBody(walk, row)
  if (wrong !== undefined) return wrong
  if (!isLinked(walk, row)) return fault(row.n, "it is not what was written there, or does not belong there")
  return faultOfSignature(walk, row)
}

const claim = (walk: Walk, record: number, { address, content, did, version }: Touched): void => {
  if (version === undefined || did === "pin" || did === "unpin") return
  if (did === "prune" || did === "lost") {
    walk.claims.delete(version)
    walk.gone.add(version)
  } else if (!walk.gone.has(version)) walk.claims.set(version, { record, address, content })
}

const take = (walk: Walk, row: AuditRow): void => {
  walk.previous = { n: row.n, chain: row.link }
  if (row.n === walk.means.checkpoint?.is.count) walk.checkpointLink = row.link
  if (row.batch !== null && !walk.batches.has(row.batch)) walk.batches.set(row.batch, row.n)
  if (row.body === null) walk.stubs += 1
  const { batches = [], touched = [] } = bodyOf(row.body) ?? {}
  for (const one of touched) claim(walk, row.n, one)
  for (const batch of batches) walk.batches.delete(batch)
}

/** Goes over what a salvage lost here. */
const skipLost = (walk: Walk, next: number): void => {
  const range = walk.lost.get(walk.previous.n + 1)
  if (range !== undefined && next > range.last) walk.previous = { n: range.last, chain: undefined }
}

const check = (walk: Walk, rows: ReadonlyArray<AuditRow>): AuditFault | undefined => {
  for (const row of rows) {
    skipLost(walk, row.n)
    const wrong = faultOf(walk, row)
    if (wrong !== undefined) return wrong
    take(walk, row)
  }
  return undefined
}

const timeOf = (at: number): string => DateTime.formatIso(DateTime.makeUnsafe(at))

const faultOfCheckpoint = (walk: Walk): AuditFault | undefined => {
  const { checkpoint, checkSignature, isMarked } = walk.means
  if (checkpoint === undefined) return undefined
  const { from, is } = checkpoint
  const text = checkpointText(is)
  const signed = is.signer === undefined || is.signature === undefined
    ? "unknown"
    : checkSignature?.(is.signer, text, is.signature) ?? "unknown"
  if (signed === "wrong" || (from === "beside" && !isMarked(text, is.mark))) {
    return fault(is.count, "the checkpoint is not one that was written for this state")
  }
  if (walk.previous.n < is.count) {
    const missing = walk.previous.n + 1
    return fault(missing, `the trail ends before it, but had ${is.count} records at ${timeOf(is.at)}: it was cut back`)
  }
  const isHeld = is.count === 0 || walk.checkpointLink === is.link
  return isHeld ? undefined : fault(is.count, `it is not the one that was there at ${timeOf(is.at)}`)
}

const claimsAtOnce = 500

const faultOfClaim = (
  id: Digest,
  { address, content, record }: Claim,
  held: ReadonlyMap<Digest, Digest | undefined>
) => {
  if (!held.has(id)) return fault(record, `version ${id} of ${address}, which it tells of, is not in the state`)
  return held.get(id) === content
    ? undefined
    : fault(record, `version ${id} of ${address} does not hold what the record says`)
}

const faultOfBatches = (walk: Walk, { batches }: Pick<Store, "batches">): AuditFault | undefined => {
  const known = new Set(batches("all").map(({ id }) => id))
  const [missing] = [...walk.batches].filter(([id]) => !known.has(id))
  return missing === undefined
    ? undefined
    : fault(missing[1], `batch ${missing[0]}, which it tells of, is not in the state`)
}

/** Compares what is there with what the records say, the first wrong record first. */
const faultOfContents = Effect.fnUntraced(function*(walk: Walk, store: Pick<Store, "audit" | "batches">) {
  const { audit } = store
  const claims = [...walk.claims]
  let first = yield* reading("verify", () => faultOfBatches(walk, store))
  for (let from = 0; from < claims.length; from += claimsAtOnce) {
    const some = claims.slice(from, from + claimsAtOnce)
    const held = yield* reading("verify", () => audit.contents(some.map(([id]) => id)))
    for (const [id, one] of some) {
      const wrong = faultOfClaim(id, one, held)
      if (wrong !== undefined && wrong.record < (first?.record ?? Number.MAX_SAFE_INTEGER)) first = wrong
    }
    yield* Effect.yieldNow
  }
  return first
})

const lostIn = (salvages: ReadonlyArray<AuditRow>): ReadonlyMap<number, Range> => {
  const ranges = salvages.flatMap(({ body }) => bodyOf(body)?.records ?? [])
  return new Map(ranges.map((range) => [range.first, range] as const))
}

const verdictOf = (walk: Walk, found: AuditFault | undefined): AuditVerdict => ({
  records: walk.previous.n,
  stubs: walk.stubs,
  signed: walk.signed,
  signatures: walk.signed === 0 ? "none" : walk.unchecked === 0 ? "checked" : "unchecked",
  versions: walk.claims.size,
  checkpoint: walk.means.checkpoint === undefined ? "none" : "held",
  ...(found === undefined ? {} : { fault: found })
})

const noSignature = "it is not signed, nor is any before it, although a key was named to check with"

const faultOfEnd = (walk: Walk, head: { readonly n: number; readonly chain: string }): AuditFault | undefined => {
  const { chain, n } = walk.previous
  // Who can write the trail anew and has no key can only leave the signatures out.
  if (n > 0 && walk.signed === 0 && walk.means.otherKeys === "wrong") return fault(n, noSignature, keyHint)
  if (n > head.n || (n === head.n && chain === head.chain)) return faultOfCheckpoint(walk)
  return fault(n + 1, `the last records are missing: ${n} of ${head.n} are there`)
}

/** Checks the whole trail of a store. */
export const verifyTrail: (
  store: Pick<Store, "audit" | "batches">,
  means: AuditMeans
) => Effect.Effect<AuditVerdict, StateError> = Effect.fn("Audit.verify")(function*(
  store: Pick<Store, "audit" | "batches">,
  means: AuditMeans
) {
  const { audit } = store
  // Before the records: what is added meanwhile is then checked as well, and is no missing tail.
  const head = yield* reading("verify", audit.head)
  const walk: Walk = {
    means,
    batches: new Map(),
    lost: lostIn(yield* reading("verify", () => audit.ofKind("salvage"))),
    claims: new Map(),
    gone: new Set(),
    previous: { n: noChain.n, chain: noChain.chain },
    checkpointLink: undefined,
    stubs: 0,
    signed: 0,
    unchecked: 0
  }
  const pass = { operation: "verify", after: audit.after, place: () => walk.previous.n }
  const wrong = (yield* throughChain(pass, (rows) => check(walk, rows))) ?? faultOfEnd(walk, head)
  return verdictOf(walk, wrong ?? (yield* faultOfContents(walk, store)))
})
