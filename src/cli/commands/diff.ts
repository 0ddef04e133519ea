// `amends diff`: two versions of a resource, or what was last applied against what is there now.
import { Effect } from "effect"
import { Argument, CliError, Command } from "effect/cli"
import { diff as compare } from "../../app/Diff.ts"
import { looked } from "../Ending.ts"
import { perform } from "../Perform.ts"
import { differenceLine, differenceView } from "../RenderDifference.ts"
import { Current } from "../Run.ts"

/** Compares what an address held. */
export const diff = Command.make("diff", {
  address: Argument.String("address").pipe(
    Argument.withMetavar("ADDR"),
    Argument.withDescription("kind.name, as in watchlist.treasury")
  ),
  versions: Argument.String("version").pipe(
    Argument.variadic(),
    Argument.withMetavar("[A] [B]"),
    Argument.withDescription("Versions: a beginning of an id, head, head~N. One is compared with the head")
  )
}, ({ address, versions }) =>
  perform(Effect.gen(function*() {
    const { voice } = yield* Current
    const found = yield* compare({ address, versions })
    voice.view(differenceView(found, voice.paint))
    return looked(differenceLine(found))
  }))).pipe(
    Command.validate(({ versions }) =>
      versions.length <= 2
        ? Effect.void
        : Effect.fail(new CliError.ValidationError({ message: "expected at most two versions" }))
    ),
    Command.withDescription("Compare two versions of a resource, or what was last applied with what is there now.")
  )
