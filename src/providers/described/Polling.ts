/**
 * Follows a 202 until the server says how it ended.
 *
 * A poll that does not end in time, or whose address cannot be asked, leaves the call in doubt: the server took it and
 * may yet carry it out. Where it says that it failed, it was refused.
 */
import { Clock, Effect } from "effect"
import type { Json } from "../../domain/Document.ts"
import type { Client, Reply, Request } from "../http/Client.ts"
import type { ProviderError } from "../ProviderError.ts"
import { headerOf, holds } from "./Answers.ts"
import { addressAt, pathBelow, readRequest, type Wire } from "./Asking.ts"
import type { Described, Polling } from "./Described.ts"
import { unsafeIn } from "./Template.ts"

/** A call that was accepted for later. */
export interface Accepted {
  readonly wire: Wire
  readonly described: Described
  readonly poll: Polling
  /** What was sent. */
  readonly request: Request
  readonly reply: Reply
}

const doubt = ({ reply, request, wire }: Accepted, detail: string): ProviderError =>
  wire.client.failure(request, { reason: "Ambiguous", mayLand: true }, { detail, status: reply.status })

const addressOf = ({ poll, reply, request, wire }: Accepted): string | undefined => {
  const address = poll.at === "location" ? headerOf(reply.headers, "location") : addressAt(reply.json, poll.at)
  const path = address === undefined ? undefined : pathBelow(wire, address, request.path)
  return path === undefined || unsafeIn(path) !== undefined ? undefined : path
}

type End = { readonly _tag: "done" | "failed"; readonly reply: Reply } | { readonly _tag: "going" }

const endOf = ({ poll }: Accepted, reply: Reply): End => {
  if (poll.failed !== undefined && holds(reply.json, poll.failed)) return { _tag: "failed", reply }
  const isDone = poll.until === undefined ? reply.status !== 202 : holds(reply.json, poll.until)
  return isDone ? { _tag: "done", reply } : { _tag: "going" }
}

const refusal = ({ described, request, wire }: Accepted, json: Json | undefined): ProviderError => {
  const { error } = described.understanding
  const said = error === undefined || json === undefined ? undefined : addressAt(json, error)
  const detail = said ?? "the server took it for later and then said that it failed"
  return wire.client.failure(request, { reason: "Rejected", mayLand: false }, { detail })
}

/** One look; an answer that may be better later counts as none yet. */
const look = (accepted: Accepted, path: string): Effect.Effect<End, ProviderError> => {
  const { described, wire } = accepted
  const call = { method: "GET", headers: [], with: {} } as const
  const asked: ReturnType<Client["send"]> = wire.client.send(readRequest(wire, described, call, path))
  return asked.pipe(
    Effect.map((reply) => endOf(accepted, reply)),
    Effect.catch((error) =>
      error.retry
        ? Effect.succeed<End>({ _tag: "going" })
        : Effect.fail(doubt(accepted, `it was accepted, and asking what became of it failed: ${error.detail}`))
    )
  )
}

/** Waits for the end; answers with the last answer. */
export const follow = Effect.fnUntraced(function*(accepted: Accepted) {
  const { poll } = accepted
  const path = addressOf(accepted)
  if (path === undefined)
    return yield* doubt(accepted, "it was accepted for later, and the answer does not say where to ask")
  const until = (yield* Clock.currentTimeMillis) + poll.timeoutMs
  for (;;) {
    const end = yield* look(accepted, path)
    if (end._tag === "failed") return yield* refusal(accepted, end.reply.json)
    if (end._tag === "done") return end.reply
    if ((yield* Clock.currentTimeMillis) + poll.everyMs > until) {
      return yield* doubt(accepted, `it was accepted, and did not end within ${poll.timeoutMs} ms`)
    }
    yield* Effect.sleep(poll.everyMs)
  }
})
