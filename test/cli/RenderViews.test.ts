/** Heads, batches, versions and the lease as tables and as events: the cases that a workspace seldom shows. */
import { describe, expect, it } from "vitest"
import type { StatusView } from "../../src/app/Inspect.ts"
import { versionsView } from "../../src/cli/RenderVersions.ts"
import { batchesView, headsView, leaseView, shownView, statusView } from "../../src/cli/RenderViews.ts"
import { colourless } from "../../src/cli/Style.ts"
import type { BatchSummary } from "../../src/domain/Batch.ts"
import type { BatchId } from "../../src/domain/Ids.ts"
import { asSealed } from "../../src/domain/Sealed.ts"
import type { Head } from "../../src/domain/Version.ts"
import { address } from "./Plans.ts"

const summary: BatchSummary = {
  id: "b-1" as BatchId,
  planHash: "hmac:00",
  actor: "ann\u001B[2J",
  openedAt: 0,
  steps: 1
}

const lease = { epoch: 3, owner: "host:7", leftMs: 65_000, ownerAlive: "alive" } as const

const head: Head = {
  address: address("w.a"),
  provider: "p",
  kind: "w",
  remoteId: "7\u001B[2J",
  declared: asSealed({ name: "a", token: { $sealed: "s" } }),
  observed: asSealed({}),
  dependsOn: [],
  deposed: [],
  preventDestroy: false,
  version: "hmac:0123456789abcdef"
}

const status = (more: Partial<StatusView>): ReadonlyArray<string> =>
  statusView({ workspace: "cell", resources: 1, unfinished: [], ...more }, colourless).lines

describe("a lease", () => {
  it.each(
    [
      [lease, ["Held by host:7 (its process is alive)", "Expires in 1m 05s unless it is renewed."]],
      [{ ...lease, leftMs: 0, ownerAlive: "dead" }, ["Held by host:7 (its process is dead)", "It has expired."]],
      [
        { ...lease, ownerAlive: "unknown" },
        ["Held by host:7 (its process is not on this machine)", "Expires in 1m 05s unless it is renewed."]
      ],
      [undefined, ["Nobody holds the lease."]]
    ] as const
  )("such as %j", (view, lines) => {
    expect(leaseView(view).lines).toEqual(lines)
    expect(leaseView(view).event).toMatchObject({ type: "lease", held: view !== undefined })
  })
})

describe("the status", () => {
  const batch = { summary, steps: [], stuck: [], changes: [], entries: [] }

  it("counts one resource as one, and says what the last batch was", () => {
    expect(status({ last: { ...summary, ended: "kept" } })).toEqual([
      "Workspace cell: 1 resource managed.",
      "Last batch: b-1, kept, at 1970-01-01T00:00:00.000Z.",
      "Nobody holds the lease."
    ])
  })

  it.each(
    [
      [lease, "b-1 is under way."],
      [{ ...lease, ownerAlive: "unknown" }, "b-1 is under way."],
      [{ ...lease, ownerAlive: "dead" }, "! b-1 is not finished. Run: amends recover b-1"],
      [{ ...lease, leftMs: 0 }, "! b-1 is not finished. Run: amends recover b-1"]
    ] as const
  )("with the lease %j tells whether a batch is under way or left over", (held, line) => {
    expect(status({ unfinished: [batch], lease: held }).at(-1)).toBe(line)
  })
})

describe("a table", () => {
  it("holds no character that could steer a terminal", () => {
    expect(headsView([head]).lines[1]).toBe("w.a      7\\u001b[2J  p         0123456789ab")
    expect(batchesView([{ ...summary, reason: "why\u009B" }]).lines[1])
      .toMatch(/^b-1 +1970-01-01T00:00:00\.000Z +unfinished +1 +ann\\u001b\[2J +why\\u009b$/)
  })
})

describe("a batch whose journal was let go", () => {
  it("says so in the place of its steps", () => {
    const pruned = { summary: { ...summary, ended: "committed", pruned: true }, steps: [], stuck: [] } as const
    const [view] = shownView({ _tag: "batch", batch: { ...pruned, changes: [], entries: [] } }, colourless)
    expect(view?.lines.slice(0, 3)).toEqual([
      "Batch b-1: committed",
      "Opened at 1970-01-01T00:00:00.000Z by ann\\u001b[2J",
      "Its journal was let go; see retention in amends.yaml."
    ])
    expect(view?.event).toMatchObject({ item: { pruned: true, steps: [] } })
  })

  it("shows a step without an id or a reason with empty places", () => {
    const steps = [{ address: address("w.a"), action: "create", phase: "planned" }]
    const [view] = shownView(
      { _tag: "batch", batch: { summary, steps, stuck: [], changes: [], entries: [] } },
      colourless
    )
    expect(view?.lines.at(-1)).toBe("w.a   create  planned")
  })
})

describe("a version", () => {
  it("of a deletion has no document, and secrets are never shown", () => {
    const version = { id: head.version, address: head.address, batch: summary.id, parents: [], reverts: [], at: 0 }
    const made = { ...version, origin: "apply", document: head.declared } as const
    const [gone, there] = [{ ...version, origin: "compensation" } as const, made].map((one) =>
      shownView({ _tag: "version", version: one }, colourless)[0]
    )
    expect(gone?.lines.at(-1)).toBe("(deleted)")
    expect(there?.lines.join("\n")).toContain("\"token\": \"(sensitive)\"")
    expect(versionsView([made]).event).toMatchObject({ items: [{ document: { token: "(sensitive)" } }] })
  })
})
