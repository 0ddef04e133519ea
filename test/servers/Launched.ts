/**
 * A server as a process of its own: started, waited for, and ended by its pid.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { createServer } from "node:net"

/** A server that runs. */
export interface Launched {
  readonly url: string
  readonly close: () => Promise<void>
}

/** What is missing to run a server, in words; `undefined` where nothing is. */
export type Missing = string | undefined

/** A port of 127.0.0.1 that nobody listens on. */
export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  server.close()
  await once(server, "close")
  return typeof address === "object" && address !== null ? address.port : 0
}

/** Ends a process and waits until it has. */
const end = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, "exit")
  child.kill("SIGKILL")
  await ended
}

/** Starts a program and waits until `ready` answers the address it serves at, given what it has printed so far. */
export const launch = async (
  [program = "", ...args]: ReadonlyArray<string>,
  ready: (printed: string) => Promise<string | undefined>
): Promise<Launched> => {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] })
  // It does not outlive the tests, however they end.
  const kill = () => child.kill("SIGKILL")
  process.once("exit", kill)
  child.once("exit", () => process.off("exit", kill))
  let printed = ""
  const hear = (chunk: Buffer) => {
    printed += chunk.toString()
  }
  child.stdout.on("data", hear)
  child.stderr.on("data", hear)
  for (;;) {
    if (child.exitCode !== null) throw new Error(`${program} ended with ${child.exitCode}: ${printed}`)
    const url = await ready(printed)
    if (url !== undefined) return { url, close: () => end(child) }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
