import { describe, expect, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { canonicalText, type Document, equalJson, type Json } from "../../../src/domain/Document.ts"
import { sealMark } from "../../../src/domain/Sealed.ts"
import { keysOf } from "../../../src/state/sealing/Key.ts"
import { makeSealer } from "../../../src/state/sealing/Sealing.ts"

const secret = "hook-3f9a:77/xq"
const keys = keysOf(new Uint8Array(32).fill(1))
const sealer = () => makeSealer(keys)
const opened = (value: ReturnType<ReturnType<typeof sealer>["seal"]>, by = sealer()): Json =>
  Effect.runSync(by.open(value))

const channel: Document = {
  name: "ops",
  config: { url: "https://hooks.example/1", tries: 3, on: true, note: null, headers: ["a", "b"] }
}

describe("sealing by path", () => {
  it("seals the leaf a pattern names, and nothing else", () => {
    const sealed = sealer().seal(channel, ["/config/url"])
    expect(sealed).toMatchObject({ name: "ops", config: { tries: 3, on: true, headers: ["a", "b"] } })
    expect(canonicalText(sealed)).not.toContain("hooks.example")
    expect(opened(sealed)).toEqual(channel)
  })

  it("seals every leaf below, of any type, where a pattern names an object", () => {
    const sealed = sealer().seal(channel, ["/config"])
    const text = canonicalText(sealed)
    expect(text.match(/\$sealed/g)).toHaveLength(6)
    expect(text).not.toMatch(/hooks|true|null/)
    expect(opened(sealed)).toEqual(channel)
  })

  it("takes * for any member or element", () => {
    const document = { rows: [{ key: "k1", kept: "x" }, { key: "k2", kept: "y" }] }
    const sealed = sealer().seal(document, ["/rows/*/key"])
    expect(canonicalText(sealed).match(/\$sealed/g)).toHaveLength(2)
    expect(sealed).toMatchObject({ rows: [{ kept: "x" }, { kept: "y" }] })
    expect(opened(sealed)).toEqual(document)
  })

  it("seals everything for the empty pattern", () => {
    expect(canonicalText(sealer().seal(channel, [""])).match(/\$sealed/g)).toHaveLength(7)
  })

  it("seals equal leaves alike and different ones differently", () => {
    const sealed = sealer().seal({ a: "same", b: "same", c: "other" }, [""])
    expect(sealed["a"]).toEqual(sealed["b"])
    expect(sealed["a"]).not.toEqual(sealed["c"])
    expect(sealer().seal({ a: "same" }, [""])["a"]).toEqual(sealed["a"])
  })
})

describe("sealing by value", () => {
  it("seals a text that holds a learned value, as it is or encoded, wherever it stands", () => {
    const by = sealer()
    by.learn([secret])
    const document = {
      plain: `see ${secret}!`,
      url: `https://x/?k=${encodeURIComponent(secret)}`,
      header: `Basic ${Buffer.from(`bob:${secret}`).toString("base64")}`,
      deep: [{ text: JSON.stringify({ k: secret }) }],
      harmless: "hook-3f9a"
    }
    const sealed = by.seal(document, [])
    expect(canonicalText(sealed).match(/\$sealed/g)).toHaveLength(4)
    expect(sealed["harmless"]).toBe("hook-3f9a")
    expect(opened(sealed)).toEqual(document)
  })

  it("seals an object whole when one of its keys gives a secret away", () => {
    const by = sealer()
    by.learn([secret])
    const document = { map: { [secret]: 1, other: 2 } }
    const sealed = by.seal(document, [])
    expect(Object.keys(sealed["map"] as Document)).toEqual([sealMark])
    expect(opened(sealed)).toEqual(document)
  })

  it("seals a number that is a learned value", () => {
    const by = sealer()
    by.learn(["48151623"])
    const sealed = by.seal({ pin: 48151623, count: 4 }, [])
    expect(sealed["count"]).toBe(4)
    expect(opened(sealed)).toEqual({ pin: 48151623, count: 4 })
    expect(sealed["pin"]).toHaveProperty(sealMark)
    expect(by.mask({ pin: 48151623 })).toEqual({ pin: "(sensitive)" })
  })

  it("learns what it opens", () => {
    const sealed = sealer().seal({ token: secret, many: [{ pass: "correct horse" }] }, [""])
    const by = sealer()
    expect(by.redact(`a ${secret} b correct horse`)).toContain(secret)
    opened(sealed, by)
    expect(by.redact(`a ${secret} b correct horse`)).toBe("a (sensitive) b (sensitive)")
    const whole = sealer()
    opened(sealer().seal({ [sealMark]: { inner: [secret, 1] } }, []), whole)
    expect(whole.redact(secret)).toBe("(sensitive)")
  })

  it("ignores values too short to be told from ordinary words", () => {
    const by = sealer()
    by.learn(["", "abc"])
    expect(by.seal({ text: "abc" }, [])).toEqual({ text: "abc" })
    expect(by.redact("abc")).toBe("abc")
  })
})

describe("opening", () => {
  it.effect.prop(
    "answers exactly what was sealed, whatever it was",
    [Schema.Json, Schema.String],
    ([value, word]) =>
      Effect.gen(function*() {
        const by = sealer()
        by.learn([word])
        const document = { value: value as Json, [sealMark]: { [sealMark]: value as Json } }
        for (const patterns of [[], [""], ["/value"]]) {
          expect(equalJson(yield* by.open(by.seal(document, patterns)), document)).toBe(true)
          expect(equalJson(yield* by.open(by.seal({ value: value as Json }, patterns)), { value: value as Json })).toBe(
            true
          )
        }
      })
  )

  it("takes a user's object that looks sealed for what it is", () => {
    const document = { note: { [sealMark]: "v1.AAAA" } }
    expect(opened(sealer().seal(document, []))).toEqual(document)
    const sealed = sealer().seal({ token: secret }, ["/token"])
    expect(opened(sealer().seal(sealed, []))).toEqual(sealed)
  })

  it.effect("fails under another key", () =>
    Effect.gen(function*() {
      const sealed = sealer().seal(channel, ["/config/url"])
      const error = yield* Effect.flip(makeSealer(keysOf(new Uint8Array(32).fill(2))).open(sealed))
      expect(error.reason).toBe("WrongKey")
    }))

  it.effect.each(["v1.", "v1.AAAA", `v1.${"A".repeat(60)}`])(
    "fails for a leaf that was tampered with: %s",
    (text) =>
      Effect.gen(function*() {
        const by = sealer()
        const forged = { ...by.seal({}, []), leaf: { [sealMark]: text } } as ReturnType<typeof by.seal>
        expect((yield* Effect.flip(by.open(forged))).reason).toBe("WrongKey")
      })
  )
})

describe("showing", () => {
  it("masks sealed leaves and learned values", () => {
    const by = sealer()
    by.learn([secret])
    const shown = by.mask({
      sealed: by.seal({ a: "x1x1x1" }, [""]),
      text: `url ${secret} end`,
      key: { [secret]: 1 },
      rest: [1, true, null, "plain"]
    })
    expect(shown).toEqual({
      sealed: { a: "(sensitive)" },
      text: "url (sensitive) end",
      key: "(sensitive)",
      rest: [1, true, null, "plain"]
    })
  })

  it("digests under the key, whatever the order of members", () => {
    const digest = sealer().digest({ a: 1, b: [secret] })
    expect(digest).toMatch(/^hmac:[0-9a-f]{64}$/)
    expect(sealer().digest({ b: [secret], a: 1 })).toBe(digest)
    expect(sealer().digest({ a: 2, b: [secret] })).not.toBe(digest)
    expect(makeSealer(keysOf(new Uint8Array(32).fill(2))).digest({ a: 1, b: [secret] })).not.toBe(digest)
  })
})
