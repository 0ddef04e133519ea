/**
 * A workspace in a temporary directory over a running sandbox, with the real files, state and provider in between.
 *
 * Each verb run on it is a process of its own: it opens the state anew.
 */
import { Effect, Fiber } from "effect"
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, expect, vi } from "vitest"
import { apply, type ApplyOptions, type ApplyResult } from "../../src/app/Apply.ts"
import type { AppError } from "../../src/app/Failure.ts"
import { type AppServices, planDefaults } from "../../src/app/PlanBatch.ts"
import { recover, type RecoverOptions, type RecoverResult } from "../../src/app/Recover.ts"
import { layerApp } from "../../src/main/Layers.ts"
import { type Fault, type Sandbox, type SandboxOptions, startSandbox } from "../../src/sandbox/Sandbox.ts"

const example = join(import.meta.dirname, "../../examples/01-monitoring")

/** What must never be found in clear. */
export const secrets = {
  SLACK_WEBHOOK: "https://hooks.slack.example/services/very/secret/slack",
  PAGERDUTY_KEY: "pagerduty-key-that-is-secret",
  AUDIT_TOKEN: "audit-token-that-is-secret",
  MONITORING_CLIENT_ID: "client-id-that-is-secret",
  MONITORING_CLIENT_SECRET: "client-secret-that-is-secret"
}

/** Declared in clear in the files, and secret because the kind says so. */
export const literalSecret = "https://audit.acme.example/hooks/monitoring"

export interface Site {
  readonly sandbox: Sandbox
  readonly directory: string
}

const open: Array<Site> = []

afterEach(async () => {
  for (const { directory, sandbox } of open.splice(0)) {
    await sandbox.close()
    await rm(directory, { recursive: true, force: true })
  }
})

/** Starts a sandbox and copies the example's workspace: three channels, watchlists and agents. */
export const makeSite = async (options: SandboxOptions = {}): Promise<Site> => {
  const { MONITORING_CLIENT_ID: clientId, MONITORING_CLIENT_SECRET: clientSecret } = secrets
  const sandbox = await startSandbox({ credentials: { clientId, clientSecret }, ...options })
  const directory = await mkdtemp(join(tmpdir(), "amends-app-"))
  const site = { sandbox, directory }
  open.push(site)
  await cp(example, directory, { recursive: true })
  // The sandbox is near and honest: what it was sent does not land late.
  const configuration = await readFile(join(directory, "amends.yaml"), "utf8")
  await writeFile(join(directory, "amends.yaml"), `${configuration}    horizon: 20ms\n`)
  return site
}

/** Runs a verb as a process of its own. */
export const on = <A>(
  { directory, sandbox }: Site,
  verb: Effect.Effect<A, AppError, AppServices>,
  env: Readonly<Record<string, string>> = {}
): Promise<A> =>
  Effect.runPromise(
    Effect.provide(verb, layerApp({ directory, env: { ...secrets, MONITORING_URL: sandbox.url, ...env } }))
  )

/** Runs a verb that must fail, and answers how. */
export const failing = <A>(site: Site, verb: Effect.Effect<A, AppError, AppServices>): Promise<AppError> =>
  on(site, Effect.flip(verb) as unknown as Effect.Effect<AppError, AppError, AppServices>)

/** An apply that is confirmed, and asks for nothing special. */
export const applying = (options: Partial<ApplyOptions> = {}): Effect.Effect<ApplyResult, AppError, AppServices> =>
  apply({
    plan: planDefaults,
    policies: {},
    allowIrreversible: false,
    autoRecover: false,
    leaseTimeoutMs: 0,
    actor: "tester",
    confirm: () => Effect.succeed(true),
    ...options
  })

/** Applies what is declared, which must commit. */
export const applied = async (site: Site, options: Partial<ApplyOptions> = {}) => {
  const result = await on(site, applying(options))
  if (result._tag !== "ran") throw new Error(`the apply came to ${result._tag}`)
  return result.report
}

/** Replaces a text in a resource file; the text must be there. */
export const edit = async ({ directory }: Site, file: string, from: string | RegExp, to: string): Promise<void> => {
  const path = join(directory, "resources", file)
  const text = await readFile(path, "utf8")
  if (text.search(from) < 0) throw new Error(`${file} does not hold ${from}`)
  await writeFile(path, text.replace(from, to))
}

/** The writes that the sandbox saw after a request. */
export const writesAfter = ({ sandbox }: Site, seq: number): ReadonlyArray<string> =>
  sandbox.requests().filter((request) => request.method !== "GET" && request.seq > seq)
    .map(({ method, path }) => `${method} ${path}`)

export const lastSeq = ({ sandbox }: Site): number => sandbox.requests().at(-1)?.seq ?? 0

const serverMade = new Set(["id", "customAgentId", "createdAt", "updatedAt"])

/** What the sandbox holds, by names instead of ids and without an order, so that re-created resources compare equal. */
export const content = ({ sandbox }: Site): unknown => {
  const snapshot = sandbox.snapshot()
  const namesOf = (kind: "notification_channel" | "watchlist") =>
    new Map(snapshot[kind].map(({ id, name }) => [id, name]))
  const channels = namesOf("notification_channel")
  const watchlists = namesOf("watchlist")
  const plain = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(plain).map((one) => JSON.stringify(one)).sort()
    if (typeof value !== "object" || value === null) return value
    const members = Object.entries(value).filter(([key]) => !serverMade.has(key)).map(([key, member]) => {
      if (key === "watchlistId") return [key, watchlists.get(member)]
      if (key !== "channelsConfigurations") return [key, plain(member)]
      return [key, member.map((one: { readonly id: number }) => channels.get(one.id)).sort()]
    })
    return Object.fromEntries(members.toSorted(([a], [b]) => a < b ? -1 : 1))
  }
  return plain(snapshot)
}

/** The bytes of everything that amends keeps, the key aside. */
export const stateBytes = async ({ directory }: Site): Promise<string> => {
  const folder = join(directory, ".amends")
  const files = (await readdir(folder)).filter((name) => name !== "key")
  return (await Promise.all(files.map((name) => readFile(join(folder, name), "latin1")))).join("\n")
}

/** Waits until a fault fired. */
export const fired = ({ sandbox }: Site, act: Fault["act"]): Promise<void> =>
  vi.waitFor(() => expect(sandbox.requests().some(({ faults }) => faults.includes(act))).toBe(true), 5_000)

/** Stands for a process that dies while the server holds its request back: answers once it is dead. */
export const killedDuring = async (
  site: Site,
  verb: Effect.Effect<unknown, AppError, AppServices>,
  fault: { readonly method: string; readonly path: string; readonly act: Fault["act"] }
): Promise<void> => {
  const { directory, sandbox } = site
  sandbox.addFault(fault)
  const env = { ...secrets, MONITORING_URL: sandbox.url }
  const fiber = Effect.runFork(Effect.provide(verb, layerApp({ directory, env })))
  await fired(site, fault.act)
  await Effect.runPromise(Fiber.interrupt(fiber))
  sandbox.clearFaults()
}

/** A recovery that is asked for nothing special. */
export const recovering = (
  options: Partial<RecoverOptions> = {}
): Effect.Effect<RecoverResult, AppError, AppServices> =>
  recover({
    direction: "auto",
    choices: [],
    abandon: false,
    leaseTimeoutMs: 0,
    actor: "tester",
    ...options
  })
