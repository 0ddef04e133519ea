// `amends validate`, `amends schema` and `amends graph`: what the files say, without the remote.
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { checkedWorkspace } from "../../app/CheckedWorkspace.ts"
import { renderGraph } from "../../app/GraphView.ts"
import { schemaDocuments } from "../../app/SchemaDocument.ts"
import { providersOf } from "../../app/Session.ts"
import { Workspace } from "../../app/Workspace.ts"
import type { Json } from "../../domain/Document.ts"
import { looked } from "../Ending.ts"
import { problemDiagnostic } from "../Events.ts"
import { perform } from "../Perform.ts"
import { Current } from "../Run.ts"

/** Checks the files. */
export const validate = Command.make("validate", {}, () =>
  perform(
    Effect.gen(function*() {
      const { workspace } = yield* checkedWorkspace
      const { voice } = yield* Current
      for (const warning of workspace.warnings) voice.diagnostic(problemDiagnostic("warning", warning))
      const count = workspace.resources.length
      return looked(`Valid: ${count} resource${count === 1 ? "" : "s"} in workspace ${workspace.name}.`)
    }).pipe(Effect.scoped)
  )).pipe(Command.withDescription("Check amends.yaml and the resource files; reads and sends nothing remote."))

const indentedJson = (value: Json): ReadonlyArray<string> => JSON.stringify(value, null, 2).split("\n")

/** Prints JSON Schema of both files. */
export const schema = Command.make("schema", {
  file: Argument.Literals("file", ["workspace", "resource"]).pipe(
    Argument.optional,
    Argument.withDescription("The schema of amends.yaml, or of a resource; both in one object when left out")
  )
}, ({ file }) =>
  perform(
    Effect.gen(function*() {
      const { voice } = yield* Current
      const workspace = yield* Workspace
      const kinds = yield* workspace.settings.pipe(
        Effect.flatMap((settings) => providersOf(settings, settings.providers)),
        Effect.map((registry) => registry.kinds),
        Effect.catch((error) => {
          const [problem] = error.problems
          if (problem !== undefined) voice.diagnostic(problemDiagnostic("warning", problem))
          return Effect.succeed(new Map<string, never>())
        })
      )
      const documents = schemaDocuments(kinds.values())
      const shown: Json = Option.match(file, {
        onNone: () => ({ workspace: documents.workspace, resource: documents.resource }),
        onSome: (one) => documents[one]
      })
      voice.view({ event: { type: "schema", schema: shown }, lines: indentedJson(shown) })
      return looked()
    }).pipe(Effect.scoped)
  )).pipe(Command.withDescription("Print the JSON Schema of amends.yaml and of resources, for editors."))

/** Prints the graph of what depends on what. */
export const graph = Command.make("graph", {
  format: Flag.Literals("format", ["mermaid", "dot"]).pipe(
    Flag.withDefault("mermaid"),
    Flag.withDescription("mermaid (default) or dot")
  )
}, ({ format }) =>
  perform(Effect.gen(function*() {
    const { voice } = yield* Current
    const { resources } = yield* (yield* Workspace).load
    const text = renderGraph(format, resources)
    voice.view({ event: { type: "graph", format, text }, lines: text.trimEnd().split("\n") })
    return looked()
  }))).pipe(Command.withDescription("Print the graph of declared resources."))
