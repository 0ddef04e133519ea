/**
 * Reads OpenAPI documents from files and writes proposals as YAML.
 *
 * The parser reads YAML and JSON and puts in what `$ref` names, also from other files beside it; nothing is fetched
 * over the network. A schema that holds itself is a circle of objects, which Schemas goes round a few times only.
 */
import { Effect, Layer } from "effect"
import { resolve } from "node:path"
import { isObject, type Json, type JsonObject } from "../../domain/Document.ts"
import { commented } from "../files/WriteYaml.ts"
import { KindProposals, type Proposal, type ProposalRequest } from "../KindProposals.ts"
import { type Problem, WorkspaceError } from "../Workspace.ts"
import { type ProposedProvider, proposeProvider } from "./ProposeProvider.ts"

const refused = (file: string, message: string, hint: string): WorkspaceError => {
  const problem: Problem = { place: { file, line: 1, column: 1 }, path: "", message, hint }
  return new WorkspaceError({ problems: [problem] })
}

const parsed = (directory: string, file: string): Effect.Effect<JsonObject, WorkspaceError> =>
  Effect.tryPromise({
    try: async () => {
      // On demand: nothing else needs it.
      const { default: SwaggerParser } = await import("@apidevtools/swagger-parser")
      const options = { resolve: { http: false } } as const
      return await SwaggerParser.dereference(resolve(directory, file), options) as unknown as Json
    },
    catch: (error) => {
      const [why = ""] = (error instanceof Error ? error.message : String(error)).split("\n")
      return refused(file, `cannot be read as an OpenAPI document: ${why}`, "name a file in YAML or JSON")
    }
  }).pipe(Effect.flatMap((document) =>
    isObject(document) && String(document["openapi"]).startsWith("3.")
      ? Effect.succeed(document)
      : Effect.fail(refused(file, "is no OpenAPI 3 document", "convert Swagger 2.0 to OpenAPI 3 first"))
  ))

const settingsOf = ({ kinds, name, settings }: ProposedProvider): JsonObject => ({
  [name]: { ...settings, kinds: Object.fromEntries(kinds.map(({ description, name: kind }) => [kind, description])) }
})

const textOf = (proposed: ProposedProvider, providers: JsonObject, file: string): string => {
  const notes = new Map([
    [`/providers/${proposed.name}`, proposed.notes],
    ...proposed.kinds.map(({ name, notes: found }) => [`/providers/${proposed.name}/kinds/${name}`, found] as const)
  ])
  const head = `Proposed from ${file}. Read it over, paste it into amends.yaml, then: amends validate`
  return commented({ providers }, head, notes)
}

const propose = (directory: string) => ({ file, path }: ProposalRequest): Effect.Effect<Proposal, WorkspaceError> =>
  Effect.map(parsed(directory, file), (document) => {
    const proposed = proposeProvider(document, path?.replace(/\/$/, ""))
    const providers = settingsOf(proposed)
    const kinds = proposed.kinds.map(({ name }) => name)
    return { text: textOf(proposed, providers, file), providers, kinds, leftOut: proposed.leftOut }
  })

const render: KindProposals["Service"]["render"] = (kind, description, remarks) =>
  commented(
    { [kind]: description },
    "As the API showed itself. Read it over, paste it under `kinds`, then: amends validate",
    new Map([...remarks].map(([key, notes]) => [`/${kind}/${key}`, notes]))
  )

/** Reads documents relative to a directory. */
export const layerOpenApiFiles = (directory: string): Layer.Layer<KindProposals> =>
  Layer.succeed(KindProposals)(KindProposals.of({ propose: propose(directory), render }))
