/**
 * What a schema finds wrong with a value, in words for a person: where, what was expected, and a hint.
 *
 * All findings at once. A value is never repeated in a message, since it may be a secret; its type is. References
 * that are not resolved yet fit anywhere, also inside an alternative, so that only what is known to be wrong is said.
 */
import { Result, Schema, SchemaAST, SchemaIssue } from "effect"
import { isArray, isObject, type Json } from "../domain/Document.ts"
import { getAt, type Path } from "../domain/Pointer.ts"
import { isUnknown, type Template } from "../domain/Template.ts"
import { didYouMean } from "./DidYouMean.ts"

/** One thing that is wrong; `part` says whether the key or the value at the path is. */
export interface Finding {
  readonly path: Path
  readonly part: "key" | "value"
  readonly message: string
  readonly hint: string
}

/** A schema of JSON that needs nothing to decode. */
export type JsonSchemaOf = Schema.Codec<unknown, unknown>

const typeOf = (value: Json | undefined): string => {
  if (value === undefined) return "nothing"
  if (value === null) return "null"
  if (isArray(value)) return "a list"
  return isObject(value) ? "an object" : `a ${typeof value === "string" ? "text" : typeof value}`
}

const words: { readonly [tag: string]: string } = {
  String: "a text",
  Number: "a number",
  Boolean: "true or false",
  Null: "null",
  Arrays: "a list",
  Objects: "an object"
}

/** The literals that tell the alternatives of a union apart, as words: `an object with type "a"`. */
const describeObject = (ast: SchemaAST.Objects): string => {
  const tags = ast.propertySignatures.flatMap(({ name, type }) =>
    SchemaAST.isLiteral(type) ? [`${String(name)} ${JSON.stringify(type.literal)}`] : []
  )
  return tags.length === 0 ? "an object" : `an object with ${tags.join(", ")}`
}

const isText = (value: unknown): value is string => typeof value === "string"

/** Says in words what a schema expects. */
const describe = (ast: SchemaAST.AST): string => {
  const ofCheck = ast.checks?.map((check) => check.annotations?.["expected"]).findLast(isText)
  if (ofCheck !== undefined && !ofCheck.startsWith("a value")) return ofCheck
  if (SchemaAST.isSuspend(ast)) return describe(ast.thunk())
  if (SchemaAST.isLiteral(ast)) return JSON.stringify(ast.literal)
  if (SchemaAST.isUnion(ast)) return [...new Set(ast.types.map(describe))].join(" or ")
  return SchemaAST.isObjects(ast) ? describeObject(ast) : words[ast._tag] ?? "another value"
}

const literalsOf = (ast: SchemaAST.AST): ReadonlyArray<string> => {
  if (SchemaAST.isUnion(ast)) return ast.types.flatMap(literalsOf)
  return SchemaAST.isLiteral(ast) && isText(ast.literal) ? [ast.literal] : []
}

const hintFor = (ast: SchemaAST.AST, value: Json | undefined): string => {
  const literals = literalsOf(ast)
  if (isText(value) && literals.length > 0) return didYouMean(value, literals, "known values")
  if (isText(value) && ast._tag === "Number") return "write the number without quotes"
  if (typeof value === "number" && ast._tag === "String" && ast.checks === undefined) return "put it in quotes"
  return "see `amends schema`"
}

const keysOf = (ast: SchemaAST.AST): ReadonlyArray<string> =>
  SchemaAST.isObjects(ast) ? ast.propertySignatures.map(({ name }) => String(name)) : []

const mismatch = (ast: SchemaAST.AST, path: Path, root: Json): ReadonlyArray<Finding> => {
  const value = getAt(root, path)
  const another = isText(value) && literalsOf(ast).length > 0
  const message = `expected ${describe(ast)}, found ${another ? "another text" : typeOf(value)}`
  return [{ path, part: "value", message, hint: hintFor(ast, value) }]
}

const unexpectedKey = (ast: SchemaAST.AST, path: Path): Finding => {
  const key = path.at(-1) ?? ""
  return SchemaAST.isObjects(ast)
    ? {
      path,
      part: "key",
      message: `unknown key ${JSON.stringify(key)}`,
      hint: didYouMean(key, keysOf(ast), "known keys")
    }
    : { path, part: "value", message: "the list has too many elements", hint: "remove it" }
}

const missingKey = (path: Path): Finding => ({
  path,
  part: "value",
  message: `the required key ${JSON.stringify(path.at(-1) ?? "")} is missing`,
  hint: "add it"
})

const format = SchemaIssue.makeFormatterStandardSchemaV1()

/** What a check says that is no plain type: its own words, in lower case as all messages are. */
const fromCheck = (issue: SchemaIssue.Issue, path: Path): ReadonlyArray<Finding> =>
  format(issue).issues.map((found) => ({
    path: [...path, ...(found.path ?? []).map((segment) => String(segment))],
    part: "value",
    message: found.message.replace(/^Expected/, "expected"),
    hint: "see `amends schema`"
  }))

/** What is checked, and which of its values may still become anything. */
interface Subject {
  readonly root: Json
  readonly isOpen: (value: Json) => boolean
}

const holdsOpen = ({ root, isOpen }: Subject, path: Path): boolean => {
  const value = getAt(root, path)
  return isObject(value) && Object.values(value).some(isOpen)
}

/** An alternative is met as soon as one of its members is; else the member that is nearest says what is wrong. */
const fromUnion = (issue: SchemaIssue.AnyOf, path: Path, subject: Subject): ReadonlyArray<Finding> => {
  const members = issue.issues.map((member) => walk(member, path, subject))
  if (members.some((findings) => findings.length === 0)) return []
  if (members.length === 0 && holdsOpen(subject, path)) return []
  const [nearest] = members.toSorted((a, b) => a.length - b.length)
  const within = nearest !== undefined && nearest.some((finding) => finding.path.length > path.length)
  return within ? nearest : mismatch(issue.ast, path, subject.root)
}

const walk = (issue: SchemaIssue.Issue, path: Path, subject: Subject): ReadonlyArray<Finding> => {
  const value = getAt(subject.root, path)
  if (value !== undefined && subject.isOpen(value)) return []
  switch (issue._tag) {
    case "Pointer":
      return walk(issue.issue, [...path, ...issue.path.map((segment) => String(segment))], subject)
    case "Composite":
      return issue.issues.flatMap((inner) => walk(inner, path, subject))
    case "Encoding":
      return walk(issue.issue, path, subject)
    case "AnyOf":
      return fromUnion(issue, path, subject)
    case "InvalidType":
      return mismatch(issue.ast, path, subject.root)
    case "UnexpectedKey":
      return [unexpectedKey(issue.ast, path)]
    case "MissingKey":
      return [missingKey(path)]
    default:
      return fromCheck(issue, path)
  }
}

const makeDecoder = (schema: JsonSchemaOf) =>
  Schema.decodeUnknownResult(schema, { errors: "all", onExcessProperty: "error" })

/** Many values are checked against a few schemas. */
const decoders = new WeakMap<JsonSchemaOf, ReturnType<typeof makeDecoder>>()

const decoderOf = (schema: JsonSchemaOf): ReturnType<typeof makeDecoder> => {
  const decoder = decoders.get(schema) ?? makeDecoder(schema)
  decoders.set(schema, decoder)
  return decoder
}

const check = (schema: JsonSchemaOf, subject: Subject): ReadonlyArray<Finding> => {
  const decoded = decoderOf(schema)(subject.root)
  return Result.isSuccess(decoded) ? [] : walk(decoded.failure.issue, [], subject)
}

/** Lists everything that a schema finds wrong with a value; nothing when the value fits. */
export const findingsOf = (schema: JsonSchemaOf, value: Json): ReadonlyArray<Finding> =>
  check(schema, { root: value, isOpen: () => false })

/** As `findingsOf`, for a template: a reference that is not resolved yet fits everywhere. */
export const findingsOfTemplate = (schema: JsonSchemaOf, template: Template): ReadonlyArray<Finding> =>
  check(schema, { root: template, isOpen: isUnknown })

/** The keys that an object of that schema may have, or `undefined` where any may be. */
export const closedKeysOf = (schema: JsonSchemaOf): ReadonlyArray<string> | undefined => {
  const ast = SchemaAST.toEncoded(schema.ast)
  return SchemaAST.isObjects(ast) && ast.indexSignatures.length === 0 ? keysOf(ast) : undefined
}
