import { Effect, type Exit, Option, Tracer } from "effect"
import { describe, expect, it } from "vitest"
import { noteOnSpan, tracerOver } from "../../../src/app/telemetry/Spans.ts"
import { ProviderError } from "../../../src/providers/ProviderError.ts"

const collecting = () => {
  const spans: Array<Tracer.NativeSpan> = []
  const tracer = tracerOver(Tracer.make({
    span: (options) => {
      const span = new Tracer.NativeSpan(options)
      spans.push(span)
      return span
    }
  }))
  return { spans, run: <A, E>(work: Effect.Effect<A, E>) => Effect.runPromiseExit(Effect.withTracer(work, tracer)) }
}

const exitOf = (span: Tracer.NativeSpan | undefined): Exit.Exit<unknown, unknown> | undefined =>
  span?.status._tag === "Ended" ? span.status.exit : undefined

describe("spans of functions", () => {
  it("stay inside, and what is below them hangs below ours", async () => {
    const { run, spans } = collecting()
    const step = Effect.withSpan(Effect.void, "amends.step")
    await run(Effect.withSpan(Effect.withSpan(Effect.withSpan(step, "Inner.b"), "Inner.a"), "amends.batch"))
    expect(spans.map(({ name }) => name)).toEqual(["amends.batch", "amends.step"])
    const [batch, below] = spans
    expect(Option.getOrUndefined(below?.parent ?? Option.none())?.spanId).toBe(batch?.spanId)
  })

  it("pass what is noted within them on to ours", async () => {
    const { run, spans } = collecting()
    const noting = Effect.sync(() => noteOnSpan({ "amends.outcome": "committed" }))
    await run(Effect.withSpan(Effect.withSpan(noting, "Inner.a"), "amends.batch"))
    expect(spans[0]?.attributes.get("amends.outcome")).toBe("committed")
  })
})

describe("a span that fails", () => {
  it("says which error it was, and none of its words", async () => {
    const { run, spans } = collecting()
    const detail = "a server's own words"
    const error = new ProviderError({ reason: "Rejected", provider: "p", request: "POST /x", detail })
    await run(Effect.withSpan(Effect.fail(error), "amends.attempt"))
    await run(Effect.withSpan(Effect.die(new Error(detail)), "amends.attempt"))
    expect(spans.map((span) => String(JSON.stringify(exitOf(span)))).join()).not.toContain(detail)
    expect(exitOf(spans[0])).toMatchObject({
      _tag: "Failure",
      cause: { reasons: [{ error: { name: "ProviderError.Rejected" } }] }
    })
    expect(exitOf(spans[1])).toMatchObject({ _tag: "Failure", cause: { reasons: [{ error: { name: "Defect" } }] } })
  })

  it("is one also where a failure is a value, and was noted", async () => {
    const { run, spans } = collecting()
    await run(Effect.withSpan(Effect.sync(() => noteOnSpan({ "error.type": "StepFailed" })), "amends.step"))
    expect(exitOf(spans[0])?._tag).toBe("Failure")
  })
})
