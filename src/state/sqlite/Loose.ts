/**
 * Contents that nothing refers to once the chosen versions are gone, and letting go of them.
 *
 * A content goes in the transaction that takes the last version that held it, so that a pruning which stops half-way
 * leaves nothing behind. What heads let go of without a version (a refresh) is found where all contents are looked at.
 */
import type { Database } from "better-sqlite3"
import { references } from "./Contents.ts"

/** Which contents are looked at: all, or those of versions that go, which takes a moment only. */
export type Looked = "all" | "of what goes"

/** Columns beside the body, about. */
const rowBytes = 100

const candidates: Readonly<Record<Looked, string>> = {
  "of what goes": ["document", "observed"].map((column) =>
    `insert into temp.loose (n, last)
       select cast(v.${column} as integer), v.n from version v join temp.doomed d on d.n = v.n
       where v.${column} is not null
       on conflict (n) do update set last = max(last, excluded.last);`
  ).join("\n"),
  all: "insert or ignore into temp.loose (n, last) select n, 0 from content;"
}

/** Whose references count: versions that are not chosen, and all heads. */
const stays = { version: "r.n not in (select n from temp.doomed)", head: "true" } as const

const held = references.flatMap(({ columns, table }) =>
  columns.map((column) =>
    `delete from temp.loose where n in (select l.n from ${table} r
       cross join temp.loose l on l.n = cast(r.${column} as integer) where ${stays[table]});`
  )
).join("\n")

const sized = `update temp.loose set bytes =
  (select ${rowBytes} + length(digest) + length(body) from content where content.n = loose.n)`

/** Finds them, given the versions in `temp.doomed`; answers their bytes. */
export const findLoose = (db: Database, looked: Looked): number => {
  db.exec("create temp table if not exists loose (n integer primary key, last integer not null, bytes integer)")
  db.exec("delete from temp.loose")
  db.exec(candidates["of what goes"])
  if (looked === "all") db.exec(candidates.all)
  db.exec(held)
  db.exec(sized)
  return db.prepare<[], number>("select coalesce(sum(bytes), 0) from temp.loose").pluck().get() ?? 0
}

/** Lets go of contents whose last version was at or before a place; answers their bytes. */
export const droppingLoose = (db: Database) => {
  const bytes = db.prepare<[number], number>("select coalesce(sum(bytes), 0) from temp.loose where last <= ?").pluck()
  const drop = db.prepare<[number]>("delete from content where n in (select n from temp.loose where last <= ?)")
  const done = db.prepare<[number]>("delete from temp.loose where last <= ?")
  return (last: number): number => {
    const freed = bytes.get(last) ?? 0
    drop.run(last)
    done.run(last)
    return freed
  }
}
