/**
 * The verbs tell what becomes of their batches, over a real server, state and webhook; and end as they would without.
 */
import { Deferred, Effect } from "effect"
import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { afterEach, describe, expect, it } from "vitest"
import { exitCodeOfApply } from "../../src/app/Apply.ts"
import { Delivering } from "../../src/app/Delivering.ts"
import { failureOf } from "../../src/app/Failure.ts"
import { leaseBreak } from "../../src/app/Inspect.ts"
import { type EngineEvent, Progress, requestStop, Stopping } from "../../src/app/Progress.ts"
import { type Warning, Warnings } from "../../src/app/Warnings.ts"
import { type Manner, type Receiver, startReceiver } from "./notify/Receiver.ts"
import {
  applied,
  applying,
  edit,
  failing,
  fired,
  killedDuring,
  makeSite,
  on,
  recovering,
  secrets,
  type Site
} from "./Site.ts"

const open: Array<Receiver> = []
afterEach(async () => {
  for (const receiver of open.splice(0)) await receiver.close()
})

const everyWord = "committed, compensated, residue, kept, abandoned, stuck, in-doubt"

interface Listening {
  readonly words?: string
  readonly after?: string
  readonly manners?: ReadonlyArray<Manner>
}

/** A webhook that the workspace of a site tells of these words. */
const listening = async (
  { directory }: Site,
  { after, manners = [200], words = everyWord }: Listening = {}
): Promise<Receiver> => {
  const receiver = await startReceiver(...manners)
  open.push(receiver)
  const file = join(directory, "amends.yaml")
  const rule = `on: [${words}], ${after === undefined ? "" : `after: ${after}, `}webhook: "${receiver.url}"`
  await writeFile(file, `notify: [{ ${rule} }]\n${await readFile(file, "utf8")}`)
  return receiver
}

const eventsOf = ({ letters }: Receiver) => letters.map(({ json }) => json["event"])

const only = ({ letters }: Receiver) => {
  const [letter] = letters
  expect(letters).toHaveLength(1)
  if (letter === undefined) throw new Error("nobody was told")
  return letter
}

/** Makes the next apply change something, and fail at what comes after. */
const declareRefused = async (site: Site): Promise<void> => {
  await edit(site, "watchlists.yaml", "Wallets that hold the treasury", "Other words")
  await edit(site, "agents.json", "ownershipChange", "tokenMint")
  site.sandbox.addFault({ act: "status", status: 400, method: "POST", path: "/custom-agents" })
}

/** As `declareRefused`, but what was created cannot be deleted again. */
const declareStuck = async (site: Site): Promise<void> => {
  await edit(site, "agents.json", "ownershipChange", "tokenMint")
  site.sandbox.addFault({ act: "status", status: 400, times: 0, method: "DELETE", path: "/custom-agents/" })
}

/** A verb that answers what warnings it gave as well. */
const warned = <A, E, R>(verb: Effect.Effect<A, E, R>) => {
  const warnings: Array<Warning> = []
  const warn = (warning: Warning) => void warnings.push(warning)
  return Effect.map(Effect.provideService(verb, Warnings, { warn }), (result) => ({ result, warnings }))
}

describe("an apply", () => {
  it("tells of what it committed, who and why, once", async () => {
    const site = await makeSite()
    const receiver = await listening(site)
    const report = await applied(site, { reason: "ticket 4711" })
    expect(only(receiver).json).toMatchObject({
      format: 1,
      event: "committed",
      workspace: "acme-monitoring",
      batch: report.batch,
      outcome: "committed",
      exitCode: 0,
      actor: "tester",
      reason: "ticket 4711",
      steps: 9,
      counts: { add: 9, change: 0, destroy: 0, waiting: 0 },
      waiting: [],
      failed: []
    })
    // A plan without changes is no batch.
    expect((await on(site, applying()))._tag).toBe("nothing")
    expect(receiver.letters).toHaveLength(1)
  })

  it("tells of what it took back, and of nothing that was not asked for", async () => {
    const site = await makeSite()
    const receiver = await listening(site, { words: "compensated, stuck" })
    await applied(site)
    await declareRefused(site)
    expect(exitCodeOfApply(await on(site, applying()))).toBe(3)
    const { json } = only(receiver)
    expect(json).toMatchObject({ event: "compensated", exitCode: 3, outcome: "compensated" })
    expect(json["failed"]).toMatchObject([{ address: "custom_agent.ownership", applied: "no" }])
  })

  it("tells of nothing where it came to nothing", async () => {
    const site = await makeSite()
    const receiver = await listening(site)
    const stopping = { requested: Deferred.makeUnsafe<string>() }
    const publish = ({ _tag }: EngineEvent) => {
      if (_tag === "batch_opened") Effect.runSync(requestStop(stopping, "a test"))
    }
    const stopped = await on(
      site,
      applying().pipe(Effect.provideService(Progress, { publish }), Effect.provideService(Stopping, stopping))
    )
    expect(exitCodeOfApply(stopped)).toBe(130)
    expect(eventsOf(receiver)).toEqual([])
  })

  it("that is stuck tells who waits for what, with the choices as commands that work", async () => {
    const site = await makeSite()
    await applied(site)
    const receiver = await listening(site)
    await declareStuck(site)
    const result = await on(site, applying())
    if (result._tag !== "ran") throw new Error(result._tag)
    const { batch } = result.report
    const { json } = only(receiver)
    expect(json).toMatchObject({
      event: "stuck",
      batch,
      next: `amends recover ${batch}`,
      counts: { waiting: 1, inDoubt: 0 },
      inDoubt: [],
      waiting: [{ address: "custom_agent.ownership" }]
    })
    const [waiting] = json["waiting"] as ReadonlyArray<{ readonly commands: ReadonlyArray<string> }>
    const [command = ""] = waiting?.commands ?? []
    expect(command).toMatch(new RegExp(`^amends recover ${batch} --choice custom_agent.ownership=retry@[0-9a-f]{12}$`))
    site.sandbox.clearFaults()
    const { reports } = await on(site, recovering({ batch, choices: [command.split(" ").at(-1) ?? ""] }))
    expect(reports).toMatchObject([{ outcome: "compensated" }])
  })

  it("sends no secret, and takes the address of the webhook for one", async () => {
    const site = await makeSite()
    await applied(site)
    const receiver = await listening(site)
    site.sandbox.addFault({ act: "status", status: 422, echo: true, times: 0, method: "PATCH" })
    const reason = `because of ${secrets.AUDIT_TOKEN} and ${receiver.url}`
    const slack = `${secrets.SLACK_WEBHOOK}/2`
    expect(exitCodeOfApply(await on(site, applying({ reason }), { SLACK_WEBHOOK: slack }))).toBe(3)
    const { text } = only(receiver)
    expect(text).toContain("because of (sensitive) and (sensitive)")
    for (const secret of [...Object.values(secrets), "very-secret"]) expect(text).not.toContain(secret)
  })
})

describe("a batch that runs for long", () => {
  it("is told of once while it runs, and again when it ends", async () => {
    const site = await makeSite()
    const receiver = await listening(site, { words: "long-running, committed", after: "1ms" })
    await applied(site, { policies: { parallelism: 1 } })
    expect(eventsOf(receiver)).toEqual(["long-running", "committed"])
    const [{ json } = { json: {} }] = receiver.letters
    expect(json).toMatchObject({ steps: 9, actor: "tester" })
    expect(json).not.toHaveProperty("outcome")
    expect(json).not.toHaveProperty("exitCode")
  })

  it("is not told of where it ended before", async () => {
    const site = await makeSite()
    const receiver = await listening(site, { words: "long-running" })
    await applied(site)
    expect(eventsOf(receiver)).toEqual([])
  })
})

/** An apply that loses the answer to a change, and cannot read what became of it. */
const declareLost = async (site: Site) => {
  await edit(site, "watchlists.yaml", "Wallets that hold the treasury", "Other words")
  const file = join(site.directory, "amends.yaml")
  const text = await readFile(file, "utf8")
  await writeFile(file, `defaults: { retries: 0 }\n${text}    timeout: 250ms\n`)
  site.sandbox.addFault({ act: "hangAfter", method: "PATCH", path: "/watchlists" })
  return {
    cut: async () => {
      await fired(site, "hangAfter")
      site.sandbox.addFault({ act: "status", status: 503, times: 0, method: "GET" })
    }
  }
}

describe("a batch that is left in doubt", () => {
  it("is told of in that word, or as stuck where only that is asked for", async () => {
    const site = await makeSite()
    await applied(site)
    const receiver = await listening(site)
    const { cut } = await declareLost(site)
    const run = on(site, applying())
    await cut()
    expect(exitCodeOfApply(await run)).toBe(4)
    expect(only(receiver).json).toMatchObject({
      event: "in-doubt",
      outcome: "stuck",
      inDoubt: ["watchlist.treasury"],
      waiting: [{ address: "watchlist.treasury" }],
      counts: { inDoubt: 1, waiting: 1 }
    })
  })

  it("because it was stopped before it was over is told of with what stopped it", async () => {
    const site = await makeSite()
    const receiver = await listening(site, { words: "stuck" })
    site.sandbox.addFault({ method: "POST", path: "/watchlists", act: "delay", ms: 300 })
    const run = failing(site, applying({ policies: { parallelism: 1 } }))
    await fired(site, "delay")
    await on(site, leaseBreak)
    expect(failureOf(await run)).toMatchObject({ exitCode: 6, summary: "the lease was lost on the way" })
    const { json } = only(receiver)
    expect(json).toMatchObject({
      event: "stuck",
      exitCode: 6,
      stopped: { summary: "the lease was lost on the way" },
      counts: { inDoubt: 1 }
    })
    expect(json["text"]).toContain("stopped before it was over: the lease was lost on the way. Run: amends recover b-")
    expect(json).not.toHaveProperty("outcome")
  })

  it("is no news once somebody else has finished it", async () => {
    const site = await makeSite()
    const receiver = await listening(site)
    site.sandbox.addFault({ method: "POST", path: "/watchlists", act: "delay", ms: 2_000 })
    const run = failing(site, applying({ policies: { parallelism: 1 } }))
    await fired(site, "delay")
    await on(site, leaseBreak)
    const { reports } = await on(site, recovering({ actor: "somebody else" }))
    expect(reports).toMatchObject([{ outcome: "compensated" }])
    expect(failureOf(await run).exitCode).toBe(6)
    expect(only(receiver).json).toMatchObject({ event: "compensated", recoveredBy: "somebody else" })
  })
})

const agentsCreated = { method: "POST", path: "/custom-agents", act: "hangAfter" } as const

describe("a recovery", () => {
  it("tells of the batch it finished, whose it was and who finished it; the dead process told nothing", async () => {
    const site = await makeSite()
    const receiver = await listening(site)
    await killedDuring(site, applying({ policies: { parallelism: 1 }, reason: "ticket 1" }), agentsCreated)
    expect(receiver.letters).toEqual([])
    const { reports } = await on(site, recovering({ actor: "on call", note: "after the crash" }))
    expect(only(receiver).json).toMatchObject({
      event: "compensated",
      batch: reports[0]?.batch,
      actor: "tester",
      reason: "ticket 1",
      recoveredBy: "on call"
    })
    await on(site, recovering())
    expect(receiver.letters).toHaveLength(1)
  })

  it("that an apply begins with is told of, and then the apply", async () => {
    const site = await makeSite()
    const receiver = await listening(site)
    await killedDuring(site, applying({ policies: { parallelism: 1 } }), agentsCreated)
    await on(site, applying({ autoRecover: true }))
    expect(eventsOf(receiver).toSorted()).toEqual(["committed", "compensated"])
  })

  it("that is refused is no news", async () => {
    const site = await makeSite()
    await applied(site)
    await declareStuck(site)
    await on(site, applying())
    const receiver = await listening(site)
    expect(failureOf(await failing(site, recovering({ direction: "forward" }))).exitCode).toBe(7)
    expect(receiver.letters).toEqual([])
    const { reports } = await on(site, recovering({ abandon: true }))
    expect(reports).toMatchObject([{ outcome: "abandoned" }])
    expect(eventsOf(receiver)).toEqual(["abandoned"])
  })
})

describe("a webhook that fails", () => {
  it("is tried again with the same notification", async () => {
    const site = await makeSite()
    const receiver = await listening(site, { manners: [500, 200] })
    const { result, warnings } = await on(site, warned(applying()))
    expect(exitCodeOfApply(result)).toBe(0)
    expect(warnings).toEqual([])
    const [first, second] = receiver.letters
    expect(receiver.letters).toHaveLength(2)
    expect(second?.text).toBe(first?.text)
  })

  it("is a warning that does not name it, and the outcome stays", async () => {
    const site = await makeSite()
    const receiver = await listening(site, { manners: [404] })
    const { result, warnings } = await on(site, warned(applying()))
    expect(exitCodeOfApply(result)).toBe(0)
    expect(warnings).toMatchObject([{ summary: "a notification was not delivered" }])
    expect(warnings[0]?.detail).toMatch(
      /^the webhook of \/notify\/0 was not told that batch b-\w+ is committed: it .* 404$/
    )
    expect(JSON.stringify(warnings)).not.toContain("very-secret")
    only(receiver)
  })

  it("keeps nobody else waiting, and is given up when somebody wants to leave", async () => {
    const site = await makeSite()
    const receiver = await listening(site, { manners: ["silent"] })
    const stopping = { requested: Deferred.makeUnsafe<string>() }
    const run = on(site, Effect.provideService(warned(applying()), Stopping, stopping))
    await receiver.arrived(1)
    // The batch is over and the lease free while the notification is on its way.
    expect((await on(site, applying({ leaseTimeoutMs: 5_000 })))._tag).toBe("nothing")
    await Effect.runPromise(requestStop(stopping, "a test"))
    const { result, warnings } = await run
    expect(exitCodeOfApply(result)).toBe(0)
    expect(warnings.map(({ detail }) => detail.split(": ").at(-1))).toEqual(["it was given up"])
  })

  it("is given up by a second wish to leave, where the first one stopped the batch", async () => {
    const site = await makeSite()
    await applied(site)
    await declareRefused(site)
    const receiver = await listening(site, { words: "compensated", manners: ["silent"] })
    const stopping = { requested: Deferred.makeUnsafe<string>() }
    const publish = ({ _tag }: EngineEvent) => {
      if (_tag === "compensate_start") Effect.runSync(requestStop(stopping, "a test"))
    }
    const waits = Promise.withResolvers<() => void>()
    const run = on(
      site,
      warned(applying()).pipe(
        Effect.provideService(Progress, { publish }),
        Effect.provideService(Stopping, stopping),
        Effect.provideService(Delivering, { begins: waits.resolve })
      )
    )
    await receiver.arrived(1)
    const giveUp = await waits.promise
    giveUp()
    const { result, warnings } = await run
    expect(exitCodeOfApply(result)).toBe(3)
    expect(warnings.map(({ detail }) => detail.split(": ").at(-1))).toEqual(["it was given up"])
  })
})
