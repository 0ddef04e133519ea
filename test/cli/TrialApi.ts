/**
 * An API with habits: a conventional one that differs in what a test says, so that each probe of a trial meets each of
 * its answers.
 */
import type { Asked, Handle, Row, Told } from "../providers/described/Api.ts"
import { after, merged, none, stale, table, taken, wrong } from "../providers/described/Style.ts"

/** How it differs. */
export interface Habits {
  /** A create with a known key answers as before; or one of a known name, whatever its key. */
  readonly once?: "by key" | "by name"
  readonly unique?: true
  /** A PUT to an unknown id makes one. */
  readonly puts?: true
  readonly etag?: "honoured" | "ignored" | "constant" | "demanded"
  /** A write has to repeat the version, or may leave it out. */
  readonly version?: true
  /** A DELETE that says more than which one is refused. */
  readonly bare?: true
  readonly stamps?: true
  /** What a second DELETE is answered with, and a read of what is gone. */
  readonly goneAs?: number
  readonly soft?: true
  /** Nothing can be deleted. */
  readonly keeps?: true
  /** What a write of fields makes of them. */
  readonly makes?: (row: Row) => Row
  readonly shows?: (row: Row) => Row
  /** What a change comes to. */
  readonly changes?: "refused" | "ignored" | "replaces"
  /** A list has names only. */
  readonly excerpts?: true
  /** How many reads of one resource come too early. */
  readonly lags?: number
  /** Where a create is answered with an error although it was done. */
  readonly loses?: true
}

/** The API and what is on it. */
export interface HabitApi {
  readonly handle: Handle
  readonly rows: ReadonlyMap<string, Row>
}

const isStale = (habits: Habits, { body, headers }: Asked, row: Row): Told | undefined => {
  const said = headers["if-match"]
  if (habits.etag === "demanded" && said === undefined) return { status: 428, body: { error: "say what it rests on" } }
  const isGuarded = habits.etag === "honoured" || habits.etag === "demanded"
  if (isGuarded && said !== undefined && said !== `"${String(row["rev"])}"`) return stale
  return habits.version === true && body["version"] !== undefined && body["version"] !== row["version"]
    ? taken
    : undefined
}

/** Makes an API with habits; its collection is `things`. */
export const apiWith = (habits: Habits): HabitApi => {
  const { next, rows } = table()
  const answers = new Map<string, Told>()
  let early = habits.lags ?? 0
  const show = (row: Row): Row => (habits.shows ?? ((one) => one))(row)
  const listed = (row: Row): Row => habits.excerpts === true ? { id: row["id"], name: row["name"] } : show(row)
  const told = (status: number, row: Row): Told => {
    const { rev, ...shown } = show(row)
    const tag = habits.etag === "constant" ? "same" : String(rev)
    return { status, body: shown, headers: habits.etag === undefined ? {} : { etag: `"${tag}"` } }
  }
  const stamp = (row: Row): Row => {
    const rev = next()
    return {
      ...row,
      rev,
      ...(habits.stamps === true ? { updatedAt: `t${rev}` } : {}),
      ...(habits.version === true ? { version: rev } : {})
    }
  }
  const store = (id: string | number, row: Row): Row => {
    const made = stamp({ ...(habits.makes ?? ((one) => one))(row), id })
    rows.set(String(id), made)
    return made
  }
  const create = ({ body, headers }: Asked): Told => {
    const namesake = [...rows.values()].find((row) => row["name"] === body["name"] && row["deleted"] !== true)
    if (habits.once === "by name" && namesake !== undefined) return told(200, namesake)
    if (habits.unique === true && namesake !== undefined) return taken
    const key = headers["idempotency-key"] ?? ""
    const before = habits.once === "by key" ? answers.get(key) : undefined
    const answer = before ?? told(201, store(next(), body))
    answers.set(key, answer)
    return habits.loses === true ? { status: 500, body: { error: "lost" } } : answer
  }
  const change = (asked: Asked, id: string, row: Row): Told => {
    if (habits.changes === "refused") return wrong("not that")
    if (habits.changes === "ignored") return told(200, row)
    const { version: _, ...body } = asked.body
    return told(
      200,
      store(row["id"] as number, habits.changes === "replaces" ? body : merged(rows.get(id) ?? {}, body))
    )
  }
  const gone: Told = habits.goneAs === undefined ? none : { status: habits.goneAs, body: { error: "gone" } }
  return {
    rows,
    handle: (asked) => {
      const { body, method, path } = asked
      const id = after(path, "things")
      if (id === undefined) return none
      const wanted = asked.query.get("name")
      if (wanted !== null) {
        return { status: 200, body: [...rows.values()].filter((row) => row["name"] === wanted).map(listed) }
      }
      if (id === "") return method === "GET" ? { status: 200, body: [...rows.values()].map(listed) } : create(asked)
      const row = rows.get(id)
      if (row !== undefined && method === "GET" && early-- > 0) return none
      if (row === undefined && method === "PUT" && habits.puts === true) return told(201, store(id, body))
      if (row === undefined || (row["deleted"] === true && method !== "GET")) return method === "PUT" ? none : gone
      if (method === "GET") return told(200, row)
      if (method === "DELETE" && habits.bare === true && asked.sent !== undefined) return wrong("no body")
      const refused = isStale(habits, asked, row)
      if (refused !== undefined) return refused
      if (method === "PATCH") return change(asked, id, row)
      if (method !== "DELETE" || habits.keeps === true) return { status: 403, body: { error: "not allowed" } }
      if (habits.soft === true) rows.set(id, { ...row, deleted: true })
      else rows.delete(id)
      return { status: 204 }
    }
  }
}
