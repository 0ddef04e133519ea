/**
 * A plain client of the sandbox for its tests: real requests over loopback, with the credentials it accepts by default.
 *
 * It says nothing about how the provider talks to the API; each test spells out what it sends.
 */
import { afterEach } from "vitest"
import { type Sandbox, type SandboxOptions, startSandbox } from "../../src/sandbox/Sandbox.ts"

/** The headers that the sandbox accepts when it is told no others. */
export const credentials = { "x-client-id": "sandbox", "x-client-secret": "sandbox-secret" }

/** What came back: `data` and `error` of the envelope beside the whole body, which tests read without narrowing. */
export interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly body: ReplyBody
}

/** A field of a reply, or of a field of it; undefined all the way down where there is none. */
export interface ReplyBody {
  readonly [key: string]: ReplyBody
}

const running: Array<Sandbox> = []

afterEach(async () => {
  await Promise.all(running.splice(0).map((sandbox) => sandbox.close()))
})

/** Starts a sandbox that is closed after the test. */
export const start = async (options: SandboxOptions = {}): Promise<Sandbox> => {
  const sandbox = await startSandbox(options)
  running.push(sandbox)
  return sandbox
}

/** Sends a request; a body that is not text goes as JSON. */
export const send = async (
  { url }: Pick<Sandbox, "url">,
  route: string,
  body?: unknown,
  init: RequestInit = {}
): Promise<Reply> => {
  const [method = "GET", path = "/"] = route.split(" ")
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { ...credentials, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    ...init
  })
  const text = await response.text()
  const isJson = text !== "" && (response.headers.get("content-type")?.startsWith("application/json") ?? false)
  return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : {} }
}

/** A channel that the API accepts. */
export const channel = (name = "ops") => ({
  name,
  type: "Webhook",
  configuration: { value: "https://hooks.example/secret", headers: [{ key: "x-key", value: "header-secret" }] }
})

/** An agent that the API accepts. */
export const agent = (channels: ReadonlyArray<number> = [], agentName = "large transfers") => ({
  agentName,
  agentType: "largeTransfer",
  severity: "High",
  state: "enabled",
  rule: { chain: "ethereum", address: "0xabcdef0123456789", threshold: 5 },
  channelsConfigurations: channels.map((id) => ({ id }))
})
