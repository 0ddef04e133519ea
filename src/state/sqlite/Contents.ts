/**
 * The table of contents: every document that a head or a version holds, once, by the digest of its text.
 *
 * Heads and versions refer to rows of it. A large text is kept compressed; its digest is over the plain text all the
 * same, and is checked whenever a content is read. The index is over the first digits of a digest only: digests come in
 * no order, and the fewer pages their index has, the fewer a commit has to write. Only pruning takes contents away.
 */
import type { Database } from "better-sqlite3"
import { zstdCompressSync, zstdDecompressSync } from "node:zlib"
import type { Digest } from "../../domain/Ids.ts"
import { Limits } from "../../domain/Limits.ts"
import { type Content, digestOf } from "../storage/Content.ts"
import { unfitHead } from "./Heads.ts"
import { notAsWritten } from "./NotAsWritten.ts"

/** A text as it lies in the table: plain, or compressed. */
export type Packed = string | Buffer

/** A content as it lies in the table. */
export interface ContentRow {
  readonly n: number
  readonly digest: Digest
  readonly body: Packed
}

/** Where contents are referred to: a table, what its rows are found by, and its columns with numbers of contents. */
export const references = [
  { table: "version", key: "n", columns: ["document", "observed"] },
  { table: "head", key: "rowid", columns: ["declared", "observed"] }
] as const

const hexDigits = 12

/** The number that a digest is looked up by: its first digits. Digests that share them are told apart. */
export const keyOf = (digest: Digest): number => Number.parseInt(digest.slice(7, 7 + hexDigits), 16)

/** Makes a text small where that is worth its time. */
export const pack = (text: string): Packed => text.length > Limits.contentPlainMax ? zstdCompressSync(text) : text

const unpack = (body: Packed): string | undefined => {
  if (typeof body === "string") return body
  try {
    return zstdDecompressSync(body).toString("utf8")
  } catch {
    return undefined
  }
}

/** The text of a content, or `undefined` where it is not what was written. */
export const intactText = ({ body, digest }: Pick<ContentRow, "body" | "digest">): string | undefined => {
  const text = unpack(body)
  return text !== undefined && digestOf(text) === digest ? text : undefined
}

/** The text of a content. Throws StateError as Corrupt, naming whose it is. */
export const textOf = (digest: Digest | null, body: Packed | null, whose: string): string => {
  const text = digest === null || body === null ? undefined : intactText({ digest, body })
  if (text !== undefined) return text
  throw notAsWritten(`what ${whose} holds is ${body === null ? "missing" : "not what was written"}`)
}

/** What keeps contents. */
export const contentStatements = (db: Database) => ({
  findContent: db.prepare<[number, Digest], number>("select n from content where key = ? and digest = ?").pluck(),
  addContent: db.prepare<[number, Digest, Packed]>("insert into content (key, digest, body) values (?, ?, ?)")
})

/** Keeps a content, once; answers its number, as text: the driver gives numbers to such columns as `1.0`. */
export const keepContent = (
  { addContent, findContent }: ReturnType<typeof contentStatements>,
  { digest, text }: Content
): string => {
  const key = keyOf(digest)
  return String(findContent.get(key, digest) ?? addContent.run(key, digest, pack(text)).lastInsertRowid)
}

/** Rows that are taken at once from a table that is gone through. */
const portion = 256

/** Goes through a table by its key in portions, so that its rows can be changed on the way. */
function* portionsOf<Row extends { readonly n: number }>(db: Database, select: string, key: string) {
  const next = db.prepare<[number], Row>(`${select} where ${key} > ? order by ${key} limit ${portion}`)
  let rows = next.all(0)
  while (rows.length > 0) {
    yield* rows
    rows = next.all(rows.at(-1)?.n ?? 0)
  }
}

/** Goes through all contents; what is added on the way is not seen for certain. */
export const contentsIn = (db: Database): Iterable<ContentRow> =>
  portionsOf<ContentRow>(db, "select n, digest, body from content", "n")

interface Referring {
  readonly n: number
  readonly first: string | null
  readonly second: string | null
}

/** Puts what another value says in the place of every reference. */
export const refer = (db: Database, instead: (cell: string) => string): void => {
  for (const { columns: [first, second], key, table } of references) {
    const update = db.prepare<[string | null, string | null, number]>(
      `update ${table} set ${first} = ?, ${second} = ? where ${key} = ?`
    )
    const select = `select ${key} as n, ${first} as first, ${second} as second from ${table}`
    for (const row of portionsOf<Referring>(db, select, key)) {
      const [a = null, b = null] = [row.first, row.second].map((cell) => cell === null ? null : instead(cell))
      update.run(a, b, row.n)
    }
  }
}

const holderOf = (db: Database, where: string): string | undefined => {
  const version = db.prepare<[], { id: string; address: string }>(
    `select id, address from version where ${where} limit 1`
  ).get()
  return version === undefined ? undefined : `version ${version.id} of ${version.address}`
}

const missing = (db: Database): string | undefined => {
  const lost = (column: string) => `${column} is not null and cast(${column} as integer) not in (select n from content)`
  const version = holderOf(db, `${lost("document")} or ${lost("observed")}`)
  if (version !== undefined) return version
  const address = db.prepare<[], string>(
    `select address from head where ${lost("declared")} or ${lost("observed")} limit 1`
  ).pluck().get()
  return address === undefined ? undefined : `the head of ${address}`
}

/** Checks some contents after a place, and at the end that none is missing; see `Store`. */
export const checkContents = (db: Database, after: number, count: number) => {
  const rows = db.prepare<[number, number], ContentRow>(
    "select n, digest, body from content where n > ? order by n limit ?"
  ).all(after, count)
  const unfit = rows.find((row) => intactText(row) === undefined)
  const last = rows.at(-1)?.n
  if (unfit !== undefined) {
    const holder = holderOf(db, `document = '${unfit.n}' or observed = '${unfit.n}'`) ?? unfit.digest
    return { unfit: `what ${holder} holds is not what was written` }
  }
  if (last !== undefined) return { last }
  const lost = missing(db)
  const unfitEnd = lost === undefined ? unfitHead(db) : `what ${lost} holds is missing`
  return unfitEnd === undefined ? {} : { unfit: unfitEnd }
}
