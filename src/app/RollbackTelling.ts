/**
 * Tells a rollback as a report: what happens to each resource, what stands in the way, who made it so, and which
 * commands settle it. Pure; values are masked here.
 */
import { type Document, isObject, type Json } from "../domain/Document.ts"
import type { Address } from "../domain/Ids.ts"
import type { Plan, PlannedChange } from "../domain/Plan.ts"
import { getAt, parsePointer, setAt } from "../domain/Pointer.ts"
import type { PlanRefusal } from "../executor/PlanRefusal.ts"
import { unknownSecrets } from "../executor/Recall.ts"
import type { Past } from "./Past.ts"
import type { Rolled } from "./RollbackDesired.ts"
import type { Broken } from "./RollbackReferences.ts"
import type { RollbackConflict, RollbackItem, RollbackReport, Touch } from "./RollbackReport.ts"
import { touchOf } from "./RollbackReport.ts"
import { shortId } from "./RollbackWhat.ts"
import { sensitiveText } from "./Shown.ts"
import type { Met } from "./TakeBack.ts"

/** What a report is made of. */
export interface Telling {
  readonly all: ReadonlyArray<Rolled>
  readonly broken: ReadonlyArray<Broken>
  /** Absent where it would depend on itself. */
  readonly plan: Plan | undefined
  readonly cycles: ReadonlyArray<PlanRefusal>
  /** The command that was given. */
  readonly command: string
  /** A document as it may be shown: what stands at secret places, and values known to be secret, are masked. */
  readonly masked: (document: Document, secretPaths: ReadonlyArray<string>) => Json
}

const touchesOf = (past: Past | undefined, ids: ReadonlyArray<string>): ReadonlyArray<Touch> => {
  const versions = new Map(past?.versions.map((version) => [version.id as string, version]))
  return ids.map((id) => {
    const version = versions.get(id)
    return version === undefined ? { _tag: "outside" } : touchOf(version)
  })
}

const whyOf: { readonly [K in Met["kind"]]?: string } = {
  "edit-edit": "it was changed to something else since",
  "add-add": "something else was added there since",
  "delete-edit": "one of both is a delete, the other a change",
  "type-change": "it is a value of another type since",
  order: "both put the elements into another order",
  "move-move": "an element was moved to two places",
  "move-cycle": "elements would be moved into each other",
  unkeyed: "elements cannot be told apart, so that the list counts as a whole"
}

/** Commands that settle a conflict of content. */
const settlingOf = (
  { command }: Telling,
  address: Address,
  touched: ReadonlyArray<Touch>,
  others: ReadonlyArray<Address>
): ReadonlyArray<string> => [
  `${command} --strategy ours  # keep what is there now`,
  `${command} --strategy theirs  # put back what stood there before`,
  ...touched.flatMap((touch) =>
    touch._tag === "version"
      ? [`amends rollback ${address} --revert ${shortId(touch.version)}  # take the later change out first`]
      : []
  ).slice(0, 1),
  ...others.length === 0 || command.includes(" --only ")
    ? []
    : [`${command} ${others.map((other) => `--only ${other}`).join(" ")}  # only what has no conflict`]
]

/** Where secrets stand. An element may stand at another place of its list by now, or be named by its key. */
const secretPlacesOf = ({ head, kind, past }: Rolled): ReadonlyArray<string> =>
  [...kind.roles.sensitive, ...past?.secretPaths ?? [], ...head?.secretPaths ?? []].map((path) =>
    path.replaceAll(/\/\d+(?=\/|$)/g, "/*")
  )

/** The sides of a conflict. A value that nobody knows to be secret is so by its place. */
const sidesOf = ({ masked }: Telling, one: Rolled, { base, ours, path, theirs }: Met) => {
  const secret = secretPlacesOf(one)
  const at = parsePointer(path)
  const shown = (value: Json): Json => {
    const document = setAt({}, at, value)
    return isObject(document) ? getAt(masked(document, secret), at) ?? sensitiveText : sensitiveText
  }
  return {
    ...(base === undefined ? {} : { base: shown(base) }),
    ...(ours === undefined ? {} : { ours: shown(ours) }),
    ...(theirs === undefined ? {} : { theirs: shown(theirs) })
  }
}

const ofContent = (telling: Telling, one: Rolled, others: ReadonlyArray<Address>): ReadonlyArray<RollbackConflict> =>
  one.taken.conflicts.map((met) => {
    const touchedBy = touchesOf(one.past, met.laterBy)
    const { kind, path, severity, settled } = met
    return {
      address: one.address,
      path,
      kind,
      severity,
      why: whyOf[kind] ?? "both sides changed it",
      ...sidesOf(telling, one, met),
      touchedBy,
      ...(settled === undefined ? {} : { settled }),
      suggestions: settled === undefined ? settlingOf(telling, one.address, touchedBy, others) : []
    }
  })

/** Of what would refer to nothing, because this deletes what it refers to. */
const ofCascade = ({ address, path }: Broken, to: Address): RollbackConflict => ({
  address: to,
  path: "",
  kind: "dependency",
  severity: "critical",
  why: `${address} refers to it${path === "" ? "" : ` at ${path}`}, and would refer to nothing`,
  touchedBy: [],
  suggestions: [`amends history ${address}  # find the change that made it refer, and take that out first`]
})

const bringingBack = ({ deletedBy, to }: Broken): ReadonlyArray<string> => {
  if (to === undefined) return []
  return deletedBy === undefined
    ? [
      `amends history ${to}  # bring it back first: amends rollback ${to} --to VERSION, or amends drift --restore ${to}`
    ]
    : [`amends rollback ${deletedBy} --only ${to}  # bring it back first`]
}

const ofDependency = ({ command }: Telling, broken: Broken): RollbackConflict => {
  const { address, goes, id, of, path, to } = broken
  if (goes && to !== undefined) return ofCascade(broken, to)
  return {
    address,
    path,
    kind: "dependency",
    // What was never managed may go by another name than its id.
    severity: to === undefined ? "warning" : "critical",
    why: `it would refer to ${to === undefined ? `${of} ${id}` : `${to} (${id})`}, which is not there any more`,
    touchedBy: [],
    suggestions: [...bringingBack(broken), `${command} --dry-run  # and look again`]
  }
}

/** What stood there is only known as a mask: it stays as it is. */
const ofSecrets = ({ address, kind, seen, target }: Rolled): ReadonlyArray<RollbackConflict> =>
  target === undefined ? [] : unknownSecrets(kind, target).map((path) => ({
    address,
    path,
    kind: "secret",
    severity: "warning",
    why: seen === undefined
      ? "only a mask of it is known: it comes back without"
      : "only a mask of it is known: it stays as it is",
    touchedBy: [],
    settled: "ours",
    suggestions: []
  }))

const ofCycles = (cycles: ReadonlyArray<PlanRefusal>): ReadonlyArray<RollbackConflict> =>
  cycles.map(({ address, message }) => ({
    address,
    path: "",
    kind: "cycle",
    severity: "critical",
    why: message,
    touchedBy: [],
    suggestions: []
  }))

const notesOf = ({ past, taken }: Rolled, change: PlannedChange | undefined): ReadonlyArray<string> => {
  if (past === undefined) return ["follows: what it refers to gets a new id", ...(change?.notes ?? [])]
  const unsure = taken.reverts.filter((id) => {
    const before = past.beforeOf.get(id)
    return before?._tag === "as the version before" && !before.sure
  })
  // What a conflict keeps is still there.
  const isDone = taken.reverts.length > 0 && (change?.action ?? "none") === "none" && taken.conflicts.length === 0
  return [
    ...(change?.notes ?? []),
    ...(isDone ? ["nothing of it is left to take out"] : []),
    ...unsure.map((id) => `the journal of ${id} is gone: what stood before it is what the version before held`)
  ]
}

const itemOf = (one: Rolled, change: PlannedChange | undefined): RollbackItem => ({
  address: one.address,
  action: change?.action ?? "none",
  reverts: one.taken.reverts,
  changes: change?.differs ?? [],
  drops: touchesOf(one.past, one.taken.drops),
  notes: notesOf(one, change)
})

/** Tells what a rollback would do. */
export const reportOf = (telling: Telling): RollbackReport => {
  const { all, broken, cycles, plan } = telling
  const changes = new Map(plan?.changes.map((change) => [change.address, change]))
  const blocked = new Set([
    ...all.filter(({ taken }) => taken.conflicts.some(({ settled }) => settled === undefined)).map((one) =>
      one.address
    ),
    ...broken.flatMap(({ address, to }) => to === undefined ? [address] : [address, to])
  ])
  const free = all.filter(({ address, past }) => past !== undefined && !blocked.has(address)).map((one) => one.address)
  const others = all.length > 1 ? free : []
  return {
    items: all.map((one) => itemOf(one, changes.get(one.address))),
    conflicts: [
      ...all.flatMap((one) => [...ofContent(telling, one, others), ...ofSecrets(one)]),
      ...broken.map((one) => ofDependency(telling, one)),
      ...ofCycles(cycles)
    ]
  }
}
