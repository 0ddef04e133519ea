import { assert, describe, it } from "@effect/vitest"
import { schemaDocuments } from "../../src/app/SchemaDocument.ts"
import { isObject, type Json } from "../../src/domain/Document.ts"
import { getAt, parsePointer } from "../../src/domain/Pointer.ts"
import { defaultKinds } from "../../src/providers/memory/Kinds.ts"

const { workspace, resource } = schemaDocuments(defaultKinds.map(({ kind }) => kind))
const at = (schema: Json, pointer: string) => getAt(schema, parsePointer(pointer))
const interpolated = { type: "string", pattern: "\\$\\{", description: "A value taken from elsewhere" }

/** Every schema in a document, so that references and numbers can be looked for everywhere. */
const within = (value: Json): ReadonlyArray<Json> =>
  typeof value === "object" && value !== null ? [value, ...Object.values(value).flatMap(within)] : []

describe("the JSON Schema of amends.yaml", () => {
  it("is closed, names its dialect, and describes each key that works", () => {
    assert.strictEqual(workspace["$schema"], "https://json-schema.org/draft/2020-12/schema")
    assert.strictEqual(workspace["additionalProperties"], false)
    assert.deepStrictEqual(workspace["required"], ["workspace"])
    const undescribed = Object.entries(workspace["properties"] ?? {}).filter(([, part]) =>
      !(isObject(part) && "description" in part)
    ).map(([key]) => key)
    assert.deepStrictEqual(undescribed, [])
  })

  it("describes the kinds of an HTTP provider, every key of them", () => {
    const either = "/properties/providers/additionalProperties/allOf/0/anyOf"
    assert.deepStrictEqual(at(workspace, `${either}/0/properties/use`), { not: { const: "http" } })
    const http = at(workspace, `${either}/1`)
    assert.strictEqual(at(http ?? null, "/additionalProperties"), false)
    const kind = at(workspace, "/$defs/http.KindDescription")
    assert.deepStrictEqual(at(kind ?? null, "/required"), ["path"])
    const properties = at(kind ?? null, "/properties")
    const undescribed = Object.entries(isObject(properties) ? properties : {}).filter(([, part]) =>
      !(isObject(part) && ("description" in part || "allOf" in part))
    )
    assert.deepStrictEqual(undescribed, [])
    assert.include(Object.keys(isObject(properties) ? properties : {}), "idempotency")
  })

  it("takes a value of the environment where a default is a number", () => {
    assert.deepStrictEqual(at(workspace, "/properties/defaults/properties/parallelism"), {
      description: "Changes of a batch that run at once",
      anyOf: [{ type: "integer", minimum: 1, maximum: 1000 }, interpolated]
    })
    assert.deepStrictEqual(at(workspace, "/properties/workspace/type"), "string")
  })
})

describe("the JSON Schema of a resource", () => {
  it("has an alternative for each kind, told apart by it", () => {
    const kinds = [0, 1, 2, 3, 4].map((index) => at(resource, `/oneOf/${index}/properties/kind/const`))
    assert.deepStrictEqual(kinds, ["box", "flag", "note", "ring", "vault"])
    assert.deepStrictEqual(at(resource, "/oneOf/5"), undefined)
    assert.deepStrictEqual(resource["required"], ["kind", "name", "spec"])
  })

  it("does not ask for the remote's name, and refuses unknown keys of a spec", () => {
    assert.strictEqual(at(resource, "/oneOf/0/properties/spec/required"), undefined)
    assert.strictEqual(at(resource, "/oneOf/0/properties/spec/additionalProperties"), false)
  })

  it("takes ${…} for whatever is no plain text, deep inside as well", () => {
    assert.deepStrictEqual(at(resource, "/oneOf/0/properties/spec/properties/lid/anyOf/0/properties/locked"), {
      anyOf: [{ type: "boolean" }, interpolated]
    })
    assert.deepStrictEqual(at(resource, "/oneOf/0/properties/spec/properties/name"), { type: "string" })
  })

  it("has no numbers that JSON has not, and no reference to nothing", () => {
    assert.notInclude(JSON.stringify(resource), "Infinity")
    const references = within(resource).flatMap((part) => isObject(part) && "$ref" in part ? [part["$ref"]] : [])
    for (const target of references) assert.isDefined(at(resource, String(target).slice(1)), String(target))
  })

  it("of no kinds still says what a resource is", () => {
    const { resource: none } = schemaDocuments([])
    assert.isFalse("oneOf" in none)
    assert.isDefined(at(none, "/properties/lifecycle/properties/preventDestroy"))
  })
})
