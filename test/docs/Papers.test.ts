/**
 * What the papers say of the project is so: links lead somewhere, tables name what is there, words are used as agreed.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { posix } from "node:path"
import { describe, expect, it } from "vitest"
import { anchorsOf, paper, papers, root, section, tableRows } from "./Markdown.ts"

const sourcesIn = (folder: string): ReadonlyArray<{ readonly path: string; readonly text: string }> =>
  readdirSync(`${root}/${folder}`, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => ({ path: entry.name, text: readFileSync(posix.join(entry.parentPath, entry.name), "utf8") }))

describe("links between papers", () => {
  const all = papers()
  const byPath = new Map(all.map((one) => [one.path, one]))
  const links = all.flatMap(({ path, prose }) =>
    [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => ({ path, target: match[1] ?? "" }))
  ).filter(({ target }) => !/^https?:/.test(target))

  it("are seen", () => {
    expect(all.map(({ path }) => path)).toEqual(expect.arrayContaining(["README.md", "docs/journal.md"]))
    expect(links.length).toBeGreaterThan(10)
  })

  it("lead to a file, and to a heading in it", () => {
    const broken = links.filter(({ path, target }) => {
      const [file = "", anchor] = target.split("#")
      const to = file === "" ? path : posix.join(posix.dirname(path), file)
      if (!existsSync(`${root}/${to}`)) return true
      const linked = byPath.get(to)
      return anchor !== undefined && linked !== undefined && !anchorsOf(linked).has(anchor)
    })
    expect(broken).toEqual([])
  })

  it("name files of the code that are there", () => {
    const named = all.flatMap(({ path, prose }) =>
      [...prose.matchAll(/`((?:src|test|docs|bin|examples|scripts)\/[\w./-]+)`/g)].map((match) => ({
        path,
        file: match[1] ?? ""
      }))
    )
    expect(named.length).toBeGreaterThan(20)
    expect(named.filter(({ file }) => !existsSync(`${root}/${file}`))).toEqual([])
  })
})

describe("the glossary", () => {
  const rows = tableRows(paper("docs/glossary.md").prose)
  const engine = sourcesIn("src/executor")

  it("has a meaning for every term, and a word that is not used for it", () => {
    expect(rows.length).toBeGreaterThan(25)
    expect(rows.filter((cells) => cells.length !== 3 || cells.some((cell) => cell === ""))).toEqual([])
  })

  it("holds in the executor", () => {
    expect(engine.length).toBeGreaterThan(20)
    const banned = rows.flatMap((cells) => (cells[2] ?? "").split(/,\s*/))
    const used = engine.flatMap(({ path, text }) =>
      banned.filter((word) => new RegExp(`\\b${word}s?\\b`, "i").test(text)).map((word) => `${path}: ${word}`)
    )
    expect(used).toEqual([])
  })

  it("keeps the user's word rollback out of the executor", () => {
    expect(engine.filter(({ text }) => /rollback/i.test(text)).map(({ path }) => path)).toEqual([])
  })
})

describe("the table of dependencies", () => {
  it("names exactly those of package.json, with a reason each", () => {
    const manifest = JSON.parse(readFileSync(`${root}/package.json`, "utf8")) as Readonly<
      Record<string, Readonly<Record<string, string>> | undefined>
    >
    const declared = ["dependencies", "devDependencies", "optionalDependencies"]
      .flatMap((group) => Object.keys(manifest[group] ?? {}))
    const rows = tableRows(section(paper("README.md").prose, "Dependencies"))
    const named = rows.flatMap(([cell = ""]) => [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? ""))
    expect(named.toSorted()).toEqual(declared.toSorted())
    expect(rows.filter((cells) => (cells[1] ?? "").length < 20)).toEqual([])
  })
})
