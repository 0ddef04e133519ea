/**
 * `amends doctor --kind`: descriptions tried on APIs of several styles, each of them strict.
 */
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { isObject, type Json, type JsonObject } from "../../../src/domain/Document.ts"
import type { KindExample } from "../../../src/testing.ts"
import type { Handle } from "../../providers/described/Api.ts"
import { providerOf } from "../../providers/described/Providers.ts"
import type { Style } from "../../providers/described/Style.ts"
import { styles } from "../../providers/described/Styles.ts"
import { onGround, triedIn } from "../Trials.ts"

const listAll = (kinds: JsonObject, kind: string, url: string, example: JsonObject) =>
  Effect.runPromise(Effect.scoped(Effect.gen(function*() {
    const provider = yield* providerOf(kinds, { baseUrl: url })
    const { scope = [] } = provider.kinds.get(kind) ?? {}
    return yield* provider.list(
      kind,
      Object.fromEntries(scope.map((field) => [field, example[field.slice(1)] ?? null]))
    )
  })))

/** What the example refers to, made beforehand: the members of its spec that name it. */
const withNeeds = (handle: Handle, { needs = [] }: KindExample): JsonObject =>
  Object.fromEntries(needs.map(({ at, create, kind }) => {
    const path = [`${kind}s`]
    const { body } = handle({ method: "POST", path, query: new URLSearchParams(), headers: {}, body: create, sent: {} })
    const { id, name }: JsonObject = isObject(body as Json) ? body as JsonObject : {}
    return [at.slice(1), id ?? name ?? null]
  }))

/** What nothing tells from others cannot be tried (DoctorLeaves). */
const isNamed = ({ examples, kinds }: Style): boolean => {
  const kind = kinds[examples[0]?.kind ?? ""]
  return !(isObject(kind) && kind["name"] === "none" && kind["identity"] === undefined)
}

describe("doctor --kind", () => {
  it.each(styles.filter(isNamed))(
    "finds nothing wrong with $says, and leaves nothing",
    async ({ examples, kinds, make }) => {
      const [example] = examples
      if (example === undefined) throw new Error("no example")
      const handle = make()
      const spec = { ...example.create, ...withNeeds(handle, example) }
      await onGround({ kinds, handle, declared: [spec] }, async ({ api, doctor, kind }) => {
        const ended = await doctor("--yes", "--json")
        const { findings, left } = triedIn(ended)
        expect(findings.filter(({ ok }) => !ok)).toEqual([])
        expect([ended.code, left]).toEqual([0, []])
        expect(await listAll(kinds, kind, api.url, spec)).toEqual([])
      })
    }
  )
})
