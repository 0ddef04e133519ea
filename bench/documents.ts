/**
 * How long it takes to merge documents: 10,000 of about 1 KB, half of them edited on both sides, by plain rules and by
 * the roles of a kind.
 */
import { Schema } from "effect"
import type { Document } from "../src/domain/Document.ts"
import { exact, type Kind, plainRoles } from "../src/domain/Kind.ts"
import { type DocumentRules, keyed, mergeDocument, threeWay } from "../src/merge/Merge.ts"
import { costSince, type Figure, median } from "./figures.ts"

const count = 10_000
const rounds = 5

const rules: DocumentRules = { "/tags": "set", "/steps": "sequence", "/rules": keyed("id") }

const kind: Kind = {
  name: "thing",
  provider: "bench",
  description: "a thing",
  schema: Schema.Record(Schema.String, Schema.Unknown) as unknown as Schema.Codec<Document, Document>,
  capabilities: {
    identity: { _tag: "server" },
    guard: "none",
    settlesWithinMs: 0,
    listIsWhole: true,
    reversibility: { create: exact, update: exact, delete: exact }
  },
  roles: { ...plainRoles, sets: ["/tags"], keyed: [{ path: "/rules", key: "id" }], readOnly: ["/updatedAt"] }
}

const documentOf = (at: number) => ({
  name: `document ${at}`,
  updatedAt: at,
  description: "what it is for, in some words that take a line of text or so",
  tags: ["a", "b", `tag-${at}`],
  steps: [1, 2, 3, 4, 5].map((step) => ({ do: `step ${step}`, after: step - 1 })),
  rules: ["x", "y", "z"].map((id) => ({ id, when: { field: `f-${at}`, is: id }, severity: 3, channels: [1, 2] })),
  owner: { team: "treasury", people: ["ann", "bob"], since: { year: 2024, month: at % 12 } },
  notes: "n".repeat(260)
})
type Thing = ReturnType<typeof documentOf>

const edits: ReadonlyArray<(thing: Thing) => Document> = [
  (thing) => thing,
  (thing) => ({ ...thing, description: "another" }),
  (thing) => ({ ...thing, tags: [...thing.tags, "new"], rules: thing.rules.slice(1) }),
  (thing) => ({ ...thing, steps: [{ do: "first", after: 0 }, ...thing.steps] }),
  (thing) => ({ ...thing, rules: thing.rules.map((rule) => rule.id === "z" ? { ...rule, severity: 9 } : rule) })
]

const copy = (document: Document): Document => JSON.parse(JSON.stringify(document)) as Document

const threeOf = (at: number) => {
  const thing = documentOf(at)
  const side = (by: number): Document => copy(edits[by % edits.length]?.(thing) ?? thing)
  return { base: copy(thing), ours: side(at), theirs: side(Math.floor(at / edits.length)) }
}

/** Measures merges of documents. */
export const measureDocuments = (): ReadonlyArray<Figure> => {
  const inputs = Array.from({ length: count }, (_, at) => threeOf(at))
  const bytes = inputs.reduce((all, { base }) => all + JSON.stringify(base).length, 0) / count
  const timed = (merge: (input: ReturnType<typeof threeOf>) => unknown): number =>
    median(Array.from({ length: rounds }, () => {
      const cost = costSince()
      for (const input of inputs) merge(input)
      return cost().ms
    }))
  const of = "merge"
  return [
    { of, what: "size of a document", value: bytes, unit: "bytes" },
    {
      of,
      what: "10,000 documents, by rules",
      value: timed((sides) => mergeDocument(sides, rules)),
      unit: "ms",
      bar: 1_000
    },
    {
      of,
      what: "10,000 documents, by the roles of a kind",
      value: timed(({ base, ours, theirs }) => threeWay(kind, base, ours, theirs)),
      unit: "ms",
      bar: 1_000
    }
  ]
}
