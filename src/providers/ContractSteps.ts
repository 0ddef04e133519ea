/**
 * The steps that the cases of the provider contract are made of: performing operations call by call, as the engine
 * does, and looking at the remote once reads have settled.
 */
import { Effect } from "effect"
import type { Operation } from "../domain/Change.ts"
import type { Document } from "../domain/Document.ts"
import type { Kind } from "../domain/Kind.ts"
import { parsePointer, setAt } from "../domain/Pointer.ts"
import { overlaid } from "./ContractCompare.ts"
import {
  ContractBroken,
  type ContractSubject,
  demand,
  type KindExample,
  type Trial,
  type Trouble
} from "./ContractSubject.ts"
import { type Answer, type Observation, type Provider, scopeOf } from "./Provider.ts"
import type { ProviderError } from "./ProviderError.ts"

/** What one call did. */
export interface Sent {
  readonly answer: Answer
  readonly expected: Document | undefined
  readonly id: string
}

interface Named {
  readonly provider: Provider
  readonly kind: Kind
}

/** Reads settle before they are trusted. */
const settle = ({ kind }: Named): Effect.Effect<void> =>
  kind.capabilities.settlesWithinMs === 0 ? Effect.void : Effect.sleep(kind.capabilities.settlesWithinMs)

/** Observes once writes have settled. */
export const look = (on: Named, id: string): Effect.Effect<Observation | undefined, ProviderError> =>
  settle(on).pipe(Effect.andThen(on.provider.observe(on.kind.name, id)))

/** Observes what must be there. */
export const lookAt = (on: Named, id: string): Effect.Effect<Observation, Trouble> =>
  look(on, id).pipe(
    Effect.flatMap((found) =>
      found === undefined
        ? Effect.fail(new ContractBroken({ detail: `observe(${id}) found nothing` }))
        : Effect.succeed(found)
    )
  )

/** Lists the collection that the example belongs to. */
export const listed = ({ example, kind, provider }: Trial): Effect.Effect<ReadonlyArray<Observation>, ProviderError> =>
  provider.list(kind.name, scopeOf(kind, example.create))

/** Lists once writes have settled. */
export const lookAround = (trial: Trial): Effect.Effect<ReadonlyArray<Observation>, ProviderError> =>
  settle(trial).pipe(Effect.andThen(listed(trial)))

/** Sends the calls of an operation in order, each under its own key, and runs `after` behind each. */
export const perform = (
  on: Named,
  operation: Operation,
  { key = operation._tag, after = () => Effect.void }: {
    readonly key?: string
    readonly after?: (sent: Sent) => Effect.Effect<void, Trouble>
  } = {}
): Effect.Effect<string, Trouble> =>
  Effect.gen(function*() {
    let id = operation._tag === "create" ? undefined : operation.id
    for (const [index, call] of on.provider.calls(on.kind.name, operation).entries()) {
      const answer = yield* on.provider.send({
        kind: on.kind.name,
        call,
        idempotencyKey: `contract-${key}-${index}`,
        ...(id === undefined ? {} : { id })
      })
      const known = id ?? answer.id
      if (known === undefined) {
        return yield* new ContractBroken({ detail: `the answer of ${call.method} ${call.path} names no id` })
      }
      id = known
      yield* after({ answer, expected: call.expected, id })
    }
    return id ?? (yield* new ContractBroken({ detail: `a ${operation._tag} took no calls` }))
  })

/** Creates the example; answers its id. */
export const createExample = (trial: Trial, key = "create"): Effect.Effect<string, Trouble> =>
  perform(trial, { _tag: "create", desired: trial.example.create }, { key })

/** Creates what an example refers to and puts the ids in place. */
export const withNeeds = (subject: ContractSubject, example: KindExample): Effect.Effect<Trial, Trouble> =>
  Effect.gen(function*() {
    const { provider } = subject
    const kind = yield* kindOf(provider, example.kind)
    let create: Document = example.create
    for (const [index, need] of (example.needs ?? []).entries()) {
      const on = { provider, kind: yield* kindOf(provider, need.kind) }
      const id = yield* perform(on, { _tag: "create", desired: need.create }, { key: `need-${index}` })
      create = setAt(create, parsePointer(need.at), id) as Document
    }
    return { subject, provider, kind, example: { ...example, create } }
  })

const kindOf = (provider: Provider, name: string): Effect.Effect<Kind, ContractBroken> => {
  const kind = provider.kinds.get(name)
  return kind === undefined
    ? Effect.fail(new ContractBroken({ detail: `the provider has no kind ${name}` }))
    : Effect.succeed(kind)
}

/** Demands that there are no such places. */
export const none = (places: ReadonlyArray<string>, what: string) =>
  demand(places.length === 0, `${what}: ${places.join(", ")}`)

const withGuard = (found: Observation) => found.guard === undefined ? {} : { guard: found.guard }

/** The update of what was observed, guarded where it can be. */
export const updateOf = (found: Observation, to: Document): Operation => ({
  _tag: "update",
  id: found.id,
  from: found.document,
  to,
  ...withGuard(found)
})

/** The delete of what was observed, guarded where it can be. */
export const deleteOf = (found: Observation): Operation => ({
  _tag: "delete",
  id: found.id,
  from: found.document,
  ...withGuard(found)
})

/** Creates the example and observes it. */
export const created = (trial: Trial): Effect.Effect<Observation, Trouble> =>
  createExample(trial).pipe(Effect.flatMap((id) => lookAt(trial, id)))

/** Updates it as the example says and observes it. */
export const updated = (trial: Trial, found: Observation): Effect.Effect<Observation, Trouble> =>
  perform(trial, updateOf(found, overlaid(found.document, trial.example.update))).pipe(
    Effect.andThen(lookAt(trial, found.id))
  )

/** Deletes it. */
export const removed = (trial: Trial, found: Observation): Effect.Effect<void, Trouble> =>
  Effect.asVoid(perform(trial, deleteOf(found)))
