/**
 * The merge commits of a git repository, and the three texts of every path that both sides of one changed.
 *
 * The graph is read once and merge bases are found in memory, trees are compared by one `git diff-tree`, and contents
 * come from one `git cat-file`: three processes for a whole history, instead of several for each merge.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"

/** A merge commit with one merge base. */
export interface Merge {
  readonly commit: string
  readonly ours: string
  readonly theirs: string
  readonly base: string
}

/** A path that both sides of a merge changed, as blobs. */
export interface Triple {
  readonly commit: string
  readonly path: string
  readonly base: string
  readonly ours: string
  readonly theirs: string
}

const start = (repository: string, args: ReadonlyArray<string>): ChildProcess =>
  spawn("git", ["-C", repository, ...args], { stdio: ["pipe", "pipe", "inherit"] })

const linesFrom = async (repository: string, args: ReadonlyArray<string>): Promise<ReadonlyArray<string>> => {
  const child = start(repository, args)
  if (child.stdout === null) return []
  const closed = once(child, "close")
  const lines: Array<string> = []
  for await (const line of createInterface({ input: child.stdout, crlfDelay: Infinity })) lines.push(line)
  const [code] = await closed
  if (code !== 0) throw new Error(`git ${args.join(" ")} ended with ${String(code)} in ${repository}`)
  return lines
}

/** Commits in an order in which children come before their parents. */
type Graph = ReadonlyMap<string, { readonly order: number; readonly parents: ReadonlyArray<string> }>

const graphOf = async (repository: string): Promise<Graph> => {
  const lines = await linesFrom(repository, ["rev-list", "--topo-order", "--parents", "--all"])
  return new Map(lines.map((line, order) => {
    const [commit = "", ...parents] = line.split(" ")
    return [commit, { order, parents }]
  }))
}

/** Keeps numbers so that the least comes out first. */
class Heap {
  readonly #numbers: Array<number> = []

  push(number: number): void {
    const numbers = this.#numbers
    let at = numbers.push(number) - 1
    while (at > 0 && (numbers[(at - 1) >> 1] ?? 0) > number) {
      numbers[at] = numbers[(at - 1) >> 1] ?? 0
      at = (at - 1) >> 1
    }
    numbers[at] = number
  }

  pop(): number | undefined {
    const numbers = this.#numbers
    const [first] = numbers
    const last = numbers.pop()
    if (last === undefined || numbers.length === 0) return last
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if ((numbers[child + 1] ?? Infinity) < (numbers[child] ?? Infinity)) child++
      if ((numbers[child] ?? Infinity) >= last) break
      numbers[at] = numbers[child] ?? 0
      at = child
    }
    numbers[at] = last
    return first
  }
}

const [fromOurs, fromTheirs, isOld] = [1, 2, 4]

/** The best common ancestors: those that no other common ancestor descends from. */
const basesOf = (
  graph: Graph,
  names: ReadonlyArray<string>,
  sides: readonly [string, string]
): ReadonlyArray<string> => {
  const colours = new Map<string, number>()
  const heap = new Heap()
  let fresh = 0
  const paint = (commit: string, colour: number) => {
    const before = colours.get(commit)
    colours.set(commit, (before ?? 0) | colour)
    if (before === undefined) heap.push(graph.get(commit)?.order ?? 0)
    if (before === undefined && (colour & isOld) === 0) fresh++
    if (before !== undefined && (before & isOld) === 0 && (colour & isOld) !== 0) fresh--
  }
  paint(sides[0], fromOurs)
  paint(sides[1], fromTheirs)
  const bases: Array<string> = []
  while (fresh > 0) {
    const commit = names[heap.pop() ?? -1]
    if (commit === undefined) break
    let colour = colours.get(commit) ?? 0
    if ((colour & isOld) === 0) fresh--
    if (colour === (fromOurs | fromTheirs)) bases.push(commit)
    if ((colour & fromOurs) !== 0 && (colour & fromTheirs) !== 0) colour |= isOld
    for (const parent of graph.get(commit)?.parents ?? []) paint(parent, colour)
  }
  return bases
}

/** Merges of two parents with one base that is neither of them, at most `limit`, spread over the whole history. */
export const mergesOf = async (repository: string, limit: number): Promise<ReadonlyArray<Merge>> => {
  const graph = await graphOf(repository)
  const names = [...graph.keys()]
  const all = names.filter((commit) => graph.get(commit)?.parents.length === 2)
  const step = Math.max(1, all.length / limit)
  return Array.from({ length: Math.min(limit, all.length) }, (_, at) => all[Math.floor(at * step)] ?? "").flatMap(
    (commit) => {
      const [ours = "", theirs = ""] = graph.get(commit)?.parents ?? []
      const [base, second] = basesOf(graph, names, [ours, theirs])
      return base === undefined || second !== undefined || base === ours || base === theirs
        ? []
        : [{ commit, ours, theirs, base }]
    }
  )
}

type Changed = ReadonlyMap<string, { readonly before: string; readonly after: string }>

const isFile = (mode: string | undefined): boolean => mode?.startsWith("100") === true

/** What changed from a base to a commit, for each of many pairs. */
async function* changesOf(
  repository: string,
  pairs: ReadonlyArray<readonly [commit: string, base: string]>
): AsyncGenerator<Changed> {
  const child = start(repository, ["diff-tree", "--stdin", "--always", "-r", "--raw", "--no-abbrev", "--no-renames"])
  if (child.stdout === null || child.stdin === null) return
  child.stdin.end(pairs.map(([commit, base]) => `${commit} ${base}\n`).join(""))
  let changed: Map<string, { before: string; after: string }> | undefined
  for await (const line of createInterface({ input: child.stdout, crlfDelay: Infinity })) {
    if (!line.startsWith(":")) {
      if (changed !== undefined) yield changed
      changed = new Map()
      continue
    }
    const [entry = "", path = ""] = line.split("\t")
    const [modeBefore, modeAfter, before = "", after = "", status] = entry.slice(1).split(" ")
    if (status === "M" && isFile(modeBefore) && isFile(modeAfter)) changed?.set(path, { before, after })
  }
  if (changed !== undefined) yield changed
}

/** Every path that both sides of a merge changed, differently; the same three blobs once. */
export async function* triplesOf(repository: string, merges: ReadonlyArray<Merge>): AsyncGenerator<Triple> {
  const pairs = merges.flatMap(({ ours, theirs, base }) => [[ours, base], [theirs, base]] as const)
  const changes = changesOf(repository, pairs)
  const seen = new Set<string>()
  for (const { commit } of merges) {
    const [mine, other] = [(await changes.next()).value, (await changes.next()).value]
    if (mine === undefined || other === undefined) return
    for (const [path, { before: base, after: ours }] of mine as Changed) {
      const theirs = (other as Changed).get(path)?.after
      const key = `${base} ${ours} ${theirs}`
      if (theirs === undefined || theirs === ours || seen.has(key)) continue
      seen.add(key)
      yield { commit, path, base, ours, theirs }
    }
  }
}

/** Reads blobs, one after the other. */
export const openBlobs = (repository: string) => {
  const child = start(repository, ["cat-file", "--batch"])
  const output = child.stdout
  let held = Buffer.alloc(0)
  const more = async (): Promise<void> => {
    const chunk: unknown = output?.read()
    if (chunk instanceof Buffer) held = Buffer.concat([held, chunk])
    else if (output !== null) await once(output, "readable")
  }
  /** The content, or `undefined` for a blob that the repository does not hold. */
  const read = async (blob: string): Promise<Buffer | undefined> => {
    child.stdin?.write(`${blob}\n`)
    while (!held.includes("\n")) await more()
    const end = held.indexOf("\n")
    const size = Number(held.subarray(0, end).toString().split(" ")[2])
    held = held.subarray(end + 1)
    if (Number.isNaN(size)) return undefined
    while (held.length < size + 1) await more()
    const content = held.subarray(0, size)
    held = held.subarray(size + 1)
    return content
  }
  return { read, close: () => void child.stdin?.end() }
}
