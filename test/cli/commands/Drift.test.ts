/** `amends drift`: what others did is told apart, accepted or put back. */
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { beforeEach, describe, expect, it } from "vitest"
import { eventsOf, typed } from "../../e2e/Events.ts"
import { openShell, type Shell } from "../Shell.ts"

let shell: Shell

const watchlist = (name: string) => ({
  kind: "watchlist",
  name,
  spec: { name: `List ${name}`, description: `what ${name} is` }
})

const idOf = (name: string): number => {
  const found = shell.sandbox.snapshot().watchlist.find((one) => one["name"] === `List ${name}`)
  return Number(found?.["id"])
}

const described = (): ReadonlyArray<unknown> =>
  shell.sandbox.snapshot().watchlist.map(({ description, name }) => `${String(name)}: ${String(description)}`)
    .toSorted()

const original = ["List a: what a is", "List b: what b is", "List c: what c is"]

const drifted = async () => typed(eventsOf(await shell.run("drift", "--json")), "resource_drift")

beforeEach(async () => {
  shell = await openShell()
  await shell.declare(["a", "b", "c"].map(watchlist))
  await shell.run("apply", "--yes")
})

describe("amends status", () => {
  it("tells what the last look for drift found", async () => {
    expect((await shell.run("status")).stdout).not.toContain("drift")
    await shell.run("drift")
    expect((await shell.run("status")).stdout).toContain("Last look for drift: none in 3, at ")
    shell.sandbox.edit("watchlist", idOf("a"), { description: "theirs" })
    shell.sandbox.create("watchlist", { name: "A stranger", description: "" })
    await shell.run("drift")
    expect((await shell.run("status")).stdout).toContain("Last look for drift: 1 edited, 1 managed by nobody in 3, at ")
    const [event] = typed(eventsOf(await shell.run("status", "--json")), "status")
    expect(event?.["drift"]).toMatchObject({ compared: 3, edited: 1, deleted: 0, recreated: 0, unmanaged: 1 })
  })
})

describe("amends drift", () => {
  it("accepts something or puts it back, and not both: that is refused before anything is done", async () => {
    shell.sandbox.remove("watchlist", idOf("a"))
    const both = await shell.run("drift", "--accept", "watchlist.a", "--restore", "watchlist.a", "--yes")
    expect(both.code).toBe(7)
    expect(both.stderr).toContain("watchlist.a: what is there is accepted or put back, and not both")
    expect((await drifted()).map(({ kind }) => kind)).toEqual(["deleted"])
  })

  it("does not say that there is none where nobody can look", async () => {
    const elsewhere = "workspace: cell\nproviders: { other: { use: file, root: ./resources } }\n"
    await writeFile(join(shell.root, "amends.yaml"), elsewhere)
    const blind = await shell.run("drift")
    expect(blind.code).toBe(7)
    expect(blind.stderr).toContain("no provider serves a resource that is managed")
  })

  it("finds none right after an apply", async () => {
    const ended = await shell.run("drift", "--detailed-exitcode")
    expect(ended).toMatchObject({ code: 0, stdout: "No drift in 3 resources.\n" })
  })

  it("tells apart what was edited, deleted, made again, and what nobody manages", async () => {
    shell.sandbox.edit("watchlist", idOf("a"), { description: "theirs" })
    shell.sandbox.remove("watchlist", idOf("b"))
    const former = idOf("c")
    shell.sandbox.remove("watchlist", former)
    const again = shell.sandbox.create("watchlist", { name: "List c", description: "again" })
    const stranger = shell.sandbox.create("watchlist", { name: "A stranger", description: "" })
    const ended = await shell.run("drift", "--detailed-exitcode")
    expect(ended.code).toBe(2)
    expect(ended.stdout).toContain("~ watchlist.a was edited outside of amends")
    expect(ended.stdout).toContain("~ description: \"what a is\" → \"theirs\"")
    expect(ended.stdout).toContain("- watchlist.b was deleted outside of amends")
    expect(ended.stdout).toContain(`watchlist.c was deleted outside of amends and made again: ${former} is`)
    expect(ended.stdout).toContain(`? watchlist ${String(stranger["id"])} (A stranger) is managed by nobody`)
    expect(ended.stdout.trimEnd().split("\n").at(-1)).toBe(
      "Drift: 1 edited, 1 deleted, 1 re-created of 3; 1 managed by nobody."
    )
    expect((await drifted()).map(({ address, kind }) => `${String(address)} ${String(kind)}`)).toEqual([
      "watchlist.a edited",
      "watchlist.b deleted",
      "watchlist.c re-created"
    ])
    expect(again["id"]).toBeDefined()
  })

  it("accepts what is there as a version, and says so once more in the plan", async () => {
    shell.sandbox.edit("watchlist", idOf("a"), { description: "theirs" })
    shell.sandbox.remove("watchlist", idOf("b"))
    const ended = await shell.run("drift", "--accept", "watchlist.a", "--accept", "watchlist.b", "--reason", "agreed")
    expect(ended.code).toBe(0)
    expect(ended.stdout).toContain("Accepted as it is: watchlist.a, watchlist.b.")
    expect(await drifted()).toEqual([])
    const versions = typed(eventsOf(await shell.run("history", "watchlist.a", "--json")), "list")[0]?.["items"]
    expect(versions).toMatchObject([{ origin: "accept", reason: "agreed" }, { origin: "apply" }])
    const plan = await shell.run("plan")
    expect(plan.stdout).toContain("Plan: 1 to add, 1 to change, 0 to destroy.")
  })

  it("puts back what was last applied, whatever became of it", async () => {
    shell.sandbox.edit("watchlist", idOf("a"), { description: "theirs" })
    shell.sandbox.remove("watchlist", idOf("b"))
    shell.sandbox.remove("watchlist", idOf("c"))
    shell.sandbox.create("watchlist", { name: "List c", description: "again" })
    const all = ["a", "b", "c"].flatMap((name) => ["--restore", `watchlist.${name}`])
    expect((await shell.run("drift", ...all)).code).toBe(7)
    const ended = await shell.run("drift", ...all, "--yes")
    expect(ended.stdout.trimEnd().split("\n").at(-1)).toBe(
      "Restore complete! Resources: 1 added, 2 changed, 0 destroyed."
    )
    expect(described()).toEqual(original)
    expect(await drifted()).toEqual([])
    expect((await shell.run("plan")).stdout).toContain("No changes.")
  })

  it("refuses what is not managed, and does nothing where nothing drifted", async () => {
    expect(await shell.run("drift", "--accept", "watchlist.nobody")).toMatchObject({ code: 1 })
    expect((await shell.run("drift", "--restore", "watchlist.a", "--yes")).stdout).toContain("No drift to restore.")
    expect((await shell.run("drift", "--accept", "watchlist.a")).stdout).toContain("No drift to accept.")
  })
})
