/** docs/library.md names every verb of the library, with its dry run, and every field of the metadata. */
import { tmpdir } from "node:os"
import { describe, expect, it } from "vitest"
import * as amends from "../../src/index.ts"
import { paper, section, tableRows } from "./Markdown.ts"

const { prose } = paper("docs/library.md")
const rows = tableRows(section(prose, "The verbs"))
const nameIn = (cell = ""): string => /^`(\w+)/.exec(cell)?.[1] ?? ""
const workspace = amends.openWorkspace({ directory: tmpdir(), env: {} })

describe("the table of verbs", () => {
  const verbs = rows.map(([cell]) => nameIn(cell))

  it("has the verbs that a workspace has, and the package exports each as an Effect", () => {
    expect(verbs.toSorted()).toEqual(Object.keys(workspace).toSorted())
    expect(verbs.filter((verb) => !Object.hasOwn(amends, verb))).toEqual([])
  })

  it("names a dry run for each that can change something", () => {
    const dryRuns = rows.flatMap(([cell, , dryRun = ""]) => dryRun === "" ? [] : [[nameIn(cell), nameIn(dryRun)]])
    expect(dryRuns).toEqual([
      ["apply", "plan"],
      ["recover", "rehearse"],
      ["rollback", "rollbackDryRun"],
      ["acceptDrift", "drift"],
      ["restoreDrift", "drift"]
    ])
  })
})
