// Says which of the servers that nobody here wrote are not installed; their tests are left out.
import { missingCouch } from "../servers/Couch.ts"
import { missingPowerDns } from "../servers/PowerDns.ts"

/** Prints what is missing, a line each. */
export const setup = (): void => {
  for (const missing of [missingCouch, missingPowerDns]) {
    if (missing !== undefined) process.stdout.write(`left out: ${missing}\n`)
  }
}
