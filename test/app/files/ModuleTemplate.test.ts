/**
 * The module that `init --provider NAME` writes: its text is that of a copy that is compiled with everything else, and
 * the copy keeps the rules of the port.
 */
import { Effect, Exit, Scope } from "effect"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { moduleTemplate } from "../../../src/app/ModuleTemplate.ts"
import { moduleContract } from "../../../src/testing.ts"
import { startApi } from "../../providers/described/Api.ts"
import { after, none, oneOf, table } from "../../providers/described/Style.ts"
import { provider } from "../template/house.ts"

const things = () => {
  const all = table()
  return startApi((asked) => {
    const id = after(asked.path, "things")
    if (id === undefined) return none
    if (id !== "") return oneOf(all, id, asked)
    if (asked.method === "GET") return { status: 200, body: [...all.rows.values()] }
    const made = { ...asked.body, id: all.next(), createdAt: "today" }
    all.rows.set(String(made.id), made)
    return { status: 201, body: made }
  })
}

describe("the template of a module", () => {
  it("is the text of a module that is compiled", async () => {
    expect(moduleTemplate).toBe(await readFile(join(import.meta.dirname, "..", "template", "house.ts"), "utf8"))
  })
})

moduleContract("template", {
  runner: { describe, it },
  provider,
  open: async () => {
    const scope = Scope.makeUnsafe()
    const api = await Effect.runPromise(Effect.provideService(things(), Scope.Scope, scope))
    return {
      settings: { baseUrl: api.url },
      writes: () => api.writes().length,
      fault: api.strike,
      close: () => Effect.runPromise(Scope.close(scope, Exit.void))
    }
  },
  examples: [{ kind: "thing", create: { name: "a", size: 3 }, update: { size: 4 } }],
  faults: ["refused", "unauthorized", "throttled", "lostBefore", "lostAfter"]
})
