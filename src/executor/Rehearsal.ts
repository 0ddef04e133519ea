/**
 * Rehearses a recovery: the same engine on the same journal, over a remote that is only read, and a log that is kept
 * in memory.
 *
 * It takes the course that the recovery takes as long as nobody else touches the remote in between; a property test
 * compares the two. Nothing is sent, nothing is written, and no lease is needed.
 */
import { Effect, Result } from "effect"
import type { Direction, EntryBody, Resolved } from "../domain/Entry.ts"
import type { Address, StepId } from "../domain/Ids.ts"
import type { Call, Sending } from "../providers/Provider.ts"
import { Journal, type Versions } from "../state/Journal.ts"
import { type Lease, Leases } from "../state/Leases.ts"
import type { Sealer } from "../state/Sealer.ts"
import type { StateError } from "../state/StateError.ts"
import { type Imagined, imagined } from "./ImaginedRemote.ts"
import { Observer } from "./Observer.ts"
import { type EngineEvent, Progress } from "./Progress.ts"
import { recover, type RecoverRefusal, type RecoverRequest } from "./Recovery.ts"
import type { BatchReport } from "./Report.ts"

/** A request that would be sent. */
export interface RehearsedRequest {
  readonly address: Address
  readonly direction: Direction
  readonly operation: Call["operation"]
  readonly method: Call["method"]
  /** With `(new)` for an id that is not known yet. */
  readonly path: string
  /** The fields of the body, without their values. */
  readonly fields: ReadonlyArray<string>
}

/** What reading the remote would say of a call without a certain outcome. */
export interface RehearsedVerdict extends Pick<Resolved, "verdict" | "evidence" | "direction"> {
  readonly address: Address
}

/** What a recovery would do and come to. */
export interface Rehearsal {
  readonly verdicts: ReadonlyArray<RehearsedVerdict>
  readonly requests: ReadonlyArray<RehearsedRequest>
  /** Which way it would go: `none` where there is nothing left to do but to end the batch. */
  readonly to: "commit" | "back" | "keep" | "none"
  readonly report: BatchReport
}

/** A recovery to rehearse. */
export type RehearsalRequest = Omit<RecoverRequest, "lease">

const nobody: Lease = { epoch: 0 as Lease["epoch"], owner: "rehearsal" }

const unused = (what: string) => Effect.die(new Error(`a rehearsal does not ${what}`))

const leases: Leases["Service"] = {
  acquire: () => unused("take the lease"),
  renew: () => unused("renew the lease"),
  release: () => unused("release the lease"),
  left: () => Effect.succeed(Number.POSITIVE_INFINITY),
  show: unused("show the lease"),
  break: unused("break the lease")
}

/** A journal that goes on from what is there, in memory. */
const journalOnto = (journal: Journal["Service"], added: Array<EntryBody>, start: number): Journal["Service"] => {
  const add = (bodies: ReadonlyArray<EntryBody>): number => start + added.push(...bodies)
  return {
    ...journal,
    open: () => unused("open a batch"),
    append: (_, __, bodies) => Effect.sync(() => add(bodies)),
    ride: (_, __, bodies) => Effect.asVoid(Effect.sync(() => add(bodies))),
    end: (_, __, ended) => Effect.asVoid(Effect.sync(() => add([ended])))
  }
}

const fieldsOf = ({ body }: Call): ReadonlyArray<string> => {
  const one = Array.isArray(body) ? body[0] : body
  return typeof one === "object" && one !== null && !Array.isArray(one) ? Object.keys(one) : []
}

const addressesOf = (bodies: ReadonlyArray<EntryBody>): ReadonlyMap<StepId, Address> => {
  const [first] = bodies
  return new Map(first?._tag === "opened" ? first.plan.steps.map(({ address, id }) => [id, address]) : [])
}

/** The intent that each sent key belongs to. */
const intentsOf = (bodies: ReadonlyArray<EntryBody>) =>
  new Map(bodies.flatMap((body) => {
    if (body._tag !== "intended" && body._tag !== "undo-intended") return []
    const direction: Direction = body._tag === "intended" ? "forward" : "back"
    return [[body.idempotencyKey, { step: body.step, direction }] as const]
  }))

const pathOf = ({ call, id }: Sending, isNew: Imagined["isNew"]): string =>
  call.path.replace("{id}", () => id === undefined || isNew(id) ? "(new)" : id)

/** What was before and what was added, in the words of a rehearsal. */
const rehearsalOf = (
  before: ReadonlyArray<EntryBody>,
  added: ReadonlyArray<EntryBody>,
  remote: Imagined,
  report: BatchReport
): Rehearsal => {
  const bodies = [...before, ...added]
  const addresses = addressesOf(bodies)
  const intents = intentsOf(bodies)
  return {
    verdicts: added.flatMap((body) => {
      if (body._tag !== "resolved") return []
      const address = addresses.get(body.step)
      const { direction, evidence, verdict } = body
      return address === undefined ? [] : [{ address, direction, evidence, verdict }]
    }),
    requests: remote.sent.flatMap((sending) => {
      const { call: { method, operation }, call, idempotencyKey } = sending
      const intent = intents.get(idempotencyKey)
      const address = intent === undefined ? undefined : addresses.get(intent.step)
      if (intent === undefined || address === undefined) return []
      const { direction } = intent
      return [{ address, direction, operation, method, path: pathOf(sending, remote.isNew), fields: fieldsOf(call) }]
    }),
    to: bodies.findLast((body) => body._tag === "decided")?.to ?? "none",
    report
  }
}

/** What is read is read; what is done is only imagined. */
const isOfReading = ({ _tag }: EngineEvent): boolean => _tag === "waiting" || _tag === "resolve"

/** Rehearses a recovery, or says why it would be refused. */
export const rehearse = Effect.fn("Rehearsal.rehearse")(function*(
  request: RehearsalRequest
): Effect.fn.Return<Result.Result<Rehearsal, RecoverRefusal>, StateError, Journal | Versions | Sealer> {
  const added: Array<EntryBody> = []
  const remote = imagined(request.registry)
  const { publish } = yield* Progress
  const ended = yield* recover({ ...request, lease: nobody, registry: remote.registry }).pipe(
    Effect.provideService(Journal, journalOnto(yield* Journal, added, request.entries.at(-1)?.seq ?? 0)),
    Effect.provideService(Leases, leases),
    Effect.provideService(Observer, { publish: () => {}, within: (_, work) => work }),
    Effect.provideService(Progress, { publish: (event) => isOfReading(event) ? publish(event) : undefined })
  )
  return Result.map(ended, (report) => rehearsalOf(request.entries.map(({ body }) => body), added, remote, report))
})
