/**
 * Lists everything of some kinds, each resource with its whole document.
 *
 * A kind with a collection for each parent is listed for every parent that there is; where nothing says what the
 * parents are, it cannot be listed.
 */
import { Effect } from "effect"
import type { Kind } from "../domain/Kind.ts"
import type { Observation, Probe, Provider } from "../providers/Provider.ts"
import type { ProviderError } from "../providers/ProviderError.ts"
import type { Registry } from "../providers/Registry.ts"
import { Refusal } from "./Failure.ts"
import { waitingFor } from "./Waiting.ts"

/** Everything of each kind, by the kind's name. */
export type Listed = ReadonlyMap<string, ReadonlyArray<Observation>>

const pointerOf = (field: string): string => `/${field.replace(/^\//, "")}`

/** The kind that a field of a collection's name refers to. */
const parentOf = ({ roles }: Kind, field: string): string | undefined =>
  roles.references.find(({ path }) => path === pointerOf(field))?.kind

const noList = ({ name }: Kind, field: string): Refusal =>
  new Refusal({
    reason: "Usage",
    summary: "the kind cannot be listed",
    detail: `each ${name} belongs to the collection of its ${field}, and nothing says which there are`,
    hint: `import one by its id: amends import ${name}.NAME ID`
  })

/** The names of the collections that a kind has; of one that has no parents there is one, without a name. */
const scopesOf = Effect.fnUntraced(function*(
  registry: Registry,
  kind: Kind
): Effect.fn.Return<ReadonlyArray<Probe | undefined>, ProviderError | Refusal> {
  const { scope } = kind
  if (scope === undefined) return [undefined]
  let scopes: ReadonlyArray<Probe> = [{}]
  for (const field of scope) {
    const parent = parentOf(kind, field)
    const provider = parent === undefined ? undefined : registry.serving(parent)
    const isScoped = parent === undefined || registry.kinds.get(parent)?.scope !== undefined
    if (parent === undefined || provider === undefined || isScoped) return yield* noList(kind, field)
    const parents = yield* provider.list(parent)
    scopes = scopes.flatMap((known) => parents.map(({ id }) => ({ ...known, [pointerOf(field)]: id })))
  }
  return scopes
})

const inFull = (provider: Provider, kind: Kind, found: ReadonlyArray<Observation>, parallelism: number) =>
  kind.capabilities.listIsWhole
    ? Effect.succeed(found)
    : Effect.map(
      Effect.forEach(found, ({ id }) => provider.observe(kind.name, id), { concurrency: parallelism }),
      (all) => all.flatMap((one) => one ?? [])
    )

const listKind = Effect.fnUntraced(function*(
  registry: Registry,
  kind: Kind,
  parallelism: number
): Effect.fn.Return<readonly [string, ReadonlyArray<Observation>], ProviderError | Refusal> {
  const provider = registry.serving(kind.name)
  if (provider === undefined) return [kind.name, []]
  const lists = yield* Effect.forEach(yield* scopesOf(registry, kind), (scope) => provider.list(kind.name, scope), {
    concurrency: parallelism
  })
  return [kind.name, yield* inFull(provider, kind, lists.flat(), parallelism)]
})

/** Lists kinds; `parallelism` is how many requests go at once for each. */
export const listWhole = (
  registry: Registry,
  kinds: ReadonlyArray<Kind>,
  parallelism: number
): Effect.Effect<Listed, ProviderError | Refusal> =>
  Effect.map(
    waitingFor(
      "lists of what is there",
      Effect.forEach(kinds, (kind) => listKind(registry, kind, parallelism), { concurrency: "unbounded" })
    ),
    (all) => new Map(all)
  )
