import { expect, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { describe } from "vitest"
import type { Address } from "../../src/domain/Ids.ts"
import { box as plainBox, memoryKind } from "../../src/providers/memory/Kinds.ts"
import { Versions } from "../../src/state/Journal.ts"
import { apply, crash, idOf, makeSaga, planned, recoverNewest, type Saga, want, withState } from "./Saga.ts"

const a = "box.a" as Address
const before = [want("box", "a", { name: "a", size: 2, label: "x" }), want("note", "n", { name: "n", text: "hello" })]
const after = [
  want("box", "a", { name: "a", size: 3, label: "x" }),
  want("note", "n", { name: "n", text: "changed" }),
  want("ring", "last", { name: "last" }, { dependsOn: [a, "note.n" as Address] })
]

/** Applies `before`, then `after` with its last write refused and a stranger acting just before that. */
const disturbed = Effect.fnUntraced(function*(act: (saga: Saga) => void) {
  const saga = makeSaga()
  yield* apply(saga, before)
  saga.world.inject({ act: "refuse", match: { kind: "ring", operation: "create" } })
  saga.world.onBeat = (beat) =>
    Effect.sync(() => {
      if (beat.kind === "ring" && beat.operation === "create" && beat.when === "before") act(saga)
    })
  const report = yield* apply(saga, after)
  saga.world.onBeat = () => Effect.void
  return { saga, report }
})

const choose = (saga: Saga, choice: "force" | "accept" | "skip" | "retry", digest?: string) =>
  recoverNewest(saga, { choices: [{ address: a, choice, ...(digest === undefined ? {} : { digest }) }] })

const outcomeOf = (recovered: Effect.Success<ReturnType<typeof choose>>) =>
  recovered !== undefined && Result.isSuccess(recovered) ? recovered.success.outcome : recovered

const headsOf = (saga: Saga) => withState(saga, Effect.flatMap(Versions, (versions) => versions.heads))

describe("somebody's edit between our write and its compensation", () => {
  it.effect("is kept where it is disjoint, and ours goes back", () =>
    Effect.gen(function*() {
      const { report, saga } = yield* disturbed(({ world }) => world.edit("box", "box-1", { label: "theirs" }))
      expect(report.outcome).toBe("compensated")
      expect(saga.world.get("box", "box-1")?.document).toMatchObject({ size: 2, label: "theirs" })
      expect(saga.world.get("note", "n")?.document).toMatchObject({ text: "hello" })
    }))

  it.effect("is kept inside sets and keyed lists, which go back element by element", () =>
    Effect.gen(function*() {
      const saga = makeSaga()
      const note = (
        tags: ReadonlyArray<string>,
        links: ReadonlyArray<{ readonly to: string; readonly label: string }>
      ) => want("note", "n", { name: "n", tags, links })
      yield* apply(saga, [note(["a", "b"], [{ to: "x", label: "1" }, { to: "y", label: "1" }])])
      saga.world.inject({ act: "refuse", match: { kind: "ring", operation: "create" } })
      saga.world.onBeat = (beat) =>
        Effect.sync(() => {
          if (beat.kind !== "ring" || beat.operation !== "create" || beat.when !== "before") return
          saga.world.edit("note", "n", {
            tags: ["a", "c", "theirs"],
            links: [{ to: "x", label: "2" }, { to: "y", label: "theirs" }, { to: "z", label: "theirs" }]
          })
        })
      const report = yield* apply(saga, [
        note(["a", "c"], [{ to: "x", label: "2" }, { to: "y", label: "1" }]),
        want("ring", "last", { name: "last" }, { dependsOn: ["note.n" as Address] })
      ])
      expect(report.outcome).toBe("compensated")
      expect(saga.world.get("note", "n")?.document).toMatchObject({
        tags: ["a", "b", "theirs"],
        links: [{ to: "x", label: "1" }, { to: "y", label: "theirs" }, { to: "z", label: "theirs" }]
      })
    }))

  it.effect("waits for a person where it overlaps, and the other steps go back", () =>
    Effect.gen(function*() {
      const { report, saga } = yield* disturbed(({ world }) => world.edit("box", "box-1", { size: 9 }))
      expect(report.outcome).toBe("stuck")
      expect(report.stuck).toMatchObject([{
        address: "box.a",
        blocked: { paths: ["/size"], choices: ["force", "accept", "skip"] }
      }])
      expect(saga.world.get("box", "box-1")?.document).toMatchObject({ size: 9 })
      expect(saga.world.get("note", "n")?.document).toMatchObject({ text: "hello" })
      const again = yield* recoverNewest(saga)
      expect(outcomeOf(again)).toBe("stuck")
      expect(saga.world.get("box", "box-1")?.document).toMatchObject({ size: 9 })
    }))

  it.effect("is overwritten only when a person says force", () =>
    Effect.gen(function*() {
      const { saga } = yield* disturbed(({ world }) => world.edit("box", "box-1", { size: 9 }))
      expect(outcomeOf(yield* choose(saga, "force"))).toBe("compensated")
      expect(saga.world.get("box", "box-1")?.document).toMatchObject({ size: 2 })
      expect((yield* planned(saga, before)).steps).toEqual([])
    }))

  it.effect("becomes the version when a person accepts it", () =>
    Effect.gen(function*() {
      const { saga } = yield* disturbed(({ world }) => world.edit("box", "box-1", { size: 9 }))
      expect(outcomeOf(yield* choose(saga, "accept"))).toBe("compensated")
      expect(saga.world.get("box", "box-1")?.document).toMatchObject({ size: 9 })
      const plan = yield* planned(saga, before)
      expect(plan.drift).toEqual([])
      expect(plan.conflicts).toEqual([])
      expect(plan.steps.map((step) => step.action)).toEqual(["update"])
    }))

  it.effect("is left and let go when a person skips it", () =>
    Effect.gen(function*() {
      const { saga } = yield* disturbed(({ world }) => world.edit("box", "box-1", { size: 9 }))
      expect(outcomeOf(yield* choose(saga, "skip"))).toBe("residue")
      expect((yield* headsOf(saga)).map((head) => head.address)).toEqual(["note.n"])
    }))

  it.effect("makes an answer to an older conflict stale", () =>
    Effect.gen(function*() {
      const { report, saga } = yield* disturbed(({ world }) => world.edit("box", "box-1", { size: 9 }))
      const old = report.stuck[0]?.blocked.digest.slice("hmac:".length, 20) ?? ""
      saga.world.edit("box", "box-1", { size: 10 })
      expect(outcomeOf(yield* recoverNewest(saga))).toBe("stuck")
      const refused = yield* choose(saga, "force", old)
      expect(refused).toMatchObject({ _tag: "Failure", failure: { _tag: "StaleChoice" } })
      expect(saga.world.get("box", "box-1")?.document).toMatchObject({ size: 10 })
    }))

  it.effect("never goes unnoticed when it is a delete", () =>
    Effect.gen(function*() {
      const { report, saga } = yield* disturbed(({ world }) => world.remove("box", "box-1"))
      expect(report.outcome).toBe("stuck")
      expect(outcomeOf(yield* choose(saga, "force"))).toBe("compensated")
      expect((yield* planned(saga, before)).steps).toEqual([])
    }))
})

describe("a choice", () => {
  it.effect("does not overwrite an edit that was made after the conflict was shown", () =>
    Effect.gen(function*() {
      const { saga } = yield* disturbed(({ world }) => world.edit("box", "box-1", { size: 9 }))
      saga.world.edit("box", "box-1", { size: 10 })
      expect(outcomeOf(yield* choose(saga, "force"))).toBe("stuck")
      expect(saga.world.get("box", "box-1")?.document).toMatchObject({ size: 10 })
      expect(outcomeOf(yield* choose(saga, "force"))).toBe("compensated")
      expect(saga.world.get("box", "box-1")?.document).toMatchObject({ size: 2 })
    }))

  it.effect("that is not offered is refused", () =>
    Effect.gen(function*() {
      const { saga } = yield* disturbed(({ world }) => world.edit("box", "box-1", { size: 9 }))
      expect(yield* recoverNewest(saga, { choices: [{ address: a, choice: "applied" }] }))
        .toMatchObject({ _tag: "Failure", failure: { _tag: "NotOffered", choices: ["force", "accept", "skip"] } })
    }))
})

describe("a resource that is not as planned", () => {
  it.effect("stops the batch before anything is written", () =>
    Effect.gen(function*() {
      const saga = makeSaga()
      yield* apply(saga, before)
      saga.world.onBeat = (beat) =>
        Effect.sync(() => {
          if (beat.operation === "observe" && beat.when === "before") {
            if (saga.world.get("box", "box-1")?.document["size"] === 2) saga.world.edit("box", "box-1", { size: 7 })
          }
        })
      const report = yield* apply(saga, [
        want("box", "a", { name: "a", size: 3, label: "x" }),
        before[1] ?? want("", "", {})
      ])
      expect(report).toMatchObject({ outcome: "compensated", stale: true, wrote: false })
      expect(saga.world.get("box", "box-1")?.document).toMatchObject({ size: 7 })
    }))

  it.effect("needs nothing when somebody already made it so", () =>
    Effect.gen(function*() {
      const saga = makeSaga()
      yield* apply(saga, before)
      saga.world.onBeat = (beat) =>
        Effect.sync(() => {
          const now = saga.world.get("box", "box-1")?.document["size"]
          if (beat.operation === "observe" && beat.when === "before" && now === 2) {
            saga.world.edit("box", "box-1", { size: 3 })
          }
        })
      const report = yield* apply(saga, after.slice(0, 2))
      expect(report.outcome).toBe("committed")
      expect((yield* headsOf(saga)).length).toBe(2)
    }))

  it.effect("is not re-created on the way back when a delete found nothing", () =>
    Effect.gen(function*() {
      const saga = makeSaga()
      yield* apply(saga, before)
      saga.world.inject({ act: "refuse", match: { kind: "note", operation: "update" } })
      saga.world.onBeat = (beat) =>
        Effect.sync(() => {
          if (beat.operation === "observe" && beat.kind === "box" && saga.world.get("box", "box-1") !== undefined) {
            saga.world.remove("box", "box-1")
          }
        })
      const report = yield* apply(saga, [want("note", "n", { name: "n", text: "changed" })], { parallelism: 1 })
      expect(report.outcome).toBe("compensated")
      expect(saga.world.get("box", "box-1")).toBeUndefined()
    }))
})

describe("strangers who create the same", () => {
  it.effect("are told from ours by what was there before and what was sent", () =>
    Effect.gen(function*() {
      const saga = makeSaga()
      saga.world.create("box", { name: "twin", size: 5 })
      saga.world.inject({ act: "ambiguousAfter", match: { kind: "box", operation: "create" } })
      saga.world.onBeat = (beat) =>
        Effect.sync(() => {
          if (beat.operation === "create" && beat.when === "after") saga.world.create("box", { name: "other", size: 5 })
        })
      const report = yield* apply(saga, [want("box", "mine", { name: "mine", size: 5 })])
      expect(report.outcome).toBe("committed")
      const [head] = yield* headsOf(saga)
      expect(saga.world.get("box", head?.remoteId ?? "")?.document).toMatchObject({ name: "mine" })
    }))

  it.effect("make a person decide when theirs cannot be told from ours", () =>
    Effect.gen(function*() {
      const saga = makeSaga()
      saga.world.inject({ act: "ambiguousAfter", match: { kind: "box", operation: "create" } })
      saga.world.onBeat = (beat) =>
        Effect.sync(() => {
          if (beat.operation === "create" && beat.when === "after") saga.world.create("box", { name: "mine", size: 5 })
        })
      const report = yield* apply(saga, [want("box", "mine", { name: "mine", size: 5 })])
      expect(report).toMatchObject({ outcome: "stuck", stuck: [{ address: "box.mine" }] })
      const ids = [...(saga.world.resources.get("box")?.keys() ?? [])]
      expect(ids.length).toBe(2)
      const adopted = yield* recoverNewest(saga, {
        choices: [{ address: "box.mine" as Address, choice: "adopt:box-1" }]
      })
      expect(adopted).toMatchObject({ _tag: "Success", success: { outcome: "compensated" } })
      expect([...(saga.world.resources.get("box")?.keys() ?? [])]).toEqual(["box-2"])
    }))

  it.effect("pair up with siblings that sent the same", () =>
    Effect.gen(function*() {
      const saga = makeSaga()
      saga.world.inject({ act: "ambiguousAfter", match: { kind: "box", operation: "create" }, times: 2 })
      const twins = ["x", "y", "z"].map((name) => want("box", name, { name: "twin", size: 5 }))
      const report = yield* apply(saga, twins)
      expect(report.outcome).toBe("committed")
      expect(saga.world.resources.get("box")?.size).toBe(3)
      expect(new Set((yield* headsOf(saga)).map((head) => head.remoteId)).size).toBe(3)
    }))
})

describe("a way back that re-creates", () => {
  it.effect("rewrites references to the new id, also those of a resource outside the batch", () =>
    Effect.gen(function*() {
      const saga = makeSaga()
      const box = want("box", "old", { name: "old" })
      yield* apply(saga, [box, want("ring", "r", { name: "r", box: idOf("box", "old") }), ...before])
      saga.world.inject({ act: "refuse", match: { kind: "note", operation: "update" } })
      const ringKept = want("ring", "r", { name: "r" })
      const report = yield* apply(saga, [
        ringKept,
        want("box", "a", { name: "a", size: 2, label: "x" }),
        want("note", "n", { name: "n", text: "changed" }, { dependsOn: [] })
      ], { parallelism: 1 })
      expect(report.outcome).toBe("compensated")
      const ids = [...(saga.world.resources.get("box") ?? [])].filter(([, s]) => s.document["name"] === "old")
      expect(ids.length).toBe(1)
      expect(saga.world.get("ring", "ring-1")?.document["box"]).toBe(ids[0]?.[0])
      expect((yield* planned(saga, [box, want("ring", "r", { name: "r", box: idOf("box", "old") }), ...before])).steps)
        .toEqual([])
    }))
})

describe("policies", () => {
  it.effect("keep what was applied when a batch fails", () =>
    Effect.gen(function*() {
      const saga = makeSaga()
      yield* apply(saga, before)
      saga.world.inject({ act: "refuse", match: { kind: "ring", operation: "create" } })
      const report = yield* apply(saga, after, { onFailure: "keep" })
      expect(report).toMatchObject({ outcome: "kept", counts: { changed: 2 } })
      const plan = yield* planned(saga, after)
      expect(plan.steps.map((step) => step.id)).toEqual(["ring.last"])
    }))

  it.effect("keep a half-made create as something to finish, not as an orphan", () =>
    Effect.gen(function*() {
      const saga = makeSaga()
      saga.world.inject({ act: "refuse", match: { kind: "ring", operation: "create", call: 2 } })
      const wanted = [want("ring", "r", { name: "r", members: [{ who: "x" }] }), want("box", "a", { name: "a" })]
      const report = yield* apply(saga, wanted, { onFailure: "keep", continueOnError: true })
      expect(report).toMatchObject({ outcome: "kept", left: ["ring.r"] })
      expect((yield* planned(saga, wanted)).steps.map(({ action, id }) => [id, action])).toEqual([["ring.r", "update"]])
      expect((yield* apply(saga, wanted)).outcome).toBe("committed")
      expect(saga.world.resources.get("ring")?.size).toBe(1)
    }))
})

describe("somebody's addition to what a batch began to create, while it is being deleted again", () => {
  const own = memoryKind({
    name: "own",
    nameField: "name",
    schema: plainBox.kind.schema,
    capabilities: { guard: "version" }
  }, { createIn: [["/name"], ["/size"]], answers: "bare" })

  it.effect("is seen, where a recovery had read it before", () =>
    Effect.gen(function*() {
      const saga = makeSaga({ kinds: [own] })
      saga.world.onBeat = ({ call, when }) => call === 2 && when === "before" ? crash : Effect.void
      yield* Effect.exit(apply(saga, [want("own", "a", { name: "a", size: 2 })]))
      let reads = 0
      saga.world.onBeat = ({ id = "", operation, when }) =>
        Effect.sync(() => {
          if (operation === "observe" && when === "after" && ++reads === 1)
            saga.world.edit("own", id, { label: "theirs" })
        })
      expect(outcomeOf(yield* recoverNewest(saga))).toBe("stuck")
      expect(saga.world.get("own", "own-1")?.document).toMatchObject({ label: "theirs" })
    }))

  it.effect("is seen, although the create said nothing of that field", () =>
    Effect.gen(function*() {
      const saga = makeSaga({ kinds: [own] })
      saga.world.inject({ act: "refuse", match: { operation: "create", call: 2 } })
      let isEdited = false
      saga.world.onBeat = ({ id = "", operation, when }) =>
        Effect.sync(() => {
          if (operation !== "delete" || when !== "before" || isEdited) return
          isEdited = true
          saga.world.edit("own", id, { label: "theirs" })
        })
      expect(yield* apply(saga, [want("own", "a", { name: "a", size: 2 })])).toMatchObject({ outcome: "stuck" })
      expect(saga.world.get("own", "own-1")?.document).toMatchObject({ label: "theirs" })
    }))
})

describe("somebody's addition to what was created, and settled after its answer was lost", () => {
  it.effect("waits for a person, although the server fills in what nobody declared", () =>
    Effect.gen(function*() {
      const saga = makeSaga()
      saga.world.inject({ act: "ambiguousAfter", match: { kind: "box", operation: "create" } })
      saga.world.inject({ act: "refuse", match: { kind: "note", operation: "create" } })
      saga.world.onBeat = ({ kind, operation, when }) =>
        Effect.sync(() => {
          if (kind === "note" && operation === "create" && when === "before") {
            saga.world.edit("box", "box-1", { label: "theirs" })
          }
        })
      const last = want("note", "n", { name: "n" }, { dependsOn: [a] })
      expect(yield* apply(saga, [want("box", "a", { name: "a" }), last])).toMatchObject({ outcome: "stuck" })
      expect(saga.world.get("box", "box-1")?.document).toMatchObject({ label: "theirs" })
    }))
})

describe("what was created by a request whose answer was lost, and somebody edited before it was found", () => {
  it.effect("is not forgotten for what somebody else made of that name just as it was sent", () =>
    Effect.gen(function*() {
      const saga = makeSaga()
      saga.world.inject({ act: "ambiguousAfter", match: { kind: "box", operation: "create" } })
      saga.world.onBeat = ({ operation, when }) =>
        Effect.sync(() => {
          if (operation !== "create" || when !== "after") return
          saga.world.edit("box", "box-1", { size: 9 })
          saga.world.create("box", { name: "a", size: 2 })
        })
      expect(yield* apply(saga, [want("box", "a", { name: "a", size: 2 })])).toMatchObject({ outcome: "stuck" })
      expect([...saga.world.resources.get("box")?.keys() ?? []]).toEqual(["box-1", "box-2"])
    }))
})
