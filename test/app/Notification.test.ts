import { assert, describe, it } from "@effect/vitest"
import { type Happening, notificationOf } from "../../src/app/Notification.ts"
import { type NotifyWord, notifyWords } from "../../src/app/NotifyRule.ts"
import type { Address, BatchId } from "../../src/domain/Ids.ts"
import { Limits } from "../../src/domain/Limits.ts"
import { failedAt, reportOf, stuckAt } from "./notify/Reports.ts"

const secret = "hunter22"
const redact = (text: string): string => text.replaceAll(secret, "(sensitive)")

const happening: Happening = {
  workspace: "acme",
  watched: { batch: "b-1" as BatchId, steps: 4, recovers: false, actor: "me@here", reason: `ticket ${secret}` },
  startedAt: 1_000,
  at: 61_500,
  waiting: [],
  inDoubt: []
}

const stuck: Happening = {
  ...happening,
  traceId: "0af7651916cd43dd8448eb211c80319c",
  report: reportOf("stuck", {
    failures: [failedAt("watchlist.b", `POST /watchlists → 422: it says ${secret}`)],
    left: ["watchlist.a" as Address]
  }),
  waiting: [stuckAt("watchlist.a", `the server refused it: ${secret}`)],
  inDoubt: ["watchlist.a" as Address]
}

describe("a notification", () => {
  it("tells who waits for what, with commands to paste, and no secret", () => {
    assert.deepStrictEqual(notificationOf("in-doubt", stuck, redact), {
      format: 1,
      id: "b-1:in-doubt:61500",
      event: "in-doubt",
      batch: "b-1",
      text: "acme: batch b-1 is stuck: 1 resource needs a person; it is not known whether 1 request was applied. " +
        "Run: amends recover b-1",
      workspace: "acme",
      actor: "me@here",
      reason: "ticket (sensitive)",
      waiting: [{
        address: "watchlist.a",
        why: "the server refused it: (sensitive)",
        paths: ["/description"],
        commands: [
          "amends recover b-1 --choice watchlist.a=retry@0123456789ab",
          "amends recover b-1 --choice watchlist.a=skip@0123456789ab"
        ]
      }],
      inDoubt: ["watchlist.a"],
      failed: [{
        address: "watchlist.b",
        summary: "the server refused the request",
        detail: "POST /watchlists → 422: it says (sensitive)",
        hint: "correct it",
        applied: "no"
      }],
      left: ["watchlist.a"],
      next: "amends recover b-1",
      outcome: "stuck",
      exitCode: 4,
      steps: 4,
      counts: {
        add: 1,
        change: 2,
        destroy: 3,
        applied: 1,
        compensated: 1,
        failed: 1,
        left: 1,
        waiting: 1,
        inDoubt: 1
      },
      at: "1970-01-01T00:01:01.500Z",
      startedAt: "1970-01-01T00:00:01.000Z",
      ms: 60_500,
      traceId: "0af7651916cd43dd8448eb211c80319c"
    })
  })

  it("of a batch that was stopped says by what", () => {
    const stopped = {
      exitCode: 4,
      status: 507,
      summary: "the disk is full",
      detail: `at ${secret}`,
      hint: "free space"
    }
    const told = notificationOf("stuck", { ...happening, stopped }, redact)
    assert.strictEqual(
      told["text"],
      "acme: batch b-1 stopped before it was over: the disk is full. Run: amends recover b-1"
    )
    assert.deepStrictEqual(told["stopped"], {
      summary: "the disk is full",
      detail: "at (sensitive)",
      hint: "free space"
    })
    assert.deepStrictEqual([told["outcome"], told["exitCode"]], [undefined, 4])
  })

  const said: { readonly [W in NotifyWord]?: readonly [Happening, string] } = {
    "compensated": [
      { ...happening, report: reportOf("compensated") },
      "failed and was taken back; nothing is left changed."
    ],
    "residue": [
      { ...happening, report: reportOf("residue", { left: ["a.b" as Address] }) },
      "failed and was taken back, but 1 resource could not be put back as before."
    ],
    "kept": [{ ...happening, report: reportOf("kept") }, "failed; what was applied was kept."],
    "abandoned": [
      { ...happening, report: reportOf("abandoned", { left: ["a.b" as Address, "a.c" as Address] }) },
      "was abandoned, with 2 resources left changed."
    ],
    "committed": [
      { ...happening, report: reportOf("committed") },
      "is committed: 1 added, 2 changed, 3 destroyed."
    ],
    "long-running": [happening, "still runs after 61s."]
  }
  it.each(Object.entries(said))("says in a sentence that a batch is %s", (word, [what, sentence]) => {
    const event = notifyWords.find((known) => known === word) ?? "stuck"
    assert.strictEqual(notificationOf(event, what, redact)["text"], `acme: batch b-1 ${sentence}`)
  })

  it("of a batch with residue says so, also where only compensated was asked for", () => {
    const left = ["a.b" as Address]
    const told = notificationOf("compensated", { ...happening, report: reportOf("residue", { left }) }, redact)
    assert.strictEqual(
      told["text"],
      "acme: batch b-1 failed and was taken back, but 1 resource could not be put back as before."
    )
    assert.deepStrictEqual([told["outcome"], told["left"]], ["residue", left])
  })

  it("names the first of many, and counts all", () => {
    const many = Limits.notifyListMax + 50
    const waiting = Array.from({ length: many }, (_, i) => stuckAt(`a.n${i}`, "why"))
    const told = notificationOf("stuck", { ...stuck, waiting }, redact)
    assert.strictEqual((told["waiting"] as ReadonlyArray<unknown>).length, Limits.notifyListMax)
    assert.deepInclude(told["counts"] as object, { waiting: many })
  })

  it("keeps its own names where a secret equals one", () => {
    const told = notificationOf("stuck", stuck, (text) => text.replaceAll("stuck", "(sensitive)"))
    assert.deepStrictEqual([told["event"], told["outcome"]], ["stuck", "stuck"])
  })
})
