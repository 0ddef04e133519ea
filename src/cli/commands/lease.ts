// `amends lease show` and `amends lease break`: who may write, and taking that away.
import { Effect } from "effect"
import { Command } from "effect/cli"
import { leaseBreak, leaseShow } from "../../app/Inspect.ts"
import { confirmed } from "../Ask.ts"
import { declined, looked } from "../Ending.ts"
import { perform } from "../Perform.ts"
import { yesFlag } from "../PlanFlags.ts"
import { leaseView } from "../RenderViews.ts"
import { Current } from "../Run.ts"

const show = Command.make("show", {}, () =>
  perform(Effect.gen(function*() {
    const { voice } = yield* Current
    voice.view(leaseView(yield* leaseShow))
    return looked()
  }))).pipe(Command.withDescription("Show who holds the lease."))

const breakIt = Command.make("break", { yes: yesFlag }, ({ yes }) =>
  perform(Effect.gen(function*() {
    const { voice } = yield* Current
    const holder = yield* leaseShow
    if (holder === undefined) return looked("Nobody holds the lease.")
    voice.view(leaseView(holder))
    const question = "Do you really want to take the lease away? Whoever holds it stops, and the batch needs recover."
    if (!(yield* confirmed(yes ? "yes" : "ask", question))) return declined
    const broken = yield* leaseBreak
    return looked(broken === undefined ? "Nobody holds the lease." : `Took the lease from ${broken.owner}.`)
  }))).pipe(Command.withDescription("Take the lease from whoever holds it."))

/** Who may write. */
export const lease = Command.make("lease").pipe(
  Command.withDescription("Show or break the lease: the right to write for a workspace."),
  Command.withSubcommands([show, breakIt])
)
