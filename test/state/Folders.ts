/**
 * Folders for state files: one for each asked, removed when the tests of a file are over.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll } from "vitest"

const made: Array<string> = []

/** A new empty folder. */
export const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "amends-state-"))
  made.push(folder)
  return folder
}

afterAll(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true })
})
