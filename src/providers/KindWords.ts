/**
 * A kind as a provider module describes it: the words of described kinds (KindDescription.ts), without those about
 * requests, which are the module's own business.
 *
 * One schema checks what a module exports and gives the type that its author writes.
 */
import { Schema } from "effect"
import { kindPattern } from "../domain/Ids.ts"
import { KindDescription } from "./KindDescription.ts"

const { fields: words } = KindDescription

const optional = <S extends Schema.Top>(schema: S, description: string) =>
  Schema.optionalKey(schema.annotate({ description }))

const PointerText = Schema.String.check(
  Schema.isPattern(/^(\/[^/]*)+$/u, { expected: "a JSON Pointer such as /name" })
)

/** What a module says of one kind. */
export const KindWords = Schema.Struct({
  description: words.description,
  /** `server`, or the fields that name a resource: `{ natural: "/name" }`, `{ client: "/key" }`. */
  identity: words.identity,
  name: words.name,
  scope: optional(Schema.Array(PointerText), "The fields that name the collection, where each parent has one"),
  /** JSON Schema of the spec. */
  schema: words.schema,
  fields: words.fields,
  readOnly: words.readOnly,
  writeOnly: words.writeOnly,
  sensitive: words.sensitive,
  immutable: words.immutable,
  references: words.references,
  sets: words.sets,
  keyed: words.keyed,
  caseInsensitive: words.caseInsensitive,
  blank: words.blank,
  defaults: words.defaults,
  clearable: words.clearable,
  mask: words.mask,
  listIsWhole: words.listIsWhole,
  guard: optional(Schema.Boolean, "Writes are refused where the guard of an observation is stale"),
  changeToken: words.changeToken,
  idempotency: words.idempotency,
  marker: optional(Schema.Struct({ field: PointerText }), "Where a create leaves its key, and find searches for it"),
  settles: words.settles,
  reversibility: words.reversibility,
  /** `none` where nothing can be changed: then every change means replace. */
  update: optional(Schema.Literals(["any", "none"]), "Whether one can be changed")
})
export type KindWords = typeof KindWords.Type

/** The kinds of a module by name. */
export const AllKindWords = Schema.Record(
  Schema.String.check(Schema.isPattern(kindPattern, { expected: "a name for a kind: letters, digits, - and _" })),
  KindWords
)
