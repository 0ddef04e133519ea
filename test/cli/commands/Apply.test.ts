/**
 * `apply` and `destroy`: asking, batch keys, what follows a failure, unfinished batches in the way, and signals.
 */
import { describe, expect, it } from "vitest"
import { writes } from "../../e2e/Cell.ts"
import { eventsOf, typed } from "../../e2e/Events.ts"
import { lastLine, masked, openShell, type Press, type Shell, watchlist } from "../Shell.ts"

const descriptions = ({ sandbox }: Shell) => sandbox.snapshot().watchlist.map(({ description }) => description)

const both = (description: string) => [watchlist("a", description), watchlist("b", description)]

/** Two applied watchlists, with `new` declared for both. */
const changed = async (): Promise<Shell> => {
  const shell = await openShell(both("ours"))
  expect(await shell.run("apply", "--yes")).toMatchObject({ code: 0 })
  await shell.declare(both("new"))
  return shell
}

/** The same, after an apply of the change that failed at the second and could not take the first back. */
const stuck = async (...argv: ReadonlyArray<string>): Promise<Shell> => {
  const shell = await changed()
  shell.sandbox.addFault({ act: "status", method: "PATCH", nth: 2, times: 0, status: 400 })
  expect(await shell.run("apply", "--yes", "--parallelism", "1", ...argv)).toMatchObject({ code: 4 })
  shell.sandbox.clearFaults()
  return shell
}

describe("asking", () => {
  it("takes only yes for a yes", async () => {
    const shell = await openShell([watchlist("a")])
    for (const answer of ["no", "y", ""]) {
      const { code, stdout } = await shell.sit({ answer }, "apply")
      expect([code, stdout.endsWith("Only 'yes' is a yes: Not confirmed; nothing was changed.\n")]).toEqual([7, true])
    }
    expect(writes(shell.sandbox)).toEqual([])
    expect(await shell.sit({ answer: " yes " }, "apply")).toMatchObject({ code: 0 })
    expect(descriptions(shell)).toEqual(["ours"])
  })

  it("names what the question is about, also to who asked for few words", async () => {
    const shell = await changed()
    const quiet = await shell.sit({ answer: "no" }, "apply", "--quiet")
    expect(quiet.stdout.split("\n").slice(0, 2)).toEqual([
      "Plan: 0 to add, 2 to change, 0 to destroy.",
      "Do you want to apply these changes?"
    ])
    const destroy = await shell.sit({ answer: "no" }, "destroy")
    expect([destroy.code, destroy.stdout]).toEqual([7, expect.stringContaining("want to destroy 2 resources?")])
    const one = await shell.sit({ answer: "no" }, "destroy", "--target", "watchlist.a")
    expect(one.stdout).toContain("want to destroy 1 resource?")
    expect(descriptions(shell)).toEqual(["ours", "ours"])
    expect(await shell.sit({ answer: "yes" }, "destroy")).toMatchObject({ code: 0 })
    expect(descriptions(shell)).toEqual([])
  })

  it.each([
    [[], "there is no terminal"],
    [["--input=false"], "--input=false was given"],
    [["--json"], "--json was given"]
  ])("with %j is refused, and says why nobody can be asked", async (argv, why) => {
    const shell = await openShell([watchlist("a")])
    const sitting = why.startsWith("--") ? { answer: "yes" } : {}
    const { code, stderr } = await shell.sit(sitting, "apply", ...argv)
    expect([code, stderr]).toEqual([7, expect.stringContaining(`nobody can be asked: ${why}\n`)])
    expect(writes(shell.sandbox)).toEqual([])
  })

  it("is done in colours on a terminal, unless NO_COLOR or --no-color says otherwise", async () => {
    const shell = await openShell([watchlist("a")])
    const plan = (env: Readonly<Record<string, string>>, ...argv: ReadonlyArray<string>) =>
      shell.sit({ answer: "no", terminal: true, env }, "apply", ...argv)
    expect((await plan({})).stdout).toContain("\u001B[32m  +\u001B[39m \u001B[1mwatchlist.a")
    expect((await plan({ NO_COLOR: "1" })).stdout).toContain("  + watchlist.a will be created")
    expect((await plan({}, "--no-color")).stdout).toContain("  + watchlist.a will be created")
  })
})

describe("a batch key", () => {
  it("is answered with what came of its batch, and nothing is sent", async () => {
    const shell = await openShell([watchlist("a")])
    expect(await shell.run("apply", "--yes", "--batch-key", "k")).toMatchObject({ code: 0 })
    const sent = writes(shell.sandbox).length
    const again = await shell.run("apply", "--batch-key", "k")
    expect([again.code, masked(again.stdout)]).toEqual([
      0,
      "Batch BATCH has this key and ended committed; nothing was sent.\n"
    ])
    expect(writes(shell.sandbox)).toHaveLength(sent)
  })

  it.each(
    [
      ["compensated", 3, [], ["ours", "ours"]],
      ["kept", 4, ["--on-failure", "keep"], ["new", "ours"]]
    ] as const
  )("of a batch that was %s is answered with %i again", async (outcome, code, flags, left) => {
    const shell = await changed()
    shell.sandbox.addFault({ act: "status", method: "PATCH", nth: 2, status: 400 })
    const words = ["apply", "--yes", "--parallelism", "1", "--batch-key", "k", ...flags]
    expect(await shell.run(...words)).toMatchObject({ code })
    expect(eventsOf(await shell.run(...words, "--json")).at(-1)).toMatchObject({ outcome, exitCode: code })
    expect(descriptions(shell)).toEqual(left)
  })

  it("is refused for something else", async () => {
    const shell = await openShell([watchlist("a")])
    expect(await shell.run("apply", "--yes", "--batch-key", "k")).toMatchObject({ code: 0 })
    await shell.declare([watchlist("a", "other")])
    const { code, stderr } = await shell.run("apply", "--yes", "--batch-key", "k")
    expect([code, stderr]).toEqual([7, expect.stringContaining("already used for something else")])
    expect(descriptions(shell)).toEqual(["ours"])
  })
})

describe("a failure", () => {
  it("is told on stderr, and what was applied is taken back", async () => {
    const shell = await changed()
    shell.sandbox.addFault({ act: "status", method: "PATCH", nth: 2, status: 400 })
    const { code, stderr, stdout } = await shell.run("apply", "--yes", "--parallelism", "1")
    expect([code, stderr.split("\n")[0]]).toEqual([3, "Error: watchlist.b: the server refused the request"])
    expect(masked(stdout).trimEnd().split("\n").slice(-4)).toEqual([
      "Taking back what was applied: watchlist.b: the server refused the request",
      "↩ watchlist.a: compensating the update…",
      "↩ watchlist.a: compensated in a while",
      "Apply failed; 1 of 1 applied changes were compensated. Nothing is left changed."
    ])
    expect(descriptions(shell)).toEqual(["ours", "ours"])
  })

  it("lets the others go on with --continue-on-error, and leaves what was applied with --on-failure keep", async () => {
    const shell = await changed()
    shell.sandbox.addFault({ act: "status", method: "PATCH", nth: 1, status: 400 })
    const flags = ["--parallelism", "1", "--continue-on-error", "--on-failure", "keep"]
    const { code, stdout } = await shell.run("apply", "--yes", ...flags)
    expect([code, lastLine(stdout)]).toEqual([
      4,
      "Apply failed; what was applied was kept. Resources: 0 added, 1 changed, 0 destroyed."
    ])
    expect(descriptions(shell).toSorted()).toEqual(["new", "ours"])
  })

  it("is an event with its hint to programs", async () => {
    const shell = await changed()
    shell.sandbox.addFault({ act: "status", method: "PATCH", nth: 1, times: 0, status: 400 })
    const ended = await shell.run("apply", "--yes", "--json", "--parallelism", "1")
    const events = eventsOf(ended)
    const error = { summary: "the server refused the request", hint: "correct the resource, then apply again" }
    expect(typed(events, "apply_errored")).toMatchObject([{ address: "watchlist.a", error }])
    expect(events.at(-1)).toMatchObject({ outcome: "compensated", exitCode: 3, batch: events.at(-2)?.["batch"] })
  })
})

describe("an unfinished batch in the way", () => {
  it("is refused with how to finish it, and a plan warns of it", async () => {
    const shell = await stuck()
    const refused = await shell.run("apply", "--yes")
    expect([refused.code, refused.stdout, masked(refused.stderr)]).toEqual([
      4,
      "",
      "Error: a batch is not finished\n  BATCH was not finished; nothing is written before it is\n" +
      "  → finish it with: amends recover (or run with --auto-recover to take it back first)\n"
    ])
    const plan = await shell.run("plan")
    expect([plan.code, masked(plan.stderr)]).toEqual([
      0,
      "Warning: a batch is not finished\n" +
      "  BATCH was opened by tester@github; nothing else may write until it is over\n  → amends recover BATCH\n"
    ])
  })

  it("is taken back first with --auto-recover", async () => {
    const shell = await stuck()
    const { code, stdout } = await shell.run("apply", "--yes", "--auto-recover")
    expect(code).toBe(0)
    const lines = masked(stdout).split("\n")
    expect(lines.indexOf("Recovered BATCH: 1 of 1 applied changes were compensated. Nothing is left changed."))
      .toBeLessThan(lines.indexOf("  ~ watchlist.a will be updated"))
    expect(lastLine(stdout)).toBe("Apply complete! Resources: 0 added, 2 changed, 0 destroyed.")
    expect(descriptions(shell)).toEqual(["new", "new"])
  })
})

describe("a signal", () => {
  const once = (words: string, signal: "SIGINT" | "SIGTERM") => {
    let pressed = false
    return (text: string, press: Press): void => {
      if (pressed || !text.includes(words)) return
      pressed = true
      press(signal)
    }
  }

  it("under way starts nothing new and takes back what was applied", async () => {
    const shell = await changed()
    const hears = once("watchlist.a: updating", "SIGTERM")
    const { code, stdout } = await shell.sit({ hears }, "apply", "--yes", "--parallelism", "1")
    expect(stdout).toContain("Interrupted by SIGTERM: nothing new is started")
    expect([code, lastLine(stdout)]).toEqual([
      3,
      "Apply failed; 1 of 1 applied changes were compensated. Nothing is left changed."
    ])
    expect(descriptions(shell)).toEqual(["ours", "ours"])
  })

  it("at the question ends with 130, and nothing is written", async () => {
    const shell = await changed()
    const sent = writes(shell.sandbox).length
    const { code, stdout } = await shell.sit({ answer: "yes", hears: once("Only 'yes'", "SIGINT") }, "apply")
    expect([code, lastLine(stdout)]).toEqual([130, expect.stringContaining("Interrupted before anything was written.")])
    expect(writes(shell.sandbox)).toHaveLength(sent)
    expect((await shell.run("lease", "show")).stdout).toBe("Nobody holds the lease.\n")
  })

  it("that comes twice leaves at once and says how to recover, which then works", async () => {
    const shell = await changed()
    let seen = 0
    const hears = (text: string, press: Press): void => {
      if (!text.includes("\"apply_start\"") || seen++ > 0) return
      press("SIGINT")
      press("SIGINT")
    }
    const { code, stdout } = await shell.sit({ hears }, "apply", "--yes", "--json", "--parallelism", "1")
    const events = stdout.trimEnd().split("\n").map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(code).toBe(4)
    expect(events.find(({ type }) => type === "diagnostic")).toMatchObject({
      severity: "error",
      hint: expect.stringMatching(/^amends recover b-\w+$/)
    })
    expect(events.find(({ type }) => type === "outcome")).toMatchObject({ outcome: "error", exitCode: 4 })
    expect(await shell.run("recover")).toMatchObject({ code: 3 })
    expect(descriptions(shell)).toEqual(["ours", "ours"])
  })
})
