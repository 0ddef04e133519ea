/**
 * `recover`: forward, back, by choice or abandoned, and what it says of each.
 */
import { describe, expect, it } from "vitest"
import { eventsOf, typed } from "../../e2e/Events.ts"
import { lastLine, masked, openShell, type Press, type Shell, watchlist } from "../Shell.ts"

const both = (description: string) => [watchlist("a", description), watchlist("b", description)]

const descriptions = ({ sandbox }: Shell) => sandbox.snapshot().watchlist.map(({ description }) => description)

/** A batch that failed at its second change and could not take the first back. */
const stuck = async (): Promise<Shell> => {
  const shell = await openShell(both("ours"))
  expect(await shell.run("apply", "--yes")).toMatchObject({ code: 0 })
  await shell.declare(both("new"))
  shell.sandbox.addFault({ act: "status", method: "PATCH", nth: 2, times: 0, status: 400 })
  expect(await shell.run("apply", "--yes", "--parallelism", "1")).toMatchObject({ code: 4 })
  return shell
}

const cleared = async (): Promise<Shell> => {
  const shell = await stuck()
  shell.sandbox.clearFaults()
  return shell
}

/** The commands that the status gives to paste. */
const pasted = async (shell: Shell, choice: string): Promise<ReadonlyArray<string>> =>
  new RegExp(`amends (recover \\S+ --choice watchlist\\.a=${choice}@\\S+)`).exec((await shell.run("status")).stdout)
    ?.[1]
    ?.split(" ") ?? []

/** An apply of two changes whose process left once the first was there. */
const cutOff = async (): Promise<Shell> => {
  const shell = await openShell(both("ours"))
  expect(await shell.run("apply", "--yes")).toMatchObject({ code: 0 })
  await shell.declare(both("new"))
  let seen = 0
  const hears = (text: string, press: Press): void => {
    if (!text.startsWith("watchlist.a: updated") || seen++ > 0) return
    press("SIGTERM")
    press("SIGTERM")
  }
  const { code, stdout } = await shell.sit({ hears }, "apply", "--yes", "--parallelism", "1")
  const words = "Interrupted; finish the batch from its journal with: amends recover BATCH"
  expect([code, masked(lastLine(stdout))]).toEqual([4, words])
  return shell
}

describe("recover of a batch that was cut off", () => {
  it.each([
    [[], 3, ["ours", "ours"], "1 of 1 applied changes were compensated. Nothing is left changed."],
    [["--back"], 3, ["ours", "ours"], "1 of 1 applied changes were compensated. Nothing is left changed."],
    [["--forward"], 0, ["new", "new"], "committed. Resources: 0 added, 2 changed, 0 destroyed."]
  ])("with %j exits with %i", async (flags, code, left, said) => {
    const shell = await cutOff()
    const recovered = await shell.run("recover", ...flags)
    expect([recovered.code, masked(lastLine(recovered.stdout))]).toEqual([code, `Recovered BATCH: ${said}`])
    expect(descriptions(shell)).toEqual(left)
  })
})

describe("recover", () => {
  it("has nothing to do where every batch is over, and finds no batch that there is not", async () => {
    const shell = await openShell(both("ours"))
    expect(await shell.run("apply", "--yes")).toMatchObject({ code: 0 })
    const ended = await shell.run("recover")
    expect(ended).toMatchObject({ code: 0, stdout: "Nothing to recover: every batch is over.\n" })
    const missing = await shell.run("recover", "b-nothing")
    expect([missing.code, missing.stderr]).toEqual([1, expect.stringContaining("no batch is called b-nothing")])
  })

  it("takes back what is left, also by the name of the batch, and is done then", async () => {
    const shell = await cleared()
    const batch = /amends recover (b-\w+)$/m.exec((await shell.run("status")).stdout)?.[1] ?? ""
    const { code, stdout } = await shell.run("recover", batch)
    expect([code, masked(lastLine(stdout))]).toEqual([
      3,
      "Recovered BATCH: 1 of 1 applied changes were compensated. Nothing is left changed."
    ])
    expect(descriptions(shell)).toEqual(["ours", "ours"])
    expect(await shell.run("recover", batch)).toMatchObject({ code: 0 })
  })

  it("that meets the same refusal says again what is needed, and exits with 4", async () => {
    const shell = await stuck()
    const { code, stdout } = await shell.run("recover")
    expect(code).toBe(4)
    expect(masked(stdout)).toContain("      amends recover BATCH --choice watchlist.a=accept@DIGEST\n")
    expect(masked(lastLine(stdout))).toMatch(/^Not recovered; 1 step needs you: watchlist\.a \(/)
    const events = eventsOf(await shell.run("recover", "--json"))
    expect(typed(events, "compensate_errored")).toMatchObject([{ address: "watchlist.a" }])
    expect(new Set(events.slice(1).map(({ batch }) => batch))).toEqual(new Set([events.at(-1)?.["batch"]]))
    expect(events.at(-1)).toMatchObject({ outcome: "stuck", exitCode: 4 })
  })

  it("names the batch in each event, also where another one follows", async () => {
    const shell = await cleared()
    const events = eventsOf(await shell.run("apply", "--yes", "--auto-recover", "--json"))
    const [began] = typed(events, "recover_start")
    const [opened] = typed(events, "batch_opened")
    expect(typed(events, "recover_complete")).toMatchObject([{ batch: began?.["batch"], outcome: "compensated" }])
    expect(typed(events, "compensate_complete").map(({ batch }) => batch)).toEqual([began?.["batch"]])
    expect(typed(events, "planned_change").filter((event) => "batch" in event)).toEqual([])
    expect(typed(events, "apply_complete").map(({ batch }) => batch)).toEqual([opened?.["batch"], opened?.["batch"]])
    expect(began?.["batch"]).not.toBe(opened?.["batch"])
  })

  it.each([
    ["retry", 3, ["ours", "ours"], "1 of 1 applied changes were compensated. Nothing is left changed."],
    ["accept", 3, ["new", "ours"], "0 of 1 applied changes were compensated. What is there now was accepted for 1."],
    ["skip", 4, ["new", "ours"], "0 of 1 applied changes were compensated. Left changed: watchlist.a."]
  ])("with the choice %s exits with %i, and the batch is over", async (choice, code, left, said) => {
    const shell = await cleared()
    const recovered = await shell.run(...await pasted(shell, choice))
    expect([recovered.code, masked(lastLine(recovered.stdout))]).toEqual([code, `Recovered BATCH: ${said}`])
    expect(descriptions(shell)).toEqual(left)
    expect((await shell.run("batches")).stdout.split("\n")[1]).toMatch(code === 3 ? / compensated / : / residue /)
  })

  it("refuses a choice that was made of something else, and one that cannot be meant", async () => {
    const shell = await cleared()
    const moved = await shell.run("recover", "--choice", "watchlist.a=retry@00000000")
    expect([moved.code, moved.stderr]).toEqual([5, expect.stringContaining("the choice answers another conflict")])
    for (const words of ["watchlist.a", "watchlist.a=fly"]) {
      expect(await shell.run("recover", "--choice", words)).toMatchObject({ code: 7, stdout: "" })
    }
    expect(descriptions(shell)).toEqual(["new", "ours"])
  })

  it("with --abandon lets the batch go as it is, with the reason", async () => {
    const shell = await cleared()
    const { code, stdout } = await shell.run("recover", "--abandon", "--reason", "by hand")
    expect([code, masked(lastLine(stdout))]).toEqual([
      4,
      "Recovered BATCH: the batch was abandoned. Left changed: watchlist.a."
    ])
    expect(descriptions(shell)).toEqual(["new", "ours"])
    expect(await shell.run("apply", "--yes")).toMatchObject({ code: 0 })
    expect(descriptions(shell)).toEqual(["new", "new"])
  })

  it("refuses --forward where the way back was decided, and --forward with --back", async () => {
    const shell = await cleared()
    const late = await shell.run("recover", "--forward")
    expect([late.code, late.stderr]).toEqual([7, expect.stringContaining("Error: it is too late to go forward")])
    const unclear = await shell.run("recover", "--forward", "--back")
    expect([unclear.code, unclear.stderr]).toEqual([
      7,
      expect.stringContaining("--forward and --back exclude each other")
    ])
    expect(descriptions(shell)).toEqual(["new", "ours"])
  })
})
