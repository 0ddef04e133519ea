/** A new key for a state: what was sealed before still opens, at whatever moment the process dies. */
import { describe, expect, it } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { randomBytes } from "node:crypto"
import { copyFileSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { asSealed } from "../../../src/domain/Sealed.ts"
import { Rescue } from "../../../src/state/Rescue.ts"
import { layerRescue } from "../../../src/state/sqlite/SqliteRescue.ts"
import { lifeMs, type Process, start } from "../../contract/state/Process.ts"
import { setHead, treasury } from "../Example.ts"
import { commits, keeping, placeWith, rescue, thoroughly } from "./Past.ts"
import { newPlace, openingError, type Place, placeAt } from "./Place.ts"

const secret = { name: "ops", url: "https://hooks.example/T0/secret" }

/** A head with a secret in it. */
const withSecret = Effect.fnUntraced(function*({ leases, sealer, versions }: Process) {
  const lease = yield* leases.acquire(lifeMs)
  const change = setHead("x")
  const sealed = sealer.seal(secret, ["/url"])
  if (change._tag === "set") {
    yield* versions.write(lease, { actor: "ada" }, [{
      ...change,
      head: { ...change.head, declared: sealed, observed: sealed }
    }])
  }
  yield* leases.release(lease)
  return sealed
})

const rotated = Effect.fnUntraced(function*(place: Place) {
  const process = yield* start(place)
  const sealed = yield* withSecret(process)
  const lease = yield* process.leases.acquire(lifeMs)
  yield* (yield* keeping(place)).rotate(lease)
  yield* process.leases.release(lease)
  return sealed
})

describe("a new key", () => {
  it.effect("opens what was sealed before, and seals heads and versions under itself", () =>
    Effect.gen(function*() {
      const place = yield* placeWith(2)
      const before = readFileSync(place.key, "utf8")
      const sealed = yield* Effect.scoped(rotated(place))
      expect(readFileSync(place.key, "utf8")).not.toBe(before)
      const { journal, sealer, versions } = yield* start(place)
      expect(yield* sealer.open(sealed)).toEqual(secret)
      const [head] = yield* versions.heads
      expect(head?.declared).not.toEqual(sealed)
      expect(head?.declared).toEqual(sealer.seal(secret, ["/url"]))
      expect((yield* versions.lineage(treasury))[0]?.document).toEqual(head?.declared)
      expect(yield* sealer.open(head?.declared ?? asSealed({}))).toEqual(secret)
      expect(yield* journal.verify).toBeUndefined()
    }))

  it.effect("may be followed by another, and keeps the marks of pruned rows true", () =>
    Effect.gen(function*() {
      const place = yield* placeWith(3)
      yield* Effect.scoped(Effect.gen(function*() {
        const lease = yield* commits(yield* start(place), ["b4"])
        const pruning = { rules: [{ match: "*", keepVersions: 1 }], ...thoroughly }
        expect((yield* (yield* keeping(place)).prune(lease, pruning)).batches).toBe(3)
      }))
      const first = yield* Effect.scoped(rotated(place))
      yield* Effect.scoped(rotated(place))
      const { journal, sealer } = yield* start(place)
      expect(yield* sealer.open(first)).toEqual(secret)
      expect(yield* journal.verify).toBeUndefined()
    }))

  it.effect("takes its place at the next opening, if the process died before it could", () =>
    Effect.gen(function*() {
      const place = yield* placeWith(1)
      copyFileSync(place.key, `${place.key}.was`)
      const sealed = yield* Effect.scoped(rotated(place))
      renameSync(place.key, `${place.key}.next`)
      renameSync(`${place.key}.was`, place.key)
      const { sealer } = yield* start(place)
      expect(yield* sealer.open(sealed)).toEqual(secret)
      expect(existsSync(`${place.key}.next`)).toBe(false)
    }))

  it.effect("that waits and was never used changes nothing", () =>
    Effect.gen(function*() {
      const place = yield* placeWith(1)
      writeFileSync(`${place.key}.next`, randomBytes(32).toString("hex"))
      const before = readFileSync(place.key, "utf8")
      yield* Effect.scoped(start(place))
      expect(readFileSync(place.key, "utf8")).toBe(before)
    }))

  it.effect("comes from AMENDS_NEW_KEY where the key is AMENDS_KEY, and is asked for where it is not there", () =>
    Effect.gen(function*() {
      const [keyText, newKeyText] = [randomBytes(32).toString("hex"), randomBytes(32).toString("hex")]
      const { folder } = newPlace()
      const under = (options: { keyText: string; newKeyText?: string }) => placeAt(folder, options)
      const without = yield* Effect.flip(Effect.scoped(rotated(under({ keyText }))))
      expect(without).toMatchObject({ reason: "MissingKey", hint: expect.stringContaining("AMENDS_NEW_KEY") })
      const sealed = yield* Effect.scoped(rotated(under({ keyText, newKeyText })))
      expect((yield* openingError(under({ keyText }))).reason).toBe("WrongKey")
      const { sealer } = yield* start(under({ keyText: newKeyText }))
      expect(yield* sealer.open(sealed)).toEqual(secret)
    }))
})

describe("a lost key", () => {
  it.effect("is given up for a new one, under which nothing old opens; the one at hand is kept aside", () =>
    Effect.gen(function*() {
      const place = yield* placeWith(1)
      const sealed = yield* Effect.scoped(Effect.flatMap(start(place), withSecret))
      const { resetKey } = yield* rescue
      expect(yield* resetKey(place.file)).toBe("right")
      rmSync(place.key)
      expect((yield* openingError(place)).reason).toBe("MissingKey")
      expect(yield* resetKey(place.file)).toBe("reset")
      const { journal, sealer } = yield* start(place)
      expect((yield* Effect.flip(sealer.open(sealed))).reason).toBe("WrongKey")
      expect(yield* journal.verify).toBeUndefined()
    }))

  it.effect.each(
    [
      ["another key", randomBytes(32).toString("hex"), "WrongKey"],
      ["no key at all", "hello", "WrongKey"]
    ] as const
  )("in whose file stands %s is replaced, and that file is kept aside", ([, text, reason]) =>
    Effect.gen(function*() {
      const place = yield* placeWith(1)
      writeFileSync(place.key, text)
      expect((yield* openingError(place)).reason).toBe(reason)
      expect(yield* (yield* rescue).resetKey(place.file)).toBe("reset")
      const aside = readdirSync(place.folder).filter((name) => name.startsWith("key.replaced-"))
      expect(aside.map((name) => readFileSync(join(place.folder, name), "utf8"))).toEqual([text])
      expect(yield* (yield* start(place)).versions.heads).toHaveLength(1)
    }))

  it.effect("is replaced by the one of AMENDS_KEY where that is set, and no file is touched", () =>
    Effect.gen(function*() {
      const place = yield* placeWith(1)
      const [was, keyText] = [readFileSync(place.key, "utf8"), randomBytes(32).toString("hex")]
      const given = (text: string) =>
        Effect.map(Layer.build(layerRescue(text)), (context) => Context.get(context, Rescue))
      const { resetKey } = yield* given(keyText)
      expect([yield* resetKey(place.file), yield* resetKey(place.file)]).toEqual(["reset", "right"])
      expect(readdirSync(place.folder).filter((name) => name.startsWith("key"))).toEqual(["key"])
      expect(readFileSync(place.key, "utf8")).toBe(was)
      const { open } = placeAt(dirname(place.folder), { keyText })
      expect(yield* (yield* start({ open })).versions.heads).toHaveLength(1)
      expect((yield* Effect.flip((yield* given("hello")).resetKey(place.file))).reason).toBe("WrongKey")
    }))

  it.effect("of a state that is not there has nothing to open", () =>
    Effect.gen(function*() {
      const place = newPlace()
      expect((yield* Effect.flip((yield* rescue).resetKey(place.file))).reason).toBe("Missing")
      expect(existsSync(place.key)).toBe(false)
    }))

  it.effect("is not given up while somebody holds the lease", () =>
    Effect.gen(function*() {
      const place = yield* placeWith(1)
      const { leases } = yield* start(place)
      yield* leases.acquire(lifeMs)
      rmSync(place.key)
      expect((yield* Effect.flip((yield* rescue).resetKey(place.file))).reason).toBe("Held")
      expect(existsSync(place.key)).toBe(false)
    }))
})
