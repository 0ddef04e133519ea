import { describe, expect, it } from "@effect/vitest"
import { Schema } from "effect"
import { SecretIndex } from "../../../src/state/sealing/SecretIndex.ts"

const indexOf = (...values: ReadonlyArray<string>): SecretIndex => {
  const index = new SecretIndex()
  for (const value of values) index.learn(value)
  return index
}

const secret = "pä ss\"wörd+/?"

describe("redacting", () => {
  it.each([
    ["as it is", secret],
    ["inside JSON", JSON.stringify(secret).slice(1, -1)],
    ["inside a URL", encodeURIComponent(secret)],
    ["inside a URL, small escapes", encodeURIComponent(secret).replaceAll(/%../g, (e) => e.toLowerCase())],
    ["inside a form", encodeURIComponent(secret).replaceAll("%20", "+")]
  ])("finds a value %s", (_, form) => {
    expect(indexOf(secret).redact(`before ${form} after`)).toBe("before (sensitive) after")
  })

  it.each([0, 1, 2, 3, 4])("finds a value inside base64 of a longer text, %i bytes in", (offset) => {
    for (const encoding of ["base64", "base64url"] as const) {
      const text = Buffer.from(`${"x".repeat(offset)}${secret}:tail`).toString(encoding)
      expect(indexOf(secret).redact(`Basic ${text}, then`)).toBe("Basic (sensitive), then")
    }
  })

  it.each([1, 2])("finds a value that JSON has escaped %i times, as it is, in a URL and in base64", (times) => {
    const json = Array.from({ length: times }).reduce<string>((text) => JSON.stringify(text), secret)
    for (const offset of [0, 1, 2]) {
      const body = `${"x".repeat(offset)}{"value":${json}}`
      for (const text of [body, encodeURIComponent(body), Buffer.from(body).toString("base64")]) {
        const left = indexOf(secret).redact(`body was ${text}`)
        expect(left).toContain("(sensitive)")
        for (
          const part of [
            "pä ss",
            "wörd",
            "p%C3%A4%20ss",
            "w%C3%B6rd",
            Buffer.from("wörd+").toString("base64").slice(0, 6)
          ]
        ) {
          expect(left).not.toContain(part)
        }
      }
      expect(indexOf(secret).redact(Buffer.from(body).toString("base64"))).toBe("(sensitive)")
    }
  })

  it("finds the beginning of a value in which a text was cut off", () => {
    const index = indexOf("https://hooks.example/abc", "other-one")
    expect(index.redact("refused: https://hooks.exam…")).toBe("refused: (sensitive)…")
    expect(index.redact(`refused: ${encodeURIComponent("https://hooks.exam")}…`)).toBe("refused: (sensitive)…")
    const encoded = Buffer.from(`user:https://hooks.example/abc`).toString("base64").slice(0, -12)
    expect(index.redact(`Basic ${encoded}…`)).toBe("Basic (sensitive)…")
    expect(index.redact("other-one and https…")).toBe("(sensitive) and (sensitive)…")
    expect(index.redact("refused: htt…")).toBe("refused: htt…")
    expect(index.redact("https://elsewhere.example…")).toBe("https://elsewhere.example…")
  })

  it("finds a line of a value that has several", () => {
    const index = indexOf("-- BEGIN\nfirst-line\nsecond-line\n}")
    expect(index.redact("refused: first-line")).toBe("refused: (sensitive)")
    expect(index.redact("refused: }")).toBe("refused: }")
    expect(index.has("first-line")).toBe(false)
  })

  it("finds escapes that a strict encoder makes", () => {
    expect(indexOf("it's(me)!").redact("q=it%27s%28me%29%21&r=1")).toBe("q=(sensitive)&r=1")
  })

  it("joins values that overlap, and replaces each of several", () => {
    const index = indexOf("abcdef", "defghi", "abcd")
    expect(index.redact("1 abcdefghi 2 abcd 3")).toBe("1 (sensitive) 2 (sensitive) 3")
    expect(index.redact("nothing here")).toBe("nothing here")
  })

  it("replaces an encoded word once, however often it holds the value", () => {
    const text = Buffer.from(`${secret};${secret};${secret}`).toString("base64")
    expect(indexOf(secret).redact(`<${text}>`)).toBe("<(sensitive)>")
  })

  it("survives a value that has no URL form", () => {
    expect(indexOf("abc\ud800d").redact("x abc\ud800d y")).toBe("x (sensitive) y")
  })

  it.prop("leaves nothing of a learned value, whatever is around it", [
    Schema.String.check(Schema.isMinLength(4)),
    Schema.String,
    Schema.String
  ], ([value, before, after]) => {
    const index = indexOf(value)
    const text = index.redact(before + value + after)
    expect(text.split("(sensitive)").some((rest) => rest.includes(value))).toBe(false)
    expect(text).toContain("(sensitive)")
  })

  it("tells one of ten thousand values from texts that begin like them", () => {
    const index = indexOf(...Array.from({ length: 10_000 }, (_, n) => `secret-number-${n * 7919}`))
    const text = Array.from({ length: 400 }, (_, n) => `word${n} secret-numb`).join(" ")
    expect(index.isIn(text)).toBe(false)
    expect(index.isIn(`${text} secret-number-${7919 * 9_999}`)).toBe(true)
    expect(index.has("secret-number-7919")).toBe(true)
  })

  it("finds what it learned at any time, however many it learned since", () => {
    const values = Array.from({ length: 700 }, (_, n) => `${String.fromCharCode(0x4e00 + n)}-value-${n}`)
    const index = indexOf(...values)
    expect(values.filter((value) => !index.isIn(`it is ${value}.`))).toEqual([])
  })
})
