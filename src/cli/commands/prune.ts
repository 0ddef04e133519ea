// `amends prune`: let go of what `retention:` no longer keeps.
import { Effect } from "effect"
import { Command } from "effect/cli"
import { prunable, prune as pruneState } from "../../app/Prune.ts"
import { confirmed } from "../Ask.ts"
import { declined, looked } from "../Ending.ts"
import { perform } from "../Perform.ts"
import { dryRunFlag, leaseTimeoutFlag, yesFlag } from "../PlanFlags.ts"
import { prunableLine, prunableView, prunedLine, prunedView } from "../RenderUpkeep.ts"
import { Current } from "../Run.ts"

/** Lets go of the past. */
export const prune = Command.make("prune", {
  dryRun: dryRunFlag,
  yes: yesFlag,
  leaseTimeout: leaseTimeoutFlag
}, (flags) =>
  perform(Effect.gen(function*() {
    const { voice } = yield* Current
    const would = yield* prunable
    voice.view(prunableView(would))
    if (flags.dryRun || would.bytes + would.files === 0) return looked(prunableLine(would))
    const question = "Do you really want to let go of it? It cannot be looked at or rolled back to any more."
    if (!(yield* confirmed(flags.yes ? "yes" : "ask", question))) return declined
    const pruned = yield* pruneState({ leaseTimeoutMs: flags.leaseTimeout })
    voice.view(prunedView(pruned))
    return looked(prunedLine(pruned))
  }))).pipe(Command.withDescription("Let go of versions and journals that retention no longer keeps."))
