/**
 * A small module over a shelf in memory, whose parts tests replace to see a rule broken.
 */
import { Effect, Result, type Scope } from "effect"
import type { Operation } from "../../../src/domain/Change.ts"
import { openProvider } from "../../../src/providers/modules/ModuleProvider.ts"
import type { Answer, Provider } from "../../../src/providers/Provider.ts"
import type { ProviderError } from "../../../src/providers/ProviderError.ts"
import type { Document, KindWords, OpenModule, ProviderModule } from "../../../src/providers/ProviderModule.ts"
import type { RegistryError } from "../../../src/providers/Registry.ts"

/** What stands on the shelf. */
export type Shelf = Map<string, Document>

export const book: KindWords = {
  schema: { properties: { name: { type: "string" }, pages: { type: "integer" } }, required: ["name"] },
  name: "/name"
}

/** What the module does, over a shelf. */
export const openShelf = (shelf: Shelf): OpenModule => ({
  observe: async (_, id) => {
    const document = shelf.get(id)
    return document === undefined ? undefined : { id, document }
  },
  list: async () => [...shelf].map(([id, document]) => ({ id, document })),
  send: async ({ call: { body, operation }, id = `id-${shelf.size + 1}` }) => {
    if (operation === "delete") shelf.delete(id)
    else shelf.set(id, { ...shelf.get(id), ...body as Document })
    return { id }
  }
})

/** A module over a shelf, with parts of it replaced. */
export const shelfModule = (
  shelf: Shelf,
  { kinds = { book }, open = {} }: {
    readonly kinds?: { readonly [name: string]: unknown }
    readonly open?: { readonly [member: string]: unknown }
  } = {}
): ProviderModule => ({
  version: "1",
  horizon: "1ms",
  kinds: kinds as ProviderModule["kinds"],
  open: () => ({ ...openShelf(shelf), ...open }) as OpenModule
})

const settings = { name: "shelf", use: "./shelf.ts", settings: {}, timeoutMs: 200, root: "." }

/** Opens what a module exports, and does something with it. */
export const opened = <A, E>(
  exported: unknown,
  use: (provider: Provider) => Effect.Effect<A, E, Scope.Scope>,
  given: Document = {}
): Promise<A> =>
  Effect.runPromise(
    Effect.scoped(Effect.flatMap(openProvider({ ...settings, settings: given }, exported), use))
  )

/** What is told of a module that cannot be used. */
export const mistakesOf = async (exported: unknown, given: Document = {}): Promise<ReadonlyArray<string>> => {
  const made = await Effect.runPromise(
    Effect.scoped(Effect.result(openProvider({ ...settings, settings: given }, exported)))
  )
  const told = (error: RegistryError) => error.mistakes.map(({ detail, path }) => `${path}: ${detail}`)
  return Result.isFailure(made) ? told(made.failure) : []
}

/** Sends the calls of an operation, as the engine would. */
export const perform = (provider: Provider, operation: Operation): Effect.Effect<Answer | undefined, ProviderError> =>
  Effect.gen(function*() {
    let [id, answer] = [operation._tag === "create" ? undefined : operation.id, undefined as Answer | undefined]
    for (const call of provider.calls("book", operation)) {
      answer = yield* provider.send({ kind: "book", call, idempotencyKey: "k", ...(id === undefined ? {} : { id }) })
      id ??= answer.id
    }
    return answer
  })

/** How an operation that has to fail did. */
export const failing = <A>(operation: Effect.Effect<A, ProviderError>): Effect.Effect<ProviderError> =>
  Effect.catch(Effect.flip(operation), () => Effect.die(new Error("it was answered")))
