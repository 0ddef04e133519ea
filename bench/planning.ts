/**
 * Measures planning of many unchanged resources of a kind that can be listed, against the list calls by themselves: the
 * bar is 1.2 times their time and a second, under 300 MB.
 *
 * `node bench/planning.ts [--resources N] [--rounds N]` prints a table and, last, one line of JSON. The server and each
 * plan are processes of their own, so that the memory is that of one plan.
 */
import { Effect, Layer } from "effect"
import { fork } from "node:child_process"
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { performance } from "node:perf_hooks"
import { parseArgs } from "node:util"
import { Pool } from "undici"
import { layerFileWriter } from "../src/app/files/WriteFiles.ts"
import { importAll } from "../src/app/ImportAll.ts"
import { openWorkspace } from "../src/index.ts"
import { layerApp } from "../src/main/Layers.ts"

const { values } = parseArgs({
  options: {
    resources: { type: "string", default: "10000" },
    rounds: { type: "string", default: "3" },
    plan: { type: "string" }
  }
})
const resources = Number(values.resources)
const rounds = Number(values.rounds)
const pageSize = 500

interface Server {
  readonly url: string
  readonly stop: () => void
}

interface Planned {
  readonly ms: number
  readonly steps: number
  readonly maxRssKb: number
}

const startServer = (): Promise<Server> =>
  new Promise((resolve) => {
    const child = fork(join(import.meta.dirname, "server.ts"), { stdio: ["ignore", "inherit", "inherit", "ipc"] })
    child.on("message", (url) => resolve({ url: String(url), stop: () => void child.kill() }))
  })

const headers = {
  "x-client-id": "sandbox",
  "x-client-secret": "sandbox-secret",
  "content-type": "application/json"
}

const specOf = (index: number) => ({ name: `w${index}`, description: `${index} `.padEnd(200, "x") })

/** Makes the resources on the server. */
const seed = async (pool: Pool): Promise<void> => {
  const queue = Array.from({ length: resources }, (_, index) => index).values()
  const worker = async () => {
    for (const index of queue) {
      const body = JSON.stringify(specOf(index))
      const answer = await pool.request({ method: "POST", path: "/watchlists", headers, body })
      await answer.body.dump()
    }
  }
  await Promise.all(Array.from({ length: 20 }, worker))
}

/** The calls of a listing, read to their end and not looked at. */
const listOnly = async (pool: Pool): Promise<number> => {
  const started = performance.now()
  for (let offset = 0; offset <= resources; offset += pageSize - 1) {
    const path = `/watchlists?limit=${pageSize}&offset=${offset}&sort=id&order=asc`
    const answer = await pool.request({ method: "GET", path, headers })
    await answer.body.text()
  }
  return performance.now() - started
}

const workspaceFor = async (url: string): Promise<string> => {
  const root = await mkdtemp(join(tmpdir(), "amends-planning-"))
  const provider = `{ baseUrl: "${url}", clientId: sandbox, clientSecret: sandbox-secret }`
  await writeFile(join(root, "amends.yaml"), `workspace: planning\nproviders:\n  monitoring: ${provider}\n`)
  await mkdir(join(root, "resources"))
  const all = Array.from({ length: resources }, (_, index) => ({
    kind: "watchlist",
    name: `w${index}`,
    spec: specOf(index)
  }))
  await writeFile(join(root, "resources", "all.json"), JSON.stringify(all))
  const importing = importAll({ kinds: ["watchlist"], actor: "bench", leaseTimeoutMs: 0 })
  const services = Layer.merge(layerApp({ directory: root, env: {} }), layerFileWriter)
  const { imported } = await Effect.runPromise(Effect.provide(importing, services))
  if (imported.length !== resources) throw new Error(`${imported.length} of ${resources} were imported`)
  return root
}

const planIn = async (directory: string): Promise<void> => {
  const started = performance.now()
  const { plan } = await openWorkspace({ directory, env: {} }).plan()
  const ms = performance.now() - started
  process.send?.({ ms, steps: plan.steps.length, maxRssKb: process.resourceUsage().maxRSS } satisfies Planned)
}

const planApart = (directory: string): Promise<Planned> =>
  new Promise((resolve, reject) => {
    const child = fork(import.meta.filename, ["--plan", directory], { stdio: ["ignore", "inherit", "inherit", "ipc"] })
    child.on("message", (planned) => resolve(planned as Planned))
    child.on("exit", (code) => reject(new Error(`the plan ended with ${code}`)))
  })

const median = (numbers: ReadonlyArray<number>): number => numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? 0

const measure = async () => {
  const server = await startServer()
  const pool = new Pool(server.url, { connections: 20 })
  await seed(pool)
  const started = performance.now()
  const root = await workspaceFor(server.url)
  const importMs = performance.now() - started
  const lists: Array<number> = []
  const plans: Array<Planned> = []
  for (let round = 0; round < rounds; round++) {
    lists.push(await listOnly(pool))
    plans.push(await planApart(root))
  }
  await pool.close()
  server.stop()
  await rm(root, { recursive: true, force: true })
  const [listMs, planMs] = [median(lists), median(plans.map(({ ms }) => ms))]
  const barMs = 1.2 * listMs + 1_000
  const maxRssMb = Math.max(...plans.map(({ maxRssKb }) => maxRssKb)) / 1_024
  const steps = plans.map((one) => one.steps)
  return {
    resources,
    rounds,
    importMs,
    listMs,
    planMs,
    barMs,
    maxRssMb,
    steps,
    holds: planMs <= barMs && maxRssMb < 300
  }
}

if (values.plan === undefined) {
  const row = await measure()
  console.table([{
    resources: row.resources,
    "list ms": Math.round(row.listMs),
    "plan ms": Math.round(row.planMs),
    "bar ms": Math.round(row.barMs),
    "peak RSS MB": Math.round(row.maxRssMb),
    "import ms": Math.round(row.importMs)
  }])
  console.log(JSON.stringify(row))
} else await planIn(values.plan)
