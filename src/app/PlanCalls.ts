/**
 * How many calls a plan takes of each provider, forward and, if all of it is taken back, on the way back; and the least
 * time they take under the provider's rate limit.
 *
 * Pure. Calls are the requests that write; reads come on top and are not promised. The least time is what the limit
 * alone makes of it: answers take their own. A step whose calls depend on what is not known yet counts as one.
 */
import { Result } from "effect"
import type { Operation } from "../domain/Change.ts"
import type { Document } from "../domain/Document.ts"
import type { Plan, PlannedChange, Step } from "../domain/Plan.ts"
import type { Provider } from "../providers/Provider.ts"
import type { Registry } from "../providers/Registry.ts"

/** What a plan asks of one provider; times in milliseconds, absent where nothing limits it. */
export interface ProviderCalls {
  readonly provider: string
  readonly forward: number
  readonly back: number
  readonly forwardMs?: number
  readonly backMs?: number
}

const count = (provider: Provider, kind: string, operation: Operation): number =>
  Result.getOrElse(Result.try(() => provider.calls(kind, operation).length), () => 1)

/** A document as a write would send it. */
const writable = (provider: Provider, kind: string, document: Document): Document =>
  Result.getOrElse(Result.try(() => provider.restore(kind, document, (_, id) => id)), () => document)

const create = (provider: Provider, kind: string, document: Document | undefined): number =>
  count(provider, kind, { _tag: "create", desired: writable(provider, kind, document ?? {}) })

const remove = (provider: Provider, kind: string): number =>
  count(provider, kind, { _tag: "delete", id: "0", from: {} })

const update = (provider: Provider, kind: string, from: Document | undefined, to: Document | undefined): number =>
  from === undefined || to === undefined
    ? 1
    : count(provider, kind, { _tag: "update", id: "0", from, to: { ...from, ...writable(provider, kind, to) } })

interface Counted {
  readonly forward: number
  readonly back: number
}

const callsOf = (provider: Provider, step: Step, change: PlannedChange | undefined): Counted => {
  const { action, before, desired, kind } = step
  switch (action) {
    case "create":
      return { forward: create(provider, kind, desired), back: remove(provider, kind) }
    case "delete":
      return { forward: remove(provider, kind), back: create(provider, kind, before) }
    case "update":
    case "adopt":
      return {
        forward: update(provider, kind, before, change?.after),
        back: update(provider, kind, change?.after, before)
      }
    case "guard":
      return { forward: 0, back: 0 }
  }
}

const leastMs = (calls: number, tokens: number, perMs: number): number =>
  calls === 0 ? 0 : Math.floor((calls - 1) / tokens) * perMs

const paced = ({ pace }: Provider, { back, forward }: Counted): Pick<ProviderCalls, "forwardMs" | "backMs"> =>
  pace === undefined ? {} : {
    forwardMs: leastMs(forward, pace.forward, pace.perMs),
    backMs: leastMs(back, pace.back, pace.perMs)
  }

/** Counts the calls of a plan by provider, in the order of their names. */
export const callsOfPlan = ({ changes, steps }: Plan, registry: Registry): ReadonlyArray<ProviderCalls> => {
  const changeOf = new Map(changes.map((change) => [change.address, change]))
  const byProvider = Map.groupBy(steps, ({ provider }) => provider)
  return [...byProvider.keys()].sort().flatMap((name) => {
    const provider = registry.providers.find((one) => one.name === name)
    if (provider === undefined) return []
    const all = (byProvider.get(name) ?? []).map((step) => callsOf(provider, step, changeOf.get(step.address)))
    const sum = (direction: keyof Counted): number => all.reduce((total, one) => total + one[direction], 0)
    const counted = { forward: sum("forward"), back: sum("back") }
    return [{ provider: name, ...counted, ...paced(provider, counted) }]
  })
}
