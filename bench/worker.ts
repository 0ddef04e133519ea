/**
 * A process that does one task after another for whoever forked it, and answers what each came to.
 */
import { applyIn, planTime, refreshIn } from "./engine.ts"
import { makeLong, openLong } from "./opening.ts"
import type { Said } from "./processes.ts"
import { listAlone, rawLoop, seed } from "./raw.ts"

const tasks = {
  raw: rawLoop,
  list: listAlone,
  seed,
  apply: applyIn,
  refresh: refreshIn,
  plan: planTime,
  makeLong,
  openLong
}

/** What a worker can be asked. */
export type Tasks = typeof tasks

interface Order {
  readonly task: keyof Tasks
  readonly asked: never
}

const say = (said: Said): void => void process.send?.(said)

const isOrder = (message: unknown): message is Order =>
  typeof message === "object" && message !== null && "task" in message

process.on("message", (message) => {
  if (!isOrder(message)) return
  Promise.resolve(tasks[message.task](message.asked)).then(
    (answer) => say({ answer }),
    (cause) => say({ failed: cause instanceof Error ? cause.stack ?? cause.message : String(cause) })
  )
})
