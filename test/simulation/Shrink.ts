/**
 * Cuts a failing scenario down to what is needed to fail: fewer acts, troubles, faults, resources and fields.
 *
 * Greedy, one part at a time, as long as the same invariant stays violated in the same words. Playing is cheap, so this
 * is plain.
 */
import type { Violation } from "./Ledger.ts"
import type { Act, Scenario } from "./Scenario.ts"
import { judge } from "./Simulate.ts"
import type { Mutation } from "./Trial.ts"

const without = <A>(list: ReadonlyArray<A>, index: number): ReadonlyArray<A> => list.filter((_, at) => at !== index)

const replaced = <A>(list: ReadonlyArray<A>, index: number, next: A): ReadonlyArray<A> =>
  list.map((one, at) => at === index ? next : one)

const smallerAct = (act: Act): ReadonlyArray<Act> => {
  const { answers: _answers, besideMs: _besideMs, batchKey: _batchKey, ...plain } = act
  return [
    ...act.troubles.map((_, index) => ({ ...act, troubles: without(act.troubles, index) })),
    ...act.faults.map((_, index) => ({ ...act, faults: without(act.faults, index) })),
    ...(Object.keys(plain).length < Object.keys(act).length ? [plain] : []),
    ...(act.parallelism > 1 ? [{ ...act, parallelism: 1 }] : []),
    ...(act.continueOnError || act.autoRecover || act.adopt
      ? [{ ...act, continueOnError: false, autoRecover: false, adopt: false }]
      : [])
  ]
}

const fewerActs = (scenario: Scenario): ReadonlyArray<Scenario> =>
  scenario.acts.map((_, index) => ({ ...scenario, acts: without(scenario.acts, index) }))

const smallerActs = (scenario: Scenario): ReadonlyArray<Scenario> =>
  scenario.acts.flatMap((act, index) =>
    smallerAct(act).map((next) => ({ ...scenario, acts: replaced(scenario.acts, index, next) }))
  )

const fewerResources = (scenario: Scenario): ReadonlyArray<Scenario> => {
  const names = [...new Set(scenario.configurations.flat().map(({ kind, name }) => `${kind}.${name}`))]
  const cut = (gone: (configuration: number, address: string) => boolean): Scenario => ({
    ...scenario,
    configurations: scenario.configurations.map((declared, configuration) =>
      declared.filter((one) => {
        const text = JSON.stringify(one.spec)
        return ![`${one.kind}.${one.name}`, ...names.filter((name) => text.includes(`"${name}"`))].some((address) =>
          gone(configuration, address)
        )
      })
    )
  })
  return [
    ...names.map((name) => cut((_, address) => address === name)),
    ...scenario.configurations.flatMap((_, index) =>
      names.map((name) => cut((configuration, address) => configuration === index && address === name))
    ),
    ...scenario.strangers.map((_, index) => ({ ...scenario, strangers: without(scenario.strangers, index) }))
  ]
}

const fewerFields = (scenario: Scenario): ReadonlyArray<Scenario> =>
  scenario.configurations.flatMap((declared, index) =>
    declared.flatMap((one, at) =>
      Object.keys(one.spec).filter((field) => !["name", "place", "ref"].includes(field)).map((field) => {
        const { [field]: _, ...spec } = one.spec
        return {
          ...scenario,
          configurations: replaced(scenario.configurations, index, replaced(declared, at, { ...one, spec }))
        }
      })
    )
  )

const fewerKinds = (scenario: Scenario): ReadonlyArray<Scenario> => {
  const used = new Set([...scenario.configurations.flat(), ...scenario.strangers].map(({ kind }) => kind))
  const kinds = scenario.kinds.filter(({ name }) => used.has(name))
  const kept = kinds.map(({ refersTo, ...kind }) =>
    refersTo === undefined || used.has(refersTo)
      ? { ...kind, ...(refersTo === undefined ? {} : { refersTo }) }
      : kind
  )
  return kept.length < scenario.kinds.length ? [{ ...scenario, kinds: kept }] : []
}

const smaller: ReadonlyArray<(scenario: Scenario) => ReadonlyArray<Scenario>> = [
  fewerActs,
  fewerResources,
  smallerActs,
  fewerFields,
  fewerKinds
]

/** How many scenarios are played at most on the way. */
const playsMax = 600

interface Shrinking {
  best: Scenario
  plays: number
  readonly fails: (candidate: Scenario) => boolean
}

/** Takes away what one kind of cut can take; tells whether that was anything. */
const reduce = (shrinking: Shrinking, cut: (from: Scenario) => ReadonlyArray<Scenario>): boolean => {
  const { best } = shrinking
  let index = 0
  for (let candidate = cut(best)[0]; candidate !== undefined && shrinking.plays < playsMax;) {
    shrinking.plays += 1
    if (shrinking.fails(candidate)) shrinking.best = candidate
    else index += 1
    candidate = cut(shrinking.best)[index]
  }
  return shrinking.best !== best
}

/** What is said of a violation, without who is concerned: ids, names and values. */
const wordsOf = ({ evidence, invariant }: Violation): string =>
  `${invariant} ${
    evidence.replace(/"[^"]*"/g, "").match(/\b[a-z]{3,}\b(?!-)/g)?.filter((word) => !names.has(word)).join(" ")
  }`

const names: ReadonlySet<string> = new Set(["ann", "bob", "cat", "dan", "twin", "stranger", "north", "south"])

/** The smallest scenario found that is still violated like that. */
export const shrink = (scenario: Scenario, like: Violation, mutation?: Mutation): Scenario => {
  const words = wordsOf(like)
  const fails = (candidate: Scenario): boolean =>
    judge(candidate, mutation).violations.some((violation) => wordsOf(violation) === words)
  const shrinking: Shrinking = { best: scenario, plays: 0, fails }
  while (smaller.map((cut) => reduce(shrinking, cut)).includes(true));
  return shrinking.best
}
