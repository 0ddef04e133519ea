/**
 * Styles that many public APIs have in common: JSON Merge Patch, keys in bodies, lists that go on after the last one.
 */
import type { Row } from "./Api.ts"
import { after, none, type Style, table } from "./Style.ts"

const isRow = (value: unknown): value is Row => typeof value === "object" && value !== null && !Array.isArray(value)

/** RFC 7396, as the standard writes it. */
const patched = (target: unknown, patch: unknown): unknown => {
  if (!isRow(patch)) return patch
  const result: Row = isRow(target) ? { ...target } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key]
    else result[key] = patched(result[key], value)
  }
  return result
}

export const mergePatch: Style = {
  says: "JSON Merge Patch",
  kinds: { thing: { path: "/things", update: { headers: { "Content-Type": "application/merge-patch+json" } } } },
  examples: [{
    kind: "thing",
    create: { name: "t", size: { w: 1, inner: { a: 1 } }, tags: ["x"] },
    update: { note: "n", size: { w: 2, h: 3, inner: { a: 1, b: [1] } }, tags: ["y"] }
  }],
  make: () => {
    const all = table()
    return ({ body, headers, method, path }) => {
      const id = after(path, "things")
      if (id === undefined) return none
      if (id === "" && method === "GET") return { status: 200, body: [...all.rows.values()] }
      if (id === "") {
        const made = { size: {}, ...body, id: all.next() }
        all.rows.set(String(made.id), made)
        return { status: 201, body: made }
      }
      const row = all.rows.get(id)
      if (row === undefined) return none
      if (method === "GET") return { status: 200, body: row }
      if (method === "DELETE") return { status: all.rows.delete(id) ? 204 : 404 }
      if (headers["content-type"] !== "application/merge-patch+json") return { status: 415, body: { error: "merge" } }
      all.rows.set(id, patched(row, body) as Row)
      return { status: 200, body: all.rows.get(id) }
    }
  }
}
