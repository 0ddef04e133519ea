/**
 * Draws what befalls the processes of a scenario: the weather of a seed, and out of it faults and troubles.
 */
import type { Document } from "../../src/domain/Document.ts"
import type { Act as FaultAct, Fault, RemoteOperation } from "../../src/providers/memory/Fault.ts"
import type { Draw } from "./Draw.ts"
import type { Deed, KindDraft, Trouble } from "./Scenario.ts"

/** Which troubles a seed has at all. */
export interface Weather {
  readonly faults: ReadonlyArray<FaultAct>
  readonly strangers: boolean
  readonly crashes: boolean
  readonly stops: boolean
  readonly disk: boolean
  readonly clocks: boolean
  readonly cancels: boolean
  readonly pauses: boolean
  readonly breaks: boolean
  readonly deadlines: boolean
  /** Requests may land after the horizon. */
  readonly tardy: boolean
}

/** What the server and the network do. */
export const faultActs: ReadonlyArray<FaultAct> = [
  "refuse",
  "notSent",
  "ambiguousBefore",
  "ambiguousAfter",
  "truncated",
  "throttle",
  "lateLanding",
  "lateLanding",
  "unauthorized",
  "hang",
  "dropAccepted",
  "acceptLate",
  "die",
  "otherId"
]

/** Draws the weather of a seed: some have a little of much, some much of one. */
export const drawWeather = (draw: Draw): Weather => ({
  faults: draw.chance(0.85) ? draw.some(faultActs, draw.pick([0.15, 0.3, 0.6])) : [],
  strangers: draw.chance(0.45),
  crashes: draw.chance(0.65),
  stops: draw.chance(0.3),
  disk: draw.chance(0.2),
  clocks: draw.chance(0.1),
  cancels: draw.chance(0.15),
  pauses: draw.chance(0.12),
  breaks: draw.chance(0.05),
  deadlines: draw.chance(0.12),
  tardy: draw.chance(0.06)
})

const writes: readonly [RemoteOperation, ...ReadonlyArray<RemoteOperation>] = ["create", "update", "delete"]

/** What is answered by a server that fails, also where it did what it was asked. */
const failing = [500, 502, 503, 504] as const

const statusOf = (draw: Draw, act: FaultAct): Pick<Fault, "status"> => {
  if (act === "refuse") return { status: draw.pick([400, 403, 404, 409, 422, 507]) }
  return act === "ambiguousAfter" && draw.chance(0.5) ? { status: draw.pick(failing) } : {}
}

/** What a fault is aimed at: mostly one kind of write; credentials and connections fail for everything now and then. */
const drawMatch = (draw: Draw, act: FaultAct, kinds: ReadonlyArray<KindDraft>): NonNullable<Fault["match"]> => {
  const kind = kinds[draw.int(0, kinds.length - 1)]?.name ?? ""
  const everything = ["unauthorized", "notSent", "throttle"].includes(act) && draw.chance(0.3)
  const operation = act === "otherId" ? "observe" as const : draw.chance(0.85)
    ? draw.pick(writes)
    : draw.pick(["observe", "list", "find"])
  return {
    ...(everything ? {} : { operation }),
    ...(draw.chance(0.6) ? { kind } : {}),
    ...(draw.chance(0.2) ? { call: draw.int(1, 3) } : {}),
    ...(draw.chance(0.3) ? { during: draw.pick(["forward", "compensation"]) } : {}),
    nth: everything ? draw.int(1, 30) : draw.int(1, 4)
  }
}

/** Draws at most one fault. */
export const drawFault = (draw: Draw, weather: Weather, kinds: ReadonlyArray<KindDraft>): ReadonlyArray<Fault> => {
  const act = weather.faults[draw.int(0, weather.faults.length - 1)]
  if (act === undefined) return []
  return [{
    act,
    match: drawMatch(draw, act, kinds),
    times: draw.pick([1, 1, 1, 2, 6, 1_000]),
    // Longer than anybody waits for a server that asks to come back later.
    ms: act === "throttle" && draw.chance(0.1) ? 200_000 : draw.pick([0, 50, 400, 1_500, 1_900]),
    ...statusOf(draw, act)
  }]
}

/** The writes of a kind that the API itself keeps from doing harm when they land after everything was decided. */
const harmless = (kind: KindDraft): ReadonlyArray<RemoteOperation> => {
  if ((kind.keyTtlMs ?? 0) > 3_600_000) return writes
  // Another resource of that name, or under that id, may count its versions anew.
  const isGuarded = kind.guard !== "none" && kind.identity === "server" && kind.ids !== "reused"
  return [
    ...(kind.identity === "server" ? [] : ["create" as const]),
    ...(isGuarded ? ["update" as const, "delete" as const] : [])
  ]
}

/** A request that lands when nobody thinks of it any more; only where the API itself prevents the worst. */
export const drawTardy = (draw: Draw, kinds: ReadonlyArray<KindDraft>): ReadonlyArray<Fault> => {
  const able = kinds.flatMap((kind) => harmless(kind).map((operation) => ({ kind: kind.name, operation })))
  const match = able[draw.int(0, able.length - 1)]
  if (match === undefined) return []
  const call = match.operation === "create" ? { call: 1 } : {}
  return [{
    act: "lateLanding",
    match: { ...match, ...call, nth: draw.int(1, 3) },
    ms: draw.pick([2_500, 6_000, 20_000])
  }]
}

const drawPatch = (draw: Draw): Document =>
  draw.pick<Document>([
    { size: draw.int(2, 9) },
    { label: draw.pick(["x", "theirs"]) },
    { label: null },
    { tags: ["theirs"] },
    { code: draw.pick(["ABC", "theirs"]) }
  ])

const drawDeed = (draw: Draw, kinds: ReadonlyArray<KindDraft>): Deed => {
  const kind = kinds[draw.int(0, kinds.length - 1)]?.name ?? ""
  const which = draw.int(0, 7)
  const deed = draw.pick(["edit", "edit", "edit", "revert", "touch", "remove", "recreate", "create", "mimic"])
  if (deed === "edit") return { deed, kind, which, patch: drawPatch(draw) }
  if (deed === "mimic") return { deed, kind }
  if (deed === "create") {
    const name = draw.pick(["ann", "bob", "twin", `other-${draw.int(1, 9)}`])
    return { deed, kind, document: { name, size: draw.int(2, 5) } }
  }
  return { deed, kind, which }
}

const beatOf = (draw: Draw): number => draw.int(1, draw.pick([12, 40, 90]))

const commitOf = (draw: Draw): number => draw.int(1, draw.pick([6, 14, 30]))

const drawStrangers = (draw: Draw, kinds: ReadonlyArray<KindDraft>): ReadonlyArray<Trouble> =>
  Array.from({ length: draw.int(0, 3) }, () => ({
    beat: beatOf(draw),
    act: "stranger" as const,
    deed: drawDeed(draw, kinds)
  }))

const drawCrash = (draw: Draw): Trouble => {
  if (draw.chance(0.1)) return { mark: draw.int(1, 4), act: draw.pick(["crashBefore", "crashAfter"]) }
  if (draw.chance(0.4)) return { commit: commitOf(draw), act: draw.pick(["crashBefore", "crashAfter"]) }
  const landsMs = draw.pick([1, 300, 1_500, 1_900])
  return { beat: beatOf(draw), act: "crash", ...(draw.chance(0.4) ? { landsMs } : {}) }
}

const drawStop = (draw: Draw): Trouble => {
  const ms = draw.pick([500, 14_000, 60_000])
  return draw.chance(0.5)
    ? { beat: beatOf(draw), act: "stop", ms }
    : { commit: commitOf(draw), act: "stopAfter", ms }
}

const drawDisk = (draw: Draw): Trouble => {
  if (draw.chance(0.15)) return { mark: draw.int(1, 6), act: draw.pick(["io", "full", "busy"]) }
  const commit = commitOf(draw)
  if (draw.chance(0.2)) return { commit, act: "slow", ms: draw.pick([40, 150, 4_000]) }
  if (draw.chance(0.15)) return { commit, act: "busyFor", ms: draw.pick([300, 4_000, 9_000]) }
  return { commit, act: draw.pick(["io", "ioAfter", "full", "fullForGood", "busy", "replaced"]) }
}

/** Draws what befalls one process. */
export const drawTroubles = (
  draw: Draw,
  weather: Weather,
  kinds: ReadonlyArray<KindDraft>
): ReadonlyArray<Trouble> => [
  ...(weather.strangers ? drawStrangers(draw, kinds) : []),
  ...(weather.crashes && draw.chance(0.75) ? [drawCrash(draw)] : []),
  ...(weather.stops && draw.chance(0.6) ? [drawStop(draw)] : []),
  ...(weather.disk && draw.chance(0.6) ? [drawDisk(draw)] : []),
  ...(weather.cancels && draw.chance(0.5) ? [{ beat: beatOf(draw), act: "cancel" as const }] : []),
  ...(weather.clocks && draw.chance(0.5)
    ? [{ beat: beatOf(draw), act: "clock" as const, ms: draw.pick([-86_400_000, -3_000, 3_000, 86_400_000]) }]
    : []),
  ...(weather.pauses && draw.chance(0.6)
    ? [{ beat: beatOf(draw), act: "pause" as const, ms: draw.pick([100, 3_000, 30_000]) }]
    : []),
  ...(weather.breaks && draw.chance(0.5) ? [{ beat: beatOf(draw), act: "break" as const }] : [])
]
