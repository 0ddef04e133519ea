// `amends state backup`, `restore` and `salvage`: the state as a file.
import { Effect } from "effect"
import { Argument, Command } from "effect/cli"
import { backup as backUp, restore as putInPlace, salvage as save } from "../../app/StateFile.ts"
import { confirmed } from "../Ask.ts"
import { declined, looked } from "../Ending.ts"
import { Host } from "../Host.ts"
import { perform } from "../Perform.ts"
import { yesFlag } from "../PlanFlags.ts"
import { copiedView, restoredView, salvagedView } from "../RenderUpkeep.ts"
import { Current } from "../Run.ts"
import { harmless } from "../ShowValue.ts"

const file = (description: string) =>
  Argument.String("file").pipe(Argument.withMetavar("FILE"), Argument.withDescription(description))

const backup = Command.make(
  "backup",
  { file: file("The copy to make; it must not be there yet") },
  (flags) =>
    perform(Effect.gen(function*() {
      const { voice } = yield* Current
      const { resolve } = yield* Host
      const copied = yield* backUp(resolve(flags.file))
      voice.view(copiedView(copied))
      return looked(`Copied the state to ${harmless(copied.file)}`)
    }))
).pipe(Command.withDescription("Copy the state while it is in use, and check the copy."))

const restore = Command.make(
  "restore",
  { file: file("The copy; the state file itself, to go on with an older one"), yes: yesFlag },
  (flags) =>
    perform(Effect.gen(function*() {
      const { voice } = yield* Current
      const { resolve } = yield* Host
      const question = `Do you really want to go on with ${harmless(flags.file)} as the state? ` +
        "What later batches did is unknown to it. The state it replaces is kept."
      if (!(yield* confirmed(flags.yes ? "yes" : "ask", question))) return declined
      voice.view(restoredView(yield* putInPlace(resolve(flags.file))))
      return looked(`Restored the state from ${harmless(flags.file)}`)
    }))
).pipe(Command.withDescription("Put a copy in the place of the state, which is kept aside."))

const salvage = Command.make(
  "salvage",
  { file: file("The damaged state file, usually .amends/state.db") },
  (flags) =>
    perform(Effect.gen(function*() {
      const { voice } = yield* Current
      const { resolve } = yield* Host
      const salvaged = yield* save(resolve(flags.file))
      voice.view(salvagedView(salvaged))
      return looked(`Saved to a new file. To go on with it: amends state restore ${harmless(salvaged.file)}`)
    }))
).pipe(Command.withDescription("Save what can be read of a damaged state into a new file."))

/** The state as a file. */
export const state = Command.make("state").pipe(
  Command.withDescription("Copy the state, put a copy in its place, or save what a damaged one holds."),
  Command.withSubcommands([backup, restore, salvage])
)
