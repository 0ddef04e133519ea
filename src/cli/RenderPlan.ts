/**
 * A plan as text: what would change, field by field, and how each change would be taken back.
 *
 * Pure, and in the order of the plan, so that the same plan reads the same every time.
 */
import type { ProviderCalls } from "../app/PlanCalls.ts"
import { type Action, symbolOf } from "../domain/Change.ts"
import type { Reversibility } from "../domain/Kind.ts"
import type { Plan, PlannedChange, ResourceDrift } from "../domain/Plan.ts"
import { planCounts } from "./PlanCounts.ts"
import { diffLines } from "./RenderDiff.ts"
import { harmless } from "./ShowValue.ts"
import type { Colour, Paint } from "./Style.ts"

const colourOf: { readonly [A in Action]: Colour } = {
  create: "green",
  update: "yellow",
  replace: "red",
  delete: "red",
  adopt: "cyan",
  none: "dim"
}

const wordOf: { readonly [A in Action]: string } = {
  create: "will be created",
  update: "will be updated",
  replace: "will be replaced",
  delete: "will be deleted",
  adopt: "will be taken over",
  none: "stays as it is"
}

/** The symbol of a change; a replace says which half comes first. */
export const symbolFor = (change: Pick<PlannedChange, "action" | "createFirst">): string =>
  change.action === "replace" && change.createFirst === true ? "+/-" : symbolOf[change.action]

/** How a change would be taken back, in words. */
export const reversibilityText = (reversibility: Reversibility): string => {
  switch (reversibility._tag) {
    case "exact":
      return "exact"
    case "lossy":
      return `lossy: ${harmless(reversibility.why)}`
    case "none":
      return `none: ${harmless(reversibility.why)}`
  }
}

const changeLines = (change: PlannedChange, paint: Paint): ReadonlyArray<string> => {
  const symbol = paint(colourOf[change.action], symbolFor(change).padStart(3))
  const head = `${symbol} ${paint("bold", change.address)} ${wordOf[change.action]}`
  const notes = change.notes.map((note) => `        ${paint("dim", "#")} ${harmless(note)}`)
  if (change.action === "none") return [head, ...notes]
  const fields = diffLines(
    { action: change.action, before: change.before, after: change.after, differs: change.differs },
    paint
  )
  const back = `compensation: ${reversibilityText(change.reversibility)}; ${change.guarded ? "guarded" : "unguarded"}`
  return [
    head,
    `        ${paint(change.reversibility._tag === "none" ? "red" : "dim", `↩ ${back}`)}`,
    ...notes,
    ...fields.map((line) => `        ${line}`)
  ]
}

const driftWords: { readonly [K in Exclude<ResourceDrift["kind"], "token">]: string } = {
  edited: "was edited outside of amends",
  deleted: "was deleted outside of amends"
}

/** What somebody else did since last apply. */
export const driftLines = (drift: ReadonlyArray<ResourceDrift>, paint: Paint): ReadonlyArray<string> => {
  const visible = drift.flatMap(({ address, kind, paths }) => {
    if (kind === "token") return []
    const where = paths.length === 0 ? "" : ` at ${paths.map(harmless).join(", ")}`
    return [`  ${paint("yellow", "!")} ${paint("bold", address)} ${driftWords[kind]}${where}`]
  })
  // Servers touch resources for reasons of their own, such as what refers to them: worth a word, not an alarm.
  const touched = drift.filter(({ kind }) => kind === "token").map(({ address }) => address)
  return [
    ...(visible.length === 0 ? [] : ["Drift: since they were last applied,", ...visible, ""]),
    ...(touched.length === 0
      ? []
      : [paint("dim", `Written since, with no visible difference: ${touched.join(", ")}`), ""])
  ]
}

/** Somebody's edits that the plan would overwrite. */
export const conflictLines = (plan: Plan, paint: Paint): ReadonlyArray<string> =>
  plan.conflicts.length === 0
    ? []
    : [
      "Conflicts: somebody else changed what this plan would write. Apply refuses, unless lifecycle.conflict is",
      "`force` (overwrite theirs) or `keep` (leave theirs):",
      ...plan.conflicts.map(({ address, path }) =>
        `  ${paint("red", "!")} ${paint("bold", address)} at ${harmless(path)}`
      ),
      ""
    ]

/** What `unguarded` means, once for all changes. */
const legendLines = (plan: Plan, paint: Paint): ReadonlyArray<string> =>
  plan.changes.some(({ action, guarded }) => action !== "none" && action !== "create" && !guarded)
    ? [
      paint("dim", "Unguarded: the API cannot refuse to overwrite an edit that is made in the moment of the write."),
      ""
    ]
    : []

const headLines = (plan: Plan): ReadonlyArray<string> => {
  const touched = new Set(plan.drift.filter(({ kind }) => kind === "token").map(({ address }) => address))
  const refreshed = plan.refreshes.map(({ address }) => address).filter((address) => !touched.has(address))
  return [
    ...(refreshed.length === 0 ? [] : [`To be recorded, with no remote write: ${refreshed.join(", ")}`, ""]),
    ...(plan.drops.length === 0 ? [] : [`Gone already, to be forgotten: ${plan.drops.join(", ")}`, ""])
  ]
}

/** Whether the change of an address is worth a line: something happens, or there is something to know. */
const isShown = (change: PlannedChange): boolean => change.action !== "none" || change.notes.length > 0

/** Changes in their order, each followed by an empty line. */
export const changesLines = function*(changes: ReadonlyArray<PlannedChange>, paint: Paint): Generator<string> {
  for (const change of changes) {
    if (!isShown(change)) continue
    yield* changeLines(change, paint)
    yield ""
  }
}

/** Everything of a plan but its last line, made as it is read: a plan may be large. */
export const planLines = function*(plan: Plan, paint: Paint): Generator<string> {
  yield* driftLines(plan.drift, paint)
  yield* changesLines(plan.changes, paint)
  yield* headLines(plan)
  yield* legendLines(plan, paint)
  yield* conflictLines(plan, paint)
}

/** Milliseconds as people read them; a fraction of a second is nothing to wait for. */
const lasting = (ms: number): string => {
  const seconds = Math.ceil(ms / 1_000)
  if (seconds < 60) return `${seconds}s`
  const minutes = Math.floor(seconds / 60)
  return minutes < 60 ? `${minutes}m ${seconds % 60}s` : `${Math.floor(minutes / 60)}h ${minutes % 60}m`
}

const atLeast = (ms: number | undefined): string => ms === undefined ? "" : ` in at least ${lasting(ms)}`

/** What a plan asks of each provider. */
export const callLines = (calls: ReadonlyArray<ProviderCalls>): ReadonlyArray<string> =>
  calls.length === 0 ? [] : [
    ...calls.map(({ back, backMs, forward, forwardMs, provider }) =>
      `Calls to ${provider}: ${forward}${atLeast(forwardMs)}; to take all of it back: ${back}${atLeast(backMs)}.`
    ),
    ""
  ]

/** Whether applying would change nothing remotely. */
export const isEmpty = (plan: Plan): boolean => plan.steps.length === 0

/** The last line of a plan. */
export const planLastLine = (plan: Plan): string => {
  const { added, changed, destroyed } = planCounts(plan)
  return isEmpty(plan) ? "No changes." : `Plan: ${added} to add, ${changed} to change, ${destroyed} to destroy.`
}
