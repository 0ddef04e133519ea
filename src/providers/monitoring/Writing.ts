/**
 * Writes of the monitoring API: one call, sent once, and what its answer says.
 *
 * An answer of success that cannot be tied to the resource (no id, or another one) leaves the call in doubt: something
 * was done, and reading the remote will tell what.
 */
import { Effect } from "effect"
import { isArray, isObject, type Json, type JsonObject } from "../../domain/Document.ts"
import type { Client, Request } from "../http/Client.ts"
import type { Answer, Sending } from "../Provider.ts"
import type { ProviderError } from "../ProviderError.ts"
import { idIn, openEnvelope } from "./Envelope.ts"
import { observation } from "./Reading.ts"
import type { Resource } from "./Resource.ts"

const doubtful = { reason: "Ambiguous", mayLand: false } as const

const requestOf = ({ call, id }: Sending): Request => {
  const path = call.path.replace("{id}", () => encodeURIComponent(id ?? ""))
  return call.body === undefined ? { method: call.method, path } : { method: call.method, path, body: call.body }
}

/** The resource in an answer; a channel's create answers an array of one. */
const resourceIn = (data: Json | undefined): JsonObject | undefined => {
  const one = isArray(data) && data.length === 1 ? data[0] : data
  return isObject(one) ? one : undefined
}

const answerOf = (resource: Resource, status: number, raw: JsonObject | undefined): Answer => {
  const id = raw === undefined ? undefined : idIn(raw)
  if (raw === undefined || id === undefined) return { status }
  const { document, token } = observation(resource, id, raw)
  return {
    status,
    id,
    ...(resource.isWhole(raw) ? { document } : {}),
    ...(token === undefined ? {} : { token })
  }
}

/** Sends one call once. */
export const send = (client: Client, resource: Resource, sending: Sending): Effect.Effect<Answer, ProviderError> => {
  const { call, id } = sending
  if (call.path.includes("{id}") && id === undefined) {
    return Effect.die(new Error(`${call.method} ${call.path} was sent without the id of the resource`))
  }
  const request = requestOf(sending)
  return Effect.flatMap(client.send(request), ({ json, status }) => {
    const opened = openEnvelope(json, "write")
    if (opened._tag === "refusal") return Effect.fail(client.failure(request, opened.meaning, { status, ...opened }))
    if (call.method === "DELETE") return Effect.succeed({ status })
    const answer = answerOf(resource, status, resourceIn(opened.data))
    if (call.learnsId && answer.id === undefined) {
      const detail = "the server says it is done and does not say the id of what it made"
      return Effect.fail(client.failure(request, doubtful, { status, detail }))
    }
    if (id !== undefined && answer.id !== undefined && answer.id !== id) {
      const detail = `the answer is about another resource, ${answer.id}`
      return Effect.fail(client.failure(request, doubtful, { status, detail, answeredId: answer.id }))
    }
    return Effect.succeed(answer)
  })
}
