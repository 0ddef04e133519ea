/**
 * The description of a kind behind an HTTP API, as people write it under `kinds` in `amends.yaml` (docs/providers.md).
 *
 * One schema checks the file, makes the JSON Schema for editors, and gives the type that `described/` works with. It
 * says what a description may look like; what does not go together is found where a kind is made of it. Places are
 * JSON Pointers, paths are templates, and nothing here is evaluated.
 */
import { Schema } from "effect"
import { parseDuration } from "../domain/Duration.ts"
import { kindPattern } from "../domain/Ids.ts"

/** A text of that pattern; the flag `u` is what makes it appear in the JSON Schema. */
const text = (pattern: RegExp, expected: string) =>
  Schema.String.check(Schema.isPattern(new RegExp(pattern.source, "u"), { expected }))

const PointerText = text(/^(\/[^/]*)+$/, "a JSON Pointer such as /name")
const PlaceText = text(/^(\/[^/]*)*$/, "a JSON Pointer such as /data")
const FieldText = text(/^(\/?[^/]+)(\/[^/]+)*$/, "the name of a field, or a JSON Pointer such as /spec/size")
const PathText = text(/^\/\S*$/, "a path that begins with /")
const KindName = text(kindPattern, "a kind, such as product")
const HeaderText = Schema.String.check(Schema.isPattern(/^[^\r\n]*$/u, { expected: "one line of text" }))
const ParameterName = Schema.NonEmptyString

const DurationText = Schema.String.check(
  Schema.makeFilter((duration: string) => parseDuration(duration) !== undefined, {
    expected: "a duration such as 500ms, 30s, 2m or 1h"
  }),
  Schema.isPattern(/^\d{1,15}(\.\d{1,9})?(ms|s|m|h|d)$/u, { expected: "a duration such as 500ms, 30s, 2m or 1h" })
)

const oneOrMore = <S extends Schema.Top>(schema: S) => Schema.Union([schema, Schema.Array(schema)])
const optional = <S extends Schema.Top>(schema: S, description: string) =>
  Schema.optionalKey(schema.annotate({ description }))

const Scalar = Schema.Union([Schema.String, Schema.Finite, Schema.Boolean, Schema.Null])
const Status = Schema.Int.check(Schema.isBetween({ minimum: 100, maximum: 599 }, { expected: "a status of HTTP" }))

const isPlace = /^(\/[^/]*)*$/

/** Values by place. The description comes before the check, because the JSON Schema takes it from there. */
const byPlace = <S extends Schema.Top>(value: S, description: string) =>
  Schema.Record(Schema.String, value).annotate({ description }).check(
    Schema.makeFilter((record) => {
      const wrong = Object.keys(record).find((key) => !isPlace.test(key))
      return wrong === undefined || `expected JSON Pointers such as /status as keys, found ${JSON.stringify(wrong)}`
    })
  )

/** What an answer holds in some places: one value, or any of a list. */
const conditions = (description: string) => byPlace(oneOrMore(Scalar), description)
const Pointers = Schema.Array(PointerText)
const Headers = Schema.Record(ParameterName, HeaderText)

const Poll = Schema.Struct({
  at: optional(
    Schema.Union([Schema.Literal("location"), PlaceText]),
    "Where the address to ask is: `location` (the header), or where the answer holds it"
  ),
  every: optional(DurationText, "How often to ask"),
  until: Schema.optionalKey(
    conditions("What the answer holds when it is done; without it, when it is no 202 any more")
  ),
  failed: Schema.optionalKey(conditions("What the answer holds when it failed")),
  timeout: optional(DurationText, "How long to ask; then the call is in doubt, and settled by reading"),
  answer: optional(
    Schema.Union([Schema.Literal("none"), PlaceText]),
    "Where the document sits in the last answer; none where it is no document"
  )
}).annotate({ identifier: "Poll", description: "How a 202 is followed up" })

const CallObject = Schema.Struct({
  method: optional(Schema.Literals(["GET", "POST", "PUT", "PATCH", "DELETE"]), "Method of the request"),
  path: optional(PathText, "Path of the request; {x} or {/x/y} is a field of the document, {id} the remote id"),
  query: optional(Schema.Record(ParameterName, Schema.String), "Parameters, templates like the path"),
  headers: optional(Headers, "Further headers"),
  send: optional(
    Schema.Union([Schema.Literals(["changed", "whole", "merge", "none"]), Schema.Array(FieldText)]),
    "What of the document goes into the body"
  ),
  wrap: optional(
    Schema.Union([Schema.Literal("array"), PointerText]),
    "Where in the body it goes: a pointer, where /items/0 is a list of one, or `array` where the body is one"
  ),
  with: optional(Schema.Record(Schema.String, Schema.Json), "Constant members of the body"),
  answer: optional(
    Schema.Union([Schema.Literal("none"), PlaceText]),
    "Where the document sits in the answer; none where the answer is no document"
  ),
  id: optional(PlaceText, "Where the answer holds the id, if elsewhere than other answers"),
  poll: Schema.optionalKey(Poll)
}).annotate({ identifier: "Call", description: "One request" })

const CallLine = text(
  /^(GET|POST|PUT|PATCH|DELETE)( \/\S*)?$/,
  "a method, or a method and a path such as PUT /things/{name}"
)
const Call = Schema.Union([CallLine, CallObject])
const Calls = Schema.Union([Call, Schema.Array(Call).check(Schema.isMinLength(1, { expected: "at least one call" }))])

const Identity = Schema.Union([
  Schema.Literal("server"),
  Schema.Struct({ natural: oneOrMore(PointerText).annotate({ description: "The fields that name it" }) }),
  Schema.Struct({ client: oneOrMore(PointerText).annotate({ description: "The field that is its id" }) })
])

const versionPlace = {
  query: optional(ParameterName, "The parameter that a write repeats it in"),
  header: optional(ParameterName, "The header that a write repeats it in")
}

const Guard = Schema.Union([
  Schema.Literal("etag"),
  Schema.Struct({
    version: PointerText.annotate({ description: "The field that changes with every write" }),
    ...versionPlace,
    delete: optional(Schema.Struct(versionPlace), "Where a delete repeats it, if elsewhere than an update"),
    refusedWith: optional(oneOrMore(Status), "Statuses that refuse a stale one")
  }),
  Schema.Struct({
    etag: Schema.Literal(true),
    refusedWith: optional(oneOrMore(Status), "Statuses that refuse a stale one")
  })
])

const page = {
  limit: optional(ParameterName, "The parameter for how many to a page"),
  size: optional(Schema.Int.check(Schema.isGreaterThan(0)), "How many to ask for")
}

const Pages = Schema.Union([
  Schema.Literal("link"),
  Schema.Struct({
    offset: ParameterName.annotate({ description: "The parameter for how many to leave out" }),
    ...page
  }),
  Schema.Struct({
    page: ParameterName.annotate({ description: "The parameter for the number of the page" }),
    first: optional(Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)), "The number of the first page; 1"),
    ...page
  }),
  Schema.Struct({
    after: ParameterName.annotate({ description: "The parameter that takes the id of the last one" }),
    ...page
  }),
  Schema.Struct({
    cursor: ParameterName.annotate({ description: "The parameter that takes the cursor" }),
    at: PointerText.annotate({ description: "Where an answer holds the next cursor" }),
    ...page
  }),
  Schema.Struct({ next: PointerText.annotate({ description: "Where an answer holds the address of the next page" }) })
])

const Reversible = Schema.Union([
  Schema.Literal("exact"),
  Schema.Struct({ lossy: Schema.NonEmptyString.annotate({ description: "What is lost" }) }),
  Schema.Struct({ none: Schema.NonEmptyString.annotate({ description: "Why there is no way back" }) })
])

const where = {
  description: optional(Schema.NonEmptyString, "What the kind is, for editors"),
  path: PathText.annotate({
    description: "The collection, /products; or where the document names the resource, the resource, /zones/{name}"
  }),
  id: optional(PlaceText, "Where answers hold the id that the server gave; /id"),
  identity: optional(Identity, "Who names the resource; server"),
  parent: optional(
    oneOrMore(PointerText),
    "The fields that name the collection a resource is in, where a parameter of the list says them and not the path"
  ),
  name: optional(
    Schema.Union([Schema.Literal("none"), PointerText]),
    "The field that people know it by: --adopt finds namesakes by it, and it defaults to the resource's name"
  ),
  schema: optional(Schema.Record(Schema.String, Schema.Json), "A JSON Schema of the spec")
}

const calls = {
  create: optional(Calls, "How one is made; several calls where one does not do"),
  read: optional(Schema.Union([Schema.Literal("list"), Call]), "How one is read; `list` looks through the list"),
  update: optional(
    Schema.Union([Schema.Literal("none"), Calls]),
    "How one is changed; `none`: not at all, so a change means replace"
  ),
  delete: optional(Call, "How one is deleted"),
  list: optional(Call, "How all are listed"),
  find: optional(Call, "How one is found by its name or marker; without it, by looking through the list")
}

const answers = {
  answer: optional(PlaceText, "Where documents sit in answers"),
  items: optional(PlaceText, "Where a list holds its documents; * where each sits in something: /rows/*/doc"),
  keys: optional(FieldText, "The field that the keys are, where a list is an object of documents: with items: /*"),
  success: Schema.optionalKey(
    conditions("What an answer must hold to be one; else it is a refusal, whatever the status")
  ),
  error: optional(PlaceText, "Where a refusal says why"),
  absent: optional(
    Schema.Union([
      oneOrMore(Status),
      Schema.Struct({
        status: optional(oneOrMore(Status), "Statuses"),
        when: optional(
          oneOrMore(conditions("What a document holds that stands for none")),
          "What a document holds that stands for none; any of a list"
        )
      })
    ]),
    "What says that there is none; 404 and 410"
  ),
  pages: optional(Pages, "How a list goes on"),
  always: optional(Schema.Array(FieldText), "Fields that every update sends, changed or not"),
  listIsWhole: optional(Schema.Boolean, "false where a list holds excerpts: then each resource is read by itself")
}

const roles = {
  fields: optional(Schema.Array(FieldText), "The fields that are yours: every other one in an answer is the server's"),
  readOnly: optional(Pointers, "Made by the server"),
  writeOnly: optional(Pointers, "Taken by the server, never given back"),
  sensitive: optional(Pointers, "Secret: sealed in the state, shown nowhere"),
  immutable: optional(Pointers, "A change of it means replace"),
  references: Schema.optionalKey(byPlace(KindName, "Fields that hold the id of a resource of that kind")),
  sets: optional(Pointers, "Arrays without order"),
  keyed: Schema.optionalKey(byPlace(Schema.NonEmptyString, "Arrays whose elements a field tells apart")),
  sequences: optional(
    Pointers,
    "Arrays that merge by what changed between elements that stayed, as lines of a text do"
  ),
  texts: optional(Pointers, "Strings of several lines that merge by line"),
  caseInsensitive: optional(Pointers, "Strings whose case does not matter"),
  blank: optional(Pointers, "Where an empty text, an empty list or zero means the same as nothing"),
  defaults: Schema.optionalKey(byPlace(Schema.Json, "What the server puts where nothing is said")),
  clearable: optional(Pointers, "Fields that null clears"),
  mask: optional(oneOrMore(Schema.NonEmptyString), "What stands for a secret in answers"),
  shape: Schema.optionalKey(byPlace(PointerText, "Where answers hold a field, if elsewhere than it is written")),
  keep: Schema.optionalKey(
    byPlace(Schema.Array(Schema.NonEmptyString), "Of what answers embed there, only these members")
  )
}

const keyLife = DurationText.annotate({ description: "How long the server knows a key" })

const promises = {
  guard: optional(Guard, "Conditional writes: etag, or a field that a write must repeat"),
  changeToken: optional(PointerText, "A field that changes with every write; it guards nothing"),
  idempotency: optional(
    Schema.Union([
      Schema.Struct({
        header: ParameterName.annotate({ description: "The header that takes the key" }),
        ttl: keyLife
      }),
      Schema.Struct({
        body: PointerText.annotate({ description: "The place in bodies that takes the key" }),
        ttl: keyLife
      })
    ]),
    "Repeating a request with the same key has one effect"
  ),
  marker: optional(
    Schema.Struct({
      field: PointerText.annotate({ description: "Where a create leaves its key" }),
      query: optional(
        Schema.Record(ParameterName, Schema.String),
        "How a list is searched for it; {value} is the key"
      )
    }),
    "A field where a create leaves a trace that can be searched for"
  ),
  settles: optional(DurationText, "How long a read may lag behind a write"),
  reversibility: optional(
    Schema.Struct({
      create: Schema.optionalKey(Reversible),
      update: Schema.optionalKey(Reversible),
      delete: Schema.optionalKey(Reversible)
    }),
    "How well each operation can be taken back"
  )
}

/** One kind of an HTTP API. */
export const KindDescription = Schema.Struct({ ...where, ...calls, ...answers, ...roles, ...promises }).annotate({
  identifier: "KindDescription",
  description: "A kind of resource behind an HTTP API; `path` alone describes a conventional one"
})
export type KindDescription = typeof KindDescription.Type

/** One request as it is written out. */
export type CallDescription = typeof CallObject.Type

/** How a 202 is followed up. */
export type PollDescription = typeof Poll.Type

/** How a list goes on. */
export type PagesDescription = typeof Pages.Type

/** What an answer holds in some places. */
export type ConditionsDescription = ReturnType<typeof conditions>["Type"]

/** The kinds of a provider by name: under `kinds`, or in the file that `kindsFrom` names. */
export const KindDescriptions = Schema.Record(Schema.String, KindDescription)
export type KindDescriptions = typeof KindDescriptions.Type
