/**
 * Alertmanager's API: silences that it gives ids, that are changed by a POST to the collection, and that stay in the
 * list when they are deleted.
 */
import { existsSync } from "node:fs"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { freePort, launch, type Launched, type Missing } from "./Launched.ts"

const program = "/usr/bin/prometheus-alertmanager"

/** What is missing to run it. */
export const missingAlertmanager: Missing = existsSync(program)
  ? undefined
  : "prometheus-alertmanager is not installed: scripts/install-servers"

const answers = (url: string): Promise<boolean> => fetch(`${url}/-/ready`).then(({ ok }) => ok, () => false)

/** Starts one without silences. */
export const startAlertmanager = async (): Promise<Launched> => {
  const root = await mkdtemp(join(tmpdir(), "amends-alerts-"))
  const file = join(root, "alertmanager.yml")
  await writeFile(file, "route: { receiver: nobody }\nreceivers: [{ name: nobody }]\n")
  const at = `127.0.0.1:${await freePort()}`
  const running = await launch(
    [
      program,
      `--config.file=${file}`,
      `--storage.path=${join(root, "data")}`,
      `--web.listen-address=${at}`,
      "--cluster.listen-address="
    ],
    async () => await answers(`http://${at}`) ? `http://${at}` : undefined
  )
  const close = async () => {
    await running.close()
    await rm(root, { recursive: true, force: true })
  }
  return { url: `http://${at}`, close }
}
