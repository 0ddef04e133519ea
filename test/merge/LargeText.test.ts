/**
 * Texts that are too large for node-diff3: the search for what they have in common, within and beyond its bounds.
 *
 * What is expected comes from how the texts were made, and from git where it is there to be asked.
 */
import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { mergeText } from "../../src/merge/Merge.ts"

const folder = mkdtempSync(join(tmpdir(), "amends-merge-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Numbers below 1 that are the same for the same seed. */
const numbers = (seed: number): () => number => {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

type Lines = ReadonlyArray<string>

const textOf = (lines: Lines): string => lines.map((line) => `${line}\n`).join("")

/** Changes, removes or adds lines in every block of ten that `mine` names. */
const edited = (lines: Lines, mine: (block: number) => boolean, next: () => number): Lines =>
  lines.flatMap((line, at) => {
    if (at % 10 !== 5 || !mine(Math.floor(at / 10))) return [line]
    const kind = Math.floor(next() * 3)
    return kind === 0 ? [] : kind === 1 ? [`changed ${at}`] : [line, `added ${at}`]
  })

const merged = (base: Lines, ours: Lines, theirs: Lines) =>
  mergeText({ path: "file", base: textOf(base), ours: textOf(ours), theirs: textOf(theirs) })

/** What git makes of it: the merged text, or the number of conflicts. */
const byGit = (base: Lines, ours: Lines, theirs: Lines): string | number => {
  for (const [name, lines] of Object.entries({ base, ours, theirs })) writeFileSync(join(folder, name), textOf(lines))
  try {
    return execFileSync("git", ["merge-file", "-p", "ours", "base", "theirs"], {
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"]
    })
  } catch (error) {
    return (error as { readonly status: number }).status
  }
}

/** Texts by how often their lines repeat. */
const kinds: ReadonlyArray<readonly [fact: string, line: (at: number, next: () => number) => string]> = [
  ["all lines differ", (at) => `line ${at}`],
  ["half the lines are alike", (at) => at % 2 === 0 ? `line ${at}` : "}"],
  ["there are fifty different lines", (_, next) => `line ${Math.floor(next() * 50)}`],
  ["there are three different lines", (_, next) => `line ${Math.floor(next() * 3)}`]
]

describe.each(kinds)("large texts in which %s", (_, line) => {
  const next = numbers(7)
  const base = Array.from({ length: 3_000 }, (__, at) => line(at, next))
  const ours = edited(base, (block) => block % 4 === 0, next)
  const theirs = edited(base, (block) => block % 4 === 2, next)

  it("merge as git merges them", () => {
    const result = merged(base, ours, theirs)
    const git = byGit(base, ours, theirs)
    expect(result).toMatchObject(typeof git === "string" ? { _tag: "merged", content: git } : { _tag: "conflict" })
  })

  it("that one side left alone are the other side's", () => {
    expect(merged(base, ours, base)).toMatchObject({ _tag: "merged", content: textOf(ours) })
    expect(merged(base, base, theirs)).toMatchObject({ _tag: "merged", content: textOf(theirs) })
    expect(merged(base, ours, ours)).toMatchObject({ _tag: "merged", content: textOf(ours) })
  })
})

describe("large texts with little in common", () => {
  it.each([2, 5, 40])(
    "of %i different lines are compared within bounds, and still exactly",
    (many) => {
      const next = numbers(many)
      const shuffled = () => Array.from({ length: 4_000 }, () => `line ${Math.floor(next() * many)}`)
      const [base, ours] = [shuffled(), shuffled()]
      expect(merged(base, ours, base)).toMatchObject({ _tag: "merged", content: textOf(ours) })
    }
  )
})
