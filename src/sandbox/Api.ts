/**
 * The monitoring API as a function from request to response: authentication, routes, and the envelope of answers.
 *
 * It knows nothing of sockets and faults, and everything it does happens before it returns: a request is applied as a
 * whole, in the order of calls, or refused and not applied at all.
 */
import { agents } from "./Agents.ts"
import { accept, type Answer, type KindOperations, notFound, refuse, type View } from "./Answer.ts"
import { channels } from "./Channels.ts"
import type { Json } from "./Json.ts"
import { list } from "./Listing.ts"
import type { Credentials, Settings } from "./Settings.ts"
import { watchlists } from "./Watchlists.ts"
import type { Kind, World } from "./World.ts"

/** The operations of each kind. */
export const kinds: Readonly<Record<Kind, KindOperations>> = {
  watchlist: watchlists,
  notification_channel: channels,
  custom_agent: agents
}

const routes: ReadonlyMap<string, KindOperations> = new Map([
  ["watchlists", watchlists],
  ["notification-channels", channels],
  ["custom-agents", agents]
])

/** A request, read in full. */
export interface ApiRequest {
  readonly method: string
  /** The path, without the query. */
  readonly path: string
  /** The query, without its question mark. */
  readonly query: string
  readonly headers: Readonly<Record<string, string | ReadonlyArray<string> | undefined>>
  readonly body: string
}

/** A response, not sent yet. */
export interface ApiResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Puts an answer into the envelope of the API, or leaves it bare when the settings say so. */
export const respond = (settings: Settings, answer: Answer): ApiResponse => {
  const headers: Record<string, string> = { "content-type": "application/json; charset=utf-8" }
  if (!answer.accepted && answer.allow !== undefined) headers["allow"] = answer.allow
  return { status: answer.status, headers, body: JSON.stringify(settings.envelope ? enveloped(answer) : bare(answer)) }
}

const enveloped = (answer: Answer): Json => ({
  success: answer.accepted,
  data: answer.accepted ? answer.data : null,
  error: answer.accepted ? null : answer.error,
  version: "sandbox",
  service: "monitoring",
  stackTrace: null
})

const bare = (answer: Answer): Json => answer.accepted ? answer.data : { error: answer.error }

const isAuthentic = (credentials: Credentials, headers: ApiRequest["headers"]): boolean => {
  const bearer = /^bearer +(.+)$/i.exec(String(headers["authorization"] ?? ""))?.[1]
  if (bearer !== undefined) return credentials.tokens?.includes(bearer.trim()) ?? false
  return headers["x-client-id"] === credentials.clientId && headers["x-client-secret"] === credentials.clientSecret
}

interface Call {
  readonly world: World
  readonly kind: KindOperations
  readonly view: View & Pick<Settings, "pageLimit">
  readonly request: ApiRequest
  /** The id or name in the path; empty for the collection. */
  readonly key: string
}

type Handler = (call: Call) => Answer

const withBody = (call: Call, apply: (body: unknown) => Answer): Answer => {
  let body: unknown
  try {
    body = JSON.parse(call.request.body)
  } catch {
    return refuse(400, "the body is not valid JSON")
  }
  return apply(body)
}

const withId = (call: Call, apply: (id: number) => Answer): Answer => {
  const id = call.kind.find(call.world, call.key)
  return id === undefined ? notFound(call.kind.noun, call.key) : apply(id)
}

const readOne: Handler = ({ key, kind, view, world }) => {
  const id = (kind.findToRead ?? kind.find)(world, key)
  return id === undefined ? notFound(kind.noun, key) : accept(kind.render(world, id, view))
}

const updateOne: Handler = (call) =>
  withId(
    call,
    (id) =>
      withBody(call, (body) =>
        call.kind.update(call.world, id, body) ?? accept(call.kind.render(call.world, id, call.view)))
  )

const deleteOne: Handler = (call) => withId(call, (id) => call.kind.remove(call.world, id) ?? accept(null))

const ofCollection: Readonly<Record<string, Handler>> = {
  GET: ({ kind, request, view, world }) => list(world, kind, new URLSearchParams(request.query), view),
  POST: (call) => withBody(call, (body) => call.kind.create(call.world, body, call.view))
}

const ofResource: Readonly<Record<string, Handler>> = { GET: readOne, PATCH: updateOne, DELETE: deleteOne }

const decoded = (segment: string): string | undefined => {
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}

const answer = (world: World, settings: Settings, request: ApiRequest): Answer => {
  if (!isAuthentic(settings.credentials, request.headers)) return refuse(401, "invalid credentials")
  const [empty, collection = "", segment, ...rest] = request.path.split("/")
  const kind = routes.get(collection)
  const key = segment === undefined ? "" : decoded(segment)
  if (empty !== "" || kind === undefined || rest.length > 0 || segment === "") return refuse(404, "no such path")
  if (key === undefined) return refuse(400, "the path is not valid percent-encoding")
  const handlers = segment === undefined ? ofCollection : ofResource
  if (!Object.hasOwn(handlers, request.method)) {
    return { ...refuse(405, `${request.method} is not allowed here`), allow: Object.keys(handlers).join(", ") }
  }
  const view = { maskSecrets: settings.maskSecrets, sortSets: false, pageLimit: settings.pageLimit }
  return handlers[request.method]?.({ world, kind, view, request, key }) ?? refuse(404, "no such path")
}

/** Applies a request to the world and answers it. */
export const serveApi = (world: World, settings: Settings, request: ApiRequest): ApiResponse =>
  respond(settings, answer(world, settings, request))
