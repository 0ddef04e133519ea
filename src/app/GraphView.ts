/**
 * The graph of declared resources as text: Mermaid for pages, DOT for Graphviz.
 *
 * An arrow points from a resource to what it depends on. Lines are sorted by address, so that the text of the same
 * workspace is the same and a difference of two shows what changed.
 */
import type { Address } from "../domain/Ids.ts"
import { dependenciesOf } from "./References.ts"
import type { Declared } from "./Workspace.ts"

/** The text forms of a graph. */
export type GraphFormat = "mermaid" | "dot"

/** Every text form, for flags. */
export const graphFormats: ReadonlyArray<GraphFormat> = ["mermaid", "dot"]

interface Graph {
  readonly nodes: ReadonlyArray<Address>
  readonly edges: ReadonlyArray<readonly [Address, Address]>
}

const graphOf = (resources: ReadonlyArray<Declared>): Graph => {
  const dependencies = resources.map((declared) =>
    [declared.address, [...new Set(dependenciesOf(declared).map(({ on }) => on))].sort()] as const
  ).sort(([a], [b]) => a < b ? -1 : 1)
  return {
    nodes: dependencies.map(([address]) => address),
    edges: dependencies.flatMap(([address, all]) => all.map((on) => [address, on] as const))
  }
}

/** Mermaid takes some words for its own, `end` for one, so nodes are numbered and addresses are labels. */
const mermaid = ({ nodes, edges }: Graph): string => {
  const numbers = new Map(nodes.map((address, index) => [address, `n${index}`]))
  return [
    "flowchart LR",
    ...nodes.map((address) => `  ${numbers.get(address)}["${address}"]`),
    ...edges.map(([from, to]) => `  ${numbers.get(from)} --> ${numbers.get(to) ?? `missing["${to}"]`}`)
  ].join("\n")
}

const dot = ({ nodes, edges }: Graph): string =>
  [
    "digraph amends {",
    "  rankdir = LR",
    "  node [shape = box]",
    ...nodes.map((address) => `  "${address}"`),
    ...edges.map(([from, to]) => `  "${from}" -> "${to}"`),
    "}"
  ].join("\n")

const renderers: { readonly [F in GraphFormat]: (graph: Graph) => string } = { mermaid, dot }

/** Renders the graph of declared resources; ends in a line break. */
export const renderGraph = (format: GraphFormat, resources: ReadonlyArray<Declared>): string =>
  `${renderers[format](graphOf(resources))}\n`
