/**
 * The order of steps: legal, the same for any order of the input, and cycles named.
 */
import { Result } from "effect"
import { describe, expect, it } from "vitest"
import { ancestorsOf, dependentsOf, descendantsOf, type Node, ordered, runLast } from "../../src/executor/Order.ts"

const node = (id: string, ...dependsOn: ReadonlyArray<string>): Node => ({ id, dependsOn })

const ids = (nodes: ReadonlyArray<Node>): string => {
  const result = ordered(nodes)
  return Result.isSuccess(result) ? result.success.map(({ id }) => id).join(" ") : `cycle ${result.failure.join(" ")}`
}

/** A generator of numbers below n, the same for the same seed. */
const numbers = (seed: number) => {
  let state = seed
  return (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return (state >>> 8) % below
  }
}

const shuffled = <A>(items: ReadonlyArray<A>, below: (n: number) => number): ReadonlyArray<A> => {
  const rest = [...items]
  return items.flatMap(() => rest.splice(below(rest.length), 1))
}

const randomGraph = (below: (n: number) => number): ReadonlyArray<Node> =>
  Array.from(
    { length: 30 },
    (_, i) => node(`n${i}`, ...Array.from({ length: i === 0 ? 0 : below(4) }, () => `n${below(i)}`))
  )

const place = (nodes: ReadonlyArray<Node>): ReadonlyMap<string, number> =>
  new Map(Result.getOrThrow(ordered(nodes)).map(({ id }, index) => [id, index]))

describe("ordered", () => {
  it("puts each node after what it depends on", () => {
    expect(ids([node("a", "b"), node("b", "c"), node("c")])).toBe("c b a")
  })

  it("sorts by code unit what does not depend on each other", () => {
    expect(ids([node("b"), node("Z"), node("a"), node("ä")])).toBe("Z a b ä")
  })

  it("ignores names of what is not there, and names said twice", () => {
    expect(ids([node("a", "gone", "b", "b"), node("b")])).toBe("b a")
  })

  it("names a cycle from its smallest node back to it", () => {
    expect(ids([node("x", "c"), node("c", "a"), node("a", "b"), node("b", "c")])).toBe("cycle a b c a")
    expect(ids([node("a", "a")])).toBe("cycle a a")
  })

  it.each([1, 2, 3, 4, 5])("is legal and does not depend on the order of the input (seed %i)", (seed) => {
    const below = numbers(seed)
    const nodes = randomGraph(below)
    const places = place(nodes)
    for (const { dependsOn, id } of nodes) {
      for (const need of dependsOn) expect(places.get(need)).toBeLessThan(places.get(id) ?? -1)
    }
    expect(ids(shuffled(nodes, below))).toBe(ids(nodes))
  })
})

describe("dependents, descendants, ancestors", () => {
  const nodes = [node("a"), node("b", "a"), node("c", "b", "a"), node("d")]

  it("names direct dependents in the order of the nodes", () => {
    expect([...dependentsOf(nodes)]).toEqual([["a", ["b", "c"]], ["b", ["c"]], ["c", []], ["d", []]])
  })

  it("follows edges in both directions", () => {
    expect([...descendantsOf(nodes, ["a"])].sort()).toEqual(["b", "c"])
    expect([...ancestorsOf(nodes, ["c"])].sort()).toEqual(["a", "b"])
    expect([...descendantsOf(nodes, ["d"])]).toEqual([])
  })
})

describe("runLast", () => {
  const last = (nodes: ReadonlyArray<Node>, late: ReadonlyArray<string>, aside: ReadonlyArray<string> = []) =>
    runLast(nodes, { late: new Set(late), aside: new Set(aside) })

  it("puts late nodes after all that does not depend on them", () => {
    const nodes = [node("a"), node("b", "a"), node("c"), node("l"), node("m"), node("n", "l")]
    const moved = last(nodes, ["l", "m"])
    for (const late of ["l", "m"]) {
      expect([...ancestorsOf(moved, [late])]).toEqual(expect.arrayContaining(["a", "b", "c"]))
    }
    expect(ids(moved)).toBe("a c b l m n")
  })

  it("leaves nodes alone that come behind what stands aside", () => {
    const nodes = [node("a"), node("i"), node("l", "i"), node("m")]
    expect(last(nodes, ["l", "m"], ["i"])).toEqual([node("a"), node("i"), node("l", "i"), node("m", "a")])
  })

  it("changes nothing where nothing is late", () => {
    const nodes = [node("a"), node("b", "a")]
    expect(last(nodes, [])).toBe(nodes)
  })

  it.each([1, 2, 3, 4, 5])("keeps a graph without cycles, with few edges (seed %i)", (seed) => {
    const below = numbers(seed)
    const nodes = randomGraph(below)
    const late = new Set(nodes.filter(() => below(3) === 0).map(({ id }) => id))
    const moved = runLast(nodes, { late, aside: new Set<string>() })
    const behind = descendantsOf(nodes, late)
    expect(Result.isSuccess(ordered(moved))).toBe(true)
    for (const id of late) {
      const before = ancestorsOf(moved, [id])
      const rest = nodes.filter((other) => !late.has(other.id) && !behind.has(other.id))
      expect(rest.every((other) => before.has(other.id))).toBe(true)
    }
    const edges = (of: ReadonlyArray<Node>): number => of.reduce((sum, { dependsOn }) => sum + dependsOn.length, 0)
    expect(edges(moved)).toBeLessThanOrEqual(edges(nodes) + 2 * nodes.length)
  })
})
