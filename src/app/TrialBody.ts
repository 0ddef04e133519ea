/**
 * The throw-away resource of a trial: what it holds, and the name by which everybody can tell what it is.
 *
 * It is made after a resource that the files declare, because only that surely is what the API takes, or else after the
 * schema of the kind. Where neither says enough, no guess is sent. Pure.
 */
import { Result } from "effect"
import { type Document, isArray, isObject, type Json, type JsonObject } from "../domain/Document.ts"
import { type Kind, nameFields } from "../domain/Kind.ts"
import { getAt, parsePointer, renderPointer, setAt } from "../domain/Pointer.ts"
import { type Lookup, resolve } from "../domain/Template.ts"
import { Refusal } from "./Failure.ts"
import { findingsOf } from "./SchemaFindings.ts"
import type { Declared } from "./Workspace.ts"

/** What a throw-away resource is made of. */
export interface TrialBody {
  readonly document: Document
  /** The field that holds its name, by pointer. */
  readonly nameField: string
  /** What it was made after, in words. */
  readonly after: string
  /** What other resources of the kind hold: values that the API surely takes. */
  readonly others: ReadonlyArray<Document>
}

/** What a body may be made of. */
export interface Material {
  readonly kind: Kind
  /** The JSON Schema of the description, where it has one. */
  readonly schema: Json | undefined
  /** What the files declare of the kind. */
  readonly declared: ReadonlyArray<Declared>
  /** What is known of managed resources. */
  readonly lookup: Lookup
  readonly name: string
}

type Made<A> = Result.Result<A, Refusal>

const refuse = (detail: string, hint: string): Result.Result<never, Refusal> =>
  Result.fail(new Refusal({ reason: "Configuration", summary: "the kind cannot be tried", detail, hint }))

const numberOf = ({ maximum, minimum }: JsonObject): number =>
  typeof minimum === "number" ? minimum : typeof maximum === "number" ? Math.min(1, maximum) : 1

/** A value of which an example, a default or a constant is given, or that only has a type; `undefined` for others. */
const valueFor = (schema: Json, name: string): Json | undefined => {
  if (!isObject(schema)) return undefined
  const { const: constant, default: standard, enum: alternatives, examples, type } = schema
  const given = [
    constant,
    standard,
    ...(isArray(examples) ? examples : []),
    ...(isArray(alternatives) ? alternatives : [])
  ]
    .find((value) => value !== undefined)
  if (given !== undefined) return given
  const [one] = isArray(type) ? type : [type]
  if (one === "string") return schema["format"] === undefined && schema["pattern"] === undefined ? name : undefined
  if (one === "integer" || one === "number") return numberOf(schema)
  if (one === "boolean") return false
  if (one === "array") return schema["minItems"] === undefined ? [] : undefined
  return one === "object" || isObject(schema["properties"]) ? objectFor(schema, name) : undefined
}

/** An object with its required members. */
const objectFor = ({ properties, required }: JsonObject, name: string): Document | undefined => {
  const known = isObject(properties) ? properties : {}
  const members = (isArray(required) ? required : []).map((key) =>
    [String(key), valueFor(known[String(key)] ?? null, name)] as const
  )
  return members.some(([, value]) => value === undefined)
    ? undefined
    : Object.fromEntries(members.flatMap(([key, value]) => value === undefined ? [] : [[key, value]]))
}

const whatToDo = (kind: Kind): string => `declare a ${kind.name} in a resource file, or give the kind a schema`

const fromSchema = ({ kind, name, schema }: Material): Made<TrialBody["document"]> => {
  if (schema === undefined) {
    return refuse(`nothing says what a ${kind.name} holds: no file declares one, and it has no schema`, whatToDo(kind))
  }
  const document = isObject(schema) ? objectFor(schema, name) : undefined
  return document === undefined
    ? refuse(`the schema of ${kind.name} does not say enough to make one up, and no file declares one`, whatToDo(kind))
    : Result.succeed(document)
}

const plain = (text: string): string => text.replace(/^\//, "")

/** Puts the name where the kind has it. */
const named = ({ kind, name }: Material, document: Document, nameField: string): Made<Document> => {
  const path = parsePointer(nameField)
  const there = getAt(document, path)
  if (there === undefined && kind.capabilities.identity._tag === "server" && kind.nameDefault === "none") {
    const hint = "say in the description which field people know it by, as in name: /title"
    return refuse(`a ${kind.name} has no field ${plain(nameField)} that could say what it is`, hint)
  }
  if (there !== undefined && typeof there !== "string") {
    return refuse(`the name of a ${kind.name}, ${plain(nameField)}, is no text`, "try it by hand")
  }
  const whole = setAt(document, path, name)
  return isObject(whole) ? Result.succeed(whole) : refuse(`${plain(nameField)} cannot be set`, "check `name`")
}

const fitting = ({ kind }: Material, document: Document): Made<Document> => {
  const found = findingsOf(kind.schema, document)
  const words = found.map(({ message, path }) => `${renderPointer(path)}: ${message}`).join("; ")
  return found.length === 0
    ? Result.succeed(document)
    : refuse(`what would be made does not fit the schema of ${kind.name}: ${words}`, whatToDo(kind))
}

/** Chooses what the throw-away resource holds, or says what is missing. */
export const bodyFor = (material: Material): Made<TrialBody> => {
  const { declared, kind, lookup } = material
  const nameField = nameFields(kind).at(-1)
  if (nameField === undefined) {
    const hint = "say in the description which field people know it by, as in name: /title"
    return refuse(`nothing in a ${kind.name} could say that it is a throw-away`, hint)
  }
  const usable = declared.flatMap(({ address, spec }) => {
    const resolved = resolve(spec, lookup)
    return Result.isSuccess(resolved) ? [{ address, document: resolved.success }] : []
  })
  const [first, ...others] = usable
  if (first === undefined && declared.length > 0) {
    const names = declared.map(({ address }) => address).join(", ")
    const verb = declared.length === 1 ? "refers" : "refer"
    return refuse(`${names} ${verb} to what is not there yet`, "apply what they refer to first")
  }
  return (first === undefined ? fromSchema(material) : Result.succeed(first.document)).pipe(
    Result.flatMap((document) => named(material, document, nameField)),
    Result.flatMap((document) => fitting(material, document)),
    Result.map((document) => ({
      document,
      nameField,
      after: first === undefined ? "its schema" : first.address,
      others: others.map((other) => other.document)
    }))
  )
}
