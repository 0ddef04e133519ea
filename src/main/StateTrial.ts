/**
 * For tests only: a state whose n-th durable write kills this process or fails, so that a crash between any two
 * writes, and a disk that fails at any of them, can be tried on the real program.
 *
 * `AMENDS_TEST_STATE=7:killBefore`, `7:killAfter`, `7:stopAfter`, `7:EIO`, `7:EIOAfter` (written, but told as failed),
 * `7:ENOSPC`; `7+:ENOSPC` for every write from there on. Anything else, and of course nothing, leaves the state as
 * it is.
 */
import type { StateError } from "../state/StateError.ts"
import { fileFailure } from "../state/storage/FileFailure.ts"
import type { Store } from "../state/storage/Store.ts"
import type { Environment } from "./Config.ts"

const setting = /^([1-9]\d*)(\+?):(killBefore|killAfter|stopAfter|EIO|EIOAfter|ENOSPC)$/

const failed = (code: string): StateError => fileFailure("append", "state", { code })

const disturb = <A>(act: string, write: () => A): A => {
  if (act === "killBefore") process.kill(process.pid, "SIGKILL")
  if (act === "EIO" || act === "ENOSPC") throw failed(act)
  const written = write()
  if (act === "killAfter") process.kill(process.pid, "SIGKILL")
  if (act === "stopAfter") process.kill(process.pid, "SIGSTOP")
  if (act === "EIOAfter") throw failed("EIO")
  return written
}

/** How the environment asks to disturb a state; `undefined` where it does not. Writes are counted over all openings. */
export const stateTrial = (env: Environment): ((store: Store) => Store) | undefined => {
  const [, at, onwards, act = ""] = setting.exec(env["AMENDS_TEST_STATE"] ?? "") ?? []
  if (at === undefined) return undefined
  let count = 0
  const isDue = (): boolean => {
    count += 1
    return count === Number(at) || (onwards === "+" && count > Number(at))
  }
  const around = <Args extends ReadonlyArray<unknown>, A>(write: (...args: Args) => A) => (...args: Args): A =>
    isDue() ? disturb(act, () => write(...args)) : write(...args)
  return (store) => ({
    ...store,
    commit: around(store.commit),
    swapLease: around(store.swapLease),
    keepGeneration: around(store.keepGeneration)
  })
}
