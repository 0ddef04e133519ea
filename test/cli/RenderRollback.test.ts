/** What a rollback shows of words that others wrote does nothing to the terminal. */
import { expect, it } from "vitest"
import type { RollbackConflict } from "../../src/app/RollbackReport.ts"
import { rollbackViews, sideQuestion } from "../../src/cli/RenderRollback.ts"
import { colourless } from "../../src/cli/Style.ts"
import { address } from "./Plans.ts"

const escaping = "\u001b[2Jgone"

const conflict: RollbackConflict = {
  address: address("watchlist.a"),
  path: `/labels/${escaping}`,
  kind: "edit-edit",
  severity: "critical",
  why: "it was changed to something else since",
  base: escaping,
  ours: escaping,
  theirs: escaping,
  touchedBy: [],
  suggestions: []
}

it("neither in a conflict nor in the question about it", () => {
  const lines = rollbackViews({ items: [], conflicts: [conflict] }, colourless).flatMap((view) => view.lines)
  for (const text of [...lines, sideQuestion(conflict)]) expect(text).not.toContain("\u001b")
  expect(sideQuestion(conflict)).toContain("watchlist.a at /labels/")
})
