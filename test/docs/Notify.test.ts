/**
 * docs/notify.md names every word and every member of a notification, and the bounds as they are.
 */
import { describe, expect, it } from "vitest"
import { notificationOf } from "../../src/app/Notification.ts"
import { notifyWords } from "../../src/app/NotifyRule.ts"
import { renderDuration } from "../../src/domain/Duration.ts"
import type { BatchId } from "../../src/domain/Ids.ts"
import { Limits } from "../../src/domain/Limits.ts"
import { reportOf } from "../app/notify/Reports.ts"
import { paper, section, tableRows } from "./Markdown.ts"

const { prose } = paper("docs/notify.md")

const namedIn = (heading: string): ReadonlyArray<string> =>
  tableRows(section(prose, heading)).flatMap(([cell = ""]) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name)
  )

describe("docs/notify.md", () => {
  it("has a row for every word", () => {
    expect(namedIn("When").toSorted()).toEqual([...notifyWords].toSorted())
  })

  it("has every member of a notification", () => {
    const full = notificationOf("stuck", {
      workspace: "acme",
      watched: { batch: "b-1" as BatchId, steps: 1, recovers: true, actor: "a", reason: "b", recoveredBy: "c" },
      startedAt: 0,
      at: 1,
      traceId: "t",
      report: reportOf("stuck"),
      stopped: { exitCode: 4, status: 507, summary: "", detail: "", hint: "" },
      waiting: [],
      inDoubt: []
    }, (text) => text)
    expect(namedIn("What").toSorted()).toEqual(Object.keys(full).toSorted())
  })

  it("names the bounds as they are", () => {
    const seconds = (ms: number): string => `${ms / 1_000} s`
    for (
      const bound of [
        `${Limits.notifyRulesMax} rules`,
        `1ms to ${renderDuration(Limits.notifyAfterMaxMs)}, default ${renderDuration(Limits.notifyAfterMs)}`,
        `One attempt takes ${seconds(Limits.notifyTimeoutMs)} at most`,
        `four attempts and ${seconds(Limits.notifyTotalMs)}`,
        `the first ${Limits.notifyListMax}`
      ]
    ) expect(prose).toContain(bound)
    expect(Limits.notifyAttemptsMax).toBe(4)
  })
})
