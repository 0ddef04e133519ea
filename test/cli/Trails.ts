/**
 * Audit trails of workspaces, as the command line tells of them.
 */
import { join } from "node:path"
import { expect } from "vitest"
import type { AuditRecord } from "../../src/domain/Audit.ts"
import { openShell, type Shell, watchlist } from "./Shell.ts"

/** Two watchlists. */
export const both = (description: string) => [watchlist("a", description), watchlist("b", description)]

/** Who, and why. */
export const who = ["--actor", "ada", "--reason", "change 42"] as const

/** A workspace that was applied once. */
export const applied = async (): Promise<Shell> => {
  const shell = await openShell(both("one"))
  expect(await shell.run("apply", "--yes", ...who)).toMatchObject({ code: 0 })
  return shell
}

/** Records, oldest first. */
export const recordsOf = async (shell: Shell, ...words: ReadonlyArray<string>): Promise<ReadonlyArray<AuditRecord>> => {
  const { code, stdout } = await shell.run("audit", "export", ...words)
  expect(code).toBe(0)
  return stdout.trimEnd().split("\n").filter((line) => line !== "").map((line) => JSON.parse(line) as AuditRecord)
}

export const stateOf = ({ root }: Shell): string => join(root, ".amends", "state.db")
