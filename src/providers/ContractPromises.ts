/**
 * The cases of the provider contract about what a kind claims of itself: tokens, guards, idempotency keys, and that a
 * before-image can be written again, which is what every compensation rests on.
 */
import { Effect } from "effect"
import { canonicalText } from "../domain/Document.ts"
import { differs, frozen, lacks, referencesOf, unmasked } from "./ContractCompare.ts"
import {
  created,
  createExample,
  deleteOf,
  lookAround,
  lookAt,
  none,
  perform,
  removed,
  updated,
  updateOf
} from "./ContractSteps.ts"
import { type ContractCase, demand } from "./ContractSubject.ts"
import type { Observation } from "./Provider.ts"

const rises = (what: string, of: (found: Observation) => string | undefined): ContractCase["holds"] => (trial) =>
  Effect.gen(function*() {
    const before = yield* created(trial)
    const after = yield* updated(trial, before)
    yield* demand(of(before), `no ${what} although one is declared`)
    yield* demand(of(after) !== of(before), `the ${what} did not change with a write`)
  })

/** Capabilities and restoring. */
export const promiseCases: ReadonlyArray<ContractCase> = [
  {
    fact: "the change token changes with a write",
    concerns: ({ capabilities }) => capabilities.changeToken !== undefined,
    holds: rises("token", (found) => found.token)
  },
  {
    fact: "the guard changes with a write, and a stale one is refused",
    concerns: ({ capabilities }) => capabilities.guard !== "none",
    holds: (trial) =>
      Effect.gen(function*() {
        yield* rises("guard", (found) => found.guard)(trial)
        const found = (yield* lookAround(trial))[0]
        if (found === undefined) return yield* demand(false, "list holds nothing")
        const stale = { ...found, guard: `${found.guard}-stale` }
        const error = yield* Effect.flip(perform(trial, deleteOf(stale), { key: "stale" })).pipe(
          Effect.catch(() => demand(false, "a stale guard was accepted"))
        )
        yield* demand(error?._tag === "ProviderError" && error.reason === "Conflict", `no Conflict: ${error?.message}`)
        yield* lookAt(trial, found.id)
      })
  },
  {
    fact: "the same idempotency key has one effect and one id",
    concerns: ({ capabilities }) => capabilities.idempotencyKey !== undefined,
    holds: (trial) =>
      Effect.gen(function*() {
        const first = yield* createExample(trial)
        const second = yield* createExample(trial)
        yield* demand(first === second, `two ids: ${first}, ${second}`)
        yield* demand((yield* lookAround(trial)).length === 1, "two resources")
      })
  },
  {
    fact: "a before-image can be created again",
    holds: (trial) =>
      Effect.gen(function*() {
        const { provider, kind, example } = trial
        const before = yield* created(trial)
        yield* removed(trial, before)
        const desired = provider.restore(kind.name, frozen(unmasked(kind, before.document, example.create)), (_, id) =>
          id)
        const id = yield* perform(trial, { _tag: "create", desired }, { key: "restored" })
        yield* none(differs(kind, before.document, (yield* lookAt(trial, id)).document), "not as it was")
      })
  },
  {
    fact: "a before-image can be written over what is there",
    holds: (trial) =>
      Effect.gen(function*() {
        const { provider, kind } = trial
        const before = yield* created(trial)
        const now = yield* updated(trial, before)
        const to = provider.restore(kind.name, frozen(before.document), (_, id) => id)
        yield* perform(trial, updateOf(now, to), { key: "restored" })
        yield* none(lacks(kind, before.document, (yield* lookAt(trial, before.id)).document), "not as it was")
      })
  },
  {
    fact: "restore passes references through the table of new ids",
    concerns: ({ roles }) => roles.references.length > 0,
    holds: (trial) =>
      Effect.gen(function*() {
        const { provider, kind } = trial
        const before = (yield* created(trial)).document
        const was = referencesOf(kind, before)
        yield* demand(was.length > 0, "the example refers to nothing")
        const fresh = new Map(was.map((one, index) => [canonicalText([one.kind, one.id]), String(900_001 + index)]))
        const remap = (of: string, id: string): string => fresh.get(canonicalText([of, id])) ?? "unknown"
        const now = referencesOf(kind, provider.restore(kind.name, frozen(before), remap))
        const wanted = was.map((one) => ({ ...one, id: remap(one.kind, one.id) }))
        yield* demand(canonicalText(now) === canonicalText(wanted), `not the new ids: ${canonicalText(now)}`)
      })
  }
]
