/**
 * A small batch with a create, update, replace and delete, and what must hold whenever it is over: the judge of the
 * crash matrix. It reads server, files and rows by itself and asks the engine only for its exit codes.
 */
import Sqlite from "better-sqlite3"
import { existsSync } from "node:fs"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import type { Sandbox } from "../../../src/sandbox/Sandbox.ts"
import { type Cell, type Declared, held, openCell, writes } from "../Cell.ts"
import { applyIn, findingsIn, recoverIn, stepsIn } from "../InProcess.ts"
import type { Ended, Given, Started } from "../Launch.ts"

const channel = (name: string, value: string): Declared => ({
  kind: "notification_channel",
  name,
  spec: { name, type: "Webhook", configuration: { value } }
})

const watchlist = (name: string, description: string, address: string): Declared => ({
  kind: "watchlist",
  name,
  spec: { name, description, assets: [{ chain: "ethereum", type: "Wallet", address, name: null }] }
})

const agent = (name: string, agentType: string, channelName: string): Declared => ({
  kind: "custom_agent",
  name,
  spec: {
    agentName: name,
    agentType,
    severity: "High",
    state: "enabled",
    rule: { chain: "ethereum", threshold: 10 },
    channelsConfigurations: [{ id: `\${notification_channel.${channelName}.id}` }]
  }
})

export const original: ReadonlyArray<Declared> = [
  channel("ops", "https://hooks.example/ops-0001"),
  watchlist("treasury", "ours", "0xA000000000000000000000000000000000000001"),
  watchlist("old", "to go", "0xC000000000000000000000000000000000000001"),
  agent("transfers", "largeTransfer", "ops"),
  agent("ownership", "ownershipChange", "ops")
]

export const desired: ReadonlyArray<Declared> = [
  channel("ops", "https://hooks.example/ops-0002"),
  channel("fresh", "https://hooks.example/fresh-0002"),
  watchlist("treasury", "ours, reviewed", "0xA000000000000000000000000000000000000002"),
  watchlist("brand-new", "new", "0xD000000000000000000000000000000000000001"),
  agent("transfers", "largeTransfer", "fresh"),
  agent("ownership", "ownershipMoved", "ops")
]

export interface Scene {
  readonly cell: Cell
  readonly sandbox: Sandbox
  /** What the server held before the batch. */
  readonly before: ReadonlyArray<string>
  /** Writes that were seen before the batch. */
  readonly from: number
}

/** The batch's last change: the agent that was replaced is deleted. */
export const lastWrite = (sandbox: Sandbox): { readonly method: string; readonly path: string } => {
  const replaced = sandbox.snapshot().custom_agent.find((row) => row["agentName"] === "ownership")
  return { method: "DELETE", path: `^/custom-agents/${String(replaced?.["id"])}$` }
}

/** Has the server refuse the last change, so that the batch goes back from there. */
export const refuseLast = ({ sandbox }: Pick<Scene, "sandbox">): void =>
  sandbox.addFault({ act: "status", status: 400, times: 0, ...lastWrite(sandbox) })

/** How long one request may take, and how long one that was given up may still land. */
export interface Times {
  readonly timeout: string
  readonly horizon: string
}

const configuration = ({ horizon, timeout }: Times): string =>
  `workspace: cell
defaults: { timeout: ${timeout}, retries: 2 }
providers:
  monitoring:
    baseUrl: \${env.MONITORING_URL}
    clientId: \${env.MONITORING_CLIENT_ID}
    clientSecret: \${env.MONITORING_CLIENT_SECRET}
    horizon: ${horizon}
`

/** A cell in which the original is applied and the desired declared. */
export const openScene = async (times?: Times): Promise<Scene> => {
  const cell = await openCell()
  if (times !== undefined) await writeFile(join(cell.root, "amends.yaml"), configuration(times))
  await cell.declare(original)
  const applied = await applyIn(cell)
  if (applied._tag !== "ran" || applied.report.outcome !== "committed") throw new Error("the original was not applied")
  await cell.declare(desired)
  return { cell, sandbox: cell.sandbox, before: held(cell.sandbox), from: writes(cell.sandbox).length }
}

/** What the server holds once the desired is applied. */
export const desiredHeld = async (): Promise<ReadonlyArray<string>> => {
  const { cell, sandbox } = await openScene()
  const applied = await applyIn(cell)
  if (applied._tag !== "ran" || applied.report.outcome !== "committed") throw new Error("the desired was not applied")
  const after = held(sandbox)
  await cell.close()
  return after
}

export const inTurn = ["apply", "--yes", "--parallelism", "1"]
export const atOnce = ["apply", "--yes", "--parallelism", "10"]

export const stateFile = ({ cell }: Pick<Scene, "cell">): string => join(cell.root, ".amends", "state.db")

/** Runs work over the rows of the state; whoever had it open is gone or stopped. */
export const overRows = <A>(scene: Pick<Scene, "cell">, work: (db: Sqlite.Database) => A): A => {
  const db = new Sqlite(stateFile(scene), { fileMustExist: true, timeout: 5_000 })
  try {
    return work(db)
  } finally {
    db.close()
  }
}

/** Announced writes of the newest batch; every write that the server saw since must have been announced. */
const intents = (scene: Scene): number =>
  overRows(scene, (db) =>
    Number(
      db.prepare(
        "select count(*) from entry where kind in ('intended', 'undo-intended') and batch = (select max(n) from batch)"
      ).pluck().get()
    ))

const unannounced = (scene: Scene): ReadonlyArray<string> => {
  const sent = writes(scene.sandbox).slice(scene.from).length
  if (sent === 0) return []
  const announced = intents(scene)
  return sent > announced ? [`${sent} writes were sent, ${announced} announced`] : []
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Waits for a fact; a command that is over will not bring it about any more. */
export const until = async (holds: () => boolean, { child }: Pick<Started, "child">): Promise<boolean> => {
  while (!holds()) {
    if (child.exitCode !== null || child.signalCode !== null) return holds()
    await pause(2)
  }
  return true
}

/** How often a fault fired. */
export const fired = (sandbox: Sandbox, act: string): number =>
  sandbox.requests().filter(({ faults }) => (faults as ReadonlyArray<string>).includes(act)).length

/** A late request lands when a recovery that did not wait would have looked already; the horizon is longer still. */
const landsAfterMs = 3_000
export const patient: Times = { timeout: "10s", horizon: "6s" }

/**
 * Runs a command and kills it while the server holds its n-th request, tells how it ended. With `delay` the request is
 * applied after the process is gone.
 */
export const killedHolding = async (
  { cell, sandbox }: Scene,
  args: ReadonlyArray<string>,
  when: { readonly act: "hang" | "hangAfter" | "delay"; readonly nth: number }
): Promise<Ended> => {
  const count = fired(sandbox, when.act)
  sandbox.addFault(when.act === "delay" ? { ...when, ms: landsAfterMs } : when)
  const started = cell.start(args)
  if (await until(() => fired(sandbox, when.act) > count, started)) started.child.kill("SIGKILL")
  return started.ended
}

/** Runs a command that kills itself at its n-th write of the state. */
export const killedWriting = (
  { cell }: Scene,
  args: ReadonlyArray<string>,
  when: { readonly act: "killBefore" | "killAfter"; readonly nth: number }
): Promise<Ended> => cell.start(args, disturbing(`${when.nth}:${when.act}`)).ended

/** What makes the state of a command fail. */
export const disturbing = (how: string): Given => ({ env: { AMENDS_TEST_STATE: how } })

/** What is wrong with how things are after a kill, before anything else ran. */
export const wrongWhenKilled = (scene: Scene): ReadonlyArray<string> => unannounced(scene)

const tellRun = (what: string, { code, stderr, stdout }: Ended): string => `${what} exited ${code}: ${stdout}${stderr}`

const isSame = (a: ReadonlyArray<string>, b: ReadonlyArray<string>): boolean => a.join("\n") === b.join("\n")

const difference = (is: ReadonlyArray<string>, expected: ReadonlyArray<string>): string => {
  const more = is.filter((row) => !expected.includes(row))
  const less = expected.filter((row) => !is.includes(row))
  return `more: ${JSON.stringify(more)} less: ${JSON.stringify(less)} (${is.length} rows, expected ${expected.length})`
}

/** What is wrong with a scene in which everything should be over and whole; nothing when all is well. */
export const wrongWhenOver = async (
  scene: Scene,
  as: "original" | "desired",
  after: ReadonlyArray<string>
): Promise<ReadonlyArray<string>> => {
  const { cell, before, sandbox } = scene
  const wrong: Array<string> = [...unannounced(scene)]
  const expected = as === "original" ? before : after
  if (!isSame(held(sandbox), expected)) wrong.push(`not as ${as}: ${difference(held(sandbox), expected)}`)
  const rows = overRows(scene, (db) => db.prepare("select count(*) from entry").pluck().get())
  const sent = writes(sandbox).length
  const again = await recoverIn(cell)
  if (again.reports.length + again.unfinished.length > 0) wrong.push("recover again found something to do")
  if (overRows(scene, (db) => db.prepare("select count(*) from entry").pluck().get()) !== rows) {
    wrong.push("recover again wrote to the journal")
  }
  const bad = (await findingsIn(cell)).filter(({ ok }) => !ok)
  if (bad.length > 0) wrong.push(`doctor: ${JSON.stringify(bad)}`)
  await cell.declare(as === "original" ? original : desired)
  const steps = await stepsIn(cell)
  if (steps.length > 0) wrong.push(`the heads are not what is there: ${steps.join(", ")}`)
  if (writes(sandbox).length !== sent) wrong.push("looking wrote to the server")
  if (existsSync(`${stateFile(scene)}-journal`)) wrong.push("a rollback journal was left")
  return wrong
}

/** Recovers by the command line until it is over, then judges. */
export const wrongAfterRecovery = async (
  scene: Scene,
  direction: "--back" | "--forward" | undefined,
  after: ReadonlyArray<string>
): Promise<ReadonlyArray<string>> => {
  const { before, cell, sandbox } = scene
  sandbox.clearFaults()
  const first = await cell.run("recover", ...(direction === undefined ? [] : [direction]))
  const last = first.code === 7 && direction === "--forward" ? await cell.run("recover") : first
  if (last.code === 3) return wrongWhenOver(scene, "original", after)
  if (last.code !== 0) return [tellRun("recover", last)]
  // Nothing was begun, or the batch had ended, or it was committed now.
  const as = isSame(held(sandbox), before) ? "original" : "desired"
  return wrongWhenOver(scene, as, after)
}
