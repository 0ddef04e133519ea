/**
 * The trial of a kind around its probes: what the throw-away is made of, who is asked, what stays secret, and what is
 * left when it ends in whatever way.
 */
import { readdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import type { JsonObject } from "../../../src/domain/Document.ts"
import type { Handle } from "../../providers/described/Api.ts"
import { openShell } from "../Shell.ts"
import { apiWith } from "../TrialApi.ts"
import { onGround, triedIn } from "../Trials.ts"

const thing = { name: "a thing", note: "x", size: { w: 1 } }

/** A workspace with the kind `thing`. */
const ground = <A>(
  trial: { readonly declared?: ReadonlyArray<JsonObject>; readonly described?: JsonObject },
  use: Parameters<typeof onGround<A>>[1]
) => {
  const { declared = [thing], described = {} } = trial
  return onGround({ kinds: { thing: { path: "/things", ...described } }, handle: apiWith({}).handle, declared }, use)
}

describe("the body", () => {
  const schema = {
    properties: { name: { type: "string" }, size: { type: "integer", minimum: 3 }, kind: { enum: ["a", "b"] } },
    required: ["name", "size", "kind"]
  }

  it("comes from the schema where no file declares one", async () => {
    await ground({ declared: [], described: { schema } }, async ({ api, doctor }) => {
      expect((await doctor("--yes")).code).toBe(0)
      const name = expect.stringMatching(/^amends-doctor-[0-9a-f]{8}$/)
      expect(api.writes()[0]?.body).toEqual({ name, size: 3, kind: "a" })
    })
  })

  it.each<readonly [string, ReadonlyArray<JsonObject>, JsonObject]>([
    ["nothing says what a thing holds: no file declares one, and it has no schema", [], {}],
    ["does not say enough to make one up", [], {
      schema: { properties: { name: {}, x: {} }, required: ["name", "x"] }
    }],
    ["a thing has no field name that could say what it is", [{ title: "t" }], {}],
    ["nothing in a thing could say that it is a throw-away", [{ title: "t" }], { name: "none" }],
    ["the name of a thing, number, is no text", [{ number: 5 }], { name: "/number" }]
  ])("is refused before anything is sent: %s", async (why, declared, described) => {
    await ground({ declared, described }, async ({ api, doctor }) => {
      const { code, stderr } = await doctor("--yes")
      expect([code, stderr, api.asked]).toEqual([7, expect.stringContaining(why), []])
    })
  })

  it("is refused where it refers to what is not there yet", async () => {
    const handle = apiWith({}).handle
    const kinds = { other: { path: "/others" }, thing: { path: "/things" } }
    await onGround({ kinds, handle, declared: [{ ...thing, note: "${other.o.id}" }] }, async ({ doctor, shell }) => {
      const other = { kind: "other", name: "o", spec: { name: "o" } }
      await writeFile(join(shell.root, "resources", "other.json"), JSON.stringify(other))
      const { code, stderr } = await doctor("--yes")
      expect([code, stderr]).toEqual([7, expect.stringContaining("thing.r0 refers to what is not there yet")])
    })
  })
})

describe("secrets", () => {
  const env = { HEADER: "hd-secret-0001", PASSWORD: "pw-secret-0002" }
  const described = { path: "/things", create: { headers: { "X-Tenant": "${env.HEADER}" } } }
  const declared = [{ ...thing, password: "${env.PASSWORD}" }]

  it("are in nothing that is said or kept, also where the server repeats them", async () => {
    const echoing: Handle = ({ body, headers }) => ({
      status: 400,
      body: { error: `not ${String(body["password"])} for ${headers["x-tenant"]}` }
    })
    for (const handle of [apiWith({}).handle, apiWith({ keeps: true }).handle, echoing]) {
      await onGround({ kinds: { thing: described }, handle, declared }, async ({ shell, sit }) => {
        for (const words of [["--yes"], ["--yes", "--json"]]) {
          const { stderr, stdout } = await sit({ env }, ...words)
          expect(stdout).toContain(handle === echoing ? "not (sensitive)" : "${env.HEADER}")
          expect(`${stdout}${stderr}`).not.toMatch(/secret-000/)
        }
        const directory = join(shell.root, ".amends", "trials")
        const notes = await Promise.all(
          (await readdir(directory)).map((name) => readFile(join(directory, name), "utf8"))
        )
        expect(notes.join("")).not.toContain("secret-000")
      })
    }
  })
})

describe("what is asked", () => {
  it("is asked before anything is sent, and only yes is a yes", async () => {
    await ground({}, async ({ api, doctor, sit }) => {
      const nobody = await doctor()
      expect([nobody.code, nobody.stderr]).toEqual([7, expect.stringContaining("there is no terminal")])
      const no = await sit({ answer: "y" })
      expect([no.code, no.stdout]).toEqual([7, expect.stringContaining("Not confirmed; nothing was made.")])
      expect(no.stdout).toMatch(
        /Make a throw-away thing named amends-doctor-[0-9a-f]{8} at shop \(http.* after thing\.r0/
      )
      expect(api.asked).toEqual([])
      expect((await sit({ answer: "yes" })).code).toBe(0)
    })
  })

  it("is refused for a kind that is not described, or not there", async () => {
    await ground({}, async ({ shell }) => {
      const unknown = await shell.run("doctor", "--kind", "thin", "--yes")
      expect([unknown.code, unknown.stderr]).toEqual([7, expect.stringContaining("did you mean")])
    })
    const shell = await openShell()
    const builtIn = await shell.run("doctor", "--kind", "watchlist", "--yes")
    expect([builtIn.code, builtIn.stderr]).toEqual([7, expect.stringContaining("brings it along")])
  })

  it("to stop is done after what was made is removed", async () => {
    await ground({}, async ({ api, sit }) => {
      const hears = (text: string, press: (signal: "SIGINT") => void): void => {
        if (text.includes("Trying thing")) press("SIGINT")
      }
      const { code, stdout } = await sit({ hears }, "--yes")
      expect([code, stdout]).toEqual([3, expect.stringContaining("Interrupted; nothing is left.")])
      expect(api.writes().map(({ method }) => method)).toEqual(["POST", "DELETE"])
    })
  })
})

describe("a second signal", () => {
  it("leaves at once and says what may be left, and how to remove it", async () => {
    await ground({}, async ({ sit }) => {
      const hears = (text: string, press: (signal: "SIGINT") => void): void => {
        if (!text.includes("Trying thing")) return
        press("SIGINT")
        press("SIGINT")
      }
      const { code, stderr, stdout } = await sit({ hears }, "--yes")
      const words =
        /Interrupted; amends-doctor-[0-9a-f]{8} may be left; look for it and remove it with: amends doctor --kind thing/
      expect([code, `${stdout}${stderr}`]).toEqual([4, expect.stringMatching(words)])
    })
  })
})

describe("what is left", () => {
  it("is named, and is gone after the next trial that can remove it", async () => {
    const habits = { keeps: true } as { keeps?: true }
    const { handle, rows } = apiWith(habits)
    await onGround({ kinds: { thing: { path: "/things" } }, handle, declared: [thing] }, async ({ doctor, shell }) => {
      const ended = await doctor("--yes", "--json")
      const { left, name } = triedIn(ended)
      expect([ended.code, left.map(({ what }) => what)]).toEqual([4, [...rows.keys()]])
      expect([...rows.values()].map((row) => row["name"])).toEqual([name, name])
      const plain = await shell.run("doctor")
      expect([plain.code, plain.stdout]).toEqual([1, expect.stringContaining(`may have left ${name}`)])
      delete habits.keeps
      const again = await doctor("--yes")
      expect([again.code, again.stdout]).toEqual([0, expect.stringContaining(`left ${name}; it is removed`)])
      expect([...rows.keys(), ...await readdir(join(shell.root, ".amends", "trials"))]).toEqual([])
      expect((await shell.run("doctor")).code).toBe(0)
    })
  })

  it("is nothing where the answer of the create is lost", async () => {
    const { handle, rows } = apiWith({ loses: true })
    await onGround({ kinds: { thing: { path: "/things" } }, handle, declared: [thing] }, async ({ doctor }) => {
      const { code, stdout } = await doctor("--yes")
      expect(stdout).toContain("makes it without an answer; it was found by its name")
      expect([code, rows.size]).toEqual([0, 0])
    })
  })

  it("is never a resource that a create answers with although it was there before", async () => {
    const { handle, rows } = apiWith({})
    const ask = {
      method: "POST",
      path: ["things"],
      query: new URLSearchParams(),
      headers: {},
      body: thing,
      sent: thing
    }
    const stranger = handle(ask)
    const [before] = rows
    // It knows things by what they hold, not by their names.
    const known: Handle = (asked) => asked.method === "POST" ? stranger : handle(asked)
    await onGround({ kinds: { thing: { path: "/things" } }, handle: known, declared: [thing] }, async (at) => {
      const { code, stdout } = await at.doctor("--yes")
      expect([code, stdout]).toEqual([1, expect.stringContaining("which was there before")])
      expect(at.api.writes().map(({ method }) => method)).toEqual(["POST"])
      expect([...rows]).toEqual([before])
    })
  })

  it("is nothing of what was there before", async () => {
    const { handle, rows } = apiWith({})
    const ask = {
      method: "POST",
      path: ["things"],
      query: new URLSearchParams(),
      headers: {},
      body: thing,
      sent: thing
    }
    handle(ask)
    const before = [...rows]
    await onGround({ kinds: { thing: { path: "/things" } }, handle, declared: [thing] }, async ({ api, doctor }) => {
      expect((await doctor("--yes")).code).toBe(0)
      expect([...rows]).toEqual(before)
      const [id = ""] = rows.keys()
      expect(api.writes().filter(({ path }) => path[1] === id)).toEqual([])
    })
  })
})
