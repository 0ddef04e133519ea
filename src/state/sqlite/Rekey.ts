/**
 * A new key for a state: what heads and versions hold is sealed anew, the log stays as it was written.
 *
 * The chain is over sealed bytes, so an entry cannot be sealed anew without breaking it (docs/adr/0013). The keys it
 * was sealed under are kept in the state, sealed under the new one, until pruning has let go of what needs them. Heads
 * and versions are compared by their sealed text, so they have to be under the key that new ones are sealed under.
 */
import type { Database } from "better-sqlite3"
import type { Touched } from "../../domain/Audit.ts"
import { canonicalText, isArray, isObject, type Json } from "../../domain/Document.ts"
import type { Address, Digest } from "../../domain/Ids.ts"
import { sealMark } from "../../domain/Sealed.ts"
import { mapItems, mapMembers } from "../sealing/Kept.ts"
import { type Keys, keysOf } from "../sealing/Key.ts"
import { openLeaf, sealedTextOf, sealLeaf } from "../sealing/Leaf.ts"
import { digestUnder } from "../sealing/Sealing.ts"
import { digestOf } from "../storage/Content.ts"
import { type Gap, gapText } from "../storage/Row.ts"
import { remarkStubs } from "./AuditRows.ts"
import { contentsIn, intactText, keyOf, pack, type Packed } from "./Contents.ts"

/** From which keys to which; the first of the old ones is the one in use until now. */
export interface Rekeying {
  readonly from: ReadonlyArray<Uint8Array>
  readonly to: Uint8Array
  /** Milliseconds since the epoch. */
  readonly at: number
}

const openUnder = (keys: ReadonlyArray<Keys>, sealed: string): Json | undefined => {
  for (const one of keys) {
    try {
      return openLeaf(one, sealed)
    } catch {
      continue
    }
  }
  return undefined
}

/** Seals every leaf anew; one that none of the keys opens stays as it is. */
const resealed = (from: ReadonlyArray<Keys>, to: Keys, value: Json): Json => {
  const sealed = sealedTextOf(value)
  if (sealed !== undefined) {
    const opened = openUnder(from, sealed)
    return opened === undefined ? value : sealLeaf(to, opened)
  }
  if (isArray(value)) return mapItems(value, (item) => resealed(from, to, item))
  return isObject(value) ? mapMembers(value, (member) => resealed(from, to, member)) : value
}

/** Heads and versions refer to their contents by number: those are sealed anew where they lie. */
const resealContents = (db: Database, reseal: (text: string) => string): ReadonlyMap<number, Digest> => {
  const digests = new Map<number, Digest>()
  const update = db.prepare<[number, string, Packed, number]>(
    "update content set key = ?, digest = ?, body = ? where n = ?"
  )
  for (const row of contentsIn(db)) {
    const text = intactText(row)
    if (text === undefined || !text.includes(sealMark)) continue
    const after = reseal(text)
    const digest = digestOf(after)
    if (digest === row.digest) continue
    update.run(keyOf(digest), digest, pack(after), row.n)
    digests.set(row.n, digest)
  }
  return digests
}

/** Marks the gaps anew, since a mark says that the holder of the key made it. */
export const remarkGaps = (db: Database, keys: Keys): void => {
  const mark = db.prepare<[string, number]>("update gap set mark = ? where first = ?")
  for (const gap of db.prepare<[], Gap>("select first, last, chain, mark from gap").all()) {
    mark.run(digestUnder(keys, gapText(gap)), gap.first)
  }
}

/** The keys that older rows need, under the new one; the oldest comes first. */
const keepOldKeys = (db: Database, keys: Keys, { at, from }: Rekeying): void => {
  db.exec("delete from old_key")
  const add = db.prepare<[string, number]>("insert into old_key (sealed, retired_at) values (?, ?)")
  for (const key of from.toReversed()) {
    add.run(sealedTextOf(sealLeaf(keys, Buffer.from(key).toString("hex"))) ?? "", at)
  }
}

/** The versions whose content was sealed anew, and its digest since then. */
const resealedIn = (db: Database, contents: ReadonlyMap<number, Digest>): ReadonlyArray<Touched> => {
  const versions = db.prepare<[], { address: Address; id: Digest; document: string }>(
    "select address, id, document from version where document is not null order by n"
  )
  return Array.from(versions.iterate()).flatMap(({ address, document, id }): ReadonlyArray<Touched> => {
    const content = contents.get(Number(document))
    return content === undefined ? [] : [{ address, did: "reseal", version: id, content }]
  })
}

/** Gives the state its new key; runs inside the caller's transaction. Answers the versions that were sealed anew. */
export const rekey = (db: Database, rekeying: Rekeying): ReadonlyArray<Touched> => {
  const to = keysOf(rekeying.to)
  const from = rekeying.from.map(keysOf)
  const reseal = (text: string): string => canonicalText(resealed(from, to, JSON.parse(text) as Json))
  const contents = resealContents(db, reseal)
  keepOldKeys(db, to, rekeying)
  remarkGaps(db, to)
  remarkStubs(db, (text) => digestUnder(to, text))
  db.prepare("update meta set key_check = ?").run(to.check)
  return resealedIn(db, contents)
}
