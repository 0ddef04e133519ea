/** The state that fails on request: at which write, how, and that anything else leaves the state as it is. */
import { describe, expect, it } from "vitest"
import { stateTrial } from "../../src/main/StateTrial.ts"
import { emptyTables, memoryStore } from "../../src/state/memory/MemoryStore.ts"
import { StateError } from "../../src/state/StateError.ts"

/** What comes of five writes, each with its number: the reason it failed with, or what is kept after it. */
const tried = (setting: string): ReadonlyArray<string | number | undefined> => {
  const store = memoryStore(emptyTables())
  const disturbed = stateTrial({ AMENDS_TEST_STATE: setting })?.(store) ?? store
  return [1, 2, 3, 4, 5].map((n) => {
    try {
      disturbed.keepGeneration(n)
      return store.generationBeside()
    } catch (error) {
      return error instanceof StateError ? `${error.reason} at ${store.generationBeside()}` : "a defect"
    }
  })
}

describe("a state under trial", () => {
  it.each([
    ["3:EIO", [1, 2, "Io at 2", 4, 5]],
    ["3:ENOSPC", [1, 2, "Full at 2", 4, 5]],
    ["3:EIOAfter", [1, 2, "Io at 3", 4, 5]],
    ["4+:ENOSPC", [1, 2, 3, "Full at 3", "Full at 3"]],
    ["9:EIO", [1, 2, 3, 4, 5]]
  ])("by %s fails there and only there", (setting, outcome) => {
    expect(tried(setting)).toEqual(outcome)
  })

  it.each(["", "0:EIO", "3", "3:explode", "x:EIO", "3-:EIO"])("is none by %j", (setting) => {
    expect(stateTrial({ AMENDS_TEST_STATE: setting })).toBeUndefined()
  })

  it("counts writes over every opening, of whatever sort", () => {
    const through = stateTrial({ AMENDS_TEST_STATE: "3:EIO" })
    const tables = emptyTables()
    const open = () => through?.(memoryStore(tables)) ?? memoryStore(tables)
    open().keepGeneration(1)
    const lease = { owner: "o", host: "h", boot: "", space: "", pid: 1, started: "", epoch: 1, expiresMs: 1, lifeMs: 1 }
    expect(open().swapLease(undefined, lease)).toBe(true)
    expect(() => open().commit([])).toThrow("state: the system could not read or write it")
    expect(open().commit([])).toEqual([])
  })

  it("is none without a setting", () => {
    expect(stateTrial({})).toBeUndefined()
  })
})
