/**
 * Each style of API, described and managed: applied, failed and compensated, cut off, killed and recovered, imported,
 * destroyed. Real files, state and server; every verb is a process of its own.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { layerFileWriter } from "../../src/app/files/WriteFiles.ts"
import { forget } from "../../src/app/Forget.ts"
import { importResource } from "../../src/app/Import.ts"
import { importAll } from "../../src/app/ImportAll.ts"
import { planBatch, planDefaults } from "../../src/app/PlanBatch.ts"
import type { Document } from "../../src/domain/Document.ts"
import { type Api, type Asked, isRead } from "../providers/described/Api.ts"
import { parents } from "../providers/described/HarderStyles.ts"
import { filtered } from "../providers/described/PlainStyles.ts"
import type { Style } from "../providers/described/Style.ts"
import { paged, pagers, styles } from "../providers/described/Styles.ts"
import { declare, exampleOf, held, on, open, other, outcomeOf, type Place, stepsOf, to } from "./DescribedPlace.ts"
import { applying, recovering } from "./Site.ts"

const isAboutOther = (asked: Asked): boolean =>
  !isRead(asked) && (asked.path.includes("the-other") || JSON.stringify(asked.sent ?? "").includes("the-other"))

/** Refuses, cuts off or holds back the first write that makes the other. */
const onOther = ({ api }: Place, told: ReturnType<Api["meddle"]>) => {
  let met = false
  api.meddle = (asked) => {
    if (met || !isAboutOther(asked)) return undefined
    met = true
    return told
  }
}

/** Does that to the nth write from here on. */
const onNth = ({ api }: Place, nth: number, told: ReturnType<Api["meddle"]>) => {
  let count = 0
  api.meddle = (asked) => !isRead(asked) && ++count === nth ? told : undefined
}

const waitFor = (holds: () => boolean): Effect.Effect<void> =>
  Effect.suspend(() => holds() ? Effect.void : Effect.andThen(Effect.sleep("5 millis"), waitFor(holds)))

const dieWhileOtherIsMade = (place: Place) =>
  Effect.gen(function*() {
    onOther(place, "hang")
    const before = place.api.asked.filter(isAboutOther).length
    const running = yield* Effect.forkChild(on(place, applying({ policies: { parallelism: 1 } })))
    yield* waitFor(() => place.api.asked.filter(isAboutOther).length > before)
    yield* Fiber.interrupt(running)
    place.api.meddle = () => undefined
  })

for (const style of styles) {
  const { create, kind, update } = exampleOf(style)
  const changed = { ...create, ...update }
  describe(`${style.says}`, () => {
    it.live("is applied, changed, found to be as desired, and destroyed", () =>
      Effect.gen(function*() {
        const place = yield* open(style)
        for (const specs of [{ one: create }, { one: changed, two: other(create) }, { one: changed }, {}]) {
          yield* to(place, specs)
          assert.deepStrictEqual(yield* stepsOf(place), [])
          assert.lengthOf(yield* held(place), Object.keys(specs).length)
        }
      }))

    it.live("is as it was wherever a write is refused, and as desired wherever an answer is lost", () =>
      Effect.gen(function*() {
        const place = yield* open(style)
        yield* to(place, { one: create })
        const before = yield* held(place)
        const from = place.api.writes().length
        const second = { one: changed, two: other(create) }
        yield* to(place, second)
        const after = yield* held(place)
        const writes = place.api.writes().length - from
        assert.isAtLeast(writes, 2)
        for (let nth = 1; nth <= writes; nth++) {
          for (const told of [{ status: 400, body: { error: "no" } }, "cutAfter"] as const) {
            const again = yield* open(style)
            yield* to(again, { one: create })
            yield* declare(again, second)
            onNth(again, nth, told)
            const isRefused = typeof told === "object"
            assert.strictEqual(yield* outcomeOf(again), isRefused ? "compensated" : "committed")
            again.api.meddle = () => undefined
            assert.deepStrictEqual(yield* held(again), isRefused ? before : after)
          }
        }
      }))

    it.live("is recovered without its files, and what is there is imported", () =>
      Effect.gen(function*() {
        const place = yield* open(style)
        yield* declare(place, { one: create })
        assert.strictEqual(yield* outcomeOf(place), "committed")
        const before = yield* held(place)
        yield* declare(place, { one: changed, two: other(create) })
        yield* dieWhileOtherIsMade(place)
        yield* Effect.promise(() =>
          writeFile(join(place.directory, "shop.json"), JSON.stringify({ x: { path: "/x" } }))
        )
        const { reports } = yield* on(place, recovering())
        assert.deepStrictEqual(reports.map(({ outcome }) => outcome), ["compensated"])
        assert.deepStrictEqual(yield* held(place), before)
        yield* Effect.promise(() => writeFile(join(place.directory, "shop.json"), JSON.stringify(style.kinds)))
        yield* declare(place, { one: create })
        const address = `${kind}.one`
        const head = yield* on(place, forget({ address, actor: "tester", leaseTimeoutMs: 0 }))
        const again = yield* on(
          place,
          importResource({ address, id: head.remoteId, actor: "tester", leaseTimeoutMs: 0 })
        )
        assert.strictEqual(again.remoteId, head.remoteId)
        if (style.says.startsWith("secrets")) return
        assert.deepStrictEqual(yield* stepsOf(place), [])
      }))

    it.live("is imported whole, and made again from the files that were written", () =>
      Effect.gen(function*() {
        const place = yield* open(style)
        yield* declare(place, { one: create, two: other(create) })
        assert.strictEqual(yield* outcomeOf(place), "committed")
        const before = yield* held(place)
        yield* Effect.promise(() => rm(join(place.directory, ".amends"), { recursive: true }))
        yield* declare(place, {}, [])
        const options = { kinds: [], actor: "tester", leaseTimeoutMs: 0, write: join(place.directory, "resources") }
        const { differs, leftOut } = yield* on(place, Effect.provide(importAll(options), layerFileWriter))
        assert.deepStrictEqual([differs, leftOut, yield* stepsOf(place)], [[], [], []])
        // A secret that is not given back stands in no file either.
        if (style.says.startsWith("secrets")) return
        assert.strictEqual(yield* outcomeOf(place, { plan: { ...planDefaults, destroy: true } }), "committed")
        assert.strictEqual(yield* outcomeOf(place), "committed")
        // A parent that was made again has another id.
        if ([parents, filtered].includes(style)) assert.deepStrictEqual(yield* stepsOf(place), [])
        else assert.deepStrictEqual(yield* held(place), before)
      }))
  })
}

describe("a collection of many pages", () => {
  for (const way of Object.keys(pagers)) {
    it.live(`by ${way} is looked through for what a lost answer made, and what is there is found by its name`, () =>
      Effect.gen(function*() {
        const place = yield* open(paged(way))
        const many = Object.fromEntries(["a", "b", "c", "d", "e"].map((name) => [name, { name }]))
        yield* to(place, many)
        yield* declare(place, { ...many, f: { name: "f" } })
        onNth(place, 1, "cutAfter")
        assert.strictEqual(yield* outcomeOf(place), "committed")
        assert.lengthOf(yield* held(place), 6)
        assert.deepStrictEqual(yield* stepsOf(place), [])
        yield* on(place, forget({ address: "thing.f", actor: "tester", leaseTimeoutMs: 0 }))
        const { plan } = yield* on(place, planBatch({ ...planDefaults, adopt: true }))
        assert.deepStrictEqual(plan.steps.map(({ action, id }) => `${action} ${id}`), ["adopt thing.f"])
      }))
  }
})

describe("an edit in the moment of the write", () => {
  const editing = (says: string, edit: (style: Style, handle: ReturnType<Style["make"]>) => void) =>
    Effect.gen(function*() {
      const style = styles.find((one) => one.says.startsWith(says))
      if (style === undefined) throw new Error("there is such a style")
      const handle = style.make()
      const place = yield* open({ ...style, make: () => handle })
      const { create, update } = exampleOf(style)
      yield* declare(place, { one: create })
      yield* outcomeOf(place)
      yield* declare(place, { one: { ...create, ...update } })
      const { plan } = yield* on(place, planBatch(planDefaults))
      let met = false
      place.api.meddle = ({ method }) => {
        if (met || !["PUT", "PATCH"].includes(method)) return undefined
        met = true
        edit(style, handle)
      }
      return {
        outcome: yield* outcomeOf(place),
        held: yield* held(place),
        guarded: plan.changes.map((one) => one.guarded)
      }
    })

  const asking = (method: string, path: string, body: Document, headers: Asked["headers"] = {}): Asked => ({
    method,
    path: path.split("/").slice(1),
    query: new URLSearchParams(),
    headers,
    body,
    sent: body
  })

  it.live("is not overwritten where there is a guard", () =>
    Effect.gen(function*() {
      const { guarded, held: now, outcome } = yield* editing("version tokens by ETag", (_, handle) => {
        const headers = { "if-match": handle(asking("GET", "/pages/1", {})).headers?.["etag"] }
        handle(asking("PUT", "/pages/1", { name: "p", text: "theirs" }, headers))
      })
      assert.deepStrictEqual(guarded, [true])
      assert.strictEqual(outcome, "compensated")
      assert.deepStrictEqual(now, ["{\"name\":\"p\",\"text\":\"theirs\"}"])
    }))

  it.live("can be overwritten where there is none, and the plan says so", () =>
    Effect.gen(function*() {
      const { guarded, held: now, outcome } = yield* editing("conventional", (_, handle) => {
        handle(asking("PATCH", "/products/1", { price: 100 }))
      })
      assert.deepStrictEqual(guarded, [false])
      assert.strictEqual(outcome, "committed")
      assert.include(now[0], "\"price\":6")
    }))
})
