/**
 * Changes a YAML text node by node so that it holds another value, with comments and styles as they are.
 *
 * What is written is read again: an answer that does not hold the value, to the digit, is none.
 */
import { isMap, isSeq, type Pair, parseAllDocuments, type Scalar, type YAMLMap, type YAMLSeq } from "yaml"
import { listSteps, type Written } from "./FileFormat.ts"
import { mergeText } from "./Text.ts"
import { isList, isMembers, type Members, Numeral, sameSpelled, type Value, valueText } from "./Value.ts"
import { type Doc, documentOf, keyOf, parseYaml, valueOf } from "./YamlRead.ts"

/** The nodes that stand at one place in the three documents. */
interface Nodes {
  readonly base: unknown
  readonly ours: unknown
  readonly theirs: unknown
}

/** The members of a node by name; none where it is no map. */
const pairsIn = (node: unknown): ReadonlyMap<string, Pair> =>
  new Map(
    isMap(node) ?
      node.items.flatMap((pair) => {
        const key = keyOf(pair)
        return key === undefined ? [] : [[key, pair] as const]
      }) :
      []
  )

/** A node that holds a value: as theirs writes it, where it does. */
const nodeFor = (document: Doc, value: Value, theirs: unknown): unknown => {
  const written = valueOf(theirs)
  if (written !== undefined && sameSpelled(written, value)) return (theirs as Scalar).clone()
  return document.createNode(plain(value))
}

/** A value as the library takes it. */
const plain = (value: Value): unknown => {
  if (value instanceof Numeral) return parseAllDocuments(value.text, { intAsBigInt: true })[0]?.contents ?? value.text
  if (isList(value)) return value.map(plain)
  if (isMembers(value)) return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member)]))
  return value
}

const commentFields = ["commentBefore", "comment", "spaceBefore"] as const
type Commented = { -readonly [K in typeof commentFields[number]]?: Scalar[K] }

const isCommented = (node: unknown): node is Commented => typeof node === "object" && node !== null

const copyComments = (from: unknown, to: unknown): void => {
  if (!isCommented(from) || !isCommented(to)) return
  for (const field of commentFields) {
    delete to[field]
    if (from[field] !== undefined) Object.assign(to, { [field]: from[field] })
  }
}

/** Takes comments that only theirs changed; where both did, ours stays, and whoever counts comments will notice. */
const takeComments = (base: unknown, ours: unknown, theirs: unknown): void => {
  if (!isCommented(ours) || !isCommented(theirs)) return
  for (const field of commentFields) {
    const was = isCommented(base) ? base[field] ?? undefined : undefined
    const [mine, other] = [ours[field] ?? undefined, theirs[field] ?? undefined]
    if (mine !== was || other === was) continue
    if (other === undefined) delete ours[field]
    else Object.assign(ours, { [field]: other })
  }
}

/** Where a new member goes: behind the one that it follows in theirs. */
const indexFor = (map: YAMLMap, theirs: ReadonlyArray<string>, key: string): number => {
  for (let before = theirs.indexOf(key) - 1; before >= 0; before--) {
    const found = map.items.findIndex((pair) => keyOf(pair) === theirs[before])
    if (found >= 0) return found + 1
  }
  return theirs.includes(key) ? 0 : map.items.length
}

const insertMember = (
  document: Doc,
  map: YAMLMap,
  theirs: ReadonlyMap<string, Pair>,
  [key, value]: readonly [string, Value]
): void => {
  const written = theirs.get(key)
  const isWritten = written !== undefined && sameSpelled(valueOf(written.value), value)
  const pair = isWritten ? written.clone() : document.createPair(key, plain(value))
  map.items.splice(indexFor(map, [...theirs.keys()], key), 0, pair as Pair)
}

const writeMembers = (document: Doc, nodes: Nodes, before: Members, after: Members): void => {
  const map = nodes.ours as YAMLMap
  map.items = map.items.filter((pair) => Object.hasOwn(after, keyOf(pair) ?? ""))
  const [was, mine, other] = [pairsIn(nodes.base), pairsIn(map), pairsIn(nodes.theirs)]
  for (const [key, value] of Object.entries(after)) {
    const ours = mine.get(key)
    if (ours === undefined) {
      insertMember(document, map, other, [key, value])
      continue
    }
    const [base, theirs] = [was.get(key), other.get(key)]
    takeComments(base?.key, ours.key, theirs?.key)
    const inside = { base: base?.value, ours: ours.value, theirs: theirs?.value }
    ours.value = writeAt(document, inside, before[key] ?? null, value)
  }
}

const names = ["id", "name", "key"]

/** What an element goes by, for its comments, if not by all of it. */
const looksOf = (value: Value | undefined): ReadonlyArray<string> =>
  isMembers(value)
    ? names.flatMap((name) => {
      const member = Object.hasOwn(value, name) ? value[name] : undefined
      return member === undefined ? [] : [`${name} ${valueText(member)}`]
    })
    : []

/** The elements of a side by their values, and by what they look like. */
const itemsIn = (node: unknown): (value: Value) => unknown => {
  const byText = new Map<string, unknown>()
  const byLooks = new Map<string, unknown>()
  for (const item of isSeq(node) ? node.items : []) {
    const value = valueOf(item)
    if (value !== undefined) byText.set(valueText(value), item)
    for (const looks of looksOf(value)) if (!byLooks.has(looks)) byLooks.set(looks, item)
  }
  return (value) => byText.get(valueText(value)) ?? looksOf(value).map((looks) => byLooks.get(looks)).find(Boolean)
}

const writeItems = (
  document: Doc,
  nodes: Nodes,
  before: ReadonlyArray<Value>,
  after: ReadonlyArray<Value>
): void => {
  const seq = nodes.ours as YAMLSeq
  const [baseFor, theirsFor] = [itemsIn(nodes.base), itemsIn(nodes.theirs)]
  for (const step of listSteps(before, after)) {
    if (step._tag === "drop") {
      seq.items.splice(step.from, 1)
      continue
    }
    const value = after[step.to] ?? null
    const theirs = theirsFor(value)
    if (step._tag === "insert") seq.items.splice(step.at, 0, nodeFor(document, value, theirs))
    else {
      const was = before[step.from] ?? null
      seq.items[step.from] = writeAt(document, { base: baseFor(was), ours: seq.items[step.from], theirs }, was, value)
    }
  }
}

/** Makes the node of ours hold a value, or answers with another node that does. */
const writeAt = (document: Doc, nodes: Nodes, before: Value, after: Value): unknown => {
  const { base, ours, theirs } = nodes
  if (isMembers(before) && isMembers(after) && isMap(ours)) writeMembers(document, nodes, before, after)
  else if (isList(before) && isList(after) && isSeq(ours)) writeItems(document, nodes, before, after)
  else if (!sameSpelled(before, after)) {
    const node = nodeFor(document, after, theirs)
    copyComments(ours, node)
    takeComments(base, node, theirs)
    return node
  }
  takeComments(base, ours, theirs)
  return ours
}

/** How a text is set out, as far as the library can be told. */
const layoutOf = ({ ours: text, theirs }: Written) => {
  const [, blanks = "  "] = /^( +)\S/m.exec(text) ?? []
  const flow = /[{[]/.test(text) ? text : theirs
  return {
    lineWidth: 0,
    indent: blanks.length,
    indentSeq: !/^( *)[^\s#-][^\n]*:[ \t]*\n\1- /m.test(text),
    flowCollectionPadding: /\{ \S/.test(flow) || !/[{[]\S/.test(flow)
  }
}

/**
 * Writing a document anew sets out all of it by one rule. What that rule does to ours alone is known, too, and so only
 * what changed, and lines next to it, are taken from what was written.
 */
const intoOurs = ({ ours }: Written, rewritten: string, changed: string): ReadonlyArray<string> => {
  const merge = mergeText({ path: "", base: rewritten, ours, theirs: changed })
  if (merge._tag === "opaque") return [changed]
  if (merge._tag === "merged") return [merge.content, changed]
  return [merge.parts.map((part) => part._tag === "text" ? part.text : part.conflict.theirs).join(""), changed]
}

/** Writes a value into ours; comments and members that are new come from theirs as they stand there. */
export const writeYaml = (sides: Written, value: Value): string | undefined => {
  const [base, ours, theirs] = [sides.base, sides.ours, sides.theirs].map(documentOf)
  const before = parseYaml(sides.ours)
  if (ours === undefined || theirs === undefined || before === undefined) return undefined
  const layout = layoutOf(sides)
  // The library writes line feeds alone.
  const endings = (text: string): string => sides.ours.includes("\r\n") ? text.replaceAll("\n", "\r\n") : text
  const rewritten = endings(ours.toString(layout))
  takeComments(base, ours, theirs)
  const nodes = { base: base?.contents, ours: ours.contents, theirs: theirs.contents }
  ours.contents = writeAt(ours, nodes, before, value) as Doc["contents"]
  const changed = endings(ours.toString(layout))
  return intoOurs(sides, rewritten, changed).find((text) => sameSpelled(parseYaml(text), value))
}
