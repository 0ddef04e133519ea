/**
 * The paths under `/__sandbox/`, by which another process looks at a sandbox and steers it.
 *
 * They need no credentials, are not in the log, and meet no faults. Answers are bare JSON, errors `{ error }`.
 */
import { Result } from "effect"
import type { ApiRequest, ApiResponse } from "./Api.ts"
import { parseFaults } from "./Fault.ts"
import { addFaults } from "./FaultBook.ts"
import type { Json, JsonObject } from "./Json.ts"
import { loggedRequests } from "./RequestLog.ts"
import { changedSettings, settingsProblems } from "./Settings.ts"
import { resetStage, snapshotJson, type Stage } from "./Stage.ts"

/** Where the admin paths begin. */
export const adminPrefix = "/__sandbox/"

const reply = (status: number, body: Json): ApiResponse => ({
  status,
  headers: { "content-type": "application/json; charset=utf-8" },
  body: JSON.stringify(body)
})

const done = reply(200, { ok: true })

type AdminHandler = (stage: Stage, body: unknown) => ApiResponse

const postFaults: AdminHandler = (stage, body) => {
  const parsed = parseFaults(body)
  if (Result.isFailure(parsed)) return reply(400, { error: parsed.failure.message })
  addFaults(stage.faults, parsed.success)
  return done
}

const putSettings: AdminHandler = (stage, body) => {
  const problems = settingsProblems(body)
  if (problems.length > 0) return reply(400, { error: problems.join("; ") })
  stage.settings = changedSettings(stage.settings, body as JsonObject)
  return done
}

const handlers: Readonly<Record<string, AdminHandler>> = {
  "GET requests": ({ log }) => reply(200, loggedRequests(log).map((request) => ({ ...request }))),
  "GET state": ({ world }) => reply(200, snapshotJson(world)),
  "POST faults": postFaults,
  "DELETE faults": (stage) => {
    stage.faults.entries = []
    return done
  },
  "POST reset": (stage) => {
    resetStage(stage)
    return done
  },
  "PUT settings": putSettings
}

/** Serves a request to an admin path. */
export const serveAdmin = (stage: Stage, request: ApiRequest): ApiResponse => {
  const route = `${request.method} ${request.path.slice(adminPrefix.length)}`
  const handler = Object.hasOwn(handlers, route) ? handlers[route] : undefined
  if (handler === undefined) return reply(404, { error: `no such path; there are ${Object.keys(handlers).join(", ")}` })
  try {
    return handler(stage, request.body === "" ? null : JSON.parse(request.body))
  } catch {
    return reply(400, { error: "the body is not valid JSON" })
  }
}
