/**
 * The merge engine needs nothing but what every browser has: bundled for one it imports nothing, and runs in a realm
 * without Node.
 */
import { assert, it } from "@effect/vitest"
import { fileURLToPath } from "node:url"
import { runInNewContext } from "node:vm"
import { rolldown } from "rolldown"

const entry = fileURLToPath(new URL("../../src/merge/Merge.ts", import.meta.url))

it("amends/merge runs without Node", async () => {
  const bundle = await rolldown({ input: entry, platform: "browser", tsconfig: false, logLevel: "silent" })
  const { output: [chunk] } = await bundle.generate({ format: "iife", name: "merge" })
  await bundle.close()
  assert.deepStrictEqual(chunk.imports, [])
  assert.notMatch(chunk.code, /\brequire\("(?:node:)?\w+"\)|from "node:/)
  const result: unknown = runInNewContext(
    `${chunk.code}
    const { keyed, mergeDocument, mergeStructured, mergeTrees, parseJson, printJson, renderReport } = merge
    const read = (text) => parseJson(text)
    const documents = mergeDocument(
      {
        base: read('{"l":[{"id":1,"v":1.0}]}'),
        ours: read('{"l":[{"id":1,"v":2}]}'),
        theirs: read('{"l":[{"id":1,"v":1.0},{"id":2}]}')
      },
      { "/l": keyed("id") }
    )
    const file = (path, base, ours, theirs) => mergeStructured({ path, base, ours, theirs }).content
    const conflict = mergeDocument({ base: { a: 1 }, ours: { a: 2 }, theirs: { a: 3 } })
    const content = new TextEncoder().encode("x")
    const tree = new Map([["a", { _tag: "file", mode: 0o644, content }]])
    JSON.stringify([
      printJson(documents.document),
      file("a.yaml", "a: 1 # one\\nb: 1\\n", "a: 2 # one\\nb: 1\\n", "a: 1 # one\\nb: 2\\n"),
      file("a.toml", "a = 1 # one\\nb = 1\\n", "a = 2 # one\\nb = 1\\n", "a = 1 # one\\nb = 2\\n"),
      mergeTrees({ base: new Map(), ours: tree, theirs: tree })._tag,
      renderReport(conflict.conflicts).split("\\n")[0]
    ])`,
    { TextDecoder, TextEncoder }
  )
  assert.deepStrictEqual(JSON.parse(String(result)), [
    `{"l":[{"id":1,"v":2},{"id":2}]}`,
    "a: 2 # one\nb: 2\n",
    "a = 2 # one\nb = 2\n",
    "merged",
    "#0 critical edit-edit /a"
  ])
})
