/**
 * A workspace in a folder of its own, a sandbox that serves it, and the real CLI as a process.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Sandbox, type SandboxOptions, startSandbox } from "../../src/sandbox/Sandbox.ts"

const amends = join(import.meta.dirname, "..", "..", "bin", "amends")

/** A resource as a file declares it. */
export interface Declared {
  readonly kind: string
  readonly name: string
  readonly spec: { readonly [key: string]: unknown }
  readonly dependsOn?: ReadonlyArray<string>
  readonly lifecycle?: { readonly [key: string]: unknown }
}

/** What a finished command left. */
export interface Ended {
  /** The exit code, or the signal that ended it. */
  readonly code: number | string
  readonly stdout: string
  readonly stderr: string
}

/** A command under way. */
export interface Started {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
}

/** What a started command is given besides its words. */
export interface Given {
  readonly env?: { readonly [variable: string]: string }
  /** The user it runs as; ours when left out. */
  readonly uid?: number
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

const environment = (sandbox: Sandbox) => ({
  PATH: process.env["PATH"] ?? "",
  HOME: process.env["HOME"] ?? "",
  MONITORING_URL: sandbox.url,
  MONITORING_CLIENT_ID: "sandbox",
  MONITORING_CLIENT_SECRET: "sandbox-secret",
  NO_COLOR: "1"
})

const launch = (
  cell: { readonly root: string; readonly sandbox: Sandbox },
  args: ReadonlyArray<string>,
  { env, uid }: Given = {}
): Started => {
  const child = spawn(amends, args, {
    cwd: cell.root,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...environment(cell.sandbox), ...env },
    ...(uid === undefined ? {} : { uid, gid: uid })
  })
  const out: Array<Buffer> = []
  const err: Array<Buffer> = []
  child.stdout.on("data", (chunk: Buffer) => out.push(chunk))
  child.stderr.on("data", (chunk: Buffer) => err.push(chunk))
  const ended = new Promise<Ended>((resolve) =>
    child.on("close", (code, signal) =>
      resolve({
        code: code ?? signal ?? "?",
        stdout: Buffer.concat(out).toString(),
        stderr: Buffer.concat(err).toString()
      }))
  )
  return { child, ended }
}

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
    start: (args, given) => launch(base, args, given),
    run: (...args) => launch(base, args).ended,
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
