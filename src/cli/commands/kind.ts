// `amends kind import`: kinds proposed from a document that describes an API.
import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { proposeKinds } from "../../app/KindProposals.ts"
import { looked } from "../Ending.ts"
import { perform } from "../Perform.ts"
import { Current } from "../Run.ts"

const openapi = Flag.String("openapi").pipe(
  Flag.withMetavar("FILE"),
  Flag.withDescription("An OpenAPI 3 document, in YAML or JSON")
)

const path = Flag.String("path").pipe(
  Flag.withMetavar("PATH"),
  Flag.optional,
  Flag.withDescription("Only the collection at this path, such as /products")
)

const propose = Command.make("import", { openapi, path }, (flags) =>
  perform(Effect.gen(function*() {
    const { voice } = yield* Current
    const only = Option.match(flags.path, { onNone: () => ({}), onSome: (value) => ({ path: value }) })
    const { kinds, leftOut, providers, text } = yield* proposeKinds({ file: flags.openapi, ...only })
    voice.view({ event: { type: "kinds_proposed", providers, kinds, leftOut }, lines: text.trimEnd().split("\n") })
    if (leftOut.length > 0 && flags.path._tag === "None") {
      voice.line(`# Left out, since nothing can be created there: ${leftOut.join(", ")}`)
    }
    return looked("")
  }))).pipe(Command.withDescription("Propose kinds from a document that describes an API; prints YAML to paste."))

/** Kinds behind an HTTP API. */
export const kind = Command.make("kind").pipe(
  Command.withDescription("Describe kinds of an HTTP API."),
  Command.withSubcommands([propose])
)
