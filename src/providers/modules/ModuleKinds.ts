/**
 * The kinds of a module, from its words: checked for their form and for what contradicts itself, all of it at once.
 */
import { Result, Schema, SchemaIssue } from "effect"
import { isObject, type Json } from "../../domain/Document.ts"
import type { Kind } from "../../domain/Kind.ts"
import { covers, parsePointer, type Path, renderPointer } from "../../domain/Pointer.ts"
import type { DescribedCall, Mistaken, Naming, Tell } from "../described/Described.ts"
import { kindOf } from "../described/KindOf.ts"
import type { KindDescription } from "../KindDescription.ts"
import { AllKindWords, type KindWords } from "../KindWords.ts"
import { oddTypes } from "./SchemaTypes.ts"

/** What the words came to; good for use only where there are no mistakes. */
export interface ModuleKinds {
  readonly kinds: ReadonlyMap<string, Kind>
  readonly mistakes: ReadonlyArray<Mistaken>
}

const decode = Schema.decodeUnknownResult(AllKindWords, { errors: "all", onExcessProperty: "error" })

const issuesOf = SchemaIssue.makeFormatterStandardSchemaV1()

const keyOf = (segment: unknown): string =>
  typeof segment === "object" && segment !== null && "key" in segment ? String(segment.key) : String(segment)

/** What a schema found, each with its place. */
export const findingsIn = (error: Schema.SchemaError): ReadonlyArray<Mistaken> =>
  issuesOf(error.issue).issues.map(({ message, path = [] }) => ({
    path: path.map(keyOf),
    detail: `is wrong: ${message.split("\n", 1)[0] ?? ""}`,
    hint: "see docs/writing-a-provider.md"
  }))

const listed = (value: string | ReadonlyArray<string>): ReadonlyArray<string> =>
  typeof value === "string" ? [value] : value

const ownFields = ({ identity }: KindWords): ReadonlyArray<string> | undefined => {
  if (identity === undefined || identity === "server") return undefined
  return listed("natural" in identity ? identity.natural : identity.client)
}

const namingOf = (words: KindWords): Naming => {
  const own = ownFields(words)
  const scope = (words.scope ?? []).map((field) => parsePointer(field))
  return {
    scope,
    fields: [...scope, ...(own ?? []).map((field) => parsePointer(field))],
    ...(own === undefined ? { serverId: ["id"] } : {})
  }
}

const change: DescribedCall = {
  method: "PATCH",
  path: [],
  query: [],
  headers: [],
  send: "whole",
  wrap: [],
  with: {},
  answer: "none"
}

/** The words as a description, so that they come to the same kind as those of `use: http`. */
const described = (name: string, words: KindWords): KindDescription => {
  const { guard, scope: _, update: __, ...same } = words
  return { path: `/${name}`, listIsWhole: true, ...same, ...(guard === true ? { guard: "etag" as const } : {}) }
}

const fieldsKnown = ({ fields, schema }: KindWords): ReadonlyArray<Path> | undefined => {
  const properties = (schema as { readonly [key: string]: Json } | undefined)?.["properties"]
  if (fields === undefined && properties === undefined) return undefined
  const ofSchema = isObject(properties) ? Object.keys(properties) : []
  return [
    ...(fields ?? []).map((field) => parsePointer(field.startsWith("/") ? field : `/${field}`)),
    ...ofSchema.map((key) => [key])
  ]
}

const both = (
  words: KindWords,
  [one, other]: readonly [keyof KindWords & ("readOnly" | "writeOnly"), "writeOnly" | "immutable" | "sensitive"]
): ReadonlyArray<Mistaken> =>
  (words[one] ?? []).flatMap((field, index) =>
    words[other]?.includes(field) === true
      ? [{
        path: [one, String(index)],
        detail: `${field} is in \`${other}\` as well`,
        hint: "name it in one of the two"
      }]
      : []
  )

const unnamed = (words: KindWords): ReadonlyArray<Mistaken> => {
  const known = fieldsKnown(words)
  const named = [
    ...ownFields(words) ?? [],
    ...words.scope ?? [],
    ...(words.name === undefined || words.name === "none" ? [] : [words.name])
  ]
  return named.flatMap((field): ReadonlyArray<Mistaken> => {
    const path = parsePointer(field)
    if ((words.readOnly ?? []).some((pattern) => covers(pattern, path))) {
      const detail = `${field} names the resource, and is read-only`
      return [{ path: ["readOnly"], detail, hint: "a name that files give cannot be the server's" }]
    }
    if (known === undefined || known.some((one) => one[0] === path[0])) return []
    const detail = `${field} names the resource, and there is no such field`
    return [{ path: ["identity"], detail, hint: `the fields are ${known.map(renderPointer).join(", ")}` }]
  })
}

const isServers = (words: KindWords): boolean => ownFields(words) === undefined

const contradictions: ReadonlyArray<(words: KindWords) => Mistaken | undefined> = [
  (words) =>
    words.marker !== undefined && !isServers(words)
      ? { path: ["marker"], detail: "is not needed where fields name the resource", hint: "leave it out" }
      : undefined,
  ({ mask, sensitive = [] }) =>
    mask !== undefined && sensitive.length === 0
      ? { path: ["mask"], detail: "stands for no secret", hint: "name the secret fields under `sensitive`" }
      : undefined,
  ({ clearable, update }) =>
    update === "none" && clearable !== undefined
      ? { path: ["clearable"], detail: "says what updates clear, and there are none", hint: "leave it out" }
      : undefined,
  ({ guard, reversibility, update }) =>
    update === "none" && (guard === true || reversibility?.update !== undefined)
      ? { path: ["update"], detail: "there are no updates, and something is said of them", hint: "leave that out" }
      : undefined,
  ({ changeToken, clearable = [], writeOnly = [] }) =>
    changeToken !== undefined && [...clearable, ...writeOnly].includes(changeToken)
      ? { path: ["changeToken"], detail: "is a field that is written", hint: "it is the server's alone" }
      : undefined
]

const oddSchema = ({ schema }: KindWords): ReadonlyArray<Mistaken> =>
  oddTypes((schema ?? null) as Json).map((place) => ({
    path: ["schema", ...parsePointer(place)],
    detail: "is no type of JSON Schema",
    hint: "write string, number, integer, boolean, array, object or null"
  }))

const mistakesIn = (words: KindWords): ReadonlyArray<Mistaken> => [
  ...oddSchema(words),
  ...both(words, ["readOnly", "writeOnly"]),
  ...both(words, ["readOnly", "immutable"]),
  ...unnamed(words),
  ...contradictions.flatMap((check) => check(words) ?? [])
]

/** Makes the kinds of what a module says of them. */
export const moduleKinds = (provider: string, written: unknown): ModuleKinds => {
  const decoded = decode(written)
  if (Result.isFailure(decoded)) return { kinds: new Map(), mistakes: findingsIn(decoded.failure) }
  const mistakes: Array<Mistaken> = []
  const kinds = Object.entries(decoded.success).map(([name, words]) => {
    const tell: Tell = (mistaken) => void mistakes.push({ ...mistaken, path: [name, ...mistaken.path] })
    mistakesIn(words).forEach(tell)
    const update = words.update === "none" ? [] : [change]
    return [name, kindOf(described(name, words), { name, provider, naming: namingOf(words), update, tell })] as const
  })
  if (kinds.length === 0) mistakes.push({ path: [], detail: "is empty", hint: "a provider serves at least one kind" })
  return { kinds: new Map(kinds), mistakes }
}
