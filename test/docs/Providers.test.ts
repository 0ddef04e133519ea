/**
 * The kinds that docs/providers.md and the servers of the tests describe are descriptions, and hold together.
 */
import { Schema } from "effect"
import { readFileSync } from "node:fs"
import { expect, it } from "vitest"
import { parse } from "yaml"
import { describeKind } from "../../src/providers/described/DescribeKind.ts"
import { KindDescription } from "../../src/providers/KindDescription.ts"

const root = `${import.meta.dirname}/../..`
const textOf = (path: string): string => readFileSync(`${root}/${path}`, "utf8")

type Members = { readonly [key: string]: unknown }

const isObject = (value: unknown): value is Members =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Kinds by name, wherever they stand in a text. */
const kindsIn = (value: unknown): ReadonlyArray<readonly [string, Members]> =>
  isObject(value)
    ? Object.entries(value).flatMap(([name, member]) =>
      isObject(member) && "path" in member && name !== "read" && name !== "delete"
        ? [[name, member] as const]
        : kindsIn(member)
    )
    : []

const blocks = [...textOf("docs/providers.md").matchAll(/^```yaml\n(.*?)^```/gms)].map(([, text = ""]) => text)
const decode = Schema.decodeUnknownSync(KindDescription, { onExcessProperty: "error" })

it.each([
  ["docs/providers.md", blocks, 2],
  ["test/servers/couch-kinds.yaml", [textOf("test/servers/couch-kinds.yaml")], 1],
  ["test/servers/powerdns-kinds.yaml", [textOf("test/servers/powerdns-kinds.yaml")], 4]
])("%s describes kinds", (_, texts, count) => {
  const kinds = texts.flatMap((text) => kindsIn(parse(text, { uniqueKeys: false })))
  expect(kinds).toHaveLength(count)
  for (const [name, kind] of kinds) expect(describeKind("shop", name, decode(kind)).mistakes).toEqual([])
})

it("each way of paging and polling is one", () => {
  const lines = blocks.join("").split("\n").filter((line) => /^(pages|poll):/.test(line))
  expect(lines.length).toBeGreaterThan(6)
  for (const line of lines) {
    const key = parse(line) as { readonly poll?: object }
    const kind = decode({ path: "/t", ...(key.poll === undefined ? key : { create: key }) })
    expect(describeKind("shop", "thing", kind).mistakes).toEqual([])
  }
})
