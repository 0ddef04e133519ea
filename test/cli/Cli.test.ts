/**
 * The command line over a world in memory: what a command that meets the unexpected says, and what signals do to it.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Effect, Layer } from "effect"
import { describe, expect, it } from "vitest"
import { Refusal } from "../../src/app/Failure.ts"
import { FileWriter } from "../../src/app/Initialise.ts"
import { KindProposals } from "../../src/app/KindProposals.ts"
import { Notifier } from "../../src/app/Notifier.ts"
import type { AppServices } from "../../src/app/PlanBatch.ts"
import { StateAccess } from "../../src/app/StateAccess.ts"
import { TrialNotes } from "../../src/app/TrialNotes.ts"
import { Workspace } from "../../src/app/Workspace.ts"
import { run } from "../../src/cli/Cli.ts"
import { Host } from "../../src/cli/Host.ts"
import { Screen } from "../../src/cli/Screen.ts"
import { ProviderFactory } from "../../src/providers/Registry.ts"
import { Rescue } from "../../src/state/Rescue.ts"

const refusal = new Refusal({ reason: "NotFound", summary: "none", detail: "here", hint: "look elsewhere" })

interface World {
  readonly answer?: string
  /** What reading the workspace comes to. */
  readonly settings?: Effect.Effect<never>
}

const services = (
  { settings = Effect.die(new Error("boom")) }: World
): Layer.Layer<AppServices | FileWriter | KindProposals | TrialNotes> =>
  Layer.mergeAll(
    Layer.succeed(Workspace)(Workspace.of({ settings, load: settings, read: settings, thaw: () => settings })),
    Layer.succeed(StateAccess)(StateAccess.of({ open: () => Effect.die("no state") })),
    Layer.succeed(Rescue)(Rescue.of({
      restore: () => Effect.die("no files"),
      salvage: () => Effect.die("no files"),
      resetKey: () => Effect.die("no files")
    })),
    Layer.succeed(Notifier)(Notifier.of({
      post: () => Effect.die("nobody"),
      run: () => Effect.die("nobody"),
      probe: () => Effect.die("nobody")
    })),
    Layer.succeed(KindProposals)(KindProposals.of({
      propose: () => Effect.die("no documents"),
      render: () => ""
    })),
    Layer.succeed(TrialNotes)(TrialNotes.of({
      keep: () => Effect.die("no files"),
      drop: () => Effect.void,
      all: () => Effect.succeed([])
    })),
    Layer.succeed(ProviderFactory)(ProviderFactory.of({ make: () => Effect.die("no providers") })),
    Layer.succeed(FileWriter)(FileWriter.of({
      write: (_, files) => Effect.succeed(files.map(({ path }) => ({ path, did: "created" as const }))),
      writeResources: () => Effect.die("no files"),
      within: () => undefined,
      remove: () => Effect.void
    }))
  )

const command = async (argv: ReadonlyArray<string>, world: World = {}) => {
  const said = { out: "", err: "" }
  let signal: ((name: string) => void) | undefined
  const left: Array<number> = []
  const program = run(argv).pipe(
    Effect.provide(NodeServices.layer),
    Effect.provideService(
      Screen,
      Screen.of({
        out: (text) => void (said.out += text),
        err: (text) => void (said.err += text),
        canAsk: world.answer !== undefined,
        isTerminal: false,
        columns: () => 80,
        ask: () => Effect.succeed(world.answer),
        onSignal: (handler) => Effect.sync(() => void (signal = handler)),
        leave: (exitCode) => void left.push(exitCode)
      })
    ),
    Effect.provideService(
      Host,
      Host.of({
        version: "1.2.3",
        cwd: "/w",
        actor: "me",
        noColor: false,
        resolve: (path) => `/w/${path}`,
        services: () => services(world),
        readText: () => Effect.fail(refusal),
        readAnswers: () => Effect.fail(refusal),
        writeText: () => Effect.fail(refusal),
        createFile: () => Effect.fail(refusal),
        isFile: () => Effect.succeed(false),
        sandbox: () => Effect.succeed("http://127.0.0.1:1")
      })
    )
  )
  const exit = Effect.runPromise(program)
  return { exit, said, left, signal: (name: string) => signal?.(name) }
}

describe("a command that meets the unexpected", () => {
  it("says so without a stack, and exits with 1 where nothing was sent", async () => {
    const { exit, said } = await command(["validate"])
    expect(await exit).toBe(1)
    expect(said.err).toContain("nothing was changed")
    expect(said.err).not.toMatch(/boom|    at /)
  })

  it("ends its events with the outcome", async () => {
    const { exit, said } = await command(["validate", "--json"])
    expect(await exit).toBe(1)
    const types = said.out.trimEnd().split("\n").map((line) => (JSON.parse(line) as { type: string }).type)
    expect(types).toEqual(["version", "diagnostic", "outcome"])
  })
})

const typesOf = (out: string) =>
  out.trimEnd().split("\n").map((line) => (JSON.parse(line) as { readonly type: string }).type)

describe("a wrong use", () => {
  it.each([
    [
      ["pla"],
      "Unknown subcommand \"pla\" for \"amends\"; did you mean plan?",
      "amends <subcommand> [flags]; see: amends"
    ],
    [["plan", "--nope"], "Unrecognized flag: --nope in command amends plan", "amends plan [flags]; see: amends plan"],
    [["apply", "--parallelism", "0"], "from 1 to 1000", "see: amends apply"],
    [["apply", "--lease-timeout", "5"], "Expected a duration such as 500ms, 30s or 2m", "see: amends apply"],
    [["apply", "--batch-key", " "], "Expected a name that is not empty", "see: amends apply"],
    [["plan", "--refresh-only", "--replace", "a.b"], "--refresh-only and --replace exclude each other", "amends plan"],
    [["plan", "--destroy", "--adopt"], "--destroy and --adopt exclude each other", "amends plan"],
    [["apply", "a.plan", "--target", "a.b"], "--target cannot change a saved plan", "amends apply"]
  ])("%j is told in a few lines, with the usage and where to read on", async (argv, what, hint) => {
    const { exit, said } = await command(argv)
    expect(await exit).toBe(7)
    const [summary, detail, ...rest] = said.err.trimEnd().split("\n")
    expect([said.out, summary]).toEqual(["", "Error: the command was not understood"])
    expect(detail).toContain(what)
    expect(rest.join("\n")).toMatch(/^  → usage: amends .*--help$/)
    expect(rest.join("\n")).toContain(hint)
  })

  it("is events with --json, as are help, the version and what is not built yet", async () => {
    const uses: ReadonlyArray<readonly [ReadonlyArray<string>, number, string]> = [
      [["plan", "--nope"], 7, "diagnostic"],
      [["serve"], 7, "diagnostic"],
      [["lease"], 0, "help"],
      [["apply", "--help"], 0, "help"],
      [[], 0, "help"]
    ]
    for (const [argv, exitCode, type] of uses) {
      const { exit, said } = await command([...argv, "--json"])
      expect([argv, await exit, typesOf(said.out)]).toEqual([argv, exitCode, ["version", type, "outcome"]])
    }
    const { exit, said } = await command(["--version", "--json"])
    expect([await exit, typesOf(said.out)]).toEqual([0, ["version", "outcome"]])
  })
})

describe("a refusal", () => {
  it("says what, why and what to do, and has its own exit code", async () => {
    const { exit, said } = await command(["apply", "nothing.plan"])
    expect(await exit).toBe(1)
    expect(said.err).toBe("Error: none\n  here\n  → look elsewhere\n")
  })
})

describe("a signal", () => {
  it("while nothing is written ends the command with 130", async () => {
    const { exit, said, signal } = await command(["validate"], { settings: Effect.never })
    await new Promise((resolve) => setImmediate(resolve))
    signal("SIGINT")
    expect(await exit).toBe(130)
    expect(said.out).toBe("Interrupted before anything was written.\n")
  })

  it("stops a server, which is no error", async () => {
    const { exit, said, signal } = await command(["sandbox"])
    while (!said.out.includes("http://127.0.0.1:1")) await new Promise((resolve) => setImmediate(resolve))
    signal("SIGTERM")
    expect(await exit).toBe(0)
    expect(said.out).toContain("Stopped.")
  })

  it("that comes twice leaves at once", async () => {
    const { said, left, signal } = await command(["validate"], { settings: Effect.uninterruptible(Effect.never) })
    await new Promise((resolve) => setImmediate(resolve))
    signal("SIGINT")
    expect(left).toEqual([])
    signal("SIGINT")
    expect(left).toEqual([130])
    expect(said.out).toContain("Interrupted")
  })
})

describe("init", () => {
  it("says what it made", async () => {
    const { exit, said } = await command(["init", "sub"])
    expect(await exit).toBe(0)
    expect(said.out).toContain("created  amends.yaml")
  })
})

describe("import", () => {
  it.each([
    [["import"], "expected an address and an id, or kinds and --all"],
    [["import", "watchlist"], "expected an address and an id, or kinds and --all"],
    [["import", "a.b", "1", "2"], "expected an address and an id, or kinds and --all"],
    [["import", "a.b", "1", "--write", "resources"], "give --all as well"]
  ])("%j is refused", async (argv, why) => {
    const { exit, said } = await command(argv)
    expect(await exit).toBe(7)
    expect(said.err).toContain(why)
  })
})

describe("global flags", () => {
  it("stand before or after the command", async () => {
    for (const argv of [["--json", "version"], ["version", "--json"], ["--no-color", "version", "--json"]]) {
      const { exit, said } = await command(argv)
      expect(await exit).toBe(0)
      expect(said.out.split("\n")[0]).toContain("\"amends\":\"1.2.3\"")
    }
  })

  it("do not hide a command that is not built yet", async () => {
    const { exit, said } = await command(["-C", "apply", "--reason", "plan", "serve", "--port", "1"])
    expect(await exit).toBe(7)
    expect(said.err).toBe("amends serve is not built yet: this version does not have it.\n")
  })
})
