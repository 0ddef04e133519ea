/**
 * A batch that was stopped before it was over, over a state in memory: when that is told, and as what.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Halted } from "../../src/app/Failure.ts"
import { type Letter, Notifier } from "../../src/app/Notifier.ts"
import { notifying } from "../../src/app/Notifying.ts"
import { BatchListener } from "../../src/app/Telemetry.ts"
import type { Warning } from "../../src/app/Warnings.ts"
import { Warnings } from "../../src/app/Warnings.ts"
import type { WorkspaceSettings } from "../../src/app/Workspace.ts"
import type { BatchSummary } from "../../src/domain/Batch.ts"
import type { BatchId } from "../../src/domain/Ids.ts"
import { Journal } from "../../src/state/Journal.ts"
import { layerMemory } from "../../src/state/memory/Memory.ts"
import { StateError } from "../../src/state/StateError.ts"
import { Upkeep } from "../../src/state/Upkeep.ts"

const batch = "b-1" as BatchId
const place = { file: "amends.yaml", line: 1, column: 1 }

const settings: WorkspaceSettings = {
  name: "acme",
  root: "/w",
  configFile: "/w/amends.yaml",
  stateFile: "/w/.amends/state.db",
  policies: {
    onFailure: "rollback",
    continueOnError: false,
    parallelism: 1,
    retries: 0,
    timeoutMs: 1_000,
    conflict: "stop",
    allowIrreversible: false
  },
  notify: [{ path: "/notify/0", on: ["stuck"], afterMs: 1, target: { _tag: "webhook", url: "https://a.example" } }],
  providers: [],
  frozen: [],
  warnings: [],
  secrets: [],
  placeOf: () => place
}

const diskFull = new StateError({ reason: "Full", operation: "append", detail: "no space left", hint: "free space" })

/** The batches that are not over, as a state tells them. */
type Unfinished = Effect.Effect<ReadonlyArray<BatchSummary>, StateError>

const open = Effect.succeed([{ id: batch } as BatchSummary])

interface Meant {
  readonly unfinished: Unfinished
  readonly post?: Notifier["Service"]["post"]
}

/** Runs a verb that begins a batch and then comes to this; answers who was told what. */
const stopped = <E extends Halted>(end: Effect.Effect<never, E>, { post, unfinished }: Meant) =>
  Effect.gen(function*() {
    const letters: Array<Letter> = []
    const warnings: Array<Warning> = []
    const journal = yield* Journal
    const take: Notifier["Service"]["post"] = (letter) =>
      Effect.sync(() => {
        letters.push(letter)
        return { _tag: "answered", status: 200 }
      })
    const verb = Effect.gen(function*() {
      const { begins } = yield* BatchListener
      yield* begins({ batch, steps: 3, recovers: false, actor: "me" })
      return yield* end
    })
    const exit = yield* Effect.exit(notifying(settings, verb)).pipe(
      Effect.provideService(Journal, Journal.of({ ...journal, unfinished })),
      Effect.provideService(
        Notifier,
        Notifier.of({ post: post ?? take, run: () => Effect.die("no command"), probe: () => Effect.undefined })
      ),
      Effect.provideService(Upkeep, {} as Upkeep["Service"]),
      Effect.provideService(Warnings, { warn: (warning) => void warnings.push(warning) })
    )
    return { exit, warnings, told: letters.map(({ body }) => JSON.parse(body) as { readonly [name: string]: unknown }) }
  }).pipe(Effect.provide(layerMemory()))

const halted = Effect.fail(new Halted({ batch, cause: diskFull }))

describe("a batch that was stopped", () => {
  it.effect("by an error of the state is told as stuck, with the error, and the verb fails with it", () =>
    Effect.gen(function*() {
      const { exit, told } = yield* stopped(halted, { unfinished: open })
      assert.isTrue(exit._tag === "Failure")
      assert.strictEqual(told.length, 1)
      assert.deepInclude(told[0], { event: "stuck", exitCode: 4, next: "amends recover b-1" })
      assert.deepInclude(told[0]?.["stopped"], { summary: "the batch stopped before it was over" })
    }))

  it.effect("where the state cannot even be read is told all the same", () =>
    Effect.gen(function*() {
      const { told } = yield* stopped(halted, { unfinished: Effect.fail(diskFull) })
      assert.strictEqual(told.length, 1)
    }))

  it.effect("by a defect is told without the words of the defect", () =>
    Effect.gen(function*() {
      const { exit, told } = yield* stopped(Effect.die(new Error("inner words")), { unfinished: open })
      assert.isTrue(exit._tag === "Failure")
      assert.deepInclude(told[0]?.["stopped"], { summary: "amends met something it does not expect" })
      assert.notInclude(JSON.stringify(told), "inner words")
    }))

  it.effect("before it was opened is no news", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual((yield* stopped(halted, { unfinished: Effect.succeed([]) })).told, [])
    }))

  it.effect("fails as it would where telling breaks", () =>
    Effect.gen(function*() {
      const { exit, warnings } = yield* stopped(halted, {
        unfinished: open,
        post: () => Effect.die(new Error("inner words"))
      })
      assert.include(JSON.stringify(exit), "Halted")
      assert.strictEqual(warnings.length, 1)
      assert.include(warnings[0]?.detail, "amends has a defect")
    }))
})
