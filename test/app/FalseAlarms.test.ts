/**
 * How often taking a version out raises a conflict where none is: random changes to one document, of which it is known
 * which touch the same thing and what is right without the version. The figure stands in docs/rollback.md.
 */
import { Schema } from "effect"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import type { Document } from "../../src/domain/Document.ts"
import { exact, type Kind, plainRoles } from "../../src/domain/Kind.ts"
import { checkLineage } from "../../src/merge/Lineage.ts"
import { resourceContents } from "../../src/merge/ResourceContents.ts"
import { revert } from "../../src/merge/Revert.ts"
import { pick, type Random, randomFrom } from "../merge/Generate.ts"

const kind: Kind = {
  name: "thing",
  provider: "test",
  description: "a thing of every way to merge",
  schema: Schema.Record(Schema.String, Schema.Unknown) as unknown as Kind["schema"],
  capabilities: {
    identity: { _tag: "server" },
    guard: "none",
    settlesWithinMs: 0,
    listIsWhole: true,
    reversibility: { create: exact, update: exact, delete: exact }
  },
  roles: {
    ...plainRoles,
    sets: ["/tags"],
    keyed: [{ path: "/rules", key: "id" }],
    sequences: ["/steps"],
    texts: ["/text"]
  }
}

interface Rule {
  readonly id: string
  readonly level: number
  readonly to: string
}

interface Thing {
  readonly name: string
  readonly level: number
  readonly owner: { readonly team: string; readonly mail: string }
  readonly tags: ReadonlyArray<string>
  readonly rules: ReadonlyArray<Rule>
  readonly steps: ReadonlyArray<string>
  readonly lines: ReadonlyArray<string>
}

const documentOf = ({ lines, ...thing }: Thing): Document =>
  ({ ...thing, text: lines.map((line) => `${line}\n`).join("") }) as unknown as Document

/** One change: what it touches, and what it makes of a thing; nothing where what it is about is not there. */
interface Change {
  readonly atom: string
  readonly make: (thing: Thing) => Thing | undefined
}

const replaced = (items: ReadonlyArray<string>, item: string, by: ReadonlyArray<string>) => {
  const at = items.indexOf(item)
  return at < 0 ? undefined : [...items.slice(0, at), ...by, ...items.slice(at + 1)]
}

const listed = (of: "steps" | "lines", random: Random, thing: Thing, fresh: string): Change => {
  const item = pick(random, thing[of])
  const by = pick<ReadonlyArray<string>>(random, [[fresh], [item, fresh], []])
  return {
    atom: `${of} ${item}`,
    make: (other) => {
      const items = replaced(other[of], item, by)
      return items === undefined ? undefined : { ...other, [of]: items }
    }
  }
}

const ruled = (random: Random, thing: Thing, fresh: string): Change => {
  const rule = pick(random, thing.rules)
  const changing = (atom: string, change: (one: Rule) => ReadonlyArray<Rule>): Change => ({
    atom,
    make: (other) =>
      other.rules.some(({ id }) => id === rule.id)
        ? { ...other, rules: other.rules.flatMap((one) => one.id === rule.id ? change(one) : [one]) }
        : undefined
  })
  return pick(random, [
    changing(`rule ${rule.id} level`, (one) => [{ ...one, level: Number(fresh.slice(1)) }]),
    changing(`rule ${rule.id} to`, (one) => [{ ...one, to: fresh }]),
    changing(`rule ${rule.id}`, () => []),
    {
      atom: `rule ${fresh}`,
      make: (other: Thing) => ({ ...other, rules: [...other.rules, { id: fresh, level: 1, to: "x" }] })
    }
  ])
}

const changeOf = (random: Random, thing: Thing, fresh: string): Change => {
  switch (random(7)) {
    case 0:
      return { atom: "name", make: (other) => ({ ...other, name: fresh }) }
    case 1:
      return { atom: "level", make: (other) => ({ ...other, level: Number(fresh.slice(1)) }) }
    case 2: {
      const member = pick(random, ["team", "mail"] as const)
      return { atom: `owner ${member}`, make: (other) => ({ ...other, owner: { ...other.owner, [member]: fresh } }) }
    }
    case 3:
      return { atom: `tag ${fresh}`, make: (other) => ({ ...other, tags: [...other.tags, fresh] }) }
    case 4:
      return ruled(random, thing, fresh)
    case 5:
      return listed("steps", random, thing, fresh)
    default:
      return listed("lines", random, thing, fresh)
  }
}

const initial = (): Thing => ({
  name: "n",
  level: 0,
  owner: { team: "t", mail: "m" },
  tags: ["p", "q"],
  rules: ["a", "b", "c", "d"].map((id) => ({ id, level: 0, to: "x" })),
  steps: Array.from({ length: 12 }, (_, at) => `s${at}`),
  lines: Array.from({ length: 40 }, (_, at) => `l${at}`)
})

const isSameThing = (a: string, b: string): boolean => a === b || a.startsWith(`${b} `) || b.startsWith(`${a} `)

interface Case {
  readonly before: Thing
  readonly made: Thing
  readonly now: Thing
  /** Without the version; absent where a later change touches the same thing. */
  readonly right: Thing | undefined
}

const caseOf = (seed: number): Case => {
  const random = randomFrom(seed)
  let serial = 0
  const some = (from: Thing, count: number) => {
    let thing = from
    const changes = Array.from({ length: count }, (): Change => {
      const change = changeOf(random, thing, `f${++serial}`)
      thing = change.make(thing) ?? thing
      return change
    })
    return { thing, changes }
  }
  const before = initial()
  const own = some(before, 1 + random(3))
  const later = some(own.thing, 1 + random(4))
  const clash = later.changes.some((one) => own.changes.some((other) => isSameThing(one.atom, other.atom)))
  const right = clash ? undefined : later.changes.reduce<Thing | undefined>(
    (thing, { make }) => thing === undefined ? undefined : make(thing),
    before
  )
  return { before, made: own.thing, now: later.thing, right }
}

const lineage = () => {
  const checked = checkLineage([
    { id: "before", parents: [] },
    { id: "made", parents: ["before"] },
    { id: "now", parents: ["made"] }
  ])
  if (checked._tag === "broken") throw new Error("the lineage is broken")
  return checked.lineage
}

const takenOut = ({ before, made, now }: Case) => {
  const things = new Map([["before", before], ["made", made], ["now", now]])
  const contentOf = (id: string): Document | undefined => {
    const thing = things.get(id)
    return thing === undefined ? undefined : documentOf(thing)
  }
  return revert(lineage(), { head: "now", take: ["made"] }, resourceContents(kind, contentOf))
}

const texts = (items: unknown): ReadonlyArray<string> =>
  Array.isArray(items) ? items.map((item) => JSON.stringify(item)).toSorted() : []

/** Where a new element of a set or keyed list goes is as good in one place as in another. */
const inOrder = (document: Document | undefined) => ({
  ...document,
  tags: texts(document?.["tags"]),
  rules: texts(document?.["rules"])
})

const cases = 4_000

describe("taking a version out", () => {
  it("is right wherever it raises no conflict, and seldom raises one where there is none", async () => {
    const all = Array.from({ length: cases }, (_, at) => caseOf(at + 1)).flatMap((one) =>
      one.right === undefined ? [] : [{ now: one.now, right: one.right, reverted: takenOut(one) }]
    )
    const quiet = all.filter(({ reverted }) => reverted._tag !== "conflict")
    const came = quiet.map(({ now, reverted }) =>
      inOrder(reverted._tag === "reverted" ? reverted.content : documentOf(now))
    )
    expect(came).toEqual(quiet.map(({ right }) => inOrder(documentOf(right))))
    const [free, alarms] = [all.length, all.length - quiet.length]
    const paper = await readFile(join(import.meta.dirname, "../../docs/rollback.md"), "utf8")
    expect(paper).toContain(`${alarms} of ${free}`)
    expect(alarms / free).toBeLessThan(0.05)
  })
})
