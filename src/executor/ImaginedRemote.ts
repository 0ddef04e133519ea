/**
 * A remote that is read and never written: what would be sent is answered as its call expects, and later reads see it.
 *
 * It is what a rehearsal works on. Ids that a server would give are made up; they are numbers, because some APIs know
 * no others, and larger than any that a server is likely to give.
 */
import { Effect } from "effect"
import type { Document } from "../domain/Document.ts"
import type { Kind } from "../domain/Kind.ts"
import { type Answer, bears, type Observation, probeOf, type Provider, type Sending } from "../providers/Provider.ts"
import { makeRegistry, type Registry } from "../providers/Registry.ts"

/** What would have been sent, in order. */
export interface Imagined {
  readonly registry: Registry
  readonly sent: ReadonlyArray<Sending>
  /** Whether an id was made up. */
  readonly isNew: (id: string) => boolean
}

interface World {
  readonly sent: Array<Sending>
  /** By kind and id; `undefined` for deleted. */
  readonly changed: Map<string, Observation | undefined>
  readonly made: Set<string>
}

const keyOf = (kind: string, id: string): string => `${kind}/${id}`

const firstId = 8_000_000_000_000_000

const idFor = (world: World, { capabilities: { identity } }: Kind, expected: Document): string => {
  const [named, ...others] = identity._tag === "server" ? [] : Object.values(probeOf(identity.fields, expected))
  const isName = typeof named === "string" || typeof named === "number"
  if (isName && others.length === 0) return String(named)
  const id = String(firstId + world.made.size)
  world.made.add(id)
  return id
}

const send = (world: World, kind: Kind, sending: Sending): Answer => {
  const { call, id: known } = sending
  world.sent.push(sending)
  const expected = call.expected ?? {}
  const id = known ?? idFor(world, kind, expected)
  if (call.operation === "delete") {
    world.changed.set(keyOf(kind.name, id), undefined)
    return { status: 204, id }
  }
  const token = `imagined-${world.sent.length}`
  const guard = kind.capabilities.guard === "none" ? {} : { guard: token }
  world.changed.set(keyOf(kind.name, id), { id, document: expected, token, ...guard })
  return { status: 200, id, token, ...guard }
}

/** What a listing shows: the changed for what was read, without the deleted, and the new. */
const overlaid = (world: World, kind: string, read: ReadonlyArray<Observation>): ReadonlyArray<Observation> => {
  const untouched = read.filter(({ id }) => !world.changed.has(keyOf(kind, id)))
  const prefix = keyOf(kind, "")
  const ours = [...world.changed].flatMap(([key, one]) => key.startsWith(prefix) && one !== undefined ? [one] : [])
  return [...untouched, ...ours]
}

const imagine = (world: World, provider: Provider): Provider => ({
  ...provider,
  observe: (kind, id) =>
    Effect.suspend(() =>
      world.changed.has(keyOf(kind, id))
        ? Effect.succeed(world.changed.get(keyOf(kind, id)))
        : provider.observe(kind, id)
    ),
  list: (kind, scope) =>
    Effect.map(
      provider.list(kind, scope),
      (read) => overlaid(world, kind, read).filter(({ document }) => scope === undefined || bears(document, scope))
    ),
  find: (kind, probe) =>
    Effect.map(provider.find(kind, probe), (read) => {
      const known = new Set(read.map(({ id }) => id))
      return overlaid(world, kind, read).filter((one) => known.has(one.id) || bears(one.document, probe))
    }),
  send: (sending) =>
    Effect.sync(() => {
      const kind = provider.kinds.get(sending.kind)
      if (kind === undefined) throw new Error(`${provider.name} serves no ${sending.kind}`)
      return send(world, kind, sending)
    })
})

/** Lays an imagined remote over each provider of a registry. */
export const imagined = ({ providers }: Registry): Imagined => {
  const world: World = { sent: [], changed: new Map(), made: new Set() }
  return {
    registry: makeRegistry(providers.map((provider) => imagine(world, provider))),
    sent: world.sent,
    isNew: (id) => world.made.has(id)
  }
}
