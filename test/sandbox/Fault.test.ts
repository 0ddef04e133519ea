/**
 * The definitions of faults: what is accepted, and that every problem is named with its place.
 */
import { Result } from "effect"
import { describe, expect, it } from "vitest"
import { type Fault, parseFaults, startSandbox } from "../../src/sandbox/Sandbox.ts"

const problem = (json: unknown): string => {
  const parsed = parseFaults(json)
  return Result.isFailure(parsed) ? parsed.failure.message : "none"
}

describe("definitions of faults", () => {
  it("are taken as they are", () => {
    const faults: ReadonlyArray<Fault> = [
      { act: "status", method: "patch", path: "^/watchlists/\\d+$", nth: 2, times: -1, status: 429, echo: true },
      { act: "statusAfter", headers: { "retry-after": "1" }, body: { any: ["json"] } },
      { act: "delay", ms: 5 }
    ]
    expect(parseFaults(faults)).toEqual(Result.succeed(faults))
  })

  it.each([
    [{}, "faults: expected an array, got an object"],
    [[{}], "faults[0].act: required"],
    [[{ act: "dropBefore" }, { act: "drop" }], "faults[1].act: expected one of status, dropBefore, dropAfter"],
    [[{ act: "status", statsu: 500 }], "faults[0].statsu: unknown field"],
    [[{ act: "status", status: 99 }], "faults[0].status: expected an integer from 200 to 599, got a number"],
    [[{ act: "status", status: "500" }], "faults[0].status: expected an integer from 200 to 599, got text"],
    [[{ act: "status", nth: 0 }], "faults[0].nth: expected an integer of at least 1"],
    [[{ act: "status", times: -2 }], "faults[0].times: expected an integer of at least -1"],
    [[{ act: "status", method: "GRAB" }], "faults[0].method: expected an HTTP method"],
    [[{ act: "status", path: "(" }], "faults[0].path: not a regular expression"],
    [[{ act: "status", headers: { "re try": "1" } }], "faults[0].headers.re try: not a valid header"],
    [[{ act: "status", headers: { "Content-Length": "1" } }], "faults[0].headers.Content-Length: cannot be set"],
    [[{ act: "delay" }], "faults[0].ms: required for delay"],
    [[{ act: "lateLanding" }], "faults[0].ms: required for lateLanding"]
  ])("%j: %s", (json, expected) => {
    expect(problem(json)).toContain(expected)
  })

  it("name all problems at once", () => {
    expect(problem([{ nth: 0 }, { act: "status", ms: -1 }])).toBe(
      "faults[0].act: required; faults[0].nth: expected an integer of at least 1, got a number; "
        + "faults[1].ms: expected an integer from 0 to 86400000, got a number"
    )
  })

  it("are checked when a sandbox starts", async () => {
    const faults = JSON.parse(`[{ "act": "explode" }]`)
    await expect(startSandbox({ faults })).rejects.toMatchObject({ _tag: "SandboxError", reason: "faults" })
  })
})
