/**
 * The command line as a process of its own, with nothing of this one's environment but where programs are.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { join } from "node:path"

const amends = join(import.meta.dirname, "..", "..", "bin", "amends")

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

/** Starts a command in a folder. */
export const launch = (root: string, args: ReadonlyArray<string>, { env, uid }: Given = {}): Started => {
  const child = spawn(amends, args, {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "", NO_COLOR: "1", ...env },
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
