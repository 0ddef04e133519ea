// `amends init`: the beginning.
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { initialise } from "../../app/Initialise.ts"
import { looked } from "../Ending.ts"
import { Host } from "../Host.ts"
import { perform } from "../Perform.ts"
import { Current } from "../Run.ts"

const lastSegment = (path: string): string => path.split(/[\\/]/).findLast((segment) => segment !== "") ?? "workspace"

/** Makes a workspace. */
export const init = Command.make("init", {
  directory: Argument.String("dir").pipe(
    Argument.optional,
    Argument.withDescription("Where to make the workspace; here when left out")
  ),
  provider: Flag.Literals("provider", ["monitoring"]).pipe(
    Flag.optional,
    Flag.withDescription("The provider to configure; only as a comment when left out")
  )
}, (flags) =>
  perform(Effect.gen(function*() {
    const { place, voice } = yield* Current
    const host = yield* Host
    const directory = Option.match(flags.directory, { onNone: () => place.directory, onSome: host.resolve })
    const written = yield* initialise(directory, {
      name: lastSegment(directory),
      ...(Option.isSome(flags.provider) ? { provider: flags.provider.value } : {})
    })
    voice.view({
      event: { type: "list", of: "files", items: written.map(({ did, path }) => ({ did, path })) },
      lines: written.map(({ did, path }) => `${did.padEnd(8)} ${path}`)
    })
    return looked("Made a workspace. Next: declare resources, then run amends plan.")
  }))).pipe(Command.withDescription("Make a workspace: amends.yaml, an example, and a .gitignore."))
