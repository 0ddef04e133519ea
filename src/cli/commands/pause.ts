// `amends pause` and `amends resume`: hold a batch that runs elsewhere, and let it go on.
import { Effect } from "effect"
import { Argument, Command } from "effect/cli"
import { pause as pauseBatch, resume as resumeBatch, type WishResult } from "../../app/Pause.ts"
import { type Ending, looked } from "../Ending.ts"
import { perform } from "../Perform.ts"
import { failureLines } from "../RenderReport.ts"
import { Current, enter, type Run } from "../Run.ts"
import { endingOfRecovery } from "./recover.ts"

const batch = Argument.String("batch").pipe(
  Argument.withMetavar("BATCH"),
  Argument.withDescription("The batch; see: amends status")
)

const words: { readonly [T in Exclude<WishResult["_tag"], "recovered">]: (batch: string) => string } = {
  paused: (id) => `Paused ${id}: nothing is in flight, and nothing new is started. Go on with: amends resume ${id}`,
  resumed: (id) => `Resumed ${id}.`,
  asked: (id) => `Asked ${id}: it will do so once what is in flight has ended. See: amends status`,
  over: (id) => `${id} ended before that. See: amends show ${id}`
}

const endingOf = (result: WishResult, run: Run): Ending => {
  if (result._tag !== "recovered") return { ...looked(words[result._tag](result.batch)), batch: result.batch }
  for (const { failures } of result.result.reports) run.voice.trouble(failureLines(failures, run.voice.paint))
  return endingOfRecovery(result.result, run)
}

/** Holds a batch. */
export const pause = Command.make("pause", { batch }, (flags) =>
  perform(Effect.gen(function*() {
    const run = yield* Current
    return endingOf(yield* pauseBatch({ batch: flags.batch, actor: run.actor }), run)
  }))).pipe(Command.withDescription("Pause a batch that another process runs: nothing new is started."))

/** Lets a batch go on. */
export const resume = Command.make("resume", { batch }, (flags) =>
  perform(Effect.gen(function*() {
    const run = yield* Current
    yield* enter("running")
    return endingOf(yield* resumeBatch({ batch: flags.batch, actor: run.actor }), run)
  }))).pipe(Command.withDescription("Let a paused batch go on; finish it here where its process is gone."))
