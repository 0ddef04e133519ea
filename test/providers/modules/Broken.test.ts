/**
 * Modules that break a rule of the port are told which: when they are opened, and at the border while they run. A
 * write that a defect struck is in doubt, never a failure and never a success.
 */
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import type { Operation } from "../../../src/domain/Change.ts"
import type { Provider } from "../../../src/providers/Provider.ts"
import type { ProviderError } from "../../../src/providers/ProviderError.ts"
import { book, failing, mistakesOf, opened, perform, type Shelf, shelfModule } from "./Shelf.ts"

describe("what a module exports", () => {
  const whole = shelfModule(new Map())
  it.each([
    ["null", null, ["/use: the provider is null, and no object"]],
    ["a function", () => whole, ["/use: the provider is a function, and no object"]],
    ["nothing of it", {}, [
      "/use: the provider has no `version`",
      "/use: the provider has no `kinds`",
      "/use: the provider has no `open`"
    ]],
    ["other types", { ...whole, version: 1, open: {}, horizon: 2 }, [
      "/use: `version` of the provider is not a text",
      "/use: `open` of the provider is not a function",
      "/use: `horizon` of the provider is not a text"
    ]],
    ["a member that is mistyped", { ...whole, setings: {} }, [
      "/use: the provider has a member `setings` that the port does not know"
    ]],
    ["no length of time", { ...whole, horizon: "soon" }, ["/use: `horizon` of the provider is no length of time"]],
    ["no kinds at all", { ...whole, kinds: {} }, ["/use: kinds is empty"]],
    ["no schema of settings", { ...whole, settings: { type: 7 } }, [
      "/use: `settings` of the provider names no type of JSON Schema at /type"
    ]]
  ])("as %s is told", async (_, exported, told) => {
    expect(await mistakesOf(exported)).toEqual(told)
  })

  it("may open as an object of a class", async () => {
    class Opened {
      observe = async () => undefined
      list = async () => []
      send = async () => ({})
      own = "state"
    }
    expect(await mistakesOf({ ...whole, open: () => new Opened() })).toEqual([])
  })

  it("that opens something else, throws, or repeats a setting is told without the setting", async () => {
    expect(await mistakesOf({ ...whole, open: () => 7 })).toEqual(["/use: `open` answers no object"])
    expect(await mistakesOf({ ...whole, open: () => ({ observe: 1, list: async () => [] }) })).toEqual([
      "/use: `observe` of what `open` answers is not a function",
      "/use: what `open` answers has no `send`"
    ])
    const throws = {
      ...whole,
      settings: { properties: { token: { type: "string" } } },
      open: ({ token }: { readonly token: string }) => {
        throw new Error(`cannot log in with ${token}`)
      }
    }
    const [told] = await mistakesOf(throws, { token: "s3cret-token" })
    expect(told).toContain("/use: `open` of the provider threw Error: cannot log in with (secret)")
  })

  it("tells what is wrong with settings at their places, all at once", async () => {
    const module = {
      ...whole,
      settings: {
        required: ["url"],
        properties: { url: { type: "string" }, size: { type: "integer" } },
        additionalProperties: false
      },
      open: (_: object, context: { readonly mistake: (...words: ReadonlyArray<string>) => Error }) => {
        throw context.mistake("/url", "names no house", "write its address")
      }
    }
    const wrong = await mistakesOf(module, { size: "large", colour: "red" })
    expect(wrong.map((one) => one.split(":")[0])).toEqual(expect.arrayContaining(["/url", "/size", "/colour"]))
    expect(await mistakesOf(module, { url: "x" })).toEqual(["/url: names no house"])
    expect((await mistakesOf(whole, { url: "x" })).map((one) => one.split(":")[0])).toEqual(["/url"])
  })
})

describe("a kind of a module that contradicts itself", () => {
  it.each([
    [{ ...book, readonly: ["/id"] }, "/book/readonly is wrong"],
    [{ ...book, identity: { natural: "name" } }, "/book/identity/natural is wrong"],
    [{ ...book, identity: { natural: "/title" } }, "/book/identity /title names the resource, and there is no such"],
    [{ ...book, readOnly: ["/name"] }, "/book/readOnly /name names the resource, and is read-only"],
    [{ ...book, identity: { natural: "/name" }, marker: { field: "/note" } }, "/book/marker is not needed"],
    [{ ...book, mask: "***" }, "/book/mask stands for no secret"],
    [{ ...book, readOnly: ["/pages"], writeOnly: ["/pages"] }, "/book/readOnly/0 /pages is in `writeOnly` as well"],
    [{ ...book, readOnly: ["/pages"], immutable: ["/pages"] }, "/book/readOnly/0 /pages is in `immutable` as well"],
    [{ ...book, update: "none", clearable: ["/pages"] }, "/book/clearable says what updates clear"],
    [{ ...book, update: "none", guard: true }, "/book/update there are no updates"],
    [{ ...book, changeToken: "/rev", clearable: ["/rev"] }, "/book/changeToken is a field that is written"],
    [{ ...book, settles: "soon" }, "/book/settles is wrong"],
    [{ schema: { properties: { a: { type: "text" } } } }, "/book/schema/properties/a/type is no type of JSON Schema"]
  ])("is told: %j", async (words, told) => {
    const mistakes = await mistakesOf(shelfModule(new Map(), { kinds: { book: words } }))
    expect(mistakes.join("\n")).toContain(`/use: kinds ${told}`)
  })

  it("is told with all others at once, and so is a name that is none", async () => {
    const kinds = { "a book": book, other: { ...book, mask: "***" }, third: { ...book, settles: 2 } }
    const mistakes = await mistakesOf(shelfModule(new Map(), { kinds }))
    expect(mistakes.join("\n")).toMatch(/a book[^]*third/)
  })
})

type Part = { readonly [member: string]: unknown }

const asked = (open: Part, request: (provider: Provider) => Effect.Effect<unknown, ProviderError>, kinds: Part = {}) =>
  opened(
    shelfModule(new Map([["1", { name: "a" }]]), { open, kinds: { book: { ...book, ...kinds } } }),
    (provider) =>
      Effect.map(failing(request(provider)), ({ applied, detail, mayLand, reason }) => ({
        reason,
        applied,
        mayLand,
        detail
      }))
  )

const observing = (provider: Provider) => provider.observe("book", "1")
const listing = (provider: Provider) => provider.list("book")

const never = () => new Promise(() => undefined)

class Title {
  readonly text = "a"
}

describe("a read of a module", () => {
  it.each([
    [
      "throws at once",
      {
        observe: () => {
          throw new TypeError("x is no function")
        }
      },
      observing,
      "TypeError: x is no fun"
    ],
    ["rejects with a text", { observe: async () => Promise.reject("later") }, observing, "it threw later"],
    [
      "answers another resource",
      { observe: async () => ({ id: "2", document: {} }) },
      observing,
      "another resource, 2"
    ],
    [
      "answers a number as id",
      { observe: async () => ({ id: 1, document: {} }) },
      observing,
      "answered something else"
    ],
    ["answers no document", { observe: async () => ({ id: "1" }) }, observing, "answered something else"],
    [
      "answers a function",
      { observe: async () => ({ id: "1", document: { a: () => 1 } }) },
      observing,
      "/document/a is a"
    ],
    ["answers a date", { observe: async () => ({ id: "1", document: { a: new Title() } }) }, observing, "is a Title"],
    ["answers not-a-number", { observe: async () => ({ id: "1", document: { a: NaN } }) }, observing, "is NaN"],
    ["answers an Effect", { observe: () => Effect.succeed(undefined) }, observing, "answered an Effect"],
    ["lists no array", { list: async () => ({}) }, listing, "answered no array"],
    [
      "lists one twice",
      { list: async () => [1, 2].map(() => ({ id: "1", document: {} })) },
      listing,
      "answered 1 twice"
    ],
    ["lists what is nothing", { list: async () => [null] }, listing, "answered something else"]
  ])("that %s is an error that says which rule was broken", async (_, open, request, says) => {
    const error = await asked(open, request)
    expect(error).toMatchObject({ reason: "Malformed", applied: "no" })
    expect(error.detail).toContain(says)
    expect(error.detail).toContain("a defect of the provider module")
  })

  it("whose document is in itself is told, and not followed for ever", async () => {
    const document: { [member: string]: unknown } = {}
    document["itself"] = document
    expect((await asked({ observe: async () => ({ id: "1", document }) }, observing)).detail).toContain("in itself")
  })

  it("without the guard that its kind says is told", async () => {
    expect((await asked({}, observing, { guard: true })).detail).toContain("without a guard")
  })

  it("that never ends is given up, and its signal aborted", async () => {
    let signal: AbortSignal | undefined
    const observe = (_: string, __: string, how: { readonly signal: AbortSignal }) => {
      signal = how.signal
      return never()
    }
    const error = await asked({ observe }, observing)
    expect([error.reason, error.detail]).toEqual(["Ambiguous", expect.stringContaining("did not answer within 200 ms")])
    expect(signal?.aborted).toBe(true)
  })
})

const create: Operation = { _tag: "create", desired: { name: "b" } }

const creating = (provider: Provider) => perform(provider, create)

describe("a write of a module", () => {
  it.each([
    [
      "throws at once",
      () => {
        throw new TypeError("x is no function")
      },
      true,
      "TypeError: x is no function"
    ],
    ["throws an unknown reason", async () => Promise.reject({ reason: "Nope", detail: "no" }), true, "it threw"],
    [
      "says that a write is malformed",
      async () => Promise.reject({ reason: "Malformed", detail: "no" }),
      true,
      "threw"
    ],
    ["never ends", never, true, "did not answer within 200 ms"],
    ["names no id", async () => ({}), false, "names no id"],
    ["answers something else", async () => "done", false, "answered something else"],
    ["answers an Effect", () => Effect.succeed({ id: "1" }), false, "answered an Effect"]
  ])("that %s is in doubt", async (_, send, mayLand, says) => {
    const error = await asked({ send }, creating)
    expect(error).toMatchObject({ reason: "Ambiguous", applied: "unknown", mayLand })
    expect(error.detail).toContain(says)
  })

  it("that is about another resource is in doubt", async () => {
    const error = await asked(
      { send: async () => ({ id: "2" }) },
      (provider) => perform(provider, { _tag: "delete", id: "1", from: { name: "a" } })
    )
    expect([error.reason, error.detail]).toEqual(["Ambiguous", expect.stringContaining("another id, 2")])
  })

  it("that throws a failure is what the failure says, whatever it is made of", async () => {
    const failures = [
      { reason: "Rejected", detail: "not so long" },
      Object.assign(new Error("not so long"), { reason: "Rejected" })
    ]
    for (const thrown of failures) {
      const error = await asked({ send: async () => Promise.reject(thrown) }, creating)
      expect(error).toMatchObject({ reason: "Rejected", applied: "no", detail: "not so long" })
    }
  })
})

describe("calls of a module", () => {
  let turn = 0
  it.each([
    ["differ when asked twice", () => [{ body: { turn: turn++ } }], "answered differently when asked twice"],
    ["change what they are given", (_: string, operation: { desired: { name: string } }) => {
      operation.desired.name = "c"
      return []
    }, "threw TypeError"],
    ["throw", () => {
      throw new Error("no idea")
    }, "threw Error: no idea"],
    ["are none", () => [], "answered no call"],
    ["are a promise", async () => [], "answered no array"],
    ["have other members", () => [{ verb: "POST" }], "answered no calls"],
    ["have a body that is no JSON", () => [{ body: { at: new Title() } }], "is a Title"],
    ["do not say what is there between them", () => [{}, {}], "does not say what is there after call 1 of 2"]
  ])("that %s are refused with nothing sent", async (_, calls, says) => {
    let sent = 0
    const send = async () => {
      sent += 1
      return { id: "2" }
    }
    const error = await asked({ calls, send }, creating)
    expect(error).toMatchObject({ reason: "Rejected", applied: "no" })
    expect([error.detail, sent]).toEqual([expect.stringContaining(says), 0])
  })

  it("that are left out send what changed, and nothing where nothing did", async () => {
    const shelf: Shelf = new Map([["1", { name: "a", pages: 3 }]])
    await opened(shelfModule(shelf), (provider) =>
      Effect.gen(function*() {
        const from = { name: "a", pages: 3 }
        expect(provider.calls("book", { _tag: "update", id: "1", from, to: { pages: 3 } })).toEqual([])
        expect(provider.calls("book", { _tag: "update", id: "1", from, to: { name: "a", pages: 4 } })).toEqual([{
          operation: "update",
          method: "PATCH",
          path: "/book/{id}",
          body: { pages: 4 },
          expected: { name: "a", pages: 4 },
          learnsId: false
        }])
        yield* perform(provider, { _tag: "update", id: "1", from, to: { pages: 4 } })
        expect(shelf.get("1")).toEqual({ name: "a", pages: 4 })
        expect(yield* provider.find("book", { "/pages": 4 })).toEqual([{ id: "1", document: { name: "a", pages: 4 } }])
      }))
  })
})
