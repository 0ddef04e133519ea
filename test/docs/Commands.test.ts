/**
 * docs/cli.md names every command and every flag that the program has, and none that it has not.
 */
import { execFileSync } from "node:child_process"
import { readdirSync, readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { notBuiltYet } from "../../src/cli/Later.ts"
import { auditKinds } from "../../src/domain/Audit.ts"
import { paper, root, section, tableRows } from "./Markdown.ts"

const help = (...words: ReadonlyArray<string>): string =>
  execFileSync(`${root}/bin/amends`, [...words, "--help"], { encoding: "utf8" })

/** The commands that a help text lists, in groups or under one heading. */
const commandsIn = (text: string): ReadonlyArray<string> =>
  text.split("\n").flatMap((line) => /^ {2}([a-z]+) {2,}[A-Z]/.exec(line)?.[1] ?? [])

const flagsIn = (text: string): ReadonlyArray<string> =>
  text.split("\n").flatMap((line) => /^ {2}(--[a-z-]+)/.exec(line)?.[1] ?? [])

const { prose } = paper("docs/cli.md")
const documented = tableRows(section(prose, "Commands")).flatMap(([cell = ""]) =>
  [...cell.matchAll(/`amends ([a-z]+)(?: ([a-z]+))?/g)].map(([, command = "", sub]) => ({ command, sub }))
)

describe("docs/cli.md", () => {
  const commands = commandsIn(help())

  it("has a row for every command, and only for those", () => {
    expect(commands.length).toBeGreaterThan(10)
    expect([...new Set(documented.map(({ command }) => command))].toSorted()).toEqual(commands.toSorted())
  })

  it("has the commands below lease", () => {
    const below = documented.filter(({ command }) => command === "lease").map(({ sub }) => sub)
    expect(below.toSorted()).toEqual(commandsIn(help("lease")).toSorted())
  })

  it("has the commands below audit, and docs/audit.md their flags and kinds", () => {
    const below = documented.filter(({ command }) => command === "audit").map(({ sub = "" }) => sub)
    expect(below.toSorted()).toEqual(commandsIn(help("audit")).toSorted())
    const said = paper("docs/audit.md").prose
    const flags = below.flatMap((sub) => flagsIn(help("audit", sub))).filter((flag) => !flagsIn(help()).includes(flag))
    expect(flags.length).toBeGreaterThan(10)
    expect(flags.filter((flag) => !said.includes(`\`${flag}`))).toEqual([])
    const kinds = tableRows(section(said, "What is recorded")).flatMap(([cell = ""]) =>
      /^`([a-z-]+)`$/.exec(cell)?.[1] ?? []
    )
    expect(kinds.slice(0, auditKinds.length)).toEqual([...auditKinds])
  })

  it("names every flag", () => {
    const flags = new Set([...flagsIn(help()), ...commands.flatMap((command) => flagsIn(help(command)))])
    flags.delete("--help")
    flags.delete("--version")
    const absent = [...flags].filter((flag) =>
      !prose.includes(`${flag}`) && !prose.includes(flag.replace("--", "--no-"))
    )
    expect(flags.size).toBeGreaterThan(20)
    expect(absent).toEqual([])
  })

  it("names no flag that is not there", () => {
    const known = [
      help(),
      ...commands.map((command) => help(command)),
      ...["show", "break"].map((sub) => help("lease", sub)),
      help("kind", "import")
    ]
      .flatMap(flagsIn)
    const said = [...prose.matchAll(/`(--[a-z-]+)/g)].map(([, flag = ""]) => flag.replace(/^--no-/, "--"))
    expect([...new Set(said)].filter((flag) => !known.includes(flag))).toEqual([])
  })

  it("lists what is not built yet, as the program does", () => {
    const sentence = /promised for later \(([^)]+)\)/.exec(prose)?.[1] ?? ""
    const named = [...sentence.matchAll(/`([a-z]+)`/g)].map(([, command = ""]) => command)
    expect(named.length).toBeGreaterThan(5)
    expect(named.filter((command) => notBuiltYet([command]) === undefined)).toEqual([])
    expect(named.filter((command) => commands.includes(command))).toEqual([])
  })

  it("has every event", () => {
    const sources = readdirSync(`${root}/src/cli`, { recursive: true, encoding: "utf8" }).filter((file) =>
      file.endsWith(".ts")
    )
    const told = sources.flatMap((file) =>
      [...readFileSync(`${root}/src/cli/${file}`, "utf8").matchAll(/\btype: "([a-z_]+)"/g)].map(([, type = ""]) => type)
    )
    const happening = [...readFileSync(`${root}/src/executor/Progress.ts`, "utf8").matchAll(/_tag: ("[a-z_" |]+)/g)]
      .flatMap(([, tags = ""]) => tags.match(/[a-z_]+/g) ?? [])
    const events = new Set([...told, ...happening])
    expect(events.size).toBeGreaterThan(25)
    const said = tableRows(section(prose, "Events")).map(([cell]) => cell).join()
    expect([...events].filter((event) => !said.includes(`\`${event}\``))).toEqual([])
  })
})
