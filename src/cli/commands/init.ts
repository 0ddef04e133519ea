// `amends init`: the beginning.
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { Refusal } from "../../app/Failure.ts"
import { initialise, ownProviderLines } from "../../app/Initialise.ts"
import { kindPattern } from "../../domain/Ids.ts"
import { looked } from "../Ending.ts"
import { Host } from "../Host.ts"
import { perform } from "../Perform.ts"
import { Current } from "../Run.ts"

const lastSegment = (path: string): string => path.split(/[\\/]/).findLast((segment) => segment !== "") ?? "workspace"

const noName = (provider: string): Refusal =>
  new Refusal({
    reason: "Usage",
    summary: "not the name of a provider",
    detail: `${JSON.stringify(provider)} cannot be one`,
    hint: "use letters, digits, - and _, a letter first"
  })

/** Makes a workspace. */
export const init = Command.make("init", {
  directory: Argument.String("dir").pipe(
    Argument.optional,
    Argument.withDescription("Where to make the workspace; here when left out")
  ),
  provider: Flag.String("provider").pipe(
    Flag.optional,
    Flag.withDescription("The provider to configure: monitoring, or the name of one of your own, whose module is made")
  )
}, (flags) =>
  perform(Effect.gen(function*() {
    const { place, voice } = yield* Current
    const host = yield* Host
    const provider = Option.getOrUndefined(flags.provider)
    if (provider !== undefined && !kindPattern.test(provider)) return yield* noName(provider)
    const directory = Option.match(flags.directory, { onNone: () => place.directory, onSome: host.resolve })
    const written = yield* initialise(directory, {
      name: lastSegment(directory),
      ...(provider === undefined ? {} : { provider })
    })
    const kept = written.some(({ did, path }) => path === "amends.yaml" && did === "left")
    const more = provider === undefined || !kept
      ? []
      : ["", "Add to amends.yaml:", "", ...ownProviderLines(provider), ""]
    voice.view({
      event: { type: "list", of: "files", items: written.map(({ did, path }) => ({ did, path })) },
      lines: [...written.map(({ did, path }) => `${did.padEnd(8)} ${path}`), ...more]
    })
    return looked(
      kept
        ? "Made a provider. Next: say in its module what your API is, then run amends validate."
        : "Made a workspace. Next: declare resources, then run amends plan."
    )
  }))).pipe(Command.withDescription("Make a workspace: amends.yaml, an example, and a .gitignore."))
