import { describe, expect, it } from "vitest"
import { parseTraceParent } from "../../../src/app/telemetry/TraceParent.ts"

const trace = "0af7651916cd43dd8448eb211c80319c"
const span = "b7ad6b7169203331"

describe("a parent", () => {
  it.each([
    [`00-${trace}-${span}-01`, true],
    [`00-${trace}-${span}-00`, false],
    [`00-${trace}-${span}-03`, true],
    // A later version may say more.
    [`01-${trace}-${span}-01-more`, true]
  ])("is read from %s", (text, sampled) => {
    expect(parseTraceParent(text)).toMatchObject({ traceId: trace, spanId: span, sampled })
  })

  it.each([
    undefined,
    "",
    "nonsense",
    `ff-${trace}-${span}-01`,
    `00-${trace}-${span}-01-more`,
    `00-${"0".repeat(32)}-${span}-01`,
    `00-${trace}-${"0".repeat(16)}-01`,
    `00-${trace.toUpperCase()}-${span}-01`,
    `00-${trace.slice(1)}-${span}-01`
  ])("is none in %s", (text) => {
    expect(parseTraceParent(text)).toBeUndefined()
  })
})
