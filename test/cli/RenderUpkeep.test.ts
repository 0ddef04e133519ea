/** What the commands that look after the state say, number by number. */
import { describe, expect, it } from "vitest"
import {
  heldOutDiagnostic,
  keyResetView,
  prunableLine,
  prunableView,
  prunedLine,
  prunedView,
  quarantineLines,
  restoredView,
  salvagedView,
  size
} from "../../src/cli/RenderUpkeep.ts"
import type { BatchId } from "../../src/domain/Ids.ts"
import { address } from "./Plans.ts"

const pruned = { versions: 1, batches: 1, entries: 1, bytes: 1_500, whole: true, files: 0, fileBytes: 0, others: [] }
const nothing = { versions: 0, batches: 0, entries: 0, bytes: 0, whole: true, files: 0, fileBytes: 0, others: [] }

describe("a size", () => {
  it.each([
    [0, "0 B"],
    [999, "999 B"],
    [1_000, "1.0 kB"],
    [1_550, "1.6 kB"],
    [2_000_000, "2.0 MB"],
    [3.21e9, "3.2 GB"],
    [4e12, "4.0 TB"],
    [5e15, "5000.0 TB"]
  ])("of %i bytes is %s", (bytes, text) => {
    expect(size(bytes)).toBe(text)
  })
})

describe("a pruning", () => {
  it("counts one as one, and says how much smaller the file is where it is", () => {
    expect(prunableView(pruned).lines)
      .toEqual(["Retention keeps no longer: 1 version and the journals of 1 batch (1 entry), 1.5 kB."])
    expect(prunableLine(pruned)).toBe("Prune would free 1500 bytes. Nothing was changed.")
    expect(prunedLine(pruned)).toBe("Pruned 1 version and the journals of 1 batch (1 entry), 1.5 kB.")
    expect(prunedView({ ...pruned, freedBytes: 4_096 }).lines).toEqual(["The state file is 4.1 kB smaller."])
    expect(prunedView({ ...pruned, freedBytes: 0 }).lines).toEqual([])
  })

  it("counts contents of files apart", () => {
    const loose = { ...nothing, files: 2, fileBytes: 3_000 }
    expect(prunedLine(loose)).toBe(
      "Pruned 0 versions and the journals of 0 batches (0 entries), 0 B; 2 contents of files that nothing names any " +
        "more, 3.0 kB."
    )
    expect(prunableLine(loose)).toBe("Prune would free 3000 bytes. Nothing was changed.")
  })

  it("of nothing says so", () => {
    expect([prunableView(nothing).lines, prunableLine(nothing), prunedLine(nothing)])
      .toEqual([[], "Nothing to prune.", "Nothing to prune."])
  })
})

describe("a restored state", () => {
  const restored = { resources: 1, batches: 2, unfinished: [], later: 0 }

  it("says what is kept, what it does not know, and what to finish", () => {
    const [aside, later, open] = restoredView({
      ...restored,
      aside: "/w/state.db.replaced\u001B[2J",
      later: 2,
      unfinished: ["b-1" as BatchId]
    }).lines
    expect(aside).toBe("The replaced state is kept as /w/state.db.replaced\\u001b[2J")
    expect(later).toBe("2 batches were opened after the copy was made: it does not know what they did.")
    expect(open).toBe("b-1 was under way when the copy was made. Run: amends recover b-1")
  })

  it("has nothing but what to do next where nothing was replaced or is missing", () => {
    expect(restoredView(restored).lines).toEqual([
      "Now compare it with the remote: amends plan",
      "What exists and is not in this state is taken over with: amends apply --adopt"
    ])
  })
})

describe("a salvage", () => {
  it("says of each table what is lost, and what that means", () => {
    expect(
      salvagedView({
        file: "/w/new.db",
        tables: [{ table: "resources", read: 3, lost: 1 }, { table: "versions", read: 9 }],
        unmanaged: [address("w.a")],
        withoutJournal: ["b-1" as BatchId],
        shortened: ["b-2" as BatchId]
      }).lines
    ).toEqual([
      "WHAT       SAVED  LOST",
      "resources  3      1",
      "versions   9      not known",
      "Lost: w.a. Take it over again with: amends apply --adopt",
      "The journal of b-1 is lost: it cannot be looked into or taken back.",
      "The last entries of b-2 may be lost, and it is not finished: recover takes back what it still knows of; " +
      "then read what amends plan says"
    ])
  })
})

describe("a key in the place of a lost one", () => {
  it("has nothing to say where nothing was sealed, and names what is no longer known where", () => {
    expect(keyResetView({ reread: [], lossy: [], unfinished: [] }).lines).toEqual([])
    const [again, lost] = keyResetView({
      reread: [address("c.a"), address("c.b")],
      lossy: [{ address: address("c.b"), paths: ["/token", "/key"] }],
      unfinished: []
    }).lines
    expect([again, lost]).toEqual(["Read again from the remote: c.a, c.b", "No longer known: c.b at /token, /key"])
  })
})

describe("what plans leave out", () => {
  const failing = { address: address("w.a"), failures: 1, at: 0, why: "no\u001B[2J", batches: [] }

  it("is said with why and how to release it", () => {
    expect(quarantineLines([failing])).toEqual([
      "! w.a is held out of plans: its last 1 batch failed because of it: no\\u001b[2J. " +
      "Run: amends forget --quarantine w.a"
    ])
    expect(heldOutDiagnostic({ _tag: "needs", address: address("w.b"), needs: address("w.a") })).toMatchObject({
      severity: "warning",
      detail: "it needs w.a, which is held out",
      hint: "release it with: amends forget --quarantine w.a"
    })
    expect(heldOutDiagnostic({ _tag: "needed", address: address("w.c"), by: address("w.a") })).toMatchObject({
      detail: "w.a, which is held out, still refers to it",
      hint: "release it with: amends forget --quarantine w.a"
    })
  })
})
