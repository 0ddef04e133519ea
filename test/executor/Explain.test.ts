/** What a failed step says of the values that a server did not keep. */
import { describe, expect, it } from "vitest"
import type { Document } from "../../src/domain/Document.ts"
import { divergedFrom } from "../../src/executor/Explain.ts"
import { vault } from "../../src/providers/memory/Kinds.ts"

const { kind } = vault

const sealer = { redact: (text: string) => text.replaceAll("hunter2", "(sensitive)") }

const detailOf = (paths: ReadonlyArray<string>, sent: Document, found: Document | undefined): string =>
  divergedFrom({ sealer }, { kind, paths, sent, found }).detail

describe("a write that the server does not hold", () => {
  it("is told with what was sent and what is there", () => {
    expect(detailOf(["/until", "/tags"], { until: "2027-01-01T00:00:00Z", tags: ["a"] }, {
      until: "2027-01-01T00:00:00.000Z"
    })).toBe(
      "read back differently at /until: \"2027-01-01T00:00:00.000Z\" rather than \"2027-01-01T00:00:00Z\"\n" +
        "read back differently at /tags: nothing rather than [\"a\"]"
    )
    expect(detailOf([""], { a: 1 }, undefined)).toBe("nothing was read back")
  })

  it("names no secret, nor what the server made of one", () => {
    expect(detailOf(["/secret"], { secret: "one" }, { secret: "ONE" })).toBe("read back differently at /secret")
    expect(detailOf([""], { secret: "one" }, { secret: "ONE" })).toBe(
      "read back differently at the whole of it"
    )
    expect(detailOf(["/note"], { note: "hunter2" }, { note: "HUNTER2" })).toBe("read back differently at /note")
    expect(detailOf(["/note"], { note: "x" }, { note: "hunter2" })).toBe(
      "read back differently at /note: \"(sensitive)\" rather than \"x\""
    )
  })

  it("is told in short", () => {
    expect(detailOf(["/note"], { note: "x".repeat(1_000) }, { note: "y" }).length).toBeLessThan(200)
  })
})
