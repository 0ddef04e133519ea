import { assert, describe, it } from "@effect/vitest"
import { renderGraph } from "../../src/app/GraphView.ts"
import { addresses, declare, ref } from "./Declared.ts"

const resources = [
  declare("ring.end", { box: ref("box.b"), name: { $join: ["x", ref("box.b", "/name"), ref("box.a", "/name")] } }),
  declare("box.b", {}, { dependsOn: addresses("box.a") }),
  declare("box.a")
]

describe("the graph", () => {
  it("is Mermaid, with an arrow from each resource to what it depends on", () => {
    assert.strictEqual(
      renderGraph("mermaid", resources),
      `flowchart LR
  n0["box.a"]
  n1["box.b"]
  n2["ring.end"]
  n1 --> n0
  n2 --> n0
  n2 --> n1
`
    )
  })

  it("is DOT as well", () => {
    assert.strictEqual(
      renderGraph("dot", resources),
      `digraph amends {
  rankdir = LR
  node [shape = box]
  "box.a"
  "box.b"
  "ring.end"
  "box.b" -> "box.a"
  "ring.end" -> "box.a"
  "ring.end" -> "box.b"
}
`
    )
  })

  it("does not depend on the order of the files", () => {
    assert.strictEqual(renderGraph("dot", resources.toReversed()), renderGraph("dot", resources))
  })

  it("of nothing is empty", () => {
    assert.strictEqual(renderGraph("mermaid", []), "flowchart LR\n")
  })
})
