/**
 * Runs the command line as users start it, and says what it took. Nobody reads what it prints.
 */
import { spawn } from "node:child_process"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import type { Cost } from "./figures.ts"

/** What a command took; the most memory it had at once in megabytes. */
export interface Run extends Cost {
  readonly peakMb: number
}

const amends = join(import.meta.dirname, "..", "bin", "amends")

/** Loaded before the program, says at its end what it took. Without quotes or spaces, which NODE_OPTIONS would take. */
const teller = encodeURIComponent(`
process.on("exit", () => {
  const { system, user } = process.cpuUsage()
  const peakMb = process.resourceUsage().maxRSS / 1024
  process._rawDebug("took " + JSON.stringify({ peakMb, cpuMs: (system + user) / 1000 }))
})`)

/** Runs it in a directory; an exit code other than 0 is an error. */
export const runCommand = async (root: string, ...words: ReadonlyArray<string>): Promise<Run> => {
  const env = { ...process.env, NODE_OPTIONS: `--import=data:text/javascript,${teller}` }
  const started = performance.now()
  const child = spawn(amends, ["-C", root, ...words], { env, stdio: ["ignore", "ignore", "pipe"] })
  const ended = new Promise<number | null>((resolve, reject) => child.once("error", reject).once("exit", resolve))
  const [code, stderr] = await Promise.all([ended, text(child.stderr)])
  const ms = performance.now() - started
  const took = /took (.*)\n$/.exec(stderr)?.[1]
  if (code !== 0 || took === undefined) throw new Error(`${words.join(" ")} ended with ${code}: ${stderr}`)
  const { cpuMs, peakMb } = JSON.parse(took) as Omit<Run, "ms">
  return { ms, cpuMs, peakMb }
}
