/**
 * The disk as one process sees it: the real in-memory store, at whose commits the process can be killed or stopped, or
 * the disk can fail.
 *
 * Mutations live here as well: a commit that is acknowledged before it is durable is lost with its process, and a
 * disk that does not look at epochs lets a process write that has lost its lease.
 */
import { memoryStore } from "../../src/state/memory/MemoryStore.ts"
import { StateError, type StateReason } from "../../src/state/StateError.ts"
import type { Job, Reply } from "../../src/state/storage/Job.ts"
import type { LeaseRow } from "../../src/state/storage/Owner.ts"
import type { Store } from "../../src/state/storage/Store.ts"
import type { CommitTrouble } from "./Scenario.ts"
import { type Actor, kill, type Mutation, pictureOf, stop, type Trial } from "./Trial.ts"

const failure = (reason: StateReason): StateError =>
  new StateError({ reason, operation: "append", detail: "the disk fails", hint: "This is a simulation." })

/** Which rows are acknowledged before they are durable when a rule is switched off. */
const lazyKind: { readonly [M in Mutation]?: string } = {
  W1: "intended",
  W4: "undo-intended",
  W5: "ended"
}

const isLazy = (mutation: Mutation | undefined, jobs: ReadonlyArray<Job>): boolean => {
  const kind = mutation === undefined ? undefined : lazyKind[mutation]
  return kind !== undefined && jobs.some(({ rows }) => rows.some((row) => row.kind === kind))
}

const committed = (trial: Trial, jobs: ReadonlyArray<Job>): ReadonlyArray<Reply> => {
  const { disk, mutation } = trial
  const lazy = isLazy(mutation, jobs)
  const copy = lazy && disk.behind === undefined ? structuredClone(disk.tables) : disk.behind
  const replies = mutation === "W7" ? withoutEpochs(trial, jobs) : memoryStore(disk.tables).commit(jobs)
  // A forced commit makes durable what came before it.
  disk.behind = lazy ? copy : undefined
  return replies
}

const withoutEpochs = ({ disk: { tables } }: Trial, jobs: ReadonlyArray<Job>): ReadonlyArray<Reply> => {
  const { lease } = tables
  const replies = jobs.flatMap((job) => {
    if (lease !== undefined) tables.lease = { ...lease, ...job.lease }
    return memoryStore(tables).commit([job])
  })
  tables.lease = lease
  return replies
}

const remember = (trial: Trial, actor: Actor, jobs: ReadonlyArray<Job>, replies: ReadonlyArray<Reply>): void => {
  const { disk, record, world } = trial
  record.rowsLogged.length = Math.min(record.rowsLogged.length, disk.tables.rows.length)
  while (record.rowsLogged.length < disk.tables.rows.length) record.rowsLogged.push(world.log.length)
  jobs.forEach((job, index) => {
    const what = job.work._tag === "open" ? "opened" : job.work._tag === "end" ? "ended" : undefined
    if (what === undefined || replies[index] instanceof StateError) return
    record.moments.push({
      what,
      batch: job.batch,
      process: actor.number,
      rows: disk.tables.rows.length,
      logged: world.log.length,
      picture: pictureOf(world),
      heads: [...disk.tables.heads.values()]
    })
  })
}

const befalls = (actor: Actor): CommitTrouble | undefined => {
  actor.commits += 1
  const found = actor.act.troubles.find((trouble) => "commit" in trouble && trouble.commit === actor.commits)
  return found !== undefined && "commit" in found ? found : undefined
}

interface Fullness {
  full: boolean
  reserve: boolean
}

const commit = (trial: Trial, actor: Actor, fullness: Fullness, jobs: ReadonlyArray<Job>): ReadonlyArray<Reply> => {
  const trouble = befalls(actor)
  if (trouble?.act === "crashBefore") kill(trial, actor)
  if (actor.process.life === "dead") throw failure("Io")
  if (trouble?.act === "full") fullness.full = true
  if (fullness.full) throw failure("Full")
  if (trouble?.act === "io") throw failure("Io")
  if (trouble?.act === "busy") throw failure("Busy")
  const replies = committed(trial, jobs)
  remember(trial, actor, jobs, replies)
  if (trouble?.act === "stopAfter") stop(trial, actor, trouble.ms)
  if (trouble?.act === "crashAfter") kill(trial, actor)
  if (trouble?.act === "crashAfter" || trouble?.act === "ioAfter") throw failure("Io")
  return replies
}

const living = (actor: Actor): void => {
  if (actor.process.life === "dead") throw failure("Io")
}

/** The store of a process. */
export const diskOf = (trial: Trial, actor: Actor): Store => {
  const fullness: Fullness = { full: false, reserve: false }
  const store = memoryStore(trial.disk.tables)
  return {
    ...store,
    commit: (jobs) => commit(trial, actor, fullness, jobs),
    keepGeneration: (generation) => {
      living(actor)
      store.keepGeneration(generation)
    },
    reserve: () => {
      fullness.reserve = true
    },
    freeReserve: () => {
      const had = fullness.reserve
      fullness.reserve = false
      fullness.full = fullness.full && !had
      return had
    },
    swapLease: (expected: LeaseRow | undefined, next: LeaseRow) => {
      living(actor)
      return store.swapLease(expected, next)
    }
  }
}
