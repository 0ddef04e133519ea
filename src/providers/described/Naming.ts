/**
 * Where a kind's resources are and what names them: the collection, the path of one, and the fields in a remote id.
 *
 * A path that ends in a field is the resource itself, named by its document; any other is a collection, and fields in
 * it name the parent that the collection belongs to.
 */
import { Result } from "effect"
import { parsePointer, type Path, renderPointer } from "../../domain/Pointer.ts"
import type { KindDescription } from "../KindDescription.ts"
import type { Naming, Tell } from "./Described.ts"
import { fieldsOf, parseTemplate, type Template } from "./Template.ts"

/** Where resources are. */
export interface Places {
  readonly naming: Naming
  readonly collection: Template
  readonly one: Template
  /** Whether `path` is the resource itself, so that one is made and changed by PUT. */
  readonly isResource: boolean
}

const listed = (value: string | ReadonlyArray<string>): ReadonlyArray<string> =>
  typeof value === "string" ? [value] : value

/** The template of a path as it is written in the description; nothing where it is wrong, which is told. */
export const pathTemplate = (text: string, at: Path, tell: Tell): Template => {
  const parsed = parseTemplate(text)
  if (Result.isSuccess(parsed)) return parsed.success
  const hint = "write {name} for a field of the document, {/owner/name} for one inside another, and {id} for the id"
  tell({ path: at, detail: parsed.failure, hint })
  return []
}

const textOf = (template: Template): string =>
  template.map((part) => typeof part === "string" ? part : `{${renderPointer(part.field)}}`).join("")

const segmentsOf = (path: Template): ReadonlyArray<string> =>
  textOf(path).replace(/^\//, "").replace(/\/$/, "").split(/\/(?![^{]*\})/)

const joined = (segments: ReadonlyArray<string>, slash: string): Template =>
  Result.getOrElse(parseTemplate(`/${segments.join("/")}${slash}`), () => [])

const hasField = (segment: string | undefined): boolean => segment?.includes("{") === true

/** The fields that name a resource by themselves, as the description says or its path shows. */
const namedBy = ({ identity }: KindDescription, inPath: ReadonlyArray<string>, isResource: boolean) => {
  if (identity === undefined) return isResource ? inPath : undefined
  if (identity === "server") return undefined
  return listed("natural" in identity ? identity.natural : identity.client)
}

const checkPath = (description: KindDescription, path: Template, isResource: boolean, tell: Tell): void => {
  const at = ["path"]
  if (description.path.includes("?")) {
    tell({ path: at, detail: "holds a query", hint: "give it to the calls that need it: list: { query: { … } }" })
  }
  if (fieldsOf(path).includes("/id") && !namesItsId(description)) {
    tell({ path: at, detail: "holds {id}", hint: "write the collection only, such as /products" })
  }
  if (isResource && description.identity === "server") {
    const hint = "write the collection only, or leave `identity` out"
    tell({ path: ["identity"], detail: "the server gives the id, and the path names the resource", hint })
  }
}

const namesItsId = ({ identity }: KindDescription): boolean =>
  identity !== undefined && identity !== "server" &&
  listed("natural" in identity ? identity.natural : identity.client).includes("/id")

/** Finds out where the resources of a kind are. */
export const placesOf = (description: KindDescription, tell: Tell): Places => {
  const path = pathTemplate(description.path, ["path"], tell)
  const segments = segmentsOf(path)
  const slash = description.path.length > 1 && description.path.endsWith("/") ? "/" : ""
  const isResource = hasField(segments.at(-1))
  checkPath(description, path, isResource, tell)
  const literal = segments.findLastIndex((segment) => !hasField(segment))
  const collection = isResource ? joined(segments.slice(0, literal + 1), slash) : path
  const named = namedBy(description, fieldsOf(path), isResource)
  const scope = [...new Set([...fieldsOf(collection), ...listed(description.parent ?? [])])]
  const own = (named ?? []).filter((field) => !scope.includes(field))
  const tail = named === undefined ? ["{id}"] : own.map((field) => `{${field}}`)
  const fields = [...scope, ...own].map(parsePointer)
  return {
    collection,
    isResource,
    one: isResource ? path : joined([...segments, ...tail], slash),
    naming: {
      fields,
      scope: scope.map(parsePointer),
      ...(named === undefined ? { serverId: parsePointer(description.id ?? "/id") } : {})
    }
  }
}
