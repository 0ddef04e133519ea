/**
 * A rendered resource reads back as what it was made of, whatever its texts hold.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { renderResource } from "../../../src/app/files/RenderResource.ts"
import type { Json } from "../../../src/domain/Document.ts"
import { directoryWith, inWorkspace } from "./Directory.ts"

const texts: ReadonlyArray<string> = [
  "${env.HOME}",
  "$${x} and ${y",
  "$$${",
  "a: b # c",
  "'\"",
  "- x",
  "yes",
  "null",
  "~",
  "0x12",
  "1e5",
  "007",
  "1_000",
  "2026-01-01",
  " leading and trailing ",
  "line\nline\n",
  "\n\n",
  "tab\there",
  "\u0000\u0007\u001b[31m",
  "\u2028\ufeff",
  "%TAG",
  "---",
  "*alias &anchor !tag",
  "<<",
  "@at `tick`",
  "x".repeat(500),
  "",
  "日本 🚀"
]

const spec: { readonly [key: string]: Json } = {
  texts,
  ...Object.fromEntries(texts.filter((one) => !one.includes("${")).map((one) => [`k${one}`, one])),
  numbers: [0, -1, 1.5, 1e21, 9007199254740991],
  truth: [true, false, null],
  empty: [[], {}],
  deep: { a: [{ b: [{ c: {} }] }] },
  same: [{ x: { y: 1 } }, { x: { y: 1 } }]
}

describe("a rendered resource", () => {
  it.live("is what it was", () =>
    Effect.gen(function*() {
      const text = renderResource({
        path: "",
        kind: "thing",
        name: "one",
        spec,
        remarks: ["a remark", "two\nlines: x"]
      })
      assert.isTrue(text.startsWith("# a remark\n# two\n# lines: x\n"))
      const directory = yield* directoryWith({ "amends.yaml": "workspace: a", "resources/one.yaml": text })
      const { resources } = yield* inWorkspace(directory, (workspace) => workspace.load)
      assert.deepStrictEqual(resources.map(({ address }) => String(address)), ["thing.one"])
      assert.deepStrictEqual(resources[0]?.spec, spec)
    }))

  it.live("refers to others as files do", () =>
    Effect.gen(function*() {
      const reference = { $ref: { address: "box.a-1", path: "/id" } }
      const render = (name: string, value: { readonly [key: string]: Json }) =>
        renderResource({ path: "", kind: "box", name, spec: value, remarks: [] })
      const directory = yield* directoryWith({
        "amends.yaml": "workspace: a",
        "resources/a.yaml": render("a-1", {}),
        "resources/b.yaml": render("b", { box: reference, boxes: [{ id: reference }] })
      })
      const { resources } = yield* inWorkspace(directory, (workspace) => workspace.load)
      assert.deepStrictEqual(resources[1]?.spec, { box: reference, boxes: [{ id: reference }] })
    }))
})
