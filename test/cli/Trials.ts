/**
 * Trials of kinds over loopback APIs, through the command line: what was said, what the server was asked, and what is
 * on it afterwards.
 */
import { Effect } from "effect"
import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import type { JsonObject } from "../../src/domain/Document.ts"
import { eventsOf, typed } from "../e2e/Events.ts"
import type { Ended } from "../e2e/Launch.ts"
import { type Api, type Handle, startApi } from "../providers/described/Api.ts"
import { openShell, type Shell, type Sitting } from "./Shell.ts"

/** What is tried. */
export interface Trial {
  readonly kinds: JsonObject
  readonly handle: Handle
  /** Resources that the files declare, without their kind: that is the first one there is. */
  readonly declared: ReadonlyArray<JsonObject>
  readonly settings?: JsonObject
}

/** A workspace over a server. */
export interface Ground {
  readonly shell: Shell
  readonly api: Api
  readonly kind: string
  readonly doctor: (...words: ReadonlyArray<string>) => Promise<Ended>
  readonly sit: (sitting: Sitting, ...words: ReadonlyArray<string>) => Promise<Ended>
}

/** One finding of a trial. */
export interface Found {
  readonly what: string
  readonly ok: boolean
  readonly detail: string
  readonly says?: JsonObject
}

/** The event of a trial. */
export interface TriedEvent {
  readonly name: string
  readonly findings: ReadonlyArray<Found>
  readonly guarantees: ReadonlyArray<{ readonly promise: string; readonly holds: string }>
  readonly description: JsonObject
  readonly left: ReadonlyArray<{ readonly what: string; readonly why: string }>
  readonly stopped: boolean
}

const write = async ({ root }: Shell, { declared, kinds, settings }: Trial, url: string): Promise<void> => {
  const [kind = ""] = Object.keys(kinds).slice(-1)
  const shop = { use: "http", baseUrl: url, horizon: "1ms", kinds, ...settings }
  const file = { workspace: "shop", defaults: { retries: 0 }, providers: { shop } }
  await writeFile(join(root, "amends.yaml"), JSON.stringify(file))
  await mkdir(join(root, "resources"), { recursive: true })
  const all = declared.map((spec, index) => ({ kind, name: `r${index}`, spec }))
  await writeFile(join(root, "resources", "all.json"), JSON.stringify(all))
}

/** Opens a workspace over a server, for as long as `use` takes. */
export const onGround = async <A>(trial: Trial, use: (ground: Ground) => Promise<A>): Promise<A> => {
  const shell = await openShell()
  const [kind = ""] = Object.keys(trial.kinds).slice(-1)
  return await Effect.runPromise(Effect.scoped(Effect.gen(function*() {
    const api = yield* startApi(trial.handle)
    yield* Effect.promise(() => write(shell, trial, api.url))
    const doctor = (...words: ReadonlyArray<string>) => shell.run("doctor", "--kind", kind, ...words)
    const sit = (sitting: Sitting, ...words: ReadonlyArray<string>) =>
      shell.sit(sitting, "doctor", "--kind", kind, ...words)
    return yield* Effect.promise(() => use({ shell, api, kind, doctor, sit }))
  })))
}

/** What a run of `--json` said of its trial. */
export const triedIn = (ended: Ended): TriedEvent => {
  const [event] = typed(eventsOf(ended), "kind_tried")
  if (event === undefined) throw new Error(`no kind was tried: ${ended.stdout}${ended.stderr}`)
  return event as unknown as TriedEvent
}

/** Findings by what they are of. */
export const detailsOf = ({ findings }: TriedEvent, what: string): ReadonlyArray<string> =>
  findings.filter((one) => one.what === what).map(({ detail, ok }) => `${ok ? "ok" : "bad"} ${detail}`)

/** Tries a kind without asking. */
export const tried = (trial: Trial) =>
  onGround(trial, async ({ api, doctor }) => {
    const ended = await doctor("--yes", "--json")
    return { ended, api, event: triedIn(ended) }
  })
