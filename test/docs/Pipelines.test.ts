/**
 * docs/ci.md is true: it has every exit code, its pipelines are YAML, and the commands in them are understood by the
 * program.
 */
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { parse } from "yaml"
import { paper, root, section, tableRows } from "./Markdown.ts"

const { blocks, prose } = paper("docs/ci.md")
const pipelines = blocks.filter(({ language }) => language === "yaml").map(({ text }) => text)

/** The lines of every script in a pipeline. */
const scriptsIn = (value: unknown): ReadonlyArray<string> => {
  if (Array.isArray(value)) return value.flatMap(scriptsIn)
  if (typeof value !== "object" || value === null) return []
  return Object.entries(value).flatMap(([key, member]) => {
    if (key !== "run" && key !== "script") return scriptsIn(member)
    return [member].flat().flatMap((script) => String(script).split("\n"))
  })
}

/** What a line hands to amends. */
const wordsOf = (line: string): ReadonlyArray<string> => {
  const [, rest = ""] = /^\s*amends (.*)$/.exec(line) ?? []
  const alone = rest.replace(/ (\|\|?|>) .*$/, "")
  return [...alone.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "")
}

const commandsIn = (text: string): ReadonlyArray<ReadonlyArray<string>> =>
  scriptsIn(parse(text)).map(wordsOf).filter((words) => words.length > 0)

describe("the exit codes", () => {
  const codesIn = (rows: ReadonlyArray<ReadonlyArray<string>>) => rows.map(([code]) => code)

  it("are those of the README, each with what a job does", () => {
    const rows = tableRows(section(prose, "What to do for each exit code"))
    expect(codesIn(rows)).toEqual(codesIn(tableRows(section(paper("README.md").prose, "Exit codes"))))
    expect(rows.filter(([, does = ""]) => does.length < 5)).toEqual([])
  })
})

describe.each([["GitHub Actions", 0], ["GitLab CI", 1]])("the pipeline for %s", (_, at) => {
  const text = pipelines[at] ?? ""
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "amends-pipelines-"))
    writeFileSync(join(folder, "amends.plan"), "no plan")
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it("plans for a review, applies what was saved, recovers, and looks for drift", () => {
    const said = commandsIn(text).map((words) => words.filter((word) => !word.includes("$")).join(" "))
    for (
      const words of [
        "plan --out amends.plan --detailed-exitcode",
        "apply amends.plan --lease-timeout 5m --reason",
        "recover --lease-timeout 5m --reason",
        "drift --detailed-exitcode",
        "audit verify"
      ]
    ) {
      expect(said).toContain(words)
    }
  })

  it("gives commands that the program understands", () => {
    const commands = commandsIn(text)
    expect(commands.length).toBeGreaterThan(5)
    for (const words of commands) {
      const { stderr } = spawnSync(join(root, "bin", "amends"), words, { cwd: folder, encoding: "utf8" })
      expect(stderr, words.join(" ")).toContain("amends.yaml")
      expect(stderr, words.join(" ")).not.toContain("was not understood")
    }
  })
})

describe("a command that the program does not have", () => {
  it("would be found", () => {
    const { stderr } = spawnSync(join(root, "bin", "amends"), ["plan", "--detailed"], { encoding: "utf8" })
    expect(stderr).toContain("was not understood")
  })
})

it("there are two pipelines", () => expect(pipelines).toHaveLength(2))
