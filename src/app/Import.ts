/**
 * Imports: makes an existing remote resource a managed one, without a remote write.
 *
 * A declared resource takes over what its file declares, with the values that are there, so that the next plan shows
 * what differs. An undeclared one takes over every field that can be written. A masked secret is not taken over: nobody
 * knows it.
 */
import { Effect } from "effect"
import { type Document, isObject, type Json } from "../domain/Document.ts"
import { type Address, kindOf } from "../domain/Ids.ts"
import type { Kind } from "../domain/Kind.ts"
import { parsePointer, setAt } from "../domain/Pointer.ts"
import { isUnknown, referencesIn } from "../domain/Template.ts"
import type { Author, Head } from "../domain/Version.ts"
import { unknownSecrets } from "../executor/Recall.ts"
import type { Observation, Provider } from "../providers/Provider.ts"
import type { ProviderError } from "../providers/ProviderError.ts"
import type { Registry } from "../providers/Registry.ts"
import { Versions } from "../state/Journal.ts"
import { Sealer } from "../state/Sealer.ts"
import type { StateError } from "../state/StateError.ts"
import { refuseUnfinished } from "./ApplyRefusals.ts"
import { checkedWorkspace } from "./CheckedWorkspace.ts"
import { type AppError, Refusal } from "./Failure.ts"
import { holding } from "./Holding.ts"
import { writable } from "./Importable.ts"
import { readingPatiently } from "./Patience.ts"
import { lifeOf } from "./RunPlan.ts"
import { addressIn, type AppServices, over } from "./Session.ts"
import type { StateServices } from "./StateAccess.ts"
import type { Declared, LoadedWorkspace } from "./Workspace.ts"

/** What is imported. */
export interface ImportOptions extends Author {
  /** As typed. */
  readonly address: string
  /** The remote id. */
  readonly id: string
  readonly leaseTimeoutMs: number
}

/** The fields that a spec names, with the values that are there. */
const declaredPart = (spec: Json, observed: Json): Json => {
  if (!isObject(spec) || isUnknown(spec) || !isObject(observed)) return observed
  return Object.fromEntries(
    Object.entries(spec).flatMap(([key, member]) => {
      const there = observed[key]
      return there === undefined ? [] : [[key, declaredPart(member, there)]]
    })
  )
}

const asDocument = (value: Json | undefined): Document => isObject(value) ? value : {}

/** What counts as last applied of an imported resource. */
export const importedAs = (kind: Kind, observed: Document, declared: Declared | undefined): Document => {
  const own = asDocument(writable(kind, observed))
  const part = declared === undefined ? own : asDocument(declaredPart(declared.spec, own))
  return unknownSecrets(kind, part).reduce(
    (document, pointer) => asDocument(setAt(document, parsePointer(pointer), undefined)),
    part
  )
}

const dependenciesOf = (declared: Declared | undefined): ReadonlyArray<Address> =>
  declared === undefined
    ? []
    : [...new Set([...referencesIn(declared.spec).map(({ address }) => address), ...declared.dependsOn])].sort()

const refused = (reason: "Usage" | "NotFound" | "Configuration", summary: string, detail: string, hint: string) =>
  new Refusal({ reason, summary, detail, hint })

/** The kind of an address with its provider. */
export const servedKind = (registry: Registry, address: Address) => {
  const name = kindOf(address)
  const kind = registry.kinds.get(name)
  const provider = registry.serving(name)
  if (kind !== undefined && provider !== undefined) return Effect.succeed({ kind, provider })
  const detail = `no provider serves kind ${name}`
  return Effect.fail(refused("Configuration", "the kind is not known", detail, "configure its provider in amends.yaml"))
}

const refuseManaged = (heads: ReadonlyArray<Head>, address: Address, id: string): Effect.Effect<void, Refusal> => {
  const own = heads.find((head) => head.address === address)
  const other = heads.find((head) =>
    head.kind === kindOf(address) && (head.remoteId === id || head.deposed.includes(id))
  )
  const taken = own ?? other
  if (taken === undefined) return Effect.void
  const detail = `${taken.address} is managed with id ${taken.remoteId}`
  const hint = `let it go first with: amends forget ${taken.address}`
  return Effect.fail(refused("Usage", "it is managed already", detail, hint))
}

interface Importing {
  readonly address: Address
  readonly kind: Kind
  readonly provider: Provider
  readonly declared: Declared | undefined
}

const read = Effect.fnUntraced(function*(
  { kind, provider }: Importing,
  id: string
): Effect.fn.Return<Observation, ProviderError | Refusal> {
  const observation = yield* provider.observe(kind.name, id)
  if (observation !== undefined) return observation
  const hint = "look the id up in the remote system"
  return yield* refused("NotFound", "there is nothing to import", `no ${kind.name} has the id ${id}`, hint)
})

/** Whose head is made. */
export interface HeadOf {
  readonly address: Address
  readonly kind: Kind
  readonly providerName: string
  readonly declared: Declared | undefined
}

/** Makes the head of an imported resource. */
export const headOf = Effect.fnUntraced(function*(
  { address, declared, kind, providerName }: HeadOf,
  { document, id, token }: Observation
): Effect.fn.Return<Omit<Head, "version">, never, Sealer> {
  const { seal } = yield* Sealer
  const secret = [...kind.roles.sensitive, ...declared?.secretPaths ?? []]
  return {
    address,
    provider: providerName,
    kind: kind.name,
    remoteId: id,
    declared: seal(importedAs(kind, document, declared), secret),
    observed: seal(document, secret),
    ...(token === undefined ? {} : { token }),
    dependsOn: dependenciesOf(declared),
    deposed: [],
    preventDestroy: declared?.lifecycle.preventDestroy ?? false
  }
})

const importIn = Effect.fnUntraced(function*(
  workspace: LoadedWorkspace,
  registry: Registry,
  options: ImportOptions
): Effect.fn.Return<Head, StateError | ProviderError | Refusal, StateServices> {
  const address = yield* addressIn(options.address)
  const declared = workspace.resources.find((one) => one.address === address)
  const remote = readingPatiently(registry, workspace.policies)
  const importing: Importing = { address, declared, ...yield* servedKind(remote, address) }
  const observation = yield* read(importing, options.id)
  const versions = yield* Versions
  const how = { lifeMs: lifeOf(registry, workspace.policies), timeoutMs: options.leaseTimeoutMs }
  const head = yield* headOf({ ...importing, providerName: importing.provider.name }, observation)
  yield* holding(how, (lease) =>
    Effect.gen(function*() {
      yield* refuseUnfinished
      yield* refuseManaged(yield* versions.heads, address, options.id)
      yield* versions.write(lease, options, [{ _tag: "set", head, origin: "import" }])
    }))
  const written = (yield* versions.heads).find((one) => one.address === address)
  return written ?? { ...head, version: "" }
})

/** Imports a resource; answers its head. */
export const importResource = (options: ImportOptions): Effect.Effect<Head, AppError, AppServices> =>
  Effect.scoped(
    Effect.flatMap(checkedWorkspace, ({ registry, workspace }) =>
      over(workspace, "write", importIn(workspace, registry, options)))
  )
