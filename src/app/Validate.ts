/**
 * Checks declared resources against their kinds: everything that can be known to be wrong before anything is sent.
 *
 * Pure, and all problems at once. A reference that is not resolved yet counts as any value; that it names a resource
 * of the right kind, and a field that kind has, is checked here.
 */
import { canonicalValue } from "../domain/Canonical.ts"
import { canonicalText } from "../domain/Document.ts"
import { kindOf } from "../domain/Ids.ts"
import type { Kind } from "../domain/Kind.ts"
import { getAt, matches, parsePointer, type Path, renderPointer, select, setAt } from "../domain/Pointer.ts"
import { isUnknown, type Template } from "../domain/Template.ts"
import { didYouMean } from "./DidYouMean.ts"
import { cycles, type LocatedReference, locatedReferences } from "./References.ts"
import { closedKeysOf, type Finding, findingsOfTemplate } from "./SchemaFindings.ts"
import type { Declared, Problem, Written } from "./Workspace.ts"

/** The kinds there are, by name. */
export type Kinds = ReadonlyMap<string, Kind>

const nameFieldOf = (kind: Kind): Path | undefined =>
  kind.nameField === undefined || kind.nameDefault === "none"
    ? undefined
    : parsePointer(`/${kind.nameField.replace(/^\//, "")}`)

/** Gives the remote's own name its default: the resource's name in the workspace. */
export const withDefaults = <D extends Declared>(declared: D, kind: Kind): D => {
  const path = nameFieldOf(kind)
  return path === undefined || getAt(declared.spec, path) !== undefined
    ? declared
    : { ...declared, spec: setAt(declared.spec, path, declared.name) as Template, namedByDefault: true }
}

/** What was moved keeps the name that it defaulted to under its old address. */
export const withMovedName = (declared: Declared, kind: Kind, defaultName: string): Declared => {
  const path = nameFieldOf(kind)
  return path === undefined || declared.namedByDefault !== true
    ? declared
    : { ...declared, spec: setAt(declared.spec, path, defaultName) as Template }
}

const problemAt = (
  declared: Written,
  path: Path,
  part: "key" | "value",
  words: { readonly message: string; readonly hint: string }
): Problem => {
  const pointer = renderPointer(path)
  return { place: declared.placeOf(pointer, part), path: pointer, ...words }
}

const unknownKind = (declared: Written, kinds: Kinds): Problem => {
  const hint = kinds.size === 0
    ? "declare its provider under `providers` in amends.yaml"
    : didYouMean(declared.kind, [...kinds.keys()].sort(), "known kinds")
  return problemAt(declared, ["kind"], "value", { message: `there is no kind ${JSON.stringify(declared.kind)}`, hint })
}

const fromFinding = (declared: Written, { path, part, message, hint }: Finding): Problem => {
  const secret = declared.secretPaths.includes(renderPointer(path))
  const words = { message, hint: secret ? "a value of the environment is always a text" : hint }
  return problemAt(declared, ["spec", ...path], part, words)
}

const checkLifecycle = (declared: Written, kind: Kind): ReadonlyArray<Problem> => {
  const { identity } = kind.capabilities
  if (declared.lifecycle.replace !== "createFirst" || identity._tag === "server") return []
  const field = identity.fields.map((one) => one.replace(/^\//, "")).join(" and ")
  return [problemAt(declared, ["lifecycle", "replace"], "value", {
    message: `a ${kind.name} cannot be created before the old one is deleted: both would have the same ${field}`,
    hint: "use deleteFirst, or leave it out"
  })]
}

/** A mask that was copied from an answer of the API would be left out of what is sent, or become the secret. */
const checkMasks = (declared: Written, { mask, roles }: Kind): ReadonlyArray<Problem> =>
  mask === undefined ?
    [] :
    roles.sensitive.flatMap((pattern) =>
      select(declared.spec, pattern).flatMap(([path, value]) =>
        typeof value === "string" && mask.test(value)
          ? [problemAt(declared, ["spec", ...path], "value", {
            message: "expected a secret, found the stars that stand for one",
            hint: "write the secret itself, as ${env.NAME}, or leave the field out to keep what is there"
          })]
          : []
      )
    )

const topOf = (pattern: string): string => parsePointer(pattern)[0] ?? ""

/** The fields that a reference may name, or `undefined` where the kind leaves them open. */
const readableFields = (kind: Kind): ReadonlyArray<string> | undefined => {
  const declared = closedKeysOf(kind.schema)
  if (declared === undefined) return undefined
  return [...new Set(["id", ...declared, ...kind.roles.readOnly.map(topOf)])].filter((field) => field !== "*")
}

const checkField = (
  declared: Written,
  { reference, path }: LocatedReference,
  target: Kind
): ReadonlyArray<Problem> => {
  const fields = readableFields(target)
  const field = topOf(reference.path)
  if (fields === undefined || fields.includes(field)) return []
  return [problemAt(declared, ["spec", ...path], "value", {
    message: `${reference.address} has no field ${JSON.stringify(field)}`,
    hint: didYouMean(field, fields, "its fields")
  })]
}

const checkTarget = (declared: Written, { reference, path }: LocatedReference, kind: Kind): ReadonlyArray<Problem> => {
  const role = kind.roles.references.find((one) => matches(one.path, path))
  if (role === undefined || kindOf(reference.address) === role.kind) return []
  return [problemAt(declared, ["spec", ...path], "value", {
    message: `expected the id of a ${role.kind}, found a reference to ${reference.address}`,
    hint: `refer to a ${role.kind}, as in \${${role.kind}.NAME.id}`
  })]
}

const checkReferences = (declared: Written, kind: Kind, kinds: Kinds): ReadonlyArray<Problem> =>
  locatedReferences(declared.spec).flatMap((located) => {
    const target = kinds.get(kindOf(located.reference.address))
    const wrongTarget = checkTarget(declared, located, kind)
    return wrongTarget.length > 0 || target === undefined ? wrongTarget : checkField(declared, located, target)
  })

const checkOne = (declared: Written, kinds: Kinds): ReadonlyArray<Problem> => {
  const kind = kinds.get(declared.kind)
  if (kind === undefined) return [unknownKind(declared, kinds)]
  const { spec } = withDefaults(declared, kind)
  return [
    ...findingsOfTemplate(kind.schema, spec).map((finding) => fromFinding(declared, finding)),
    ...checkLifecycle(declared, kind),
    ...checkMasks(declared, kind),
    ...checkReferences(declared, kind, kinds)
  ]
}

/** What a declared resource is told apart by on its remote, where all of it is known. */
const identityOf = ({ spec }: Declared, kind: Kind): string | undefined => {
  const { identity } = kind.capabilities
  if (identity._tag === "server") return undefined
  const values = identity.fields.map((field) => {
    const path = parsePointer(`/${field.replace(/^\//, "")}`)
    const value = getAt(spec, path)
    return value === undefined || value === null || isUnknown(value) ? undefined : canonicalValue(kind, value, path)
  })
  return values.includes(undefined) ? undefined : canonicalText([kind.name, values.map((value) => value ?? null)])
}

/** Two addresses for one thing: the second could never be created, or would take the first over. */
const namedTwice = (resources: ReadonlyArray<Written>, kinds: Kinds): ReadonlyArray<Problem> => {
  const first = new Map<string, Written>()
  return resources.flatMap((plain) => {
    const kind = kinds.get(plain.kind)
    if (kind === undefined || kind.capabilities.identity._tag === "server") return []
    const declared = withDefaults(plain, kind)
    const named = identityOf(declared, kind)
    const other = named === undefined ? undefined : first.get(named)
    if (named === undefined) return []
    if (other === undefined) {
      first.set(named, declared)
      return []
    }
    const [field = ""] = kind.capabilities.identity.fields
    const path = ["spec", ...parsePointer(`/${field.replace(/^\//, "")}`)]
    const { column, file, line } = other.place
    const fields = kind.capabilities.identity.fields.map((one) => one.replace(/^\//, "")).join(" and ")
    return [problemAt(declared, path, "value", {
      message: `${declared.address} has the same ${fields} as ${other.address} at ${file}:${line}:${column}`,
      hint: "both would be one thing: change it, or remove one of the two"
    })]
  })
}

/** Lists everything that is wrong with declared resources, given the kinds there are. */
export const validate = (resources: ReadonlyArray<Written>, kinds: Kinds): ReadonlyArray<Problem> => [
  ...resources.flatMap((declared) => checkOne(declared, kinds)),
  ...namedTwice(resources, kinds),
  ...cycles(resources)
]
