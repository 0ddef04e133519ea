import { describe, expect, it } from "vitest"
import type { Document } from "../../src/domain/Document.ts"
import type { BatchId, StepId } from "../../src/domain/Ids.ts"
import { isRemade, updateFinding } from "../../src/executor/Evidence.ts"
import { idempotencyKey } from "../../src/executor/Keys.ts"
import { box, memoryKind, vault } from "../../src/providers/memory/Kinds.ts"

const { kind } = memoryKind({
  name: "box",
  schema: box.kind.schema,
  capabilities: { marker: { field: "/label" } }
})

const [first, second] = [1, 2].map((round) =>
  idempotencyKey({ batch: "b" as BatchId, step: "s" as StepId, call: 1, direction: "forward", generation: 1, round })
)

const labelled = (label: string | undefined): Document => label === undefined ? { name: "n" } : { name: "n", label }

describe("a resource whose marker differs from the one before", () => {
  it("is another one where it bears the marker of another create, or one where there was none", () => {
    expect(isRemade(kind, labelled(first), labelled(second))).toBe(true)
    expect(isRemade(kind, labelled(undefined), labelled(second))).toBe(true)
  })

  it("is the same one where it bears the same, none any more, or what somebody wrote there", () => {
    for (const now of [first, undefined, "", "theirs"]) {
      expect(isRemade(kind, labelled(first), labelled(now)), now).toBe(false)
      expect(isRemade(kind, labelled(first === now ? first : "mine"), labelled(now)), now).toBe(false)
    }
    expect(isRemade(box.kind, labelled(first), labelled(second))).toBe(false)
  })
})

describe("an update of a secret, beside somebody's edit", () => {
  const hiding = memoryKind({ name: "safe", schema: vault.kind.schema, roles: { writeOnly: ["/secret"] } })
  const [one, two] = [{ name: "v", note: "x", secret: "one" }, { name: "v", note: "y", secret: "two" }]
  const found = (before: Document, sent: Document, shown: Document) => [
    updateFinding(vault.kind, { before, sent }, { ...shown, secret: "***" }),
    updateFinding(hiding.kind, { before, sent }, shown)
  ]

  it("is told by what else it wrote, where that is not as before", () => {
    expect(found(one, two, { name: "theirs", note: "y" })).toEqual(["ours-and-more", "ours-and-more"])
    expect(found(one, two, { name: "v", note: "theirs" })).toEqual(["overlap", "overlap"])
  })

  it("may have been carried out where nothing else tells, or what else it wrote is as before", () => {
    const alone = { ...one, secret: "two" }
    expect(found(one, alone, { name: "theirs", note: "x" })).toEqual(["theirs-shown", "theirs-shown"])
    expect(found(one, two, { name: "theirs", note: "x" })).toEqual(["theirs-shown", "theirs-shown"])
    const unknown = { name: "v", note: "x" }
    expect(updateFinding(hiding.kind, { before: unknown, sent: alone }, { name: "theirs", note: "x" })).toBe(
      "theirs-shown"
    )
  })
})
