/**
 * Sorts what was listed for an import: what is managed already, what a file declares, what gets a file, and what is
 * left out and why.
 *
 * Pure. A declared resource takes what has its name, if that is one; a new file gets a name of its own and references
 * to everything that is declared.
 */
import { type Address, addressOf } from "../domain/Ids.ts"
import { type Kind, nameFields } from "../domain/Kind.ts"
import { getAt, parsePointer, setAt } from "../domain/Pointer.ts"
import type { Template } from "../domain/Template.ts"
import type { OpenHead } from "../executor/PlanInput.ts"
import { type Observation, probeOf } from "../providers/Provider.ts"
import type { Registry } from "../providers/Registry.ts"
import { importable, type LeftField } from "./Importable.ts"
import { byId, fileOf, namesFor } from "./ImportNames.ts"
import { needsOf, withReferences } from "./ImportReferences.ts"
import type { Listed } from "./ListWhole.ts"
import { comparable, namedOf } from "./Observe.ts"
import type { Declared, LoadedWorkspace } from "./Workspace.ts"

/** A resource that is there, and the address it is imported as. */
export interface Found {
  readonly address: Address
  readonly kind: Kind
  readonly observation: Observation
}

/** One that gets a file. */
export interface Unfiled extends Found {
  readonly name: string
  /** With references in it. */
  readonly spec: Template
  readonly left: ReadonlyArray<LeftField>
  /** From the directory that files are written to. */
  readonly file: string
}

/** One that is not imported. */
export interface LeftOut {
  readonly kind: string
  readonly id: string
  readonly why: string
}

/** Everything that was listed and is not managed yet. */
export interface Sorted {
  readonly declared: ReadonlyArray<Found>
  readonly unfiled: ReadonlyArray<Unfiled>
  readonly leftOut: ReadonlyArray<LeftOut>
}

/** What is sorted, and by what. */
export interface Sorting {
  readonly workspace: LoadedWorkspace
  readonly heads: ReadonlyArray<OpenHead>
  readonly registry: Registry
  readonly listed: Listed
  /** Whether what no file declares gets one. */
  readonly files: boolean
  readonly isSecret: (text: string) => boolean
}

interface OfKind {
  readonly kind: Kind
  /** Declared, and without a head. */
  readonly wanted: ReadonlyArray<Declared>
  readonly free: ReadonlyArray<Observation>
}

interface Matched {
  readonly declared: ReadonlyArray<Found>
  readonly leftOut: ReadonlyArray<LeftOut>
  readonly others: ReadonlyArray<Observation>
}

/** Gives what is declared what has its name. */
const matched = ({ free, kind, wanted }: OfKind): Matched => {
  const fields = nameFields(kind)
  const byName = Map.groupBy(free, ({ document }) => comparable(kind, probeOf(fields, document)))
  const pairs = namedOf(kind, wanted).map(({ address, name }) => ({
    address,
    namesakes: byName.get(comparable(kind, name)) ?? []
  }))
  const taken = new Set(pairs.flatMap(({ namesakes }) => namesakes))
  return {
    declared: pairs.flatMap(({ address, namesakes: [observation, ...more] }) =>
      observation === undefined || more.length > 0 ? [] : [{ address, kind, observation }]
    ),
    leftOut: pairs.flatMap(({ address, namesakes }) =>
      namesakes.length < 2 ? [] : namesakes.map(({ id }) => ({
        kind: kind.name,
        id,
        why: `${namesakes.length} have the name that ${address} declares; choose one: amends import ${address} ID`
      }))
    ),
    others: free.filter((observation) => !taken.has(observation))
  }
}

const calledIn = (kind: Kind, { document }: Observation): string =>
  nameFields(kind).map((field) => getAt(document, parsePointer(field)))
    .filter((value) => typeof value === "string" || typeof value === "number").map(String).join("-")

/** Where the remote's own name defaults to the resource's, what is the same need not be said. */
const withoutName = ({ nameDefault, nameField }: Kind, spec: Template, name: string): Template => {
  if (nameField === undefined || nameDefault === "none") return spec
  const path = parsePointer(`/${nameField.replace(/^\//, "")}`)
  return getAt(spec, path) === name ? setAt(spec, path, undefined) as Template : spec
}

interface Filed {
  readonly unfiled: ReadonlyArray<Omit<Unfiled, "spec"> & { readonly spec: Template }>
  readonly leftOut: ReadonlyArray<LeftOut>
}

const filed = (
  kind: Kind,
  others: ReadonlyArray<Observation>,
  taken: ReadonlyArray<string>,
  sorting: Sorting
): Filed => {
  const read = others.toSorted((a, b) => byId(a.id, b.id)).map((observation) => ({
    observation,
    can: importable(kind, observation.document, sorting.isSecret)
  }))
  const able = read.flatMap(({ can, observation }) => can._tag === "declarable" ? [{ can, observation }] : [])
  const names = namesFor(
    able.map(({ observation }) => ({ id: observation.id, called: calledIn(kind, observation) })),
    taken
  )
  return {
    unfiled: able.map(({ can, observation }) => {
      const name = names.get(observation.id) ?? observation.id
      return {
        address: addressOf(kind.name, name),
        kind,
        observation,
        name,
        spec: withoutName(kind, can.spec, name),
        left: can.left,
        file: fileOf(kind.name, name)
      }
    }),
    leftOut: read.flatMap(({ can, observation }) =>
      can._tag === "undeclarable" ? [{ kind: kind.name, id: observation.id, why: can.why }] : []
    )
  }
}

const undeclared = (kind: Kind, others: ReadonlyArray<Observation>): ReadonlyArray<LeftOut> =>
  others.map(({ id }) => ({ kind: kind.name, id, why: "no file declares it; --write DIR writes one" }))

const sortKind = (kind: Kind, sorting: Sorting): Sorted => {
  const { files, heads, listed, workspace } = sorting
  const ofKind = heads.filter((head) => head.kind === kind.name)
  const claimed = new Set(ofKind.flatMap(({ deposed, remoteId }) => [remoteId, ...deposed]))
  const managed = new Set(ofKind.map(({ address }) => address))
  const wanted = workspace.resources.filter((one) => one.kind === kind.name && !managed.has(one.address))
  const free = (listed.get(kind.name) ?? []).filter(({ id }) => !claimed.has(id))
  const { declared, leftOut, others } = matched({ kind, wanted, free })
  if (!files) return { declared, unfiled: [], leftOut: [...leftOut, ...undeclared(kind, others)] }
  const addresses = [
    ...managed,
    ...workspace.resources.filter((one) => one.kind === kind.name).map((one) => one.address)
  ]
  const made = filed(kind, others, addresses.map((address) => address.slice(kind.name.length + 1)), sorting)
  return { declared, unfiled: made.unfiled, leftOut: [...leftOut, ...made.leftOut] }
}

/** What files declare by kind and remote id: what is managed and declared, and what is imported now. */
const declaredIds = ({ heads, workspace }: Sorting, found: ReadonlyArray<Found>) => {
  const inFiles = new Set(workspace.resources.map(({ address }) => address))
  const key = (kind: string, id: string): string => `${kind} ${id}`
  const addresses = new Map([
    ...heads.filter(({ address }) => inFiles.has(address)).map((one) =>
      [key(one.kind, one.remoteId), one.address] as const
    ),
    ...found.map(({ address, kind, observation }) => [key(kind.name, observation.id), address] as const)
  ])
  return (kind: string, id: string): Address | undefined => addresses.get(key(kind, id))
}

/** Sorts everything that was listed. */
export const sortOut = (sorting: Sorting): Sorted => {
  const { listed, registry, workspace } = sorting
  const kinds = [...listed.keys()].flatMap((name) => registry.kinds.get(name) ?? [])
  const sorted = kinds.map((kind) => sortKind(kind, sorting))
  const declared = sorted.flatMap((one) => one.declared)
  const unfiled = sorted.flatMap((one) => one.unfiled)
  const addressBy = declaredIds(sorting, [...declared, ...unfiled])
  const specs = withReferences(unfiled, addressBy, needsOf(workspace.resources), registry.kinds)
  return {
    declared,
    unfiled: unfiled.map((one) => ({ ...one, spec: specs.get(one.address) ?? one.spec })),
    leftOut: sorted.flatMap((one) => one.leftOut)
  }
}
