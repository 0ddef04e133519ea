/**
 * The processes of a measurement: the server in one of its own, and each thing that is measured in another, so that
 * the memory and the warmth of one do not count for the other.
 */
import { type ChildProcess, fork } from "node:child_process"
import { join } from "node:path"
import type { Tasks } from "./worker.ts"

const start = (file: string): ChildProcess =>
  fork(join(import.meta.dirname, file), { stdio: ["ignore", "inherit", "inherit", "ipc"] })

/** A server in its own process. */
export interface Server {
  readonly url: string
  readonly stop: () => void
}

/** Starts the sandbox. */
export const startServer = (): Promise<Server> =>
  new Promise((resolve) => {
    const child = start("server.ts")
    child.once("message", (url) => resolve({ url: String(url), stop: () => void child.kill() }))
  })

type Asked<Name extends keyof Tasks> = Parameters<Tasks[Name]>[0]
type Answered<Name extends keyof Tasks> = Awaited<ReturnType<Tasks[Name]>>

/** A process that does what it is asked, one thing at a time. */
export interface Worker {
  readonly ask: <Name extends keyof Tasks>(task: Name, asked: Asked<Name>) => Promise<Answered<Name>>
  /** Told what a task says on its way. */
  readonly onNote: (heard: (note: string) => void) => void
  readonly stop: () => void
  /** Ends it as a power cut would. */
  readonly kill: () => Promise<void>
}

/** What a worker says: notes on the way, and one answer to each task. */
export type Said = { readonly note: string } | { readonly answer: unknown } | { readonly failed: string }

const isSaid = (message: unknown): message is Said => typeof message === "object" && message !== null

/** Starts a worker. */
export const startWorker = (): Worker => {
  const child = start("worker.ts")
  let heard: (note: string) => void = () => {}
  const ask = (task: string, asked: unknown) =>
    new Promise((resolve, reject) => {
      const died = () => reject(new Error(`the process ended during ${task}`))
      const listen = (said: unknown) => {
        if (!isSaid(said)) return
        if ("note" in said) return heard(said.note)
        child.off("message", listen)
        child.off("exit", died)
        if ("failed" in said) reject(new Error(said.failed))
        else resolve(said.answer)
      }
      child.on("message", listen)
      child.once("exit", died)
      child.send({ task, asked })
    })
  return {
    ask: ask as Worker["ask"],
    onNote: (listener) => {
      heard = listener
    },
    stop: () => void child.kill(),
    kill: () =>
      new Promise((resolve) => {
        child.once("exit", () => resolve())
        child.kill("SIGKILL")
      })
  }
}

/** Does work with a worker of its own, which ends with it. */
export const withWorker = async <A>(work: (worker: Worker) => Promise<A>): Promise<A> => {
  const worker = startWorker()
  try {
    return await work(worker)
  } finally {
    worker.stop()
  }
}
