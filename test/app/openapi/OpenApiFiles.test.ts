/**
 * Documents of APIs as files: what can be read, what is refused, and that what is printed reads back as it was meant.
 */
import { Effect } from "effect"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { parse } from "yaml"
import { type ProposalRequest, proposeKinds } from "../../../src/app/KindProposals.ts"
import { layerOpenApiFiles } from "../../../src/app/openapi/OpenApiFiles.ts"

let root: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "amends-openapi-"))
  for (const [name, text] of Object.entries(files)) await writeFile(join(root, name), text)
})
afterAll(() => rm(root, { recursive: true, force: true }))

const paths = `
paths:
  /things:
    get:
      responses: { 200: { content: { application/json: { schema: { type: array, items: { $ref: "SCHEMA" } } } } } }
    post:
      parameters: [{ name: Idempotency-Key, in: header, schema: { type: string } }]
      requestBody: { content: { application/json: { schema: { $ref: "SCHEMA" } } } }
      responses: { 201: { content: { application/json: { schema: { $ref: "SCHEMA" } } } } }
  /things/{id}:
    get: { responses: { 200: { content: { application/json: { schema: { $ref: "SCHEMA" } } } } } }
    delete: { responses: { 204: { description: gone } } }
`

const thing = `
    Thing:
      type: object
      properties:
        id: { type: string, readOnly: true }
        name: { type: string }
        above: { $ref: "#/components/schemas/Thing" }
`

const files: { readonly [name: string]: string } = {
  "api.yaml": `openapi: 3.0.3
info: { title: Things, version: "1" }
components:
  schemas:${thing}${paths.replaceAll("SCHEMA", "#/components/schemas/Thing")}`,
  "split.yaml": `openapi: 3.0.3
info: { title: Things, version: "1" }${paths.replaceAll("SCHEMA", "shapes.yaml#/Thing")}`,
  "shapes.yaml":
    "Thing: { type: object, properties: { id: { type: string, readOnly: true }, name: { type: string } } }\n",
  "old.yaml": "swagger: \"2.0\"\ninfo: { title: Old, version: \"1\" }\npaths: {}\n",
  "broken.json": "{ \"openapi\": \"3.0.0\", ",
  "away.yaml": `openapi: 3.0.3
info: { title: Things, version: "1" }${paths.replaceAll("SCHEMA", "http://127.0.0.1:9/shapes.yaml#/Thing")}`
}

const proposal = (request: ProposalRequest) =>
  Effect.runPromise(Effect.result(Effect.provide(proposeKinds(request), layerOpenApiFiles(root))))

describe("a proposal", () => {
  it("reads back from its text, with what to look at as comments", async () => {
    const result = await proposal({ file: "api.yaml" })
    expect(result).toMatchObject({ _tag: "Success", success: { kinds: ["thing"], leftOut: [] } })
    if (result._tag === "Failure") return
    const { providers, text } = result.success
    expect(parse(text)).toEqual({ providers })
    expect(text).toContain("# Proposed from api.yaml. Read it over, paste it into amends.yaml, then: amends validate\n")
    expect(text).toContain("      # how long an idempotency key is known is a guess\n      thing:\n")
    expect(providers).toMatchObject({ things: { kinds: { thing: { path: "/things", fields: ["name", "above"] } } } })
  })

  it("puts in what stands in files beside it", async () => {
    expect(await proposal({ file: "split.yaml", path: "/things/" })).toMatchObject({
      success: { providers: { things: { kinds: { thing: { fields: ["name"] } } } } }
    })
  })
})

describe("a document is refused", () => {
  it.each<[string, ProposalRequest, string]>([
    ["that is not there", { file: "nothing.yaml" }, "no such file"],
    ["of Swagger 2.0", { file: "old.yaml" }, "is no OpenAPI 3 document"],
    ["that is cut off", { file: "broken.json" }, "cannot be read as an OpenAPI document"],
    ["whose parts are elsewhere on the network", { file: "away.yaml" }, "cannot be read as an OpenAPI document"],
    [
      "without the collection that is asked for",
      { file: "api.yaml", path: "/others" },
      "there is no collection at /others"
    ]
  ])("%s", async (_, request, words) => {
    expect(await proposal(request)).toMatchObject({
      _tag: "Failure",
      failure: { message: expect.stringContaining(words) }
    })
  })
})
