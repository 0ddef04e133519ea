/**
 * The main job, shown on a real server: a configuration is applied; a second one is refused at its last change and
 * compensated in reverse; a third run is killed in the middle and recovered from its journal. After each act the demo
 * compares the server with what it should hold, and fails where it does not.
 *
 * `npm run demo` runs it against the built-in sandbox; nothing leaves this machine.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Sandbox, startSandbox } from "../src/sandbox/Sandbox.ts"

const root = join(import.meta.dirname, "..")
const amends = join(root, "bin", "amends")

interface Stage {
  readonly sandbox: Sandbox
  readonly workspace: string
}

const start = ({ sandbox, workspace }: Stage, args: ReadonlyArray<string>): ChildProcess =>
  spawn(amends, ["-C", workspace, ...args], {
    stdio: ["ignore", "inherit", "inherit"],
    env: {
      ...process.env,
      MONITORING_URL: sandbox.url,
      MONITORING_CLIENT_ID: "sandbox",
      MONITORING_CLIENT_SECRET: "sandbox-secret"
    }
  })

const ended = (child: ChildProcess): Promise<number | string> =>
  new Promise((resolve) => child.on("close", (code, signal) => resolve(code ?? signal ?? 1)))

const run = async (stage: Stage, args: ReadonlyArray<string>, expected: number): Promise<void> => {
  console.log(`\n$ amends ${args.join(" ")}`)
  const code = await ended(start(stage, args))
  console.log(`  (exit ${code})`)
  prove(code === expected, `exit code ${expected}`)
}

const prove = (holds: boolean, what: string): void => {
  if (!holds) throw new Error(`The demo failed: not true that ${what}.`)
  console.log(`  ✓ ${what}`)
}

const title = (text: string): void => console.log(`\n── ${text} ${"─".repeat(Math.max(0, 76 - text.length))}`)

/** What the server holds, told apart by name: a resource that was created again has a new id. */
const held = ({ sandbox }: Stage): string => {
  const { custom_agent: agents, notification_channel: channels, watchlist: watchlists } = sandbox.snapshot()
  const nameOf = new Map(channels.map((channel) => [channel["id"], channel["name"]]))
  const strip = (text: string) => text.replace(/"(id|createdAt|updatedAt|watchlistId)":("[^"]*"|\d+),?/g, "")
  const named = (value: unknown) =>
    JSON.stringify(value, (key, inner: unknown) => {
      const isReference = key === "channelsConfigurations" && Array.isArray(inner)
      return isReference ? inner.map((one: { id: number }) => nameOf.get(one.id) ?? one.id) : inner
    })
  return [agents, channels, watchlists].flatMap((kind) => kind.map((one) => strip(named(one)))).sort().join("\n")
}

const counts = ({ sandbox }: Stage): string =>
  Object.entries(sandbox.snapshot()).map(([kind, all]) => `${all.length} ${kind}`).join(", ")

const writesSince = ({ sandbox }: Stage, from: number): number =>
  sandbox.requests().filter(({ method, seq }) => method !== "GET" && seq > from).length

const lastRequest = ({ sandbox }: Stage): number => sandbox.requests().at(-1)?.seq ?? 0

const replaceIn = async (stage: Stage, file: string, from: string, to: string): Promise<void> => {
  const path = join(stage.workspace, "resources", file)
  const text = await readFile(path, "utf8")
  prove(text.includes(from), `${file} says "${from}"; now it says "${to}"`)
  await writeFile(path, text.replace(from, to))
}

/** The server takes a channel, two edits and a replaced agent, and then refuses the last change. */
const change = async (stage: Stage): Promise<void> => {
  await replaceIn(stage, "watchlists.yaml", "Wallets that hold the treasury", "Wallets of the treasury, reviewed")
  await replaceIn(stage, "channels.yaml", "name: Operations", "name: Operations, day shift")
  await replaceIn(stage, "agents.json", "\"largeTransfer\"", "\"largeTransferV2\"")
  await replaceIn(stage, "agents.json", "\"Medium\"", "\"High\"")
}

const actOne = async (stage: Stage): Promise<string> => {
  title("1. A configuration is applied")
  await run(stage, ["apply", "--yes"], 0)
  prove(counts(stage) === "3 watchlist, 3 notification_channel, 3 custom_agent", "the server holds three of each")
  const from = lastRequest(stage)
  await run(stage, ["plan", "--detailed-exitcode"], 0)
  prove(writesSince(stage, from) === 0, "planning again says no changes, and wrote nothing")
  return held(stage)
}

const actTwo = async (stage: Stage, before: string): Promise<void> => {
  title("2. The next one is refused at its last change, and compensated")
  await change(stage)
  stage.sandbox.addFault({ act: "status", method: "DELETE", path: "^/custom-agents/", status: 400, body: "no" })
  await run(stage, ["apply", "--yes"], 3)
  stage.sandbox.clearFaults()
  prove(held(stage) === before, "the server holds exactly what it held before")
}

const killInTheMiddle = async (stage: Stage): Promise<void> => {
  const from = lastRequest(stage)
  console.log("\n$ amends apply --yes --parallelism 1      (killed in the middle)")
  const child = start(stage, ["apply", "--yes", "--parallelism", "1"])
  const gone = ended(child)
  while (writesSince(stage, from) < 3) await new Promise((resolve) => setTimeout(resolve, 5))
  child.kill("SIGKILL")
  prove(await gone === "SIGKILL", "the process was killed after its third write")
}

const actThree = async (stage: Stage, before: string): Promise<void> => {
  title("3. A run is killed in the middle, and recovered from its journal")
  stage.sandbox.configure({ latencyMs: 60 })
  await killInTheMiddle(stage)
  stage.sandbox.configure({ latencyMs: 0 })
  prove(held(stage) !== before, "the server is left half-changed")
  await run(stage, ["apply", "--yes"], 4)
  await run(stage, ["recover"], 3)
  prove(held(stage) === before, "the server holds exactly what it held before")
  await run(stage, ["recover"], 0)
}

const actFour = async (stage: Stage): Promise<void> => {
  title("4. Nothing stands in the way any more: the change applies")
  await run(stage, ["apply", "--yes"], 0)
  await run(stage, ["plan", "--detailed-exitcode"], 0)
}

const main = async (): Promise<void> => {
  const sandbox = await startSandbox()
  const workspace = await mkdtemp(join(tmpdir(), "amends-demo-"))
  try {
    await cp(join(root, "examples", "01-monitoring"), workspace, { recursive: true })
    const stage: Stage = { sandbox, workspace }
    const before = await actOne(stage)
    await actTwo(stage, before)
    await actThree(stage, before)
    await actFour(stage)
    console.log("\nEverything held.")
  } finally {
    await sandbox.close()
    await rm(workspace, { recursive: true, force: true })
  }
}

await main()
