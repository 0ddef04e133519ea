/**
 * Draws a scenario from a seed: kinds, configurations and acts.
 *
 * Each seed takes a random part of what there is, so that some runs are quiet but for one fault and others are not; a
 * run in which everything goes wrong finds less than one in which two things do.
 */
import type { Document } from "../../src/domain/Document.ts"
import { addressOf } from "../../src/domain/Ids.ts"
import { refNode } from "../../src/domain/Template.ts"
import { type Draw, drawOf } from "./Draw.ts"
import { drawActs } from "./DrawActs.ts"
import type { DeclaredDraft, KindDraft, Mode, Scenario } from "./Scenario.ts"

const drawPlaces = (
  draw: Draw,
  { identity, refersTo }: KindDraft
): Pick<KindDraft, "places"> => {
  if (refersTo !== undefined && draw.chance(0.5)) return { places: "owner" }
  return { places: identity === "server" ? "parent" : draw.pick(["field", "parent"]) }
}

/** What few servers do. */
const drawHabits = (draw: Draw, kind: KindDraft): Partial<KindDraft> => ({
  ...(draw.chance(0.1) ? { ownForms: true } : {}),
  ...(draw.chance(0.1) ? { lists: "names" as const } : {}),
  ...(draw.chance(0.06) ? { quota: draw.int(1, 4) } : {}),
  ...(draw.chance(0.08) ? { writeOnly: true } : {}),
  ...(draw.chance(0.2) ? drawPlaces(draw, kind) : {}),
  // Without a marker nobody can tell who has an id now, where the answers of a delete and a create are lost.
  ...(kind.identity === "server" && draw.chance(0.12) && kind.marker ? { ids: "reused" as const } : {}),
  ...(kind.identity !== "server" && draw.chance(0.15) ? { deletes: draw.pick(["keepsName", "revives"]) } : {})
})

const drawKind = (draw: Draw, index: number): KindDraft => {
  const identity = draw.pick(["server", "server", "server", "client", "natural"])
  const keyed = draw.chance(0.3)
  const kind: KindDraft = {
    name: `k${index}`,
    identity,
    ...(keyed ? { keyTtlMs: draw.pick([86_400_000, 86_400_000, 4_000]) } : {}),
    guard: draw.pick(["none", "none", "etag", "version"]),
    token: draw.chance(0.5),
    marker: identity === "server" && draw.chance(0.3),
    settlesWithinMs: draw.chance(0.15) ? 300 : 0,
    calls: draw.pick([1, 1, 2, 3]),
    updates: draw.pick(["merge", "merge", "replace"]),
    answers: draw.pick(["whole", "bare"]),
    masked: draw.chance(0.25),
    immutable: draw.chance(0.3),
    ...(index > 0 && draw.chance(0.6) ? { refersTo: `k${draw.int(0, index - 1)}` } : {}),
    references: draw.chance(0.08) ? "cascade" : draw.pick(["checked", "checked", "unchecked"]),
    ...(draw.chance(0.04) ? { irreversible: draw.pick(["create", "update", "delete"]) } : {}),
    normalises: draw.chance(0.1)
  }
  return { ...kind, ...drawHabits(draw, kind) }
}

const names = ["ann", "bob", "cat", "dan"]

const drawSpec = (draw: Draw, kind: KindDraft, name: string, refers: ReadonlyArray<DeclaredDraft>): Document => {
  const targets = refers.filter((one) => one.kind === kind.refersTo)
  const target = targets[draw.int(0, Math.max(0, targets.length - 1))]
  return {
    name,
    ...(kind.places === undefined || kind.places === "owner" ? {} : { place: draw.pick(["north", "north", "south"]) }),
    ...(draw.chance(0.7) ? { size: draw.int(2, 5) } : {}),
    ...(draw.chance(0.5) ? { label: draw.pick(["x", "y", "z", "Z"]) } : {}),
    ...(draw.chance(0.4) ? { tags: draw.some(["p", "q", "r"], 0.6) } : {}),
    ...(draw.chance(0.3) ? { code: draw.pick(["Abc", "abc", "Def"]) } : {}),
    ...(kind.immutable && draw.chance(0.6) ? { fixed: draw.pick(["oak", "elm"]) } : {}),
    ...((kind.masked || kind.writeOnly === true) && draw.chance(0.8)
      ? { secret: `s3cret-${name}-${draw.int(1, 3)}` }
      : {}),
    ...(target !== undefined && (kind.places === "owner" || draw.chance(0.8))
      ? { ref: refNode({ address: addressOf(target.kind, target.name), path: "/id" }) }
      : {})
  }
}

interface Drawing {
  readonly draw: Draw
  readonly kinds: ReadonlyArray<KindDraft>
  /** How many resources a configuration has of a kind at most. */
  readonly most: number
  readonly last: ReadonlyArray<DeclaredDraft>
}

const refersToKnown = (one: DeclaredDraft, known: ReadonlyArray<DeclaredDraft>): boolean => {
  const ref = JSON.stringify(one.spec["ref"] ?? null)
  return ref === "null" || known.some(({ kind, name }) => ref.includes(`"${kind}.${name}"`))
}

/** A configuration: some of the last one as it was, some changed, some gone, some new. */
const drawConfiguration = ({ draw, kinds, last, most }: Drawing): ReadonlyArray<DeclaredDraft> => {
  const declared: Array<DeclaredDraft> = []
  for (const kind of kinds) {
    for (const name of names.slice(0, most)) {
      const isHomeless = kind.places === "owner" && !declared.some((one) => one.kind === kind.refersTo)
      if (draw.chance(0.3) || isHomeless) continue
      const before = last.find((one) => one.kind === kind.name && one.name === name)
      const kept = before !== undefined && draw.chance(0.35) && refersToKnown(before, declared)
      const remoteName = kind.identity === "server" && draw.chance(0.1) ? "twin" : name
      const fresh = (): DeclaredDraft => ({
        kind: kind.name,
        name,
        spec: drawSpec(draw, kind, remoteName, declared),
        conflict: draw.pick(["stop", "stop", "stop", "stop", "force", "keep"]),
        replace: kind.identity === "server" ? draw.pick(["auto", "auto", "createFirst", "deleteFirst"]) : "auto"
      })
      declared.push(kept ? before : fresh())
    }
  }
  return declared
}

const drawTwin = (draw: Draw): NonNullable<Scenario["twin"]> => ({
  beat: draw.int(1, draw.pick([8, 25])),
  ...(draw.chance(0.4) ? { landsMs: draw.pick([1, 1_900]) } : {})
})

/** The scenario of a seed. */
export const drawScenario = (seed: number, mode: Mode): Scenario => {
  const draw = drawOf(seed, "scenario")
  // Small worlds cost less, and two things that go wrong meet there sooner.
  const kinds = Array.from({ length: draw.pick([1, 1, 2, 2, 3]) }, (_, index) => drawKind(draw, index))
  const most = draw.int(1, kinds.length > 2 ? 2 : 3)
  const configurations: Array<ReadonlyArray<DeclaredDraft>> = []
  for (let n = draw.pick([2, 2, 3]); n > 0; n--) {
    configurations.push(drawConfiguration({ draw, kinds, most, last: configurations.at(-1) ?? [] }))
  }
  const strangers = draw.chance(0.4)
    ? kinds.map((kind) => ({ kind: kind.name, document: drawSpec(draw, kind, "stranger", []) }))
    : []
  const { acts, tardy } = drawActs(drawOf(seed, "acts"), kinds, configurations.length)
  const twins = drawOf(seed, "twin")
  return {
    seed,
    mode,
    kinds,
    strangers,
    configurations,
    acts,
    neighbour: draw.chance(0.1),
    ...(draw.chance(0.15) ? { quarantineAfter: draw.int(1, 2) } : {}),
    ...(tardy ? { tardy } : {}),
    ...(twins.chance(0.02) ? { twin: drawTwin(twins) } : {})
  }
}
