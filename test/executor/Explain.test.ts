/** What a failed step says, without secrets. */
import { describe, expect, it } from "vitest"
import type { Document } from "../../src/domain/Document.ts"
import { divergedFrom, explain } from "../../src/executor/Explain.ts"
import { vault } from "../../src/providers/memory/Kinds.ts"
import { ProviderError } from "../../src/providers/ProviderError.ts"

const { kind } = vault

const sealer = { redact: (text: string) => text.replaceAll("hunter2", "(sensitive)") }

const detailOf = (paths: ReadonlyArray<string>, sent: Document, found: Document | undefined): string =>
  divergedFrom({ sealer }, { kind, paths, sent, found }).detail

describe("an error of a provider", () => {
  it("tells a server that failed from an answer that was lost", () => {
    const facts = { reason: "Ambiguous", provider: "shop", request: "PUT /things/a" } as const
    const failed = explain({ sealer }, new ProviderError({ ...facts, status: 500, detail: "no such command hunter2" }))
    expect(failed).toMatchObject({
      summary: "the server failed",
      detail: "PUT /things/a → 500: no such command (sensitive)",
      applied: "unknown"
    })
    const lost = explain({ sealer }, new ProviderError({ ...facts, detail: "the connection broke" }))
    expect(lost.summary).toBe("the answer was lost")
  })
})

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

  it("names nothing above a secret in a list", () => {
    const lists = { ...kind, roles: { ...kind.roles, sensitive: ["/items/*/secret"] } }
    const [sent, found] = [{ items: [{ secret: "one" }] }, { items: [{ secret: "two" }] }]
    const { detail } = divergedFrom({ sealer }, { kind: lists, paths: ["/items/0", "/items"], sent, found })
    expect(detail).toBe("read back differently at /items/0\nread back differently at /items")
  })

  it("is told in short", () => {
    expect(detailOf(["/note"], { note: "x".repeat(1_000) }, { note: "y" }).length).toBeLessThan(200)
  })
})
