/**
 * The cases of the provider contract about reading: it writes nothing, tells the same twice, and list, find and
 * observe agree about what is there.
 */
import { Effect } from "effect"
import { getAt, renderPointer } from "../domain/Pointer.ts"
import { differs, namePath, undeclaredMasks } from "./ContractCompare.ts"
import { created, lookAround, lookAt, none } from "./ContractSteps.ts"
import { type ContractCase, demand } from "./ContractSubject.ts"

/** Reading. */
export const readCases: ReadonlyArray<ContractCase> = [
  {
    fact: "check succeeds",
    holds: ({ provider }) => provider.check
  },
  {
    fact: "a read writes nothing and answers the same twice",
    holds: (trial) =>
      Effect.gen(function*() {
        const { provider, kind, subject } = trial
        const first = yield* created(trial)
        const writes = yield* subject.writes ?? Effect.succeed(0)
        const second = yield* lookAt(trial, first.id)
        yield* provider.list(kind.name)
        const path = namePath(kind)
        if (path !== undefined) yield* provider.find(kind.name, { field: renderPointer(path), value: "nobody" })
        yield* demand((yield* subject.writes ?? Effect.succeed(0)) === writes, "a read wrote")
        yield* none(differs(kind, first.document, second.document), "a second read differs")
        yield* demand(first.token === second.token && first.guard === second.guard, "a read changed token or guard")
      })
  },
  {
    fact: "list holds what was created, as observe shows it",
    holds: (trial) =>
      Effect.gen(function*() {
        const found = yield* created(trial)
        const listed = (yield* lookAround(trial)).filter(({ id }) => id === found.id)
        yield* demand(listed.length === 1, `list holds ${found.id} ${listed.length} times`)
        if (!trial.kind.capabilities.listIsWhole) return
        yield* none(differs(trial.kind, found.document, listed[0]?.document ?? {}), "list and observe differ")
        yield* demand(found.token === listed[0]?.token, "list and observe give different tokens")
      })
  },
  {
    fact: "find finds by the field that names the resource",
    concerns: (kind) => namePath(kind) !== undefined,
    holds: (trial) =>
      Effect.gen(function*() {
        const found = yield* created(trial)
        const path = namePath(trial.kind) ?? []
        const value = getAt(found.document, path)
        yield* demand(value, `no name at ${renderPointer(path)}`)
        const probe = { field: renderPointer(path), value: value ?? null }
        const hits = yield* trial.provider.find(trial.kind.name, probe)
        yield* demand(hits.some(({ id }) => id === found.id), "find does not find it")
        const misses = yield* trial.provider.find(trial.kind.name, { ...probe, value: "nobody is called this" })
        yield* demand(misses.length === 0, "find finds what is not there")
      })
  },
  {
    fact: "masked fields are declared sensitive",
    concerns: ({ mask }) => mask !== undefined,
    holds: (trial) =>
      Effect.gen(function*() {
        yield* none(undeclaredMasks(trial.kind, (yield* created(trial)).document), "masked, but not declared sensitive")
      })
  }
]
