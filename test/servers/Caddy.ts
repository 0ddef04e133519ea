/**
 * Caddy's admin API: a configuration whose parts are written by their paths, an ETag behind the body of each answer,
 * and lists that are objects.
 */
import { existsSync } from "node:fs"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { freePort, launch, type Launched, type Missing } from "./Launched.ts"

const program = "/usr/bin/caddy"

/** What is missing to run it. */
export const missingCaddy: Missing = existsSync(program) ? undefined : "caddy is not installed: scripts/install-servers"

const answers = (url: string): Promise<boolean> => fetch(`${url}/config/`).then(({ ok }) => ok, () => false)

/** Starts one that serves nothing. */
export const startCaddy = async (): Promise<Launched> => {
  const root = await mkdtemp(join(tmpdir(), "amends-caddy-"))
  const file = join(root, "caddy.json")
  const at = `127.0.0.1:${await freePort()}`
  const admin = { listen: at, config: { persist: false } }
  await writeFile(file, JSON.stringify({ admin, logging: { logs: {} }, apps: { http: { servers: {} } } }))
  const running = await launch(
    [program, "run", "--config", file],
    async () => await answers(`http://${at}`) ? `http://${at}` : undefined
  )
  const close = async () => {
    await running.close()
    await rm(root, { recursive: true, force: true })
  }
  return { url: `http://${at}`, close }
}
