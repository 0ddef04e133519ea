import { describe, expect, it } from "vitest"
import type { Document } from "../../src/domain/Document.ts"
import type { BatchId, StepId } from "../../src/domain/Ids.ts"
import { isRemade } from "../../src/executor/Evidence.ts"
import { idempotencyKey } from "../../src/executor/Keys.ts"
import { box, memoryKind } from "../../src/providers/memory/Kinds.ts"

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
