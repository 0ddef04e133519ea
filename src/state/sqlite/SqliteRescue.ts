/**
 * What can be done for state files that may not open: the port bound to restoring, salvaging, and a new key.
 */
import { Effect, Layer } from "effect"
import { dirname, join } from "node:path"
import { Rescue } from "../Rescue.ts"
import { type Rescuing, signingFrom } from "./AuditRows.ts"
import { resetKey } from "./ResetKey.ts"
import { restore } from "./Restore.ts"
import { salvage } from "./Salvage.ts"

/** The rescue of state files whose keys are in files, or given as the texts of AMENDS_KEY and AMENDS_AUDIT_KEY. */
export const layerRescue = (keyText?: string, auditKeyText?: string): Layer.Layer<Rescue> => {
  const signingWith = (auditKeyFile: string | undefined) => signingFrom({ file: auditKeyFile, text: auditKeyText })
  const rescuing = (stateFile: string, auditKeyFile: string | undefined): Rescuing => ({
    source: { keyFile: join(dirname(stateFile), "key"), keyText },
    signing: signingWith(auditKeyFile)
  })
  return Layer.succeed(Rescue)(Rescue.of({
    restore: (stateFile, copy, auditKeyFile) => restore(rescuing(stateFile, auditKeyFile), stateFile, copy),
    salvage: (damaged, auditKeyFile) => salvage(signingWith(auditKeyFile), damaged),
    resetKey: (stateFile, auditKeyFile) => Effect.scoped(resetKey(rescuing(stateFile, auditKeyFile), stateFile))
  }))
}
