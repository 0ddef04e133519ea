/**
 * Provider modules as files: every way in which one cannot be loaded is told at its place in amends.yaml, all of them
 * at once; and a module that breaks while it runs leaves no doubt behind.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { type Cell, openCell } from "./Cell.ts"

let cell: Cell
beforeEach(async () => {
  cell = await openCell()
  await mkdir(join(cell.root, "providers"))
})
afterEach(() => cell.close())

const write = (name: string, text: string) => writeFile(join(cell.root, "providers", name), text)

const configure = (lines: ReadonlyArray<string>) =>
  writeFile(
    join(cell.root, "amends.yaml"),
    ["workspace: modules", "defaults: { timeout: 1s, retries: 0 }", "providers:", ...lines, ""].join("\n")
  )

const wrong: ReadonlyArray<readonly [name: string, text: string | undefined, told: string]> = [
  ["missing", undefined, "there is no file ./providers/missing.ts"],
  [
    "syntax",
    "export const provider = {\n  version: \"1\",\n  kinds: {{\n}\n",
    "./providers/syntax.ts has an error of syntax"
  ],
  [
    "enums",
    "enum Colour { Red }\nexport const provider = Colour\n",
    "./providers/enums.ts uses what cannot be stripped"
  ],
  [
    "imports",
    "import { a } from \"a-package-that-is-not-there\"\nexport const provider = a\n",
    "imports what is not there"
  ],
  [
    "throws",
    "\n\nthrow new TypeError(\"not today\")\n",
    "threw when it was loaded: TypeError: not today at throws.ts:3:7"
  ],
  ["nameless", "export const house = {}\nexport const door = 1\n", "exports no provider: it exports door, house"],
  ["silent", "const house = {}\nvoid house\n", "exports no provider: it exports nothing"],
  ["text", "export default \"a house\"\n", "the provider is a string, and no object"],
  ["members", "export const provider = { version: \"1\", kinds: {} }\n", "the provider has no `open`"]
]

describe("a module that cannot be used", () => {
  it("is told with what is wrong at its place in amends.yaml, with all others", async () => {
    for (const [name, text] of wrong) if (text !== undefined) await write(`${name}.ts`, text)
    await configure([
      ...wrong.map(([name]) => `  ${name}: { use: ./providers/${name}.ts }`),
      "  outside: { use: ../house.ts }",
      "  folder: { use: ./providers }",
      "  page: { use: ./providers/house.html }"
    ])
    const { code, stderr } = await cell.run("validate")
    expect(code).toBe(7)
    const at = (provider: string) => stderr.split("\n").find((line) => line.includes(`/providers/${provider}/use: `))
    for (const [index, [name, , told]] of wrong.entries()) {
      expect(at(name)).toContain(told)
      expect(at(name)).toContain(`amends.yaml:${index + 4}:`)
    }
    expect(at("outside")).toContain("../house.ts lies outside the workspace")
    expect(at("folder")).toContain("./providers is no module")
    expect(at("page")).toContain("./providers/house.html is no module")
    expect(stderr).not.toContain(cell.root)
  })
})

const shelf = (send: string) => `
import { readFile, writeFile } from "node:fs/promises"

const all = async (file: string): Promise<Record<string, object>> => JSON.parse(await readFile(file, "utf8"))

export default {
  version: "1",
  horizon: "10ms",
  settings: { properties: { file: { type: "string" } } },
  kinds: { book: { identity: { natural: "/name" }, schema: { properties: { name: { type: "string" } } } } },
  open: ({ file }: { file: string }, context: { failure: (reason: string, detail: string) => Error }) => {
    const put = async (id: string, book: object | undefined) =>
      writeFile(file, JSON.stringify({ ...await all(file), [id]: book }))
    return {
      observe: async (kind: string, id: string) => {
        const document = (await all(file))[id]
        return document === undefined ? undefined : { id, document }
      },
      list: async () => Object.entries(await all(file)).map(([id, document]) => ({ id, document })),
      send: async ({ call: { body, operation }, id = body.name }: any) => {
        ${send}
      }
    }
  }
}
`

const put = "await put(id, operation === \"delete\" ? undefined : body); return { id }"

const booksIn = async (file: string) => Object.keys(JSON.parse(await readFile(file, "utf8")) as object).sort()

/** Runs an apply of two books, one after the other, with a module that sends like this. */
const applied = async (send: string, env: { readonly [variable: string]: string } = {}) => {
  await write("shelf.ts", shelf(send))
  const file = join(cell.root, "shelf.json")
  await writeFile(file, "{}")
  await configure(["  shelf: { use: ./providers/shelf.ts, file: shelf.json }"])
  await cell.declare([{ kind: "book", name: "a", spec: {} }, {
    kind: "book",
    name: "b",
    spec: {},
    dependsOn: ["book.a"]
  }])
  const ended = await cell.start(["apply", "--yes"], { env }).ended
  return { ...ended, file, books: await booksIn(file) }
}

describe("a module that breaks while it runs", () => {
  it("after it wrote is found to have written", async () => {
    const { books, code, stderr } = await applied(`${put.replace("return { id }", "throw new Error(\"oh\")")}`)
    expect([code, books], stderr).toEqual([0, ["a", "b"]])
  })

  it("before it wrote is found to have written nothing, and the batch goes back", async () => {
    const { books, code, stderr, stdout } = await applied(`if (id === "b") throw new Error("oh no"); ${put}`)
    expect([code, books], stderr + stdout).toEqual([3, []])
    expect(stdout).toContain("Nothing is left changed.")
  })

  it("and never ends is given up, and the command ends", async () => {
    const { books, code } = await applied(
      `if (id === "b") await new Promise(() => setInterval(() => {}, 1e6)); ${put}`
    )
    expect([code, books]).toEqual([3, []])
  })

  it("and is killed with amends is recovered: everything is there, or nothing", async () => {
    const { code, file } = await applied(put, { AMENDS_TEST_STATE: "6:killAfter" })
    expect(code).toBe("SIGKILL")
    const recovered = await cell.run("recover")
    expect(recovered.code, recovered.stdout + recovered.stderr).toBeOneOf([0, 3])
    expect(await booksIn(file)).toEqual(recovered.code === 0 ? ["a", "b"] : [])
  })

  it("in a promise that it does not wait for is warned of, and the batch goes on", async () => {
    const { books, code, stderr } = await applied(`void Promise.reject(new Error("nobody hears me")); ${put}`)
    expect([code, books], stderr).toEqual([0, ["a", "b"]])
    expect(stderr).toContain("did not wait for something that failed")
    expect(stderr).toContain("nobody hears me")
  })

  it("and refuses by a plain object has refused", async () => {
    const refuse = "if (id === \"b\") throw { reason: \"Rejected\", detail: \"no room on the shelf\" };"
    const { books, code, stderr, stdout } = await applied(`${refuse} ${put}`)
    expect([code, books]).toEqual([3, []])
    expect(stdout + stderr).toContain("no room on the shelf")
  })
})
