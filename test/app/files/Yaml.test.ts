import { assert, describe, it } from "@effect/vitest"
import { parseAnyYaml, type ParsedText, parseJson, parseYaml } from "../../../src/app/files/Yaml.ts"
import { Limits } from "../../../src/domain/Limits.ts"

const values = ({ documents }: ParsedText) => documents.map(({ value }) => value)
const faults = (parsed: ParsedText) => parsed.faults.map(({ at, message }) => `${at} ${message}`)

describe("YAML", () => {
  it("is read by the core schema of 1.2, whatever its directive says", () => {
    const parsed = parseYaml("%YAML 1.1\n---\na: [yes, on, 0o17, 0x1f, 1e3, ~, true, 2001-12-14, 1_000]\n")
    assert.deepStrictEqual(values(parsed), [{ a: ["yes", "on", 15, 31, 1000, null, true, "2001-12-14", "1_000"] }])
    assert.deepStrictEqual(parsed.faults, [])
  })

  it("has documents, of which empty ones are skipped", () => {
    assert.deepStrictEqual(values(parseYaml("")), [])
    assert.deepStrictEqual(values(parseYaml("---\n# a\n---\na: 1\n...\n---\n")), [{ a: 1 }])
    assert.deepStrictEqual(values(parseYaml("null\n")), [null])
  })

  it("keeps the key __proto__ as any other", () => {
    const [value] = values(parseYaml("__proto__: { polluted: 1 }\n"))
    assert.deepStrictEqual(Object.keys(value ?? {}), ["__proto__"])
    assert.isUndefined(({} as { readonly polluted?: number }).polluted)
  })

  it("refuses keys that are no text, stand twice, or merge", () => {
    assert.deepStrictEqual(faults(parseYaml("1: a\n")), ["0 a key has to be a text"])
    assert.deepStrictEqual(faults(parseYaml("a: 1\n[b]: 2\n")), ["5 a key has to be a text"])
    assert.deepStrictEqual(faults(parseYaml("a: 1\nb: 2\na: 3\n")), ["10 this key stands twice in one object"])
    assert.deepStrictEqual(faults(parseYaml("a: &x { b: 1 }\nc:\n  <<: *x\n")), [
      "20 merge keys (<<) are not supported"
    ])
    assert.deepStrictEqual(values(parseYaml("\"<<\": 1\n\"1\": 2\n")), [{ "<<": 1, "1": 2 }])
  })

  it("refuses numbers that would lose digits, and takes them as quoted", () => {
    const lost = "this number would lose digits: whole numbers are exact up to 2^53"
    assert.deepStrictEqual(faults(parseYaml("a: 9007199254740993\nb: -12345678901234567890\n")), [
      `3 ${lost}`,
      `23 ${lost}`
    ])
    assert.deepStrictEqual(faults(parseYaml("a: 12345678901234567890.5\nb: 0x20000000000001\n")), [
      `3 ${lost}`,
      `29 ${lost}`
    ])
    assert.deepStrictEqual(
      values(
        parseYaml("[9007199254740991, 1000000000000000000, 1e21, 0.1, 3.141592653589793238, \"9007199254740993\"]")
      ),
      [[9007199254740991, 1e18, 1e21, 0.1, Math.PI, "9007199254740993"]]
    )
    const infinite = "infinity and not-a-number have no form in JSON"
    assert.deepStrictEqual(faults(parseYaml("[.inf, .nan, 1e999]")), [
      `1 ${infinite}`,
      `7 ${infinite}`,
      `13 ${infinite}`
    ])
  })

  it("expands aliases, of which the last anchor of the name is meant", () => {
    assert.deepStrictEqual(values(parseYaml("a: &x [1, { b: &y 2 }]\nc: *x\nd: *y\ne: &x 3\nf: *x\n")), [
      { a: [1, { b: 2 }], c: [1, { b: 2 }], d: 2, e: 3, f: 3 }
    ])
    assert.deepStrictEqual(faults(parseYaml("a: *x\nb: &x 1\n")), ["3 no anchor &x stands above"])
    assert.deepStrictEqual(faults(parseYaml("a: &x [*x]\n")), ["7 no anchor &x stands above"])
    assert.deepStrictEqual(faults(parseYaml("a: &x 1\n---\nb: *x\n")), ["15 no anchor &x stands above"])
  })

  it("bounds what aliases expand to, not only how many there are", () => {
    const flat = (count: number) => `a: &x 1\nb: [${Array.from({ length: count }, () => "*x").join(", ")}]\n`
    assert.deepStrictEqual(parseYaml(flat(Limits.yamlAliasesMax)).faults, [])
    assert.deepStrictEqual(parseYaml(flat(Limits.yamlAliasesMax + 5)).faults.map(({ message }) => message), [
      `aliases expand more than ${Limits.yamlAliasesMax} times in this document`
    ])
    const bomb = Array.from(
      { length: 30 },
      (_, i) => i === 0 ? "a0: &a0 [x, x]" : `a${i}: &a${i} [*a${i - 1}, *a${i - 1}]`
    ).join("\n")
    assert.deepStrictEqual(parseYaml(bomb).faults.map(({ message }) => message), [
      `aliases expand more than ${Limits.yamlAliasesMax} times in this document`
    ])
  })

  it("bounds depth, also of what aliases bring along", () => {
    const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`
    const deep = `nested deeper than ${Limits.documentDepthMax} levels`
    assert.deepStrictEqual(parseYaml(nested(Limits.documentDepthMax)).faults, [])
    assert.deepStrictEqual(faults(parseYaml(nested(Limits.documentDepthMax + 1))), [
      `${Limits.documentDepthMax} ${deep}`
    ])
    const half = Limits.documentDepthMax / 2
    const brought = parseYaml(`a: &x ${nested(half)}\nb: ${"[".repeat(half)}*x${"]".repeat(half)}\n`)
    assert.deepStrictEqual(brought.faults.map(({ message }) => message), [deep])
    const enormous = parseYaml("[".repeat(200_000))
    assert.include(enormous.faults.map(({ message }) => message), deep)
  })

  it("names tabs, tags and syntax errors with their place, the first of each document", () => {
    assert.deepStrictEqual(faults(parseYaml("a:\n\tb: 1\n")), ["3 a tab cannot indent YAML"])
    assert.deepStrictEqual(faults(parseYaml("a: !foo x\nb: !!binary aGk=\n")), [
      "3 tags are limited to those of JSON values",
      "13 tags are limited to those of JSON values"
    ])
    const broken = parseYaml("a: [1,\n---\nb: 2\n---\nc: : 3\n")
    assert.deepStrictEqual(values(broken), [{ b: 2 }])
    assert.deepStrictEqual([broken.broken, broken.faults.length], [2, 2])
  })
})

describe("JSON", () => {
  it("is read as it is", () => {
    assert.deepStrictEqual(
      values(
        parseJson(
          "\ufeff".slice(1) + "{\n\t\"a\": [1, -2.5e3, \"\\u00e9\\ud83d\\ude00\\/\", true, null],\n\t\"b\":{}}\n"
        )
      ),
      [
        { a: [1, -2500, "é😀/", true, null], b: {} }
      ]
    )
  })

  it("is held to its own grammar, with the place where it is broken", () => {
    const cases: ReadonlyArray<readonly [string, string]> = [
      ["", "0 no valid JSON: expected a value"],
      ["{", "1 no valid JSON: expected a key in double quotes, or }"],
      ["{\"a\": 1,}", "8 no valid JSON: expected a key in double quotes"],
      ["[1,]", "3 no valid JSON: expected a value"],
      ["[1 2]", "3 no valid JSON: expected a comma, or the end of the list or object"],
      ["{\"a\" 1}", "5 no valid JSON: expected a colon"],
      ["{a: 1}", "1 no valid JSON: expected a key in double quotes, or }"],
      ["{'a': 1}", "1 no valid JSON: expected a key in double quotes, or }"],
      ["{1: 1}", "1 no valid JSON: expected a key in double quotes, or }"],
      ["{} {}", "3 no valid JSON: expected the end of the file"],
      ["[}", "1 no valid JSON: expected a value or ]"],
      ["// x\n{}", "0 no valid JSON: expected a value"],
      ["{\"a\": nope}", "6 no valid JSON: expected a value"],
      ["[01]", "2 no valid JSON: expected a comma, or the end of the list or object"],
      ["\"a\u0001\"", "0 no valid JSON: expected a value"]
    ]
    for (const [text, fault] of cases) assert.deepStrictEqual(faults(parseJson(text)), [fault], text)
    const deep = parseJson("[".repeat(100_000))
    assert.deepStrictEqual(faults(deep), [
      `${Limits.documentDepthMax} no valid JSON: expected at most ${Limits.documentDepthMax} levels`
    ])
  })

  it("may hold a text of many megabytes, with control characters as JSON allows them", () => {
    const long = `${"é\\\\\\n".repeat(1_000_000)}\u007f\u0085`
    assert.deepStrictEqual(faults(parseJson(JSON.stringify([long]))), [])
  })

  it("accepts what JSON.parse accepts and refuses what it refuses, over many small changes of a text", () => {
    const text = "{\"a\":[1,-2.5e+3,\"x\\n\",true],\"b\":{\"c\":null}}"
    const changes = [...text].flatMap((_, at) =>
      ["", ",", "\"", "}", "1", "\\"].map((put) => text.slice(0, at) + put + text.slice(at + 1))
    )
    const parses = (changed: string): boolean => {
      try {
        JSON.parse(changed)
        return true
      } catch {
        return false
      }
    }
    for (const changed of changes) {
      const broken = parseJson(changed).faults.some(({ message }) => message.startsWith("no valid"))
      assert.strictEqual(broken, !parses(changed), changed)
    }
  })

  it("is the same, with the same places, as the YAML that it is", () => {
    const value = {
      a: [1, -2.5e3, 0, "\u00e9 \\ \" / \t", true, false, null, []],
      "": {},
      "k\"k": { b: [{ c: [[]] }] }
    }
    for (const indent of [undefined, 2]) {
      const text = ` ${JSON.stringify(value, undefined, indent)}\r\n`
      assert.deepStrictEqual(parseJson(text), parseAnyYaml(text))
    }
    assert.deepStrictEqual(values(parseJson(JSON.stringify(value, undefined, "\t"))), [value])
  })

  it("refuses keys that stand twice and numbers that lose digits", () => {
    assert.deepStrictEqual(faults(parseJson("{\"a\": 1, \"a\": 2}")), ["9 this key stands twice in one object"])
    assert.deepStrictEqual(faults(parseJson("[9007199254740993]")), [
      "1 this number would lose digits: whole numbers are exact up to 2^53"
    ])
  })
})
