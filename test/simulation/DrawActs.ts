/**
 * Draws the acts of a scenario: who runs, and what befalls them.
 */
import type { Document } from "../../src/domain/Document.ts"
import type { Act as FaultAct, Fault, RemoteOperation } from "../../src/providers/memory/Fault.ts"
import type { Draw } from "./Draw.ts"
import type { Act, Deed, KindDraft, Trouble } from "./Scenario.ts"

/** Which troubles a seed has at all. */
interface Weather {
  readonly faults: ReadonlyArray<FaultAct>
  readonly strangers: boolean
  readonly crashes: boolean
  readonly stops: boolean
  readonly disk: boolean
  readonly clocks: boolean
  readonly cancels: boolean
}

const faultActs: ReadonlyArray<FaultAct> = [
  "refuse",
  "notSent",
  "ambiguousBefore",
  "ambiguousAfter",
  "throttle",
  "lateLanding",
  "lateLanding",
  "unauthorized",
  "hang",
  "dropAccepted",
  "die",
  "otherId"
]

const drawWeather = (draw: Draw): Weather => ({
  faults: draw.chance(0.85) ? draw.some(faultActs, draw.pick([0.15, 0.3, 0.6])) : [],
  strangers: draw.chance(0.45),
  crashes: draw.chance(0.65),
  stops: draw.chance(0.3),
  disk: draw.chance(0.15),
  clocks: draw.chance(0.1),
  cancels: draw.chance(0.15)
})

const writes: readonly [RemoteOperation, ...ReadonlyArray<RemoteOperation>] = ["create", "update", "delete"]

const drawFault = (draw: Draw, weather: Weather, kinds: ReadonlyArray<KindDraft>): ReadonlyArray<Fault> => {
  const act = weather.faults[draw.int(0, weather.faults.length - 1)]
  if (act === undefined) return []
  const kind = kinds[draw.int(0, kinds.length - 1)]?.name ?? ""
  const operation = act === "otherId" ? "observe" as const : draw.chance(0.85)
    ? draw.pick(writes)
    : draw.pick(["observe", "list", "find"])
  return [{
    act,
    match: {
      operation,
      ...(draw.chance(0.6) ? { kind } : {}),
      ...(draw.chance(0.2) ? { call: draw.int(1, 3) } : {}),
      ...(draw.chance(0.3) ? { during: draw.pick(["forward", "compensation"]) } : {}),
      nth: draw.int(1, 4)
    },
    times: draw.pick([1, 1, 1, 2, 6, 1_000]),
    ms: draw.pick([0, 50, 400, 1_500, 1_900]),
    ...(act === "refuse" ? { status: draw.pick([400, 403, 404, 409, 422, 507]) } : {})
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
  const deed = draw.pick(["edit", "edit", "edit", "revert", "touch", "remove", "recreate", "create"])
  if (deed === "edit") return { deed, kind, which, patch: drawPatch(draw) }
  if (deed === "create") {
    const name = draw.pick(["ann", "bob", "twin", `other-${draw.int(1, 9)}`])
    return { deed, kind, document: { name, size: draw.int(2, 5) } }
  }
  return { deed, kind, which }
}

const drawTroubles = (draw: Draw, weather: Weather, kinds: ReadonlyArray<KindDraft>): ReadonlyArray<Trouble> => {
  const troubles: Array<Trouble> = []
  const beat = (): number => draw.int(1, draw.pick([12, 40, 90]))
  const commit = (): number => draw.int(1, draw.pick([6, 14, 30]))
  if (weather.strangers) {
    for (let n = draw.int(0, 3); n > 0; n--) {
      troubles.push({ beat: beat(), act: "stranger", deed: drawDeed(draw, kinds) })
    }
  }
  if (weather.crashes && draw.chance(0.75)) {
    if (draw.chance(0.4)) troubles.push({ commit: commit(), act: draw.pick(["crashBefore", "crashAfter"]) })
    else {
      const landsMs = draw.pick([1, 300, 1_500, 1_900])
      troubles.push({ beat: beat(), act: "crash", ...(draw.chance(0.4) ? { landsMs } : {}) })
    }
  }
  if (weather.stops && draw.chance(0.6)) {
    const ms = draw.pick([500, 14_000, 60_000])
    troubles.push(draw.chance(0.5) ? { beat: beat(), act: "stop", ms } : { commit: commit(), act: "stopAfter", ms })
  }
  if (weather.disk && draw.chance(0.6)) {
    troubles.push({ commit: commit(), act: draw.pick(["io", "ioAfter", "full", "busy"]) })
  }
  if (weather.cancels && draw.chance(0.5)) troubles.push({ beat: beat(), act: "cancel" })
  if (weather.clocks && draw.chance(0.5)) {
    troubles.push({ beat: beat(), act: "clock", ms: draw.pick([-86_400_000, -3_000, 3_000, 86_400_000]) })
  }
  return troubles
}

const drawAct = (draw: Draw, verb: Act["verb"], configuration: number): Omit<Act, "faults" | "troubles"> => ({
  verb,
  configuration,
  parallelism: draw.pick([1, 2, 4, 10]),
  onFailure: draw.chance(0.12) ? "keep" : "rollback",
  continueOnError: draw.chance(0.15),
  autoRecover: draw.chance(0.2),
  adopt: draw.chance(0.3),
  ...(draw.chance(0.1) ? { batchKey: `key-${configuration}` } : {}),
  direction: draw.pick(["auto", "auto", "auto", "back", "forward"]),
  abandon: draw.chance(0.02),
  ...(draw.chance(0.5) ? { answers: draw.int(0, 1_000_000) } : {}),
  provable: draw.chance(0.7)
})

/** The acts of a seed. The first applies the first configuration, mostly undisturbed. */
export const drawActs = (draw: Draw, kinds: ReadonlyArray<KindDraft>, configurations: number): ReadonlyArray<Act> => {
  const weather = drawWeather(draw)
  const acts: Array<Act> = []
  const calm = draw.chance(0.7)
  const settled = kinds.every(({ settlesWithinMs }) => settlesWithinMs === 0)
  const add = (verb: Act["verb"], configuration: number, disturbed: boolean) => {
    const faults = disturbed
      ? Array.from({ length: draw.int(0, 3) }, () => drawFault(draw, weather, kinds)).flat()
      : []
    const troubles = disturbed ? drawTroubles(draw, weather, kinds) : []
    // Two at once on an API that settles late plan on what is no more: that is not what is tried here.
    const beside = draw.chance(0.08) && settled ? { besideMs: draw.pick([0, 30, 400]) } : {}
    acts.push({ ...drawAct(draw, verb, configuration), ...beside, faults, troubles })
  }
  for (let configuration = 0; configuration < configurations; configuration++) {
    add("apply", configuration, configuration > 0 || !calm)
    for (let n = draw.int(0, 2); n > 0; n--) add("recover", configuration, draw.chance(0.6))
  }
  return acts
}
