/**
 * The state as a file: a copy of it, a copy in its place, what can be saved of a damaged one.
 *
 * Restoring and salvaging need `amends.yaml` and no state that opens: they are what is left when it does not.
 */
import { Effect, Option } from "effect"
import { Rescue, type Restored, type Salvaged } from "../state/Rescue.ts"
import { type Copied, Upkeep } from "../state/Upkeep.ts"
import type { AppError } from "./Failure.ts"
import { overSettings } from "./Session.ts"
import type { StateAccess } from "./StateAccess.ts"
import { Workspace } from "./Workspace.ts"

export type { Restored, Salvaged } from "../state/Rescue.ts"
export type { Copied } from "../state/Upkeep.ts"

/** Copies the state into a new file, while it is in use; the copy is checked. Absolute path. */
export const backup = (file: string): Effect.Effect<Copied, AppError, Workspace | StateAccess> =>
  overSettings("read", () => Effect.flatMap(Upkeep, (upkeep) => upkeep.backup(file)))

/** Puts a copy in the place of the state. Absolute path. */
export const restore = Effect.fn("StateFile.restore")(function*(
  copy: string
): Effect.fn.Return<Restored, AppError, Workspace | Rescue> {
  const { auditKeyFile, stateFile } = yield* (yield* Workspace).settings
  return yield* (yield* Rescue).restore(stateFile, copy, auditKeyFile)
})

/** Saves what can be read of a damaged state file into a new one beside it. Absolute path. */
export const salvage = Effect.fn("StateFile.salvage")(function*(
  damaged: string
): Effect.fn.Return<Salvaged, AppError, Workspace | Rescue> {
  const settings = yield* Effect.option((yield* Workspace).settings)
  return yield* (yield* Rescue).salvage(damaged, Option.getOrUndefined(settings)?.auditKeyFile)
})
