/**
 * `amends doctor --kind`: descriptions tried on APIs of several styles, each of them strict.
 */
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import type { JsonObject } from "../../../src/domain/Document.ts"
import type { Handle } from "../../providers/described/Api.ts"
import { providerOf } from "../../providers/described/Providers.ts"
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

/** A parent for the kinds that need one. */
const withParent = (handle: Handle): Handle => {
  handle({
    method: "POST",
    path: ["projects"],
    query: new URLSearchParams(),
    headers: {},
    body: { name: "p" },
    sent: {}
  })
  return handle
}

describe("doctor --kind", () => {
  it.each(styles)("finds nothing wrong with $says, and leaves nothing", async ({ examples, kinds, make }) => {
    const [example] = examples
    const spec = { ...example?.create, ...(example?.needs === undefined ? {} : { project: 1 }) }
    const handle = example?.needs === undefined ? make() : withParent(make())
    await onGround({ kinds, handle, declared: [spec] }, async ({ api, doctor, kind }) => {
      const ended = await doctor("--yes", "--json")
      const { findings, left } = triedIn(ended)
      expect(findings.filter(({ ok }) => !ok)).toEqual([])
      expect([ended.code, left]).toEqual([0, []])
      expect(await listAll(kinds, kind, api.url, spec)).toEqual([])
    })
  })
})
