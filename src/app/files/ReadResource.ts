/**
 * One resource of a file as declared: checked against the shape of a resource, `${…}` taken apart.
 *
 * Its spec is not checked against its kind here; which kinds there are is for the providers to say.
 */
import { isArray, isObject, type Json, type JsonObject } from "../../domain/Document.ts"
import { type Address, addressOf, kindPattern, namePattern } from "../../domain/Ids.ts"
import type { ConflictPolicy } from "../../domain/Plan.ts"
import { parsePointer, type Path, renderPointer } from "../../domain/Pointer.ts"
import { findingsOf } from "../SchemaFindings.ts"
import type { Lifecycle, Place, Written } from "../Workspace.ts"
import { ResourceFile } from "../WorkspaceSchema.ts"
import { type Environment, fillIn } from "./FillIn.ts"
import { type Located, offsetOf } from "./Located.ts"
import { conflictOf } from "./ReadSettings.ts"
import type { Report } from "./Report.ts"

/** A document that should be a resource. */
export interface ResourceSource {
  readonly node: Located
  /** Offset to place in its file. */
  readonly placeAt: (offset: number) => Place
  /** Where it stands in its file: the index in a list, else nothing. */
  readonly within: Path
}

/** What reading resources needs to know. */
export interface ResourceContext {
  readonly env: Environment
  readonly report: Report
  readonly conflict: ConflictPolicy
}

/** What a document came to; the address is known also where something else is wrong. */
export interface ReadResource {
  readonly address: Address | undefined
  /** Whether it says its kind and a name, be it one that no reference can mean. */
  readonly named: boolean
  readonly place: Place
  /** There as soon as its kind is known, also where something is wrong with it. */
  readonly declared: Written | undefined
  readonly secrets: ReadonlyArray<string>
}

const textsOf = (value: Json | undefined): ReadonlyArray<string> =>
  isArray(value) ? value.filter((item) => typeof item === "string") : []

const lifecycleOf = (value: Json | undefined, conflict: ConflictPolicy): Lifecycle => {
  const { preventDestroy, ignoreChanges, replace, conflict: own } = isObject(value) ? value : {}
  return {
    preventDestroy: preventDestroy === true,
    ignoreChanges: textsOf(ignoreChanges),
    replace: replace === "createFirst" || replace === "deleteFirst" ? replace : "auto",
    conflict: conflictOf(own, conflict)
  }
}

/** Under an address that nothing can have, so that a resource with a wrong name is checked like the others. */
const provisional = ({ kind, name }: JsonObject): Address | undefined =>
  typeof kind === "string" && kindPattern.test(kind) ? addressOf(kind, typeof name === "string" ? name : "") : undefined

const isNamed = ({ kind, name }: JsonObject): boolean =>
  typeof kind === "string" && kindPattern.test(kind) && typeof name === "string"

const addressIn = (root: JsonObject): Address | undefined => {
  const { kind, name } = root
  return isNamed(root) && namePattern.test(String(name)) ? addressOf(String(kind), String(name)) : undefined
}

/** Tells the report what is wrong at a path of the resource. */
const makeTell =
  ({ node, placeAt, within }: ResourceSource, report: Report) =>
  (path: Path, part: "key" | "value", message: string, hint: string): void =>
    report.add({
      place: placeAt(offsetOf(node, path, part)),
      path: renderPointer([...within, ...path]),
      message,
      hint
    })

/** Reads a resource; what is wrong with it goes to the report. */
export const readResource = (source: ResourceSource, context: ResourceContext): ReadResource => {
  const { node, placeAt } = source
  const tell = makeTell(source, context.report)
  const root = isObject(node.value) ? node.value : {}
  for (const { path, part, message, hint } of findingsOf(ResourceFile, node.value)) tell(path, part, message, hint)
  const spec = isObject(root["spec"]) ? root["spec"] : {}
  const filled = fillIn({ env: context.env, references: "allowed", report: tell }, spec, ["spec"])
  const address = addressIn(root)
  const declaredAs = address ?? provisional(root)
  const place = placeAt(node.at)
  return {
    address,
    named: isNamed(root),
    place,
    secrets: filled.secrets,
    declared: declaredAs === undefined ? undefined : {
      address: declaredAs,
      kind: String(root["kind"]),
      name: String(root["name"]),
      spec: isObject(filled.value) ? filled.value : {},
      dependsOn: textsOf(root["dependsOn"]) as ReadonlyArray<Address>,
      lifecycle: lifecycleOf(root["lifecycle"], context.conflict),
      secretPaths: filled.secretPaths.map((pointer) => pointer.slice("/spec".length)),
      place,
      placeOf: (pointer, part = "value") => placeAt(offsetOf(node, parsePointer(pointer), part))
    }
  }
}
