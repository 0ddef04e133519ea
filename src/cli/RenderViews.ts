/**
 * What the looking commands show: heads, batches, versions, the lease; as tables, and as events with every detail.
 */
import { DateTime, type Effect } from "effect"
import type { BatchView, leaseShow, Shown, StatusView } from "../app/Inspect.ts"
import { shown } from "../app/Shown.ts"
import type { BatchSummary } from "../domain/Batch.ts"
import type { JsonObject } from "../domain/Document.ts"
import type { Head } from "../domain/Version.ts"
import { elapsed } from "./Live.ts"
import { changesLines } from "./RenderPlan.ts"
import { choiceArgument, stuckLines } from "./RenderReport.ts"
import { quarantineLines } from "./RenderUpkeep.ts"
import { documentLines, shortId, versionsView, versionView } from "./RenderVersions.ts"
import { harmless } from "./ShowValue.ts"
import type { Paint } from "./Style.ts"
import { tableLines } from "./Table.ts"
import type { View } from "./Voice.ts"

type LeaseView = NonNullable<Effect.Success<typeof leaseShow>>

const iso = (at: number): string => DateTime.formatIso(DateTime.makeUnsafe(at))

const listView = (
  of: string,
  items: ReadonlyArray<JsonObject>,
  lines: ReadonlyArray<string>,
  none: string
): View => ({ event: { type: "list", of, items }, lines: items.length === 0 ? [none] : lines })

/** A head as programs see it. */
export const headItem = (head: Omit<Head, "version"> & { readonly version?: string }): JsonObject => ({
  address: head.address,
  kind: head.kind,
  provider: head.provider,
  id: head.remoteId,
  ...(head.version === undefined ? {} : { version: head.version }),
  declared: shown(head.declared),
  dependsOn: head.dependsOn,
  deposed: head.deposed,
  preventDestroy: head.preventDestroy
})

/** What is managed. */
export const headsView = (heads: ReadonlyArray<Head>): View =>
  listView(
    "resources",
    heads.map(headItem),
    tableLines(
      ["ADDRESS", "ID", "PROVIDER", "VERSION"],
      heads.map(({ address, provider, remoteId, version }) => [address, harmless(remoteId), provider, shortId(version)])
    ),
    "Nothing is managed yet."
  )

const batchItem = (batch: BatchSummary): JsonObject => ({
  batch: batch.id,
  openedAt: iso(batch.openedAt),
  endedAt: batch.endedAt === undefined ? null : iso(batch.endedAt),
  ended: batch.ended ?? null,
  steps: batch.steps,
  actor: batch.actor,
  reason: batch.reason ?? null,
  pruned: batch.pruned ?? false,
  batchKey: batch.batchKey ?? null
})

/** Batches. */
export const batchesView = (batches: ReadonlyArray<BatchSummary>): View =>
  listView(
    "batches",
    batches.map(batchItem),
    tableLines(
      ["BATCH", "OPENED", "OUTCOME", "STEPS", "ACTOR", "REASON"],
      batches.map(({ actor, ended, id, openedAt, reason, steps }) => [
        id,
        iso(openedAt),
        ended ?? "unfinished",
        String(steps),
        harmless(actor),
        harmless(reason ?? "")
      ])
    ),
    "There are no batches yet."
  )

/** Who holds the lease. */
export const leaseView = (lease: LeaseView | undefined): View => ({
  event: lease === undefined ? { type: "lease", held: false } : { type: "lease", held: true, ...lease },
  lines: lease === undefined
    ? ["Nobody holds the lease."]
    : [
      `Held by ${harmless(lease.owner)} (its process is ${
        lease.ownerAlive === "unknown" ? "not on this machine" : lease.ownerAlive
      })`,
      lease.leftMs > 0 ? `Expires in ${elapsed(lease.leftMs)} unless it is renewed.` : "It has expired."
    ]
})

const batchDetail = ({ paused, steps, stuck, summary }: BatchView): JsonObject => ({
  ...batchItem(summary),
  paused: paused === undefined ? null : { actor: paused.actor, since: iso(paused.at) },
  steps: steps.map((step) => ({ ...step })),
  stuck: stuck.map((one) => ({
    address: one.address,
    why: one.blocked.why,
    paths: one.blocked.paths,
    choices: one.blocked.choices.map((choice) => choiceArgument(one, choice)),
    since: iso(one.since)
  }))
})

const batchViews = (batch: BatchView, paint: Paint): ReadonlyArray<View> => {
  const { changes, steps, stuck, summary } = batch
  return [{
    event: { type: "show", of: "batch", item: batchDetail(batch) },
    lines: [
      `Batch ${summary.id}: ${summary.ended ?? "unfinished"}`,
      `Opened at ${iso(summary.openedAt)} by ${harmless(summary.actor)}${
        summary.reason === undefined ? "" : `: ${harmless(summary.reason)}`
      }`,
      ...(summary.pruned === true ? ["Its journal was let go; see retention in amends.yaml."] : [""]),
      ...changesLines(changes, paint),
      ...tableLines(
        ["STEP", "ACTION", "PHASE", "ID", "WHY"],
        steps.map(({ action, address, phase, remoteId, why }) => [
          address,
          action,
          phase,
          harmless(remoteId ?? ""),
          harmless(why ?? "")
        ])
      ),
      ...stuck.flatMap((one) => ["", `Since ${iso(one.since)}:`, ...stuckLines(summary.id, one, paint)])
    ]
  }]
}

/** Somebody holds the lease, so a batch without an end is being run, not left over. */
const isHeld = (lease: LeaseView | undefined): boolean =>
  lease !== undefined && lease.leftMs > 0 && lease.ownerAlive !== "dead"

const pausedLines = (batch: string, { actor, at }: NonNullable<BatchView["paused"]>): ReadonlyArray<string> => [
  `${batch} was paused by ${harmless(actor)} at ${iso(at)}. Go on with: amends resume ${batch}`
]

const driftNoteLines = (note: StatusView["drift"]): ReadonlyArray<string> => {
  if (note === undefined) return []
  const { at, compared, deleted, edited, recreated, unmanaged } = note
  const counts = { edited, deleted, "re-created": recreated, "managed by nobody": unmanaged }
  const found = Object.entries(counts).flatMap(([what, count]) => count === 0 ? [] : [`${count} ${what}`])
  return [`Last look for drift: ${found.length === 0 ? "none" : found.join(", ")} in ${compared}, at ${iso(at)}.`]
}

/** What needs attention. */
export const statusView = (status: StatusView, paint: Paint): View => ({
  event: {
    type: "status",
    workspace: status.workspace,
    resources: status.resources,
    unfinished: status.unfinished.map(batchDetail),
    last: status.last === undefined ? null : batchItem(status.last),
    lease: status.lease === undefined ? null : { ...status.lease },
    drift: status.drift === undefined ? null : { ...status.drift, at: iso(status.drift.at) },
    quarantined: (status.quarantined ?? []).map((one) => ({ ...one, at: iso(one.at) }))
  },
  lines: [
    `Workspace ${status.workspace}: ${status.resources} resource${status.resources === 1 ? "" : "s"} managed.`,
    ...(status.last === undefined
      ? ["No batch yet."]
      : [`Last batch: ${status.last.id}, ${status.last.ended ?? "unfinished"}, at ${iso(status.last.openedAt)}.`]),
    ...driftNoteLines(status.drift),
    ...leaseView(status.lease).lines,
    ...status.unfinished.flatMap(({ paused, stuck, summary }) => [
      ...(paused === undefined ? [] : pausedLines(summary.id, paused)),
      isHeld(status.lease)
        ? `${summary.id} is under way.`
        : `${paint("red", "!")} ${summary.id} is not finished. Run: amends recover ${summary.id}`,
      ...stuck.flatMap((one) => [`Since ${iso(one.since)}:`, ...stuckLines(summary.id, one, paint)])
    ]),
    ...quarantineLines(status.quarantined ?? [])
  ]
})

/** What `show` found; several views make one answer. */
export const shownView = (found: Shown, paint: Paint): ReadonlyArray<View> => {
  switch (found._tag) {
    case "batch":
      return batchViews(found.batch, paint)
    case "version":
      return [versionView(found.version, found.differs)]
    case "resource":
      return [
        {
          event: { type: "show", of: "resource", item: found.head === undefined ? null : headItem(found.head) },
          lines: found.head === undefined
            ? ["Not managed now."]
            : [
              `${found.head.address}: id ${harmless(found.head.remoteId)}, provider ${found.head.provider}`,
              ...documentLines(shown(found.head.declared))
            ]
        },
        versionsView(found.lineage)
      ]
    case "plan": {
      const { plan } = found.saved
      const item = { workspace: plan.workspace, hash: plan.hash, createdAt: iso(plan.createdAt) }
      return [{ event: { type: "show", of: "plan", item }, lines: [] }]
    }
  }
}
