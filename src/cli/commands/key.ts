// `amends key rotate` and `amends key reset`: a new key, in the place of one that works or of one that is lost.
import { Effect } from "effect"
import { Command } from "effect/cli"
import { resetKey, rotateKey } from "../../app/KeyCare.ts"
import { confirmed } from "../Ask.ts"
import { declined, looked } from "../Ending.ts"
import { perform } from "../Perform.ts"
import { leaseTimeoutFlag, yesFlag } from "../PlanFlags.ts"
import { keyResetView } from "../RenderUpkeep.ts"
import { Current } from "../Run.ts"

const rotate = Command.make("rotate", { leaseTimeout: leaseTimeoutFlag }, (flags) =>
  perform(Effect.gen(function*() {
    const { actor, voice } = yield* Current
    yield* rotateKey({ actor, leaseTimeoutMs: flags.leaseTimeout })
    voice.line("Copies and saved plans from before need the old key: make a new copy with amends state backup FILE")
    return looked("The state goes on under a new key.")
  }))).pipe(Command.withDescription("Go on under a new key; what was sealed before still opens."))

const reset = Command.make(
  "reset",
  { yes: yesFlag, leaseTimeout: leaseTimeoutFlag },
  (flags) =>
    perform(Effect.gen(function*() {
      const { by, voice } = yield* Current
      const question =
        "Do you really want to give up the lost key? What was sealed under it can never be read again; " +
        "what the remote shows is read from there."
      if (!(yield* confirmed(flags.yes ? "yes" : "ask", question))) return declined
      voice.view(keyResetView(yield* resetKey({ ...by, leaseTimeoutMs: flags.leaseTimeout })))
      return looked("The workspace has a new key. Keep a copy of it elsewhere.")
    }))
).pipe(Command.withDescription("Make a new key for a workspace whose key is lost."))

/** The key of the workspace. */
export const key = Command.make("key").pipe(
  Command.withDescription("Replace the key that secrets are sealed under."),
  Command.withSubcommands([rotate, reset])
)
