/**
 * What an OpenAPI document offers, by collection: `/products` with its operations, and those of `/products/{id}`.
 */
import { isObject, type JsonObject } from "../../domain/Document.ts"
import { type Flat, flat, objectAt, objectsAt } from "./Schemas.ts"

/** A parameter of a query or header. */
export interface Parameter {
  readonly name: string
  readonly in: string
  readonly schema: Flat
}

/** One operation, with the schemas of what goes in and what comes back. */
export interface Operation {
  /** In capitals. */
  readonly method: string
  readonly parameters: ReadonlyArray<Parameter>
  /** Absent where it takes no JSON. */
  readonly request?: Flat
  /** Absent where it answers no JSON. */
  readonly answer?: Flat
  /** The lowest status of success. */
  readonly status: number
  /** In small letters. */
  readonly answerHeaders: ReadonlyArray<string>
}

/** Operations by method, at one path. */
export interface Place {
  readonly path: string
  readonly operations: ReadonlyMap<string, Operation>
}

/** A collection and its resources. */
export interface Collection {
  /** As the document spells it; where it has operations on resources only, what stands before the parameter. */
  readonly path: string
  readonly whole?: Place
  readonly item?: Place & { readonly parameter: string }
}

const methods = ["get", "post", "put", "patch", "delete"]

const jsonSchema = (content: JsonObject): Flat | undefined => {
  const types = Object.keys(content)
  const type = types.find((name) => /^application\/(.+\+)?json/.test(name)) ?? types.find((name) => name === "*/*")
  return type === undefined ? undefined : flat(objectAt(content, type)["schema"])
}

const success = (responses: JsonObject): readonly [number, JsonObject] => {
  const [status] = Object.keys(responses).filter((name) => /^2(\d\d|XX)$/.test(name)).sort()
  return status === undefined ? [200, {}] : [Number(status.replace("XX", "00")), objectAt(responses, status)]
}

const parameterOf = (parameter: JsonObject): Parameter => ({
  name: String(parameter["name"] ?? ""),
  in: String(parameter["in"] ?? ""),
  schema: flat(parameter["schema"])
})

const operationOf = (method: string, operation: JsonObject, shared: ReadonlyArray<JsonObject>): Operation => {
  const request = jsonSchema(objectAt(objectAt(operation, "requestBody"), "content"))
  const [status, response] = success(objectAt(operation, "responses"))
  const answer = jsonSchema(objectAt(response, "content"))
  return {
    method: method.toUpperCase(),
    parameters: [...shared, ...objectsAt(operation, "parameters")].map(parameterOf),
    ...(request === undefined ? {} : { request }),
    ...(answer === undefined ? {} : { answer }),
    status,
    answerHeaders: Object.keys(objectAt(response, "headers")).map((name) => name.toLowerCase())
  }
}

const placeOf = (path: string, item: JsonObject): Place => {
  const shared = objectsAt(item, "parameters")
  const present = methods.flatMap((method) => {
    const operation = item[method]
    return operation !== undefined && isObject(operation)
      ? [[method.toUpperCase(), operationOf(method, operation, shared)] as const]
      : []
  })
  return { path, operations: new Map(present) }
}

const bare = (path: string): string => path.replace(/\/$/, "")

/** The parameter that a path ends with. */
const lastParameter = (path: string): string | undefined => /\/\{([^{}/]+)\}$/.exec(bare(path))?.[1]

/** The parameters of a path, in order. */
export const parametersIn = (path: string): ReadonlyArray<string> =>
  [...path.matchAll(/\{([^{}/]+)\}/g)].map((match) => match[1] ?? "")

/** Lists the collections of a document, in its order. */
export const collectionsOf = (document: JsonObject): ReadonlyArray<Collection> => {
  const found = new Map<string, Collection>()
  for (const [path, item] of Object.entries(objectAt(document, "paths"))) {
    if (!isObject(item)) continue
    const place = placeOf(path, item)
    const parameter = lastParameter(path)
    const key = parameter === undefined ? bare(path) : bare(path).slice(0, -parameter.length - 3)
    const known = found.get(key) ?? { path: key }
    found.set(
      key,
      parameter === undefined ? { ...known, path, whole: place } : { ...known, item: { ...place, parameter } }
    )
  }
  return [...found.values()]
}
