/**
 * Adds acts to a scenario that take a batch of before back, between those that it has: what is drawn for the rest of a
 * seed stays as it is.
 */
import { drawOf } from "./Draw.ts"
import type { Act, Scenario } from "./Scenario.ts"

const strategies = ["stop", "stop", "ours", "theirs"] as const

/** The scenario with rollbacks: after each apply perhaps one, with the troubles of a later act or with none. */
export const withRollbacks = (scenario: Scenario): Scenario => {
  const draw = drawOf(scenario.seed, "rollbacks")
  const acts = scenario.acts.flatMap((act): ReadonlyArray<Act> => {
    if (act.verb !== "apply" || act.besideMs !== undefined || !draw.chance(0.6)) return [act]
    const { besideMs: _, older: __, batchKey: ___, ...rest } = act
    const troubled = draw.chance(0.5)
    const takes = { nth: draw.int(0, 1_000), strategy: draw.pick(strategies) }
    const like = scenario.acts[draw.int(0, scenario.acts.length - 1)]
    const { faults, troubles } = troubled && like !== undefined ? like : { faults: [], troubles: [] }
    return [act, { ...rest, verb: "rollback", takes, faults, troubles }]
  })
  return { ...scenario, acts }
}
