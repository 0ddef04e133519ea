/**
 * What can be done for state files that may not open: the port bound to restoring, salvaging, and a new key.
 */
import { Effect, Layer } from "effect"
import { dirname, join } from "node:path"
import { Rescue } from "../Rescue.ts"
import type { KeySource } from "../sealing/KeyFile.ts"
import { resetKey } from "./ResetKey.ts"
import { restore } from "./Restore.ts"
import { salvage } from "./Salvage.ts"

/** The rescue of state files whose key is beside them, or given as a text. */
export const layerRescue = (keyText: string | undefined): Layer.Layer<Rescue> => {
  const sourceOf = (stateFile: string): KeySource => ({ keyFile: join(dirname(stateFile), "key"), keyText })
  return Layer.succeed(Rescue)(Rescue.of({
    restore: (stateFile, copy) => restore(sourceOf(stateFile), stateFile, copy),
    salvage,
    resetKey: (stateFile) => Effect.scoped(resetKey(sourceOf(stateFile), stateFile))
  }))
}
