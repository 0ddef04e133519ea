/**
 * The disk as one process sees it: the real in-memory store, at whose writes the process can be killed or stopped, or
 * the disk can fail, or be taken away.
 *
 * Mutations live here as well: a commit that is acknowledged before it is durable is lost with its process, and a
 * disk that does not look at epochs lets a process write that has lost its lease.
 */
import { memoryStore } from "../../src/state/memory/MemoryStore.ts"
import { StateError, type StateReason } from "../../src/state/StateError.ts"
import type { Recorded } from "../../src/state/storage/AuditBook.ts"
import { holds, type Job, type Reply } from "../../src/state/storage/Job.ts"
import type { LeaseRow } from "../../src/state/storage/Owner.ts"
import type { RowDraft } from "../../src/state/storage/Row.ts"
import type { Store } from "../../src/state/storage/Store.ts"
import type { CommitTrouble } from "./Scenario.ts"
import { type Actor, kill, type Mutation, pictureOf, stop, type Trial, type Written } from "./Trial.ts"

const failure = (reason: StateReason): StateError =>
  new StateError({ reason, operation: "append", detail: "the disk fails", hint: "This is a simulation." })

/** Which rows are acknowledged before they are durable when a rule is switched off. */
const lazyKind: { readonly [M in Mutation]?: RowDraft["kind"] } = {
  W1: "intended",
  W4: "undo-intended",
  W5: "ended"
}

const isLazy = (mutation: Mutation | undefined, jobs: ReadonlyArray<Job>): boolean => {
  const kind = mutation === undefined ? undefined : lazyKind[mutation]
  return kind !== undefined && jobs.some((job) => holds(job, kind))
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
  const { rows } = disk.tables
  // What has landed by now is there, although nobody has looked.
  world.land(trial.timeline.now)
  record.rowsLogged.length = Math.min(record.rowsLogged.length, rows.length)
  for (let n = record.rowsLogged.length; n < rows.length; n++) {
    record.rowsLogged.push(world.log.length)
  }
  record.written.push({ process: actor.number, what: "commit", rows: rows.length })
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

/** How the disk is for one process. */
interface Condition {
  full: boolean
  /** Nothing makes room. */
  forGood: boolean
  reserve: boolean
  /** The file is not the one that was opened. */
  replaced: boolean
  /** Another program holds the file until then; milliseconds. */
  busyUntil: number
}

const worsen = (trial: Trial, condition: Condition, trouble: CommitTrouble | undefined): void => {
  if (trouble?.act === "full" || trouble?.act === "fullForGood") condition.full = true
  if (trouble?.act === "fullForGood") condition.forGood = true
  if (trouble?.act === "replaced") condition.replaced = true
  if (trouble?.act === "busyFor") condition.busyUntil = trial.timeline.now + trouble.ms
}

const refusal = (trial: Trial, { busyUntil, full, replaced }: Condition): StateReason | undefined => {
  if (replaced) return "Io"
  if (full) return "Full"
  return trial.timeline.now < busyUntil ? "Busy" : undefined
}

const failing: { readonly [act: string]: StateReason } = { io: "Io", busy: "Busy" }

const commit = (trial: Trial, actor: Actor, condition: Condition, jobs: ReadonlyArray<Job>): ReadonlyArray<Reply> => {
  const trouble = befalls(actor)
  if (trouble?.act === "crashBefore") kill(trial, actor)
  if (actor.process.life === "dead") throw failure("Io")
  worsen(trial, condition, trouble)
  const reason = refusal(trial, condition) ?? failing[trouble?.act ?? ""]
  if (reason !== undefined) throw failure(reason)
  const replies = committed(trial, jobs)
  remember(trial, actor, jobs, replies)
  // A disk that is slow keeps the one thread of the process for as long.
  if (trouble?.act === "stopAfter" || trouble?.act === "slow") stop(trial, actor, trouble.ms)
  if (trouble?.act === "crashAfter") kill(trial, actor)
  if (trouble?.act === "crashAfter" || trouble?.act === "ioAfter") throw failure("Io")
  return replies
}

/** Who writes, and how the disk is for them. */
interface Access {
  readonly trial: Trial
  readonly actor: Actor
  readonly condition: Condition
}

/** A write beside the journal, with what befalls the process at it. */
const marking = <A>({ actor, condition, trial }: Access, what: Written["what"], write: () => A): A => {
  actor.marks += 1
  const found = actor.act.troubles.find((trouble) => "mark" in trouble && trouble.mark === actor.marks)
  const act = found !== undefined && "mark" in found ? found.act : undefined
  if (act === "crashBefore") kill(trial, actor)
  if (actor.process.life === "dead") throw failure("Io")
  if (act === "full") condition.full = true
  const reason = refusal(trial, condition) ?? failing[act ?? ""]
  if (reason !== undefined) throw failure(reason)
  const written = write()
  trial.record.written.push({ process: actor.number, what, rows: trial.disk.tables.rows.length })
  if (act === "crashAfter") {
    kill(trial, actor)
    throw failure("Io")
  }
  return written
}

/** Keeps the disk as it is before each batch, for whoever puts an older copy back. */
const keepCopy = ({ disk, scenario }: Trial, jobs: ReadonlyArray<Job>): void => {
  const isOpening = jobs.some(({ work }) => work._tag === "generation")
  if (isOpening && scenario.acts.some(({ older }) => older === true)) disk.copy = structuredClone(disk.tables)
}

/** The store of a process. */
export const diskOf = (trial: Trial, actor: Actor): Store => {
  const condition: Condition = { full: false, forGood: false, reserve: false, replaced: false, busyUntil: 0 }
  const access: Access = { trial, actor, condition }
  const store = memoryStore(trial.disk.tables)
  return {
    ...store,
    commit: (jobs) => {
      keepCopy(trial, jobs)
      return commit(trial, actor, condition, jobs)
    },
    keepGeneration: (generation) => marking(access, "generation", () => store.keepGeneration(generation)),
    reserve: () => {
      condition.reserve = true
    },
    freeReserve: () => {
      const had = condition.reserve
      condition.reserve = false
      condition.full = condition.full && (condition.forGood || !had)
      return had
    },
    swapLease: (expected: LeaseRow | undefined, next: LeaseRow, audit?: Recorded) =>
      marking(access, "lease", () => store.swapLease(expected, next, audit)),
    ask: (batch, wish, audit) => marking(access, "wish", () => store.ask(batch, wish, audit))
  }
}
