/**
 * Measures a batch of updates against a raw loop over undici that makes the same calls, in one run: figures are
 * ratios, because machines differ. The server is a process of its own; the state lies on tmpfs and on disk.
 *
 * `npm run bench [-- --resources N --rounds N]` prints a table and, last, one line of JSON.
 */
import { fork } from "node:child_process"
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { performance } from "node:perf_hooks"
import { parseArgs } from "node:util"
import { Pool } from "undici"
import { openWorkspace } from "../src/index.ts"

const { values } = parseArgs({
  options: { resources: { type: "string", default: "1000" }, rounds: { type: "string", default: "5" } }
})
const resources = Number(values.resources)
const rounds = Number(values.rounds)
const concurrency = 50

interface Server {
  readonly url: string
  readonly stop: () => void
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

/** About 1 KB, different in each round. */
const description = (index: number, round: number): string => `${index} in round ${round} `.padEnd(900, "x")

const declare = async (root: string, round: number): Promise<void> => {
  const all = Array.from({ length: resources }, (_, index) => ({
    kind: "watchlist",
    name: `w${index}`,
    spec: { description: description(index, round) }
  }))
  await writeFile(join(root, "resources", "all.json"), JSON.stringify(all))
}

const configuration = (url: string): string =>
  `workspace: bench
defaults: { parallelism: ${concurrency} }
providers:
  monitoring: { baseUrl: "${url}", clientId: sandbox, clientSecret: sandbox-secret }
`

/** The same requests without a journal: read, write, and what the engine reads back. */
const rawLoop = async (server: Server, ids: ReadonlyArray<number>, round: number): Promise<number> => {
  const pool = new Pool(server.url, { connections: concurrency })
  const send = async (method: "GET" | "PATCH", path: string, body?: string) => {
    const answer = await pool.request({ method, path, headers, ...(body === undefined ? {} : { body }) })
    if (answer.statusCode !== 200) throw new Error(`${method} ${path}: ${answer.statusCode}`)
    return await answer.body.json()
  }
  const queue = ids.values()
  const worker = async () => {
    for (const id of queue) {
      await send("GET", `/watchlists/${id}`)
      await send("PATCH", `/watchlists/${id}`, JSON.stringify({ description: description(id, round) }))
    }
  }
  const started = performance.now()
  await Promise.all(Array.from({ length: concurrency }, worker))
  const ms = performance.now() - started
  await pool.close()
  return ms
}

interface Ran {
  readonly ms: number
  readonly cpuMs: number
}

/** Applies one round of updates; the time is that of the batch, from opened to ended. */
const engineRun = async (root: string, round: number): Promise<Ran> => {
  await declare(root, round)
  let opened = 0
  let cpu = process.cpuUsage()
  const workspace = openWorkspace({
    directory: root,
    env: {},
    onEvent: (event) => {
      if (event._tag !== "batch_opened") return
      opened = performance.now()
      cpu = process.cpuUsage()
    }
  })
  const result = await workspace.apply()
  const used = process.cpuUsage(cpu)
  if (result._tag !== "ran" || result.report.outcome !== "committed") throw new Error("a round did not commit")
  return { ms: performance.now() - opened, cpuMs: (used.user + used.system) / 1000 }
}

const median = (numbers: ReadonlyArray<number>): number => numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? 0

const cpuOf = async <A>(work: () => Promise<A>): Promise<{ readonly value: A; readonly cpuMs: number }> => {
  const before = process.cpuUsage()
  const value = await work()
  const used = process.cpuUsage(before)
  return { value, cpuMs: (used.user + used.system) / 1000 }
}

const measure = async (place: string, folder: string) => {
  const server = await startServer()
  const root = await mkdtemp(join(folder, "amends-bench-"))
  await mkdir(join(root, "resources"))
  await writeFile(join(root, "amends.yaml"), configuration(server.url))
  await engineRun(root, 0)
  const ids = Array.from({ length: resources }, (_, index) => index + 1)
  const raw: Array<Ran> = []
  const engine: Array<Ran> = []
  for (let round = 1; round <= rounds; round++) {
    const loop = await cpuOf(() => rawLoop(server, ids, -round))
    raw.push({ ms: loop.value, cpuMs: loop.cpuMs })
    await openWorkspace({ directory: root, env: {} }).apply({ plan: { refreshOnly: true } })
    engine.push(await engineRun(root, round))
  }
  server.stop()
  await rm(root, { recursive: true, force: true })
  const [rawMs, ms] = [median(raw.map((one) => one.ms)), median(engine.map((one) => one.ms))]
  const cpuUs = (median(engine.map((one) => one.cpuMs)) - median(raw.map((one) => one.cpuMs))) * 1000 / resources
  return { place, resources, rawMs, ms, ratio: ms / rawMs, addedCpuUsPerStep: cpuUs }
}

const rows = [await measure("tmpfs", "/dev/shm"), await measure("disk", tmpdir())]
console.table(rows.map((row) => ({
  place: row.place,
  resources: row.resources,
  "raw ms": Math.round(row.rawMs),
  "amends ms": Math.round(row.ms),
  "ratio": Number(row.ratio.toFixed(2)),
  "CPU µs a step over raw": Math.round(row.addedCpuUsPerStep),
  "peak RSS MB": Math.round(process.resourceUsage().maxRSS / 1024)
})))
console.log(JSON.stringify({ rounds, concurrency, rows, maxRssKb: process.resourceUsage().maxRSS }))
