/**
 * The text of a YAML or JSON file as located values, one for each document that is not empty.
 *
 * YAML 1.2 with its core schema and nothing of 1.1: no merge keys, no `yes` for true. Keys are texts, each key stands
 * once, aliases and depth are bounded, and a number that would lose digits is refused. JSON is held to its own grammar
 * first; it and plain YAML are read by readers of their own, which are faster.
 */
import {
  type Alias,
  Composer,
  type Document as YamlDocument,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  Parser,
  type Scalar,
  type YAMLError,
  type YAMLMap,
  type YAMLSeq
} from "yaml"
import { Limits } from "../../domain/Limits.ts"
import { inexact, isExact } from "./ExactNumber.ts"
import { jsonFault } from "./JsonFault.ts"
import { type Located, locatedList, locatedObject, locatedScalar, type Part } from "./Located.ts"
import { readPlainYaml } from "./PlainYaml.ts"
import { readJson } from "./ReadJson.ts"

/** A fault of the text itself, at an offset. */
export interface Fault {
  readonly at: number
  readonly message: string
  readonly hint: string
}

/** What a text holds. `broken` counts documents that could not be read: from their lack nothing follows. */
export interface ParsedText {
  /** A value that was refused is null in its document. */
  readonly documents: ReadonlyArray<Located>
  readonly faults: ReadonlyArray<Fault>
  readonly broken: number
}

/** A target of aliases, with the aliases and the depth that it brings along. */
interface Anchor {
  readonly node: Located
  readonly aliases: number
  readonly depth: number
}

/** What is gathered on the way through one document. */
interface Walk {
  readonly anchors: Map<string, Anchor>
  readonly faults: Array<Fault>
  aliases: number
  /** Deepest level reached since it was last reset. */
  deepest: number
}

const startOf = (node: Node): number => node.range?.[0] ?? 0

const refuse = (walk: Walk, at: number, message: string, hint: string): Located => {
  walk.faults.push({ at, message, hint })
  return locatedScalar(null, at)
}

const fromScalar = (walk: Walk, node: Scalar): Located => {
  const { value } = node
  const at = startOf(node)
  if (typeof value === "number") {
    if (isExact(node.source ?? String(value), value)) return locatedScalar(value, at)
    const { hint, message } = inexact(value)
    return refuse(walk, at, message, hint)
  }
  if (value === null || typeof value === "string" || typeof value === "boolean") return locatedScalar(value, at)
  return refuse(walk, at, "this value has no form in JSON", "remove its tag")
}

const fromAlias = (walk: Walk, node: Alias, depth: number): Located => {
  const at = startOf(node)
  const anchor = walk.anchors.get(node.source)
  if (anchor === undefined) {
    return refuse(walk, at, `no anchor &${node.source} stands above`, "define the anchor before its alias")
  }
  const before = walk.aliases
  walk.aliases += 1 + anchor.aliases
  walk.deepest = Math.max(walk.deepest, depth + anchor.depth)
  if (walk.aliases > Limits.yamlAliasesMax) {
    return before > Limits.yamlAliasesMax ? locatedScalar(null, at) : refuse(
      walk,
      at,
      `aliases expand more than ${Limits.yamlAliasesMax} times in this document`,
      "write the values out, or split the document"
    )
  }
  return tooDeep(walk, at, depth + anchor.depth) ?? { ...anchor.node, at }
}

const tooDeep = (walk: Walk, at: number, depth: number): Located | undefined =>
  depth > Limits.documentDepthMax
    ? refuse(walk, at, `nested deeper than ${Limits.documentDepthMax} levels`, "flatten the document")
    : undefined

const keyOf = (walk: Walk, pair: Pair<unknown, unknown>, around: number): string | undefined => {
  const { key } = pair
  const at = isNode(key) ? startOf(key) : around
  if (!isScalar(key) || typeof key.value !== "string") {
    refuse(walk, at, "a key has to be a text", "put the key in quotes")
    return undefined
  }
  if (key.value === "<<" && key.type === "PLAIN") {
    refuse(walk, at, "merge keys (<<) are not supported", "write the members out, or put the key in quotes")
    return undefined
  }
  return key.value
}

const fromMap = (walk: Walk, map: YAMLMap, depth: number): Located => {
  const members = new Map<string, Part>()
  for (const pair of map.items) {
    const key = keyOf(walk, pair, startOf(map))
    const keyAt = isScalar(pair.key) ? startOf(pair.key) : startOf(map)
    const node = pair.value === null ? locatedScalar(null, keyAt) : fromNode(walk, pair.value as Node, depth)
    if (key !== undefined && !members.has(key)) members.set(key, { key: keyAt, node })
  }
  return locatedObject(members, startOf(map))
}

const fromList = (walk: Walk, list: YAMLSeq, depth: number): Located =>
  locatedList(list.items.map((item) => fromNode(walk, item as Node, depth)), startOf(list))

const fromShape = (walk: Walk, node: Node, depth: number): Located => {
  if (isAlias(node)) return fromAlias(walk, node, depth)
  if (isScalar(node)) return fromScalar(walk, node)
  const refused = tooDeep(walk, startOf(node), depth + 1)
  if (refused !== undefined) return refused
  walk.deepest = Math.max(walk.deepest, depth + 1)
  if (isMap(node)) return fromMap(walk, node, depth + 1)
  return isSeq(node) ? fromList(walk, node, depth + 1) : refuse(walk, 0, "no JSON value", "remove it")
}

const fromNode = (walk: Walk, node: Node, depth: number): Located => {
  const name = isAlias(node) ? undefined : node.anchor
  if (name === undefined) return fromShape(walk, node, depth)
  const { aliases, deepest } = walk
  walk.deepest = depth
  const located = fromShape(walk, node, depth)
  walk.anchors.set(name, { node: located, aliases: walk.aliases - aliases, depth: walk.deepest - depth })
  walk.deepest = Math.max(walk.deepest, deepest)
  return located
}

const wordsOf = (error: YAMLError): Omit<Fault, "at"> => {
  switch (error.code) {
    case "DUPLICATE_KEY":
      return { message: "this key stands twice in one object", hint: "keep one of the two" }
    case "TAB_AS_INDENT":
      return { message: "a tab cannot indent YAML", hint: "indent with spaces" }
    case "TAG_RESOLVE_FAILED":
      return { message: "tags are limited to those of JSON values", hint: "remove the tag" }
    case "RESOURCE_EXHAUSTION":
      return { message: `nested deeper than ${Limits.documentDepthMax} levels`, hint: "flatten the document" }
    default:
      return { message: `no valid YAML: ${error.message}`, hint: "correct the syntax; often quotes or indentation" }
  }
}

/** Errors after the first of syntax are mostly its echo; a key that stands twice is one of its own. */
const faultsOf = (document: YamlDocument): ReadonlyArray<Fault> => {
  const found = [...document.errors, ...document.warnings]
  const first = found.find(({ code }) => code !== "DUPLICATE_KEY" && code !== "TAG_RESOLVE_FAILED")
  return found
    .filter((error) => error === first || error.code === "DUPLICATE_KEY" || error.code === "TAG_RESOLVE_FAILED")
    .map((error) => ({ at: error.pos[0], ...wordsOf(error) }))
}

const isEmpty = (contents: unknown): boolean =>
  contents === null || (isScalar(contents) && contents.value === null && contents.source === "")

const compose = (text: string): Iterable<YamlDocument> =>
  new Composer({
    version: "1.2",
    schema: "core",
    merge: false,
    resolveKnownTags: false,
    prettyErrors: false,
    logLevel: "silent"
  }).compose(new Parser().parse(text), false)

/** Reads the YAML documents of a text, whatever is in it. */
export const parseAnyYaml = (text: string): ParsedText => {
  const documents: Array<Located> = []
  const faults: Array<Fault> = []
  let broken = 0
  for (const document of compose(text)) {
    faults.push(...faultsOf(document))
    if (document.errors.some(({ code }) => code !== "DUPLICATE_KEY")) {
      broken += 1
    } else if (!isEmpty(document.contents)) {
      const walk: Walk = { anchors: new Map(), faults: [], aliases: 0, deepest: 0 }
      documents.push(fromNode(walk, document.contents as Node, 0))
      faults.push(...walk.faults)
    }
  }
  return { documents, faults, broken }
}

/** Reads the YAML documents of a text; those of a plain one sooner. */
export const parseYaml = (text: string): ParsedText => {
  const documents = readPlainYaml(text)
  return documents === undefined ? parseAnyYaml(text) : { documents, faults: [], broken: 0 }
}

/** Reads a JSON text: one document. */
export const parseJson = (text: string): ParsedText => {
  const fault = jsonFault(text)
  if (fault === undefined) {
    const { faults, node } = readJson(text)
    return { documents: [node], faults, broken: 0 }
  }
  const found = { at: fault.at, message: `no valid JSON: expected ${fault.expected}`, hint: "correct the syntax" }
  return { documents: [], faults: [found], broken: 1 }
}
