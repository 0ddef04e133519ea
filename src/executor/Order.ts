/**
 * The order of steps: a directed acyclic graph given as nodes that name what they depend on.
 *
 * Everything here is deterministic: the answer depends on the set of nodes, never on the order they came in. Nodes are
 * ordered by depth (the longest way to a node without dependencies), and by code unit within a depth. A cycle is a
 * value that names its way round. All functions take time linear in nodes and edges, sorting aside.
 */
import { Result } from "effect"

/** Something that comes after what it depends on; names of what is not among the nodes are ignored. */
export interface Node {
  readonly id: string
  readonly dependsOn: ReadonlyArray<string>
}

/** Compares by code unit, so that every machine sorts alike. */
export const byCodeUnit = (a: string, b: string): number => a < b ? -1 : a > b ? 1 : 0

const present = <N extends Node>(nodes: ReadonlyArray<N>): ReadonlyMap<string, ReadonlyArray<string>> => {
  const ids = new Set(nodes.map(({ id }) => id))
  return new Map(nodes.map((node) => [node.id, [...new Set(node.dependsOn)].filter((id) => ids.has(id))]))
}

/** For each node, the nodes that depend on it directly, in the order of the nodes. */
export const dependentsOf = <N extends Node>(nodes: ReadonlyArray<N>): ReadonlyMap<N["id"], ReadonlyArray<N["id"]>> => {
  const dependents = new Map<string, Array<N["id"]>>(nodes.map(({ id }) => [id, []]))
  for (const [id, needs] of present(nodes)) for (const need of needs) dependents.get(need)?.push(id)
  return dependents
}

const reach = (from: Iterable<string>, edges: ReadonlyMap<string, ReadonlyArray<string>>): ReadonlySet<string> => {
  const found = new Set<string>()
  const pending = [...from]
  for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
    const next = (edges.get(id) ?? []).filter((other) => !found.has(other))
    for (const other of next) found.add(other)
    pending.push(...next)
  }
  return found
}

/** Everything that depends on one of these nodes, directly or not; a node is none of its own descendants. */
export const descendantsOf = <N extends Node>(nodes: ReadonlyArray<N>, of: Iterable<N["id"]>): ReadonlySet<N["id"]> =>
  reach(of, dependentsOf(nodes))

/** Everything that one of these nodes depends on, directly or not. */
export const ancestorsOf = <N extends Node>(nodes: ReadonlyArray<N>, of: Iterable<N["id"]>): ReadonlySet<N["id"]> =>
  reach(of, present(nodes))

/** A way round among nodes that each depend on another of them: `[a, b, a]` where a depends on b and b on a. */
const cycleIn = (stuck: ReadonlySet<string>, needs: ReadonlyMap<string, ReadonlyArray<string>>): Array<string> => {
  const way: Array<string> = []
  const place = new Map<string, number>()
  let at = [...stuck].sort(byCodeUnit)[0]
  while (at !== undefined && !place.has(at)) {
    place.set(at, way.length)
    way.push(at)
    at = (needs.get(at) ?? []).filter((id) => stuck.has(id)).sort(byCodeUnit)[0]
  }
  const cycle = way.slice(place.get(at ?? "") ?? 0)
  const smallest = cycle.indexOf([...cycle].sort(byCodeUnit)[0] ?? "")
  const turned = [...cycle.slice(smallest), ...cycle.slice(0, smallest)]
  return [...turned, ...turned.slice(0, 1)]
}

/** Sorts nodes so that each comes after what it depends on, or answers a cycle, which ends where it began. */
export const ordered = <N extends Node>(
  nodes: ReadonlyArray<N>
): Result.Result<ReadonlyArray<N>, ReadonlyArray<N["id"]>> => {
  const needs = present(nodes)
  const dependents = dependentsOf(nodes)
  const waiting = new Map([...needs].map(([id, of]) => [id, of.length]))
  const depth = new Map<string, number>([...needs].flatMap(([id, of]) => of.length === 0 ? [[id, 0]] : []))
  // A map iterates over what is added meanwhile: it is the queue and its result at once.
  for (const [id, at] of depth) {
    for (const dependent of dependents.get(id) ?? []) {
      const left = (waiting.get(dependent) ?? 0) - 1
      waiting.set(dependent, left)
      if (left === 0) depth.set(dependent, at + 1)
    }
  }
  if (depth.size < needs.size) {
    const stuck = new Set([...needs.keys()].filter((id) => !depth.has(id)))
    return Result.fail(cycleIn(stuck, needs))
  }
  const depthOf = (node: N): number => depth.get(node.id) ?? 0
  return Result.succeed([...nodes].sort((a, b) => depthOf(a) - depthOf(b) || byCodeUnit(a.id, b.id)))
}

/** Which nodes come last, and which are not waited for because a later rule places them. */
export interface Last<Id extends string> {
  readonly late: ReadonlySet<Id>
  readonly aside: ReadonlySet<Id>
}

/**
 * Makes the late nodes come after everything that does not depend on them.
 *
 * The first of them waits for the ends of all the rest and the others wait for the first, so that the edges stay
 * linear in number. The nodes must be free of cycles, and stay so.
 */
export const runLast = <N extends Node>(nodes: ReadonlyArray<N>, { aside, late }: Last<N["id"]>): ReadonlyArray<N> => {
  const behind = descendantsOf(nodes, aside)
  const moved = new Set([...late].filter((id) => !aside.has(id) && !behind.has(id)))
  const sorted = Result.getOrElse(ordered(nodes), () => nodes)
  const first = sorted.find(({ id }) => moved.has(id))
  if (first === undefined) return nodes
  const after = descendantsOf(nodes, [...late, ...aside])
  const rest = nodes.filter(({ id }) => !late.has(id) && !aside.has(id) && !after.has(id))
  const dependents = dependentsOf(rest)
  const ends = rest.flatMap(({ id }) => (dependents.get(id) ?? []).length === 0 ? [id] : [])
  return nodes.map((node) => {
    if (!moved.has(node.id)) return node
    const added = node === first ? ends : [first.id]
    return { ...node, dependsOn: [...new Set([...node.dependsOn, ...added])].sort(byCodeUnit) }
  })
}
