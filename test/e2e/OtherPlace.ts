/**
 * A workspace in a folder of its own, served by the second server of the monitoring API; commands run as processes.
 */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Declared } from "./Cell.ts"
import { type Ended, launch, type Started } from "./Launch.ts"
import type { Habits } from "./OtherHabits.ts"
import { type OtherServer, startOtherServer } from "./OtherServer.ts"

export interface Place {
  readonly root: string
  readonly server: OtherServer
  /** The same, for what runs verbs in this process. */
  readonly sandbox: OtherServer
  readonly declare: (resources: ReadonlyArray<Declared>) => Promise<void>
  readonly start: (...args: ReadonlyArray<string>) => Started
  readonly run: (...args: ReadonlyArray<string>) => Promise<Ended>
  /** Every byte in the workspace but its own files and the key. */
  readonly kept: () => Promise<Buffer>
  readonly close: () => Promise<void>
}

const configuration = `workspace: place
defaults: { timeout: 3s, retries: 2 }
providers:
  monitoring:
    baseUrl: \${env.MONITORING_URL}
    clientId: \${env.MONITORING_CLIENT_ID}
    clientSecret: \${env.MONITORING_CLIENT_SECRET}
    horizon: 30ms
`

const credentialsOf = (url: string) => ({
  MONITORING_URL: url,
  MONITORING_CLIENT_ID: "an-id",
  MONITORING_CLIENT_SECRET: "client-Secret+/0001="
})

const keptIn = async (root: string): Promise<Buffer> => {
  const files = await readdir(root, { recursive: true, withFileTypes: true })
  const kept = files.filter(({ name, parentPath }) =>
    name !== "key" && name !== "amends.yaml" && !parentPath.endsWith("resources")
  )
  const bytes = kept.filter((file) => file.isFile()).map((file) => readFile(join(file.parentPath, file.name)))
  return Buffer.concat(await Promise.all(bytes))
}

/** Opens a place whose server has these habits; close it when done. */
export const openPlace = async (habits: Partial<Habits> = {}): Promise<Place> => {
  const server = await startOtherServer(habits)
  const root = await mkdtemp(join(tmpdir(), "amends-place-"))
  await mkdir(join(root, "resources"))
  await writeFile(join(root, "amends.yaml"), configuration)
  const start = (...args: ReadonlyArray<string>) => launch(root, args, { env: credentialsOf(server.url) })
  return {
    root,
    server,
    sandbox: server,
    declare: (resources) => writeFile(join(root, "resources", "all.json"), JSON.stringify(resources)),
    start,
    run: (...args) => start(...args).ended,
    kept: () => keptIn(root),
    close: async () => {
      await server.close()
      await rm(root, { recursive: true, force: true })
    }
  }
}
