// `amends version`: which amends this is.
import { Effect } from "effect"
import { Command } from "effect/cli"
import { looked } from "../Ending.ts"
import { Host } from "../Host.ts"
import { perform } from "../Perform.ts"

/** Says the version. */
export const version = Command.make(
  "version",
  {},
  () => perform(Effect.map(Host, (host) => looked(`amends ${host.version}`)))
).pipe(Command.withDescription("Print the version."))
