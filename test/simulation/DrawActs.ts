/**
 * Draws the acts of a scenario: who runs, what they are asked to do, and what befalls them.
 */
import type { Draw } from "./Draw.ts"
import { drawFault, drawTardy, drawTroubles, drawWeather, type Weather } from "./DrawTroubles.ts"
import type { Act, KindDraft } from "./Scenario.ts"

/** How little time and patience a person gives a batch. */
const drawBounds = (draw: Draw): Partial<Act> => ({
  ...(draw.chance(0.4) ? { retryBudget: draw.int(0, 2) } : {}),
  ...(draw.chance(0.4) ? { stepDeadlineMs: draw.pick([100, 1_000, 5_000]) } : {}),
  ...(draw.chance(0.4) ? { batchDeadlineMs: draw.pick([100, 600, 3_000]) } : {}),
  ...(draw.chance(0.4) ? { compensationDeadlineMs: draw.pick([1, 200, 3_000]) } : {})
})

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
  ...(draw.chance(0.1) ? { contrary: true } : {}),
  provable: draw.chance(0.7)
})

interface Stage {
  readonly draw: Draw
  readonly weather: Weather
  readonly kinds: ReadonlyArray<KindDraft>
  readonly acts: Array<Act>
}

const addAct = (
  { acts, draw, kinds, weather }: Stage,
  verb: Act["verb"],
  configuration: number,
  disturbed: boolean
) => {
  const faults = disturbed
    ? Array.from({ length: draw.int(0, 3) }, () => drawFault(draw, weather, kinds)).flat()
    : []
  const tardy = disturbed && weather.tardy ? drawTardy(draw, kinds) : []
  const troubles = disturbed ? drawTroubles(draw, weather, kinds) : []
  const bounds = disturbed && weather.deadlines ? drawBounds(draw) : {}
  // Two at once on an API that settles late plan on what is no more: that is not what is tried here.
  const settled = kinds.every(({ settlesWithinMs }) => settlesWithinMs === 0)
  const beside = draw.chance(0.08) && settled ? { besideMs: draw.pick([0, 30, 400]) } : {}
  acts.push({ ...drawAct(draw, verb, configuration), ...bounds, ...beside, faults: [...tardy, ...faults], troubles })
}

/** Acts that only look, or that look at an older copy of the state: nothing may come of them. */
const addOnlooker = ({ acts, draw }: Stage, configuration: number): void => {
  const quiet = { faults: [], troubles: [] }
  if (draw.chance(0.12)) acts.push({ ...drawAct(draw, "rehearse", configuration), ...quiet })
  if (draw.chance(0.03)) {
    acts.push({ ...drawAct(draw, draw.pick(["apply", "recover"]), configuration), ...quiet, older: true })
  }
}

/** The acts of a seed. The first applies the first configuration, mostly undisturbed. */
export const drawActs = (
  draw: Draw,
  kinds: ReadonlyArray<KindDraft>,
  configurations: number
): { readonly acts: ReadonlyArray<Act>; readonly tardy: boolean } => {
  const weather = drawWeather(draw)
  const acts: Array<Act> = []
  const stage: Stage = { draw, weather, kinds, acts }
  const calm = draw.chance(0.7)
  for (let configuration = 0; configuration < configurations; configuration++) {
    addAct(stage, "apply", configuration, configuration > 0 || !calm)
    addOnlooker(stage, configuration)
    for (let n = draw.int(0, 2); n > 0; n--) {
      addAct(stage, draw.chance(0.06) ? "resume" : "recover", configuration, draw.chance(0.6))
      addOnlooker(stage, configuration)
    }
  }
  return { acts, tardy: weather.tardy }
}
