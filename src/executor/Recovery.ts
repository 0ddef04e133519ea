/**
 * Finishes a batch whose process ended before it did, from its journal alone.
 *
 * Resolve first: no call stays open that reading the remote can settle. Then all applied and not decided back →
 * commit; else back; forward only where no way back was decided. Running it again changes nothing.
 */
import { Effect, Result } from "effect"
import type { Choice, Entry, Leased } from "../domain/Entry.ts"
import type { Address } from "../domain/Ids.ts"
import type { Step } from "../domain/Plan.ts"
import { Priority } from "../providers/Provider.ts"
import { Journal, type Versions } from "../state/Journal.ts"
import type { Leases } from "../state/Leases.ts"
import type { Sealer } from "../state/Sealer.ts"
import type { StateError } from "../state/StateError.ts"
import { type Advance, advance } from "./Advance.ts"
import { offers } from "./Choices.ts"
import { headsAt } from "./Ending.ts"
import { addressesWhere, commit, conclude, decide, goBack, keep, pointOfNoReturn } from "./Executor.ts"
import { holds, openCall, phaseOf } from "./Fold.ts"
import { controlled } from "./Follow.ts"
import { type BatchReport, isLeftChanged, reportOf } from "./Report.ts"
import { makeRun, record, type Run, type RunRequest, stateOf } from "./Run.ts"
import { horizonMs, settleOpen } from "./Settle.ts"
import { confirm } from "./Verify.ts"

/** What a person says of one address. */
export interface Answer {
  readonly address: Address
  readonly choice: Choice
  /** Of the conflict that it answers; may be cut short. */
  readonly digest?: string
}

/** What a person wants of a recovery. */
export interface RecoverOptions {
  readonly direction: "auto" | "forward" | "back"
  readonly choices: ReadonlyArray<Answer>
  readonly abandon: boolean
  readonly actor: string
  readonly note?: string
}

/** A wish that cannot be granted. */
export type RecoverRefusal =
  | { readonly _tag: "TooLate"; readonly why: string }
  | { readonly _tag: "NotOffered"; readonly address: Address; readonly choices: ReadonlyArray<string> }
  | { readonly _tag: "StaleChoice"; readonly address: Address; readonly digest: string }

/** Everything a recovery starts from. */
export interface RecoverRequest extends Omit<RunRequest, "opened"> {
  readonly entries: ReadonlyArray<Entry>
  readonly previousOwner?: string
  readonly options: RecoverOptions
}

type RecoveryServices = Journal | Versions | Leases | Sealer

const openedIn = (entries: ReadonlyArray<Entry>) => {
  const body = entries[0]?.body
  if (body?._tag !== "opened") throw new Error("a journal begins with `opened`")
  return body
}

const none: Advance = { failures: [], drifted: false }

const refusalOf = (run: Run, options: RecoverOptions): RecoverRefusal | undefined => {
  if (options.direction === "forward" && run.log.decided?.to === "back") {
    return { _tag: "TooLate", why: run.log.decided.why }
  }
  for (const answer of options.choices) {
    const wrong = wrongWith(run, answer)
    if (wrong !== undefined) return wrong
  }
  return undefined
}

/** Why an answer is not taken. Of an address with several steps, each waits with a conflict of its own. */
const wrongWith = (run: Run, answer: Answer): RecoverRefusal | undefined => {
  const { address, choice, digest } = answer
  const all = stuckAt(run, address).map(({ blocked }) => blocked)
  const meant = all.filter((blocked) => answers(blocked.digest, digest))
  if (meant.some(({ choices }) => offers(choices, choice))) return undefined
  if (meant.length === 0 && answeredAt(run, answer) !== undefined) return undefined
  const offering = all.find(({ choices }) => offers(choices, choice))
  if (meant.length === 0 && offering !== undefined) {
    return { _tag: "StaleChoice", address, digest: offering.digest }
  }
  const asked = meant.length === 0 ? all : meant
  return { _tag: "NotOffered", address, choices: [...new Set(asked.flatMap(({ choices }) => choices))] }
}

/** A digest may be cut short, and is not needed where somebody looks at the conflict right now. */
const answers = (digest: string, said: string | undefined): boolean =>
  said === undefined || digest.replace(/^\w+:/, "").startsWith(said)

/** The step that was answered like this before and is not through yet: the same answer may be given again. */
const answeredAt = (run: Run, { address, choice, digest }: Answer): Step | undefined =>
  run.opened.plan.steps.find((step) => {
    const { chosen } = stateOf(run, step)
    return step.address === address && chosen?.choice === choice && answers(chosen.digest, digest)
  })

/** The steps of an address that are stuck, with what each waits for. */
const stuckAt = (run: Run, address: Address) =>
  run.opened.plan.steps.flatMap((step) => {
    const state = stateOf(run, step)
    const isStuck = step.address === address && phaseOf(state) === "stuck" && state.blocked !== undefined
    return isStuck ? [{ step, blocked: state.blocked }] : []
  })

/** What an answer is about: a conflict that is there, or the one that it answered before it was cut off. */
const subjectOf = (run: Run, answer: Answer) => {
  const stuck = stuckAt(run, answer.address).find(({ blocked }) =>
    answers(blocked.digest, answer.digest) && offers(blocked.choices, answer.choice)
  )
  if (stuck !== undefined) return { step: stuck.step, digest: stuck.blocked.digest }
  const step = answeredAt(run, answer)
  if (step === undefined) return undefined
  const { chosen, compensated } = stateOf(run, step)
  return chosen === undefined || compensated !== undefined ? undefined : { step, digest: chosen.digest }
}

const recordChoices = Effect.fnUntraced(function*(run: Run, options: RecoverOptions) {
  for (const answer of options.choices) {
    const subject = subjectOf(run, answer)
    if (subject === undefined) continue
    yield* record(run, {
      _tag: "human",
      step: subject.step.id,
      choice: answer.choice,
      digest: subject.digest,
      actor: run.sealer.redact(options.actor),
      ...(options.note === undefined ? {} : { note: run.sealer.redact(options.note) })
    })
  }
})

/** Waits once for everything that may still land; answers the open calls. */
const untilLanded = Effect.fnUntraced(function*(run: Run) {
  const open = run.opened.plan.steps.flatMap((step) => {
    const state = stateOf(run, step)
    const call = openCall(state)
    return call === undefined || state.compensated !== undefined ? [] : [{ step, call }]
  })
  const ms = open.reduce((longest, { step }) => Math.max(longest, horizonMs(run, step)), 0)
  if (ms > 0) {
    run.progress.publish({ _tag: "waiting", what: "requests without an answer may still land", ms })
    yield* Effect.sleep(ms)
  }
  for (const { call } of open) run.log.landed.add(call.seq)
  return open
})

/** Settles each open call, once nothing of it may land any more. */
const settleAll = Effect.fnUntraced(function*(run: Run) {
  const open = yield* untilLanded(run)
  yield* Effect.forEach(open, ({ step }) => settleOpen(run, step), {
    concurrency: run.opened.policies.parallelism,
    discard: true
  })
}, Effect.provideService(Priority, "compensation"))

const abandon = Effect.fnUntraced(function*(run: Run): Effect.fn.Return<BatchReport, StateError> {
  // The next batch is not to plan on what is still to land.
  yield* untilLanded(run)
  const left = addressesWhere(run, (step) => isLeftChanged(run, step))
  yield* run.journal.end(run.batch, run.lease, { _tag: "ended", as: "abandoned", left }, yield* headsAt(run, "kept"))
  return reportOf(run, "abandoned", { failures: [], left, interrupted: false })
})

const allApplied = (run: Run): boolean =>
  run.opened.plan.steps.every((step) => {
    const state = stateOf(run, step)
    return holds(state) && openCall(state) === undefined
  })

const finish = Effect.fnUntraced(
  function*(run: Run, options: RecoverOptions): Effect.fn.Return<BatchReport, StateError> {
    if (options.abandon) return yield* abandon(run)
    const decided = run.log.decided?.to
    const { direction } = options
    if (decided === "back") return yield* goBack(run, none)
    yield* confirm(run)
    if (decided === "keep" && direction === "auto") return yield* keep(run, none)
    if (allApplied(run) && direction !== "back") return yield* commit(run)
    const onward = direction === "forward" || (direction === "auto" && pointOfNoReturn(run) !== undefined)
    if (onward) return yield* conclude(run, yield* advance(run))
    yield* decide(run, "back", "recovered")
    return yield* goBack(run, none)
  }
)

/** Finishes an unfinished batch, or says why it may not be finished that way. */
export const recover = Effect.fn("Recovery.recover")(function*(
  request: RecoverRequest
): Effect.fn.Return<Result.Result<BatchReport, RecoverRefusal>, StateError, RecoveryServices> {
  const journal = yield* Journal
  const { batch, lease, options } = request
  const run = yield* makeRun({ ...request, opened: openedIn(request.entries) }, request.entries)
  const refusal = refusalOf(run, options)
  if (refusal !== undefined) return Result.fail(refusal)
  const previous = request.previousOwner === undefined ? {} : { previous: request.previousOwner }
  const leased: Leased = { _tag: "leased", owner: lease.owner, ...previous }
  yield* journal.append(batch, lease, [leased])
  yield* recordChoices(run, options)
  if (!options.abandon) yield* settleAll(run)
  return Result.succeed(yield* controlled(run, finish(run, options)))
})
