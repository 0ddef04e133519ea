import { describe, expect, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Sealer } from "../../../src/state/Sealer.ts"
import { isOf, keysOf, parseKey } from "../../../src/state/sealing/Key.ts"
import { readOrMakeKey } from "../../../src/state/sealing/KeyFile.ts"
import { layerSealer } from "../../../src/state/sealing/Sealing.ts"
import { StateError } from "../../../src/state/StateError.ts"
import { newFolder } from "../Folders.ts"

const key = Uint8Array.from({ length: 32 }, (_, index) => 200 + index)
const thrown = (work: () => unknown): StateError => {
  try {
    work()
  } catch (error) {
    if (error instanceof StateError) return error
  }
  throw new Error("no StateError was thrown")
}

describe("a key's text", () => {
  it.each([
    ["hex", Buffer.from(key).toString("hex")],
    ["upper-case hex", Buffer.from(key).toString("hex").toUpperCase()],
    ["base64", Buffer.from(key).toString("base64")],
    ["base64url", Buffer.from(key).toString("base64url")],
    ["hex and a newline", `${Buffer.from(key).toString("hex")}\n`]
  ])("may be %s", (_, text) => {
    expect([...parseKey(text, "AMENDS_KEY")]).toEqual([...key])
  })

  it.each([
    " ",
    "correct horse battery staple",
    "ab".repeat(31),
    "ab".repeat(33),
    "A".repeat(42),
    `${"A".repeat(43)}!`
  ])(
    "is refused where it is not 32 bytes: %j",
    (text) => {
      const error = thrown(() => parseKey(text, "AMENDS_KEY"))
      expect(error.reason).toBe("WrongKey")
      expect(error.detail).toContain("AMENDS_KEY")
      expect(`${error.message}${error.hint}`.split(/[ ,;.]/)).not.toContain(text)
    }
  )
})

describe("the keys in use", () => {
  it("differ from each other and from the key, and tell another key by the check value", () => {
    const keys = keysOf(key)
    const derived = [keys.seal, keys.nonce, keys.digest].map((one) => one.export())
    const all = [...derived, Buffer.from(key)].map((bytes) => bytes.toString("hex"))
    expect(new Set(all).size).toBe(4)
    expect(isOf(keys, keysOf(key).check)).toBe(true)
    expect(isOf(keys, keysOf(new Uint8Array(32)).check)).toBe(false)
    expect(isOf(keys, "v1.")).toBe(false)
  })
})

describe("the key file", () => {
  it("is made once, for its owner only, and read from then on", () => {
    const keyFile = join(newFolder(), "key")
    const made = readOrMakeKey({ keyFile })
    expect(statSync(keyFile).mode & 0o777).toBe(0o600)
    expect(readFileSync(keyFile, "utf8")).toMatch(/^[0-9a-f]{64}\n$/)
    expect([...readOrMakeKey({ keyFile })]).toEqual([...made])
  })

  it("gives way to AMENDS_KEY, and is then not made", () => {
    const keyFile = join(newFolder(), "key")
    const keyText = Buffer.from(key).toString("hex")
    expect([...readOrMakeKey({ keyFile, keyText })]).toEqual([...key])
    expect(existsSync(keyFile)).toBe(false)
  })

  it("is refused where it holds something else", () => {
    const keyFile = join(newFolder(), "key")
    writeFileSync(keyFile, "hunter2")
    expect(thrown(() => readOrMakeKey({ keyFile })).detail).toContain(keyFile)
  })

  it("is refused where it cannot be read or made", () => {
    expect(thrown(() => readOrMakeKey({ keyFile: newFolder() })).reason).toBe("Corrupt")
    expect(thrown(() => readOrMakeKey({ keyFile: join(newFolder(), "gone", "key") })).reason).toBe("Missing")
  })
})

describe("a Sealer without a state", () => {
  const digest = (make: boolean, keyFile: string) =>
    Effect.map(Layer.build(Layer.fresh(layerSealer({ keyFile, make }))), () => existsSync(keyFile)).pipe(Effect.scoped)

  it.effect("makes the key only when asked to", () =>
    Effect.gen(function*() {
      const keyFile = join(newFolder(), "key")
      expect(yield* digest(false, keyFile)).toBe(false)
      expect(yield* digest(true, keyFile)).toBe(true)
      const once = yield* Sealer.use((one) => Effect.succeed(one.digest("x"))).pipe(
        Effect.provide(layerSealer({ keyFile, make: false }))
      )
      const again = yield* Sealer.use((one) => Effect.succeed(one.digest("x"))).pipe(
        Effect.provide(layerSealer({ keyFile, make: true }))
      )
      expect(again).toBe(once)
    }))

  it.effect("fails for a key that is none", () =>
    Effect.gen(function*() {
      const layer = layerSealer({ keyFile: "unused", keyText: "short", make: false })
      expect((yield* Effect.flip(Effect.scoped(Layer.build(layer)))).reason).toBe("WrongKey")
    }))
})
