/**
 * A workspace in a folder of its own, a sandbox that serves it, and the real CLI as a process.
 */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Sandbox, type SandboxOptions, startSandbox } from "../../src/sandbox/Sandbox.ts"
import { type Ended, type Given, launch, type Started } from "./Launch.ts"

/** A resource as a file declares it. */
export interface Declared {
  readonly kind: string
  readonly name: string
  readonly spec: { readonly [key: string]: unknown }
  readonly dependsOn?: ReadonlyArray<string>
  readonly lifecycle?: { readonly [key: string]: unknown }
}

export interface Cell {
  readonly root: string
  readonly sandbox: Sandbox
  /** Replaces the declared resources. */
  readonly declare: (resources: ReadonlyArray<Declared>) => Promise<void>
  readonly start: (args: ReadonlyArray<string>, given?: Given) => Started
  readonly run: (...args: ReadonlyArray<string>) => Promise<Ended>
  /** Every byte that amends keeps in the workspace. */
  readonly kept: () => Promise<Buffer>
  readonly close: () => Promise<void>
}

const credentialsOf = (sandbox: Sandbox) => ({
  MONITORING_URL: sandbox.url,
  MONITORING_CLIENT_ID: "sandbox",
  MONITORING_CLIENT_SECRET: "sandbox-secret"
})

const configuration = (settings: string) =>
  `workspace: cell
defaults: { timeout: 2s, retries: 2 }
providers:
  monitoring:
    baseUrl: \${env.MONITORING_URL}
    clientId: \${env.MONITORING_CLIENT_ID}
    clientSecret: \${env.MONITORING_CLIENT_SECRET}
    horizon: 30ms
${settings}`

const keptIn = async (root: string): Promise<Buffer> => {
  const files = await readdir(root, { recursive: true, withFileTypes: true })
  const kept = files.filter((file) => file.isFile() && file.parentPath.includes(".amends") && file.name !== "key")
  return Buffer.concat(await Promise.all(kept.map((file) => readFile(join(file.parentPath, file.name)))))
}

/** Opens a cell; close it when done. `settings` are further lines of the provider in `amends.yaml`. */
export const openCell = async (options: SandboxOptions = {}, settings = ""): Promise<Cell> => {
  const sandbox = await startSandbox(options)
  const root = await mkdtemp(join(tmpdir(), "amends-cell-"))
  await mkdir(join(root, "resources"))
  await writeFile(join(root, "amends.yaml"), configuration(settings))
  const base = { root, sandbox }
  return {
    ...base,
    declare: (resources) => writeFile(join(root, "resources", "all.json"), JSON.stringify(resources)),
    start: (args, given) => launch(root, args, { ...given, env: { ...credentialsOf(sandbox), ...given?.env } }),
    run: (...args) => launch(root, args, { env: credentialsOf(sandbox) }).ended,
    kept: () => keptIn(root),
    close: async () => {
      await sandbox.close()
      await rm(root, { recursive: true, force: true })
    }
  }
}

type Row = { readonly [key: string]: unknown }

/** The fields that a kind of the API takes; everything else in its answers is made by the server. */
const written: { readonly [kind: string]: ReadonlyArray<string> } = {
  custom_agent: [
    "agentName",
    "agentType",
    "severity",
    "state",
    "rule",
    "channelsConfigurations",
    "remindersConfigurations",
    "muteDuration",
    "delay"
  ],
  notification_channel: ["name", "type", "configuration"],
  watchlist: ["name", "description", "assets"]
}

/** What the server holds, told apart by name: ids and times aside, references by the name of what they refer to. */
export const held = (sandbox: Sandbox): ReadonlyArray<string> => {
  const all = sandbox.snapshot()
  const nameOf = new Map(all.notification_channel.map((channel) => [channel["id"], channel["name"]]))
  const channelsOf = (row: Row): unknown => {
    const [policy] = Array.isArray(row["alertPolicies"]) ? row["alertPolicies"] as ReadonlyArray<Row> : []
    return policy?.["channelsConfigurations"] ?? row["channelsConfigurations"]
  }
  const named = (refers: unknown) =>
    Array.isArray(refers) ? refers.map((one: Row) => nameOf.get(one["id"] as number) ?? one["id"]).sort() : refers
  return Object.entries(all).flatMap(([kind, rows]) =>
    rows.map((row) => {
      const fields = (written[kind] ?? []).map((field) => [field, row[field]] as const)
      const channels = kind === "custom_agent" ? { channelsConfigurations: named(channelsOf(row)) } : {}
      return `${kind} ${JSON.stringify({ ...Object.fromEntries(fields), ...channels })}`
    })
  ).sort()
}

/** Requests that may change something, in order. */
export const writes = (sandbox: Sandbox) => sandbox.requests().filter(({ method }) => method !== "GET")
