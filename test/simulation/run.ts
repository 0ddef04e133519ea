/**
 * `npm run simulate`: plays seeds until time or runs are up, or until an invariant is violated.
 *
 * `--seed N` is the first seed (a new one each time without it), `--runs N` and `--minutes N` say how long, `--mode
 * safety|liveness` which (both in turn without it), `--without RULE` switches a rule of the protocol off, `--rules`
 * looks for a seed that notices each of them, `--rollbacks` takes batches back in between, `--story` tells what
 * happened in a run. Exits 1 with the shrunk case.
 */
import { parseArgs } from "node:util"
import { withRollbacks } from "./DrawRollbacks.ts"
import { drawScenario } from "./DrawScenario.ts"
import { outline, sayings, story } from "./Narrate.ts"
import { noticed, proofs, seek } from "./Rules.ts"
import type { Mode, Scenario } from "./Scenario.ts"
import { shrink } from "./Shrink.ts"
import { judge, type Verdict } from "./Simulate.ts"
import type { Mutation } from "./Trial.ts"

const say = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    runs: { type: "string" },
    minutes: { type: "string" },
    mode: { type: "string" },
    without: { type: "string" },
    rules: { type: "boolean", default: false },
    rollbacks: { type: "boolean", default: false },
    story: { type: "boolean", default: false }
  }
})

const rules = proofs.map(({ rule }) => rule)
const mutation = rules.find((rule) => rule === values.without)
if (values.without !== undefined && mutation === undefined) {
  say(`there is no rule ${values.without}; say one of ${rules.join(", ")}`)
  process.exit(7)
}

// Where an effect was made is nobody's question while seeds are searched, and costs a stack at every step.
if (!values.story) Error.stackTraceLimit = 0

const started = performance.now()
const seconds = (): number => (performance.now() - started) / 1_000
const first = values.seed === undefined ? Math.floor(Math.random() * 1_000_000_000) : Number(values.seed)
const untilSeconds = values.minutes === undefined ? Infinity : Number(values.minutes) * 60
const runsMax = values.runs !== undefined
  ? Number(values.runs)
  : values.minutes !== undefined
  ? Infinity
  : values.seed === undefined
  ? 1_000
  : 1

const modeOf = (seed: number): Mode =>
  values.mode === "safety" || values.mode === "liveness" ? values.mode : seed % 2 === 0 ? "liveness" : "safety"

const scenarioOf = (seed: number): Scenario => {
  const scenario = drawScenario(seed, modeOf(seed))
  return values.rollbacks ? withRollbacks(scenario) : scenario
}

const replayOf = (seed: number, without: Mutation | undefined): string =>
  `npm run simulate -- --seed ${seed} --mode ${modeOf(seed)}${values.rollbacks ? " --rollbacks" : ""}${
    without === undefined ? "" : ` --without ${without}`
  }`

const tell = ({ trial, violations }: Verdict): void => {
  for (const line of [...outline(trial.scenario), ...story(trial), ...sayings(trial)]) say(line)
  for (const { evidence, invariant } of violations) say(`VIOLATED ${invariant}: ${evidence}`)
}

const fail = (seed: number, { violations }: Verdict): never => {
  for (const { evidence, invariant } of violations) say(`seed ${seed}: violated ${invariant}: ${evidence}`)
  say(`\nthe same with fewer parts:`)
  const [found] = violations
  if (found !== undefined) tell(judge(shrink(scenarioOf(seed), found, mutation), mutation))
  say(`\nreplay: ${replayOf(seed, mutation)}`)
  process.exit(1)
}

const search = (): void => {
  let runs = 0
  let seed = first
  for (; runs < runsMax && seconds() < untilSeconds; runs++, seed++) {
    const verdict = judge(scenarioOf(seed), mutation)
    if (values.story) tell(verdict)
    if (verdict.violations.length > 0) fail(seed, verdict)
  }
  say(`${runs} runs from seed ${first}, ${(runs / seconds()).toFixed(0)} runs/s: no invariant is violated`)
}

/** Looks for the seeds of Rules.ts, and prints them as they stand there. */
const seekAll = (): void => {
  for (const rule of rules) {
    const since = seconds()
    const proof = seek(rule, () => seconds() - since > 60)
    if (proof === undefined) say(`${rule}: not noticed within 60 s`)
    else {
      const { mode, seed } = proof
      const took = (seconds() - since).toFixed(1)
      say(`{ rule: "${rule}", mode: "${mode}", seed: ${seed} }, // ${took} s: ${noticed(proof).join(", ")}`)
    }
  }
}

if (values.rules) seekAll()
else search()
