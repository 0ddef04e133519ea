/**
 * The cases of the provider contract about reading: it writes nothing, tells the same twice, and list, find and
 * observe agree about what is there.
 */
import { Effect } from "effect"
import { nameFields } from "../domain/Kind.ts"
import { differs, undeclaredMasks } from "./ContractCompare.ts"
import { created, listed, lookAround, lookAt, none } from "./ContractSteps.ts"
import { type ContractCase, demand } from "./ContractSubject.ts"
import { probeOf } from "./Provider.ts"

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
        yield* listed(trial)
        const fields = nameFields(kind)
        const nobody = Object.fromEntries(fields.map((field) => [field, "nobody"]))
        if (fields.length > 0) yield* provider.find(kind.name, nobody)
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
        const inList = (yield* lookAround(trial)).filter(({ id }) => id === found.id)
        yield* demand(inList.length === 1, `list holds ${found.id} ${inList.length} times`)
        if (!trial.kind.capabilities.listIsWhole) return
        yield* none(differs(trial.kind, found.document, inList[0]?.document ?? {}), "list and observe differ")
        yield* demand(found.token === inList[0]?.token, "list and observe give different tokens")
      })
  },
  {
    fact: "find finds by the fields that name the resource",
    concerns: (kind) => nameFields(kind).length > 0,
    holds: (trial) =>
      Effect.gen(function*() {
        const found = yield* created(trial)
        const fields = nameFields(trial.kind)
        const probe = probeOf(fields, found.document)
        for (const field of fields) yield* demand(probe[field] ?? undefined, `no name at ${field}`)
        const hits = yield* trial.provider.find(trial.kind.name, probe)
        yield* demand(hits.some(({ id }) => id === found.id), "find does not find it")
        const misses = yield* trial.provider.find(trial.kind.name, {
          ...probe,
          [fields.at(-1) ?? ""]: "nobody is called this"
        })
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
