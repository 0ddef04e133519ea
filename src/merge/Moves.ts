/**
 * Elements that changed lists: known by the identity of their key, never by what they hold.
 *
 * An element that one side moved is merged where that side put it, with the edits of the other. So it is taken out of
 * where it stood in all three documents, and held until its new list merges. Where it stands is told from the nearest
 * element with an identity: what lies inside of an element that moves has not moved itself.
 */
import { type Path, renderPointer } from "../domain/Pointer.ts"
import type { DocumentConflict, Draft } from "./Draft.ts"
import type { Sides } from "./Node.ts"
import { identityOf, isStationary, keyOf } from "./Stationary.ts"
import type { Terms } from "./Terms.ts"
import { isList, isMembers, type Value } from "./Value.ts"

/**
 * How an element moved: by one side or by both alike; to two places; by one while the other removed it; or into
 * something that the other side removed, so that whether it has moved is for whoever answers about that.
 */
export type Fate = "moved" | "move-move" | "move-delete" | "stranded"

/** An element that moved, and what each side holds of it. */
export interface Moved {
  readonly id: string
  readonly fate: Fate
  readonly sides: Sides
  /** The lists that it stands in, as `at` of their places. */
  readonly lists: { readonly base: string; readonly ours: string | undefined; readonly theirs: string | undefined }
  /** Its pointers in the three documents, and the path it had in base. */
  readonly places: Sides
  readonly from: Path
}

/** An element that both sides moved, merged: it stands in one of its places. */
export interface Contested {
  readonly conflict: DocumentConflict
  readonly draft: Draft<DocumentConflict>
  readonly notes: ReadonlyArray<DocumentConflict>
}

/** What moved in a merge. */
export interface Moves {
  readonly isNone: boolean
  /** What moved, by identity. */
  readonly moved: ReadonlyMap<string, Moved>
  /** Identities that tell one element in each document. */
  readonly known: ReadonlySet<string>
  /** Places that elements are moved through, which therefore exist even where the other side has none. */
  readonly through: ReadonlySet<string>
  /** Places that hold elements of which it is open where they are, and which therefore do not go unasked. */
  readonly guarded: ReadonlySet<string>
  /** What both sides moved, once it is merged; filled while the merge runs, so that it merges once. */
  readonly contested: Map<string, Contested>
}

/** Nothing moved. */
export const noMoves: Moves = {
  isNone: true,
  moved: new Map(),
  known: new Set(),
  through: new Set(),
  guarded: new Set(),
  contested: new Map()
}

/** Where an element stands. */
interface Standing {
  readonly id: string
  readonly path: Path
  readonly list: string
  /** The places around it, from its list to the element that holds it. */
  readonly around: ReadonlyArray<string>
  /** The element that holds its list; `""` for none. */
  readonly holder: string
}

/** A place on a walk: as a path, and from the nearest element with an identity. */
interface Spot {
  readonly path: Path
  readonly at: string
  readonly around: ReadonlyArray<string>
  readonly holder: string
}

const start: Spot = { path: [], at: "", around: [""], holder: "" }

const inside = ({ path, at, around, holder }: Spot, segment: string): Spot => {
  const next = `${at}/${segment}`
  return { path: [...path, segment], at: next, around: [...around, next], holder }
}

/** Told what a walk comes by. */
interface Visitor {
  readonly element: (standing: Standing) => void
  readonly container: (at: string) => void
}

/** Calls back with each element that has an identity. The ids that are known are places to start from. */
const walk = (
  terms: Terms,
  document: Value | undefined,
  known: ReadonlySet<string>,
  { element, container }: Visitor
): void => {
  const elements = (items: ReadonlyArray<Value>, spot: Spot): void => {
    const way = terms.wayAt(spot.path)
    for (const [index, item] of items.entries()) {
      const key = typeof way === "object" ? keyOf(item, way.keyed) : undefined
      const id = typeof way === "object" && key !== undefined ? identityOf(way, key) : undefined
      const next = inside(spot, key ?? String(index))
      if (id !== undefined) element({ id, path: next.path, list: spot.at, around: spot.around, holder: spot.holder })
      visit(item, id === undefined || !known.has(id) ? next : { path: next.path, at: id, around: [id], holder: id })
    }
  }
  const visit = (value: Value, spot: Spot): void => {
    if (isList(value) || isMembers(value)) container(spot.at)
    if (isList(value)) elements(value, spot)
    else if (isMembers(value)) { for (const [key, member] of Object.entries(value)) visit(member, inside(spot, key)) }
  }
  if (document !== undefined) visit(document, start)
}

/** Where the elements of a document stand, and which objects and lists it has. */
interface Standings {
  readonly elements: ReadonlyMap<string, Standing>
  readonly containers: ReadonlySet<string>
}

interface Three<A> {
  readonly base: A
  readonly ours: A
  readonly theirs: A
}

const threeOf = <A, B>({ base, ours, theirs }: Three<A>, f: (one: A) => B): Three<B> => ({
  base: f(base),
  ours: f(ours),
  theirs: f(theirs)
})

/** The identities that no document holds twice. */
const knownIn = (terms: Terms, sides: Sides): ReadonlySet<string> => {
  const seen = new Set<string>()
  const twice = new Set<string>()
  for (const document of [sides.base, sides.ours, sides.theirs]) {
    const here = new Set<string>()
    const element = ({ id }: Standing): void => {
      if (here.has(id)) twice.add(id)
      here.add(id)
    }
    walk(terms, document, seen, { element, container: () => {} })
    for (const id of here) seen.add(id)
  }
  return new Set([...seen].filter((id) => !twice.has(id)))
}

const standingsIn = (terms: Terms, document: Value | undefined, known: ReadonlySet<string>): Standings => {
  const elements = new Map<string, Standing>()
  const containers = new Set<string>()
  walk(terms, document, known, {
    element: (standing) => {
      if (known.has(standing.id)) elements.set(standing.id, standing)
    },
    container: (at) => containers.add(at)
  })
  return { elements, containers }
}

const fateOf = (base: Standing, ours: Standing | undefined, theirs: Standing | undefined): Fate | undefined => {
  const weMoved = ours !== undefined && ours.list !== base.list
  const theyMoved = theirs !== undefined && theirs.list !== base.list
  if (!weMoved && !theyMoved) return undefined
  if (ours === undefined || theirs === undefined) return "move-delete"
  return weMoved && theyMoved && ours.list !== theirs.list ? "move-move" : "moved"
}

/** The side whose place counts. */
const moverOf = ({ lists }: Pick<Moved, "lists">): "ours" | "theirs" =>
  lists.ours !== undefined && lists.ours !== lists.base ? "ours" : "theirs"

/** Calls back with the standing of an element, of what holds it, and so on. */
const upFrom = (elements: ReadonlyMap<string, Standing>, id: string): ReadonlyArray<Standing> => {
  const found: Array<Standing> = []
  const seen = new Set<string>()
  for (let at = elements.get(id); at !== undefined && !seen.has(at.id); at = elements.get(at.holder)) {
    seen.add(at.id)
    found.push(at)
  }
  return found
}

/** Tells whether what holds the new place is still there on the other side, or never was there for it. */
const isReachable = (standings: Three<Standings>, mover: "ours" | "theirs", id: string): boolean => {
  const { base } = standings
  const other = mover === "ours" ? standings.theirs : standings.ours
  const isGone = (place: string): boolean => base.containers.has(place) && !other.containers.has(place)
  return upFrom(standings[mover].elements, id).every(({ around }) => !around.some(isGone))
}

/** What may hold an element once all moves are made: of one that both sides moved, that is for somebody to say. */
const holdersOf = (
  standings: Three<Standings>,
  moved: ReadonlyMap<string, Pick<Moved, "fate" | "lists">>,
  id: string
): ReadonlyArray<string> => {
  const move = moved.get(id)
  const { base, ours, theirs } = standings
  if (move?.fate === "move-move" || move?.fate === "stranded") {
    return [base, ours, theirs].map(({ elements }) => elements.get(id)?.holder ?? "")
  }
  const from = move === undefined ? ours.elements.has(id) ? "ours" : "theirs" : moverOf(move)
  return [standings[from].elements.get(id)?.holder ?? ""]
}

/** Tells whether the moves of both sides, taken together in any way, may put an element inside itself. */
const isCircular = (
  standings: Three<Standings>,
  moved: ReadonlyMap<string, Pick<Moved, "fate" | "lists">>
): boolean =>
  [...moved.keys()].some((id) => {
    const above = new Set(holdersOf(standings, moved, id))
    // A set grows while it is walked.
    for (const holder of above) {
      if (holder === id) return true
      if (holder !== "") { for (const next of holdersOf(standings, moved, holder)) above.add(next) }
    }
    return false
  })

/** Takes elements out of their lists, and answers with them and with what is left. */
const takeOut = (
  terms: Terms,
  document: Value | undefined,
  known: ReadonlySet<string>,
  isTaken: (id: string) => boolean
): { readonly rest: Value | undefined; readonly held: ReadonlyMap<string, Value> } => {
  const held = new Map<string, Value>()
  const elements = (items: ReadonlyArray<Value>, path: Path): ReadonlyArray<Value> => {
    const way = terms.wayAt(path)
    return items.flatMap((item, index) => {
      const key = typeof way === "object" ? keyOf(item, way.keyed) : undefined
      const id = typeof way === "object" && key !== undefined ? identityOf(way, key) : undefined
      const rest = visit(item, [...path, key ?? String(index)])
      if (id !== undefined && known.has(id)) held.set(id, rest)
      return id !== undefined && known.has(id) && isTaken(id) ? [] : [rest]
    })
  }
  const visit = (value: Value, path: Path): Value => {
    if (isList(value)) return elements(value, path)
    if (!isMembers(value)) return value
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, visit(member, [...path, key])]))
  }
  return { rest: document === undefined ? undefined : visit(document, []), held }
}

/** The documents without what moved away from where it stood, and what moved. */
export interface Relocation {
  readonly sides: Sides
  readonly moves: Moves
  /** Whether each side moved one element into the other: then nothing can be said about where they are. */
  readonly isCircular: boolean
}

const throughOf = (standings: Three<Standings>, moved: ReadonlyMap<string, Moved>): ReadonlySet<string> => {
  const sides = (move: Moved) =>
    move.fate === "move-move" || move.fate === "stranded" ? ["ours", "theirs"] as const : [moverOf(move)]
  return new Set(
    [...moved.values()].flatMap((move) =>
      sides(move).flatMap((side) => upFrom(standings[side].elements, move.id).flatMap(({ around }) => around))
    )
  )
}

const guardedOf = (standings: Three<Standings>, moved: ReadonlyMap<string, Moved>): ReadonlySet<string> =>
  new Set(
    [...moved.values()].filter(({ fate }) => fate === "stranded").flatMap(({ id }) =>
      [standings.ours, standings.theirs].flatMap(({ elements }) => upFrom(elements, id).flatMap(({ around }) => around))
    )
  )

/** The sides that moved an element to where the other does not have it. */
const moversOf = ({ lists }: Pick<Moved, "lists">): ReadonlyArray<"ours" | "theirs"> =>
  (["ours", "theirs"] as const).filter((side) => lists[side] !== undefined && lists[side] !== lists.base)

const isStranded = (standings: Three<Standings>, fate: Fate, move: Pick<Moved, "id" | "lists">): boolean =>
  fate !== "move-delete" && moversOf(move).some((side) => !isReachable(standings, side, move.id))

const movedIn = (standings: Three<Standings>): ReadonlyArray<Omit<Moved, "sides">> =>
  [...standings.base.elements].flatMap(([id, base]) => {
    const [ours, theirs] = [standings.ours.elements.get(id), standings.theirs.elements.get(id)]
    const fate = fateOf(base, ours, theirs)
    if (fate === undefined) return []
    const lists = { base: base.list, ours: ours?.list, theirs: theirs?.list }
    const places = threeOf({ base, ours, theirs }, (one) => one === undefined ? undefined : renderPointer(one.path))
    return [{
      id,
      fate: isStranded(standings, fate, { id, lists }) ? "stranded" : fate,
      lists,
      places,
      from: base.path
    }]
  })

/** Finds what moved, and takes it out of where it stood. */
export const relocate = (terms: Terms, sides: Sides): Relocation => {
  const stayed: Relocation = { sides, moves: noMoves, isCircular: false }
  if (isStationary(terms, sides)) return stayed
  const known = knownIn(terms, sides)
  const standings = threeOf(sides, (document) => standingsIn(terms, document, known))
  const found = movedIn(standings)
  if (found.length === 0) return stayed
  const moving = new Map(found.map((one) => [one.id, { ...one, sides }]))
  const outOf = (side: keyof Sides) =>
    takeOut(terms, sides[side], known, (id) => {
      const move = moving.get(id)
      if (move === undefined || move.fate === "stranded") return false
      return side === "base" || move.lists[side] === move.lists.base
    })
  const [base, ours, theirs] = [outOf("base"), outOf("ours"), outOf("theirs")]
  const moved = new Map(found.map((one) => {
    const held = { base: base.held.get(one.id), ours: ours.held.get(one.id), theirs: theirs.held.get(one.id) }
    return [one.id, { ...one, sides: held }]
  }))
  return {
    sides: { base: base.rest, ours: ours.rest, theirs: theirs.rest },
    moves: {
      isNone: false,
      moved,
      known,
      through: throughOf(standings, moved),
      guarded: guardedOf(standings, moved),
      contested: new Map()
    },
    isCircular: isCircular(standings, moving)
  }
}
