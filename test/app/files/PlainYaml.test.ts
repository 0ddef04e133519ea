import { assert, describe, it } from "@effect/vitest"
import { readPlainYaml } from "../../../src/app/files/PlainYaml.ts"
import { parseAnyYaml } from "../../../src/app/files/Yaml.ts"
import { Limits } from "../../../src/domain/Limits.ts"

const resource = `# Who watches
kind: watchlist
name: treasury
dependsOn:
- notification_channel.ops
lifecycle:
  preventDestroy: true

spec:
  name: Treasury, the "second"
  description: http://example.org/a#b ist über 1 {x} [y]
  limit: 12
  share: -0.25
  network: 10.0.0.0/8
  since: 3 days
  quoted: "a: b # c"
  single: 'null'
  empty: ''
  at: \${notification_channel.ops.id}
  nothing: null
  assets:
    - chain: ethereum
      address: "0x00"
      tags:
        - a
        - true
    # the other
    - chain: polygon
  plain: [1, 2]
`

/** A text with nothing that is left to the reader of all YAML. */
const plain = resource.replace(/.*\[1, 2\]\n/, "")

const several = `---\n${plain}---\n# nothing here\n---\n${plain}`

/** Reads a text both ways; tells whether it was plain. */
const sameOf = (text: string): boolean => {
  const documents = readPlainYaml(text)
  if (documents === undefined) return false
  assert.deepStrictEqual({ documents, faults: [], broken: 0 }, parseAnyYaml(text), JSON.stringify(text))
  return true
}

/** Numbers below a bound, the same each time: a linear congruence. */
const numbersFrom = (seed: number) => {
  let state = seed
  return (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return (state >>> 8) % below
  }
}

const pieces = [
  ..." :#-\n\t\"'[]{},&*!|>%@`~?<=./\\0a_\u00e9\u2028\ufeff\r",
  "  ",
  ": ",
  " #",
  "- ",
  "\n- ",
  "\n  ",
  "\n---\n",
  "\n...\n",
  "true",
  "Null",
  "0x1f",
  "1e3",
  ".inf",
  "-0",
  "<<",
  "__proto__: ",
  "name: "
]

describe("plain YAML", () => {
  it("is what nearly all resources are", () => {
    for (const text of [plain, several, "", "# nothing\n", "a: 1", "a:\n- b: 1\n  c: 2\n- d\n"]) {
      assert.isTrue(sameOf(text), text)
    }
  })

  it("is nothing that means more than it says", () => {
    const others = [
      resource,
      "a:\n",
      "a: 1\na: 2\n",
      "a: 1\n b: 2\n",
      "a: text\n  goes on\n",
      "a: |\n  text\n",
      "a: &b 1\n",
      "a: *b\n",
      "a: yes: no\n",
      "a: b # c\n",
      "a: 0o17\n",
      "a: 01\n",
      "a: -0\n",
      "a: 9007199254740993\n",
      "a: True\n",
      "a: \"\\n\"\n",
      "a: 'it''s'\n",
      "true: 1\n",
      "1: a\n",
      "- a\n",
      "a: 1\n...\n",
      "%YAML 1.2\n---\na: 1\n",
      "--- a\n",
      "a:\tb\n",
      "a: 1\r\n",
      " a: 1\n"
    ]
    for (const text of others) assert.isUndefined(readPlainYaml(text), text)
  })

  it("is nothing that is nested too deep", () => {
    const nested = (levels: number) =>
      Array.from({ length: levels }, (_, level) => `${" ".repeat(level)}a:`).join("\n") + " 1\n"
    assert.isTrue(sameOf(nested(Limits.documentDepthMax)))
    assert.isUndefined(readPlainYaml(nested(Limits.documentDepthMax + 1)))
  })

  it("is read as all YAML is, to the last offset, however a text is changed", () => {
    const pick = numbersFrom(20_260_717)
    let read = 0
    for (let n = 0; n < 3_000; n++) {
      let text = n % 2 === 0 ? plain : "a: b\nc:\n  - d: 1\n    e: f\n  - g\n---\nh: i\n"
      for (let changes = pick(3); changes >= 0; changes--) {
        const at = pick(text.length)
        text = text.slice(0, at) + (pieces[pick(pieces.length)] ?? "") + text.slice(at + pick(4))
      }
      if (sameOf(text)) read += 1
    }
    assert.isAbove(read, 200)
  })
})
