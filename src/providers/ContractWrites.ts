/**
 * The cases of the provider contract about writing: it does what was asked, no more, and what its calls announced;
 * where it does not, it says so.
 */
import { Effect } from "effect"
import { canonical } from "../domain/Canonical.ts"
import type { Operation } from "../domain/Change.ts"
import { differs, frozen, lacks, overlaid } from "./ContractCompare.ts"
import {
  created,
  createExample,
  deleteOf,
  look,
  lookAround,
  lookAt,
  none,
  perform,
  removed,
  type Sent,
  updated,
  updateOf
} from "./ContractSteps.ts"
import { type ContractCase, demand, type Trial } from "./ContractSubject.ts"

/** Whether an operation on what is not there says so. */
const isGone = (trial: Trial, operation: Operation) =>
  Effect.flip(perform(trial, operation, { key: "again" })).pipe(
    Effect.catch(() => demand(false, `a ${operation._tag} of what is not there was answered`)),
    Effect.flatMap((error) =>
      demand(
        error?._tag === "ProviderError" && error.reason === "NotFound" && error.applied === "no",
        `a ${operation._tag} of what is not there is no NotFound: ${String(error?.message)}`
      )
    )
  )

/** Writing. */
export const writeCases: ReadonlyArray<ContractCase> = [
  {
    fact: "create, then observe: what was declared is there",
    holds: (trial) =>
      Effect.gen(function*() {
        const found = yield* created(trial)
        yield* none(lacks(trial.kind, trial.example.create, found.document), "declared, but not observed")
      })
  },
  {
    fact: "update changes what was asked and nothing else",
    holds: (trial) =>
      Effect.gen(function*() {
        const before = yield* created(trial)
        const after = yield* updated(trial, before)
        yield* demand(
          lacks(trial.kind, trial.example.update, before.document).length > 0,
          "the example's update changes nothing that can be observed"
        )
        yield* none(
          differs(trial.kind, overlaid(before.document, trial.example.update), after.document),
          "not as asked after the update"
        )
      })
  },
  {
    fact: "an update with nothing to do takes no calls",
    holds: (trial) =>
      Effect.gen(function*() {
        const found = yield* created(trial)
        for (const to of [found.document, canonical(trial.kind, found.document)]) {
          const calls = trial.provider.calls(trial.kind.name, updateOf(found, to))
          yield* demand(calls.length === 0, `${calls.length} calls for no change`)
        }
      })
  },
  {
    fact: "delete leaves nothing, and what is not there cannot be deleted or updated",
    holds: (trial) =>
      Effect.gen(function*() {
        const found = yield* created(trial)
        yield* removed(trial, found)
        yield* demand((yield* look(trial, found.id)) === undefined, "observe still finds it")
        yield* demand(!(yield* lookAround(trial)).some(({ id }) => id === found.id), "list still holds it")
        yield* isGone(trial, deleteOf(found))
        yield* isGone(trial, updateOf(found, overlaid(found.document, trial.example.update)))
      })
  },
  {
    fact: "each call leaves what it announced, and an answer with a document holds the whole",
    holds: (trial) =>
      Effect.gen(function*() {
        const after = (sent: Sent) =>
          Effect.gen(function*() {
            const found = yield* look(trial, sent.id)
            if (found === undefined || sent.expected === undefined) {
              return yield* demand(found === sent.expected, "there and announced as gone, or the other way round")
            }
            yield* none(lacks(trial.kind, sent.expected, found.document), "announced, but not observed")
            if (sent.answer.document === undefined) return
            yield* none(differs(trial.kind, sent.answer.document, found.document), "the answer is not the whole")
          })
        const id = yield* perform(trial, { _tag: "create", desired: trial.example.create }, { after })
        const before = yield* lookAt(trial, id)
        yield* perform(trial, updateOf(before, overlaid(before.document, trial.example.update)), { after })
        yield* perform(trial, deleteOf(yield* lookAt(trial, id)), { after })
      })
  },
  {
    fact: "calls is pure and deterministic, and one call of a create learns the id",
    holds: (trial) =>
      Effect.gen(function*() {
        const { provider, kind, example } = trial
        const found = yield* created(trial)
        const writes = yield* trial.subject.writes ?? Effect.succeed(0)
        const operations: ReadonlyArray<Operation> = [
          { _tag: "create", desired: frozen(example.create) },
          updateOf({ ...found, document: frozen(found.document) }, frozen(overlaid(found.document, example.update))),
          deleteOf({ ...found, document: frozen(found.document) })
        ]
        for (const operation of operations) {
          const [one, two] = [provider.calls(kind.name, operation), provider.calls(kind.name, operation)]
          yield* demand(one.length > 0, `a ${operation._tag} takes no calls`)
          yield* demand(JSON.stringify(one) === JSON.stringify(two), `calls of a ${operation._tag} differ`)
          const learning = one.filter(({ learnsId }) => learnsId).length
          yield* demand(learning === (operation._tag === "create" ? 1 : 0), `${learning} calls learn the id`)
        }
        yield* demand((yield* trial.subject.writes ?? Effect.succeed(0)) === writes, "calls wrote")
      })
  },
  {
    fact: "a name that is taken is refused, not applied",
    concerns: ({ capabilities }) => capabilities.identity._tag !== "server",
    holds: (trial) =>
      Effect.gen(function*() {
        const found = yield* created(trial)
        const error = yield* Effect.flip(createExample(trial, "twice")).pipe(
          Effect.catch(() => demand(false, "the second create was answered"))
        )
        yield* demand(
          error?._tag === "ProviderError" && error.applied === "no",
          `not refused: ${String(error?.message)}`
        )
        yield* none(differs(trial.kind, found.document, (yield* lookAt(trial, found.id)).document), "it changed")
      })
  }
]
