/**
 * Commands of notifications as real processes: what they are given, and how they end.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { existsSync, readFileSync, watch } from "node:fs"
import { chmod, mkdtemp, realpath, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { runCommand } from "../../../src/app/notify/Command.ts"

/** A directory with a script in it, and the way to run that. */
const script = (text: string, mode = 0o755) =>
  Effect.gen(function*() {
    const directory = yield* Effect.acquireRelease(
      Effect.promise(async () => realpath(await mkdtemp(join(tmpdir(), "amends-command-")))),
      (path) => Effect.promise(() => rm(path, { recursive: true, force: true }))
    )
    const path = join(directory, "page.sh")
    yield* Effect.promise(() => writeFile(path, text))
    yield* Effect.promise(() => chmod(path, mode))
    const run = (program = path, ...rest: ReadonlyArray<string>) =>
      runCommand({ PATH: process.env["PATH"], PAGER_TOKEN: "from outside" })({
        argv: [program, ...rest],
        directory,
        variables: { AMENDS_EVENT: "stuck", AMENDS_BATCH: "b-1", AMENDS_WORKSPACE: "acme" },
        input: "{\"event\":\"stuck\"}",
        timeoutMs: 5_000
      })
    const file = (name: string) => join(directory, name)
    return { directory, run, file, read: (name: string) => readFileSync(file(name), "utf8") }
  })

/** Waits until a file is there. */
const present = (directory: string, name: string) =>
  Effect.promise(() =>
    new Promise<void>((resolve) => {
      const watcher = watch(directory, () => look())
      const look = () => {
        if (!existsSync(join(directory, name))) return
        watcher.close()
        resolve()
      }
      look()
    })
  )

describe("a command", () => {
  it.live("reads the notification, in the workspace, with its arguments as they are and three variables", () =>
    Effect.gen(function*() {
      const { directory, read, run } = yield* script(
        "#!/bin/sh\ncat > input\npwd > where\nprintf '%s|' \"$@\" > words\nenv > variables\necho loud; echo loud >&2\n"
      )
      const came = yield* run(undefined, "$(rm -rf /)", "two words", "*")
      assert.deepStrictEqual(came, { _tag: "exited", code: 0 })
      assert.strictEqual(read("input"), "{\"event\":\"stuck\"}")
      assert.strictEqual(read("where"), `${directory}\n`)
      assert.strictEqual(read("words"), "$(rm -rf /)|two words|*|")
      const variables = read("variables").split("\n")
      for (
        const line of ["AMENDS_EVENT=stuck", "AMENDS_BATCH=b-1", "AMENDS_WORKSPACE=acme", "PAGER_TOKEN=from outside"]
      ) {
        assert.include(variables, line)
      }
      // Only what it is given: the environment of this process has more.
      assert.notInclude(read("variables"), "VITEST")
    }))

  it.live("need not read, and says by its exit code what came of it", () =>
    Effect.gen(function*() {
      const { run } = yield* script("#!/bin/sh\nexec <&-\nexit 7\n")
      assert.deepStrictEqual(yield* run(), { _tag: "exited", code: 7 })
      const { run: killed } = yield* script("#!/bin/sh\nkill -TERM $$\n")
      assert.deepStrictEqual(yield* killed(), { _tag: "failed", why: "SIGTERM ended it", again: true })
    }))

  it.live("is looked up in PATH where it is a bare name", () =>
    Effect.gen(function*() {
      const { read, run } = yield* script("")
      assert.deepStrictEqual(yield* run("tee", "copy"), { _tag: "exited", code: 0 })
      assert.strictEqual(read("copy"), "{\"event\":\"stuck\"}")
    }))

  it.live("that cannot be run is not tried again", () =>
    Effect.gen(function*() {
      const { run } = yield* script("#!/bin/sh\n", 0o644)
      assert.deepStrictEqual(yield* run(), {
        _tag: "failed",
        why: "it may not be run: permission is missing",
        again: false
      })
      assert.deepStrictEqual(yield* run("no-such-program-anywhere"), {
        _tag: "failed",
        why: "there is no such program",
        again: false
      })
      assert.deepInclude(yield* run("a\0b"), { _tag: "failed" })
    }))

  it.effect("that takes too long is killed with its children", () =>
    Effect.gen(function*() {
      const { directory, read, run } = yield* script(
        "#!/bin/sh\nsleep 1000 &\necho $! > pid.new\nmv pid.new pid\nwait\n"
      )
      const fiber = yield* Effect.forkChild(run(), { startImmediately: true })
      yield* present(directory, "pid")
      yield* TestClock.adjust(5_000)
      assert.deepStrictEqual(yield* Fiber.join(fiber), {
        _tag: "failed",
        why: "it did not end within 5s and was killed",
        again: true
      })
      yield* gone(Number(read("pid")))
    }))

  it.live("is killed where nobody waits for it any more", () =>
    Effect.gen(function*() {
      const { directory, read, run } = yield* script("#!/bin/sh\necho $$ > pid.new\nmv pid.new pid\nexec sleep 1000\n")
      const fiber = yield* Effect.forkChild(run(), { startImmediately: true })
      yield* present(directory, "pid")
      yield* Fiber.interrupt(fiber)
      yield* gone(Number(read("pid")))
    }))
})

/** Waits until a process is gone or only a record of it is left. */
const gone = (pid: number) =>
  Effect.promise(async () => {
    const lives = () => {
      try {
        return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"))
      } catch {
        return false
      }
    }
    while (lives()) await new Promise((resolve) => setImmediate(resolve))
  })
