/**
 * A workspace of described kinds in a temporary directory, over a server of one style of API.
 */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import type { ApplyOptions } from "../../src/app/Apply.ts"
import { planBatch, planDefaults } from "../../src/app/PlanBatch.ts"
import type { AppServices } from "../../src/app/Session.ts"
import { canonical } from "../../src/domain/Canonical.ts"
import { canonicalText, type Document } from "../../src/domain/Document.ts"
import { layerApp } from "../../src/main/Layers.ts"
import { scopeOf } from "../../src/providers/Provider.ts"
import { type Api, startApi } from "../providers/described/Api.ts"
import { providerOf } from "../providers/described/Providers.ts"
import type { Style } from "../providers/described/Style.ts"
import { directoryWith } from "./files/Directory.ts"
import { applying } from "./Site.ts"

/** A workspace over one API. */
export interface Place {
  readonly api: Api
  readonly directory: string
  readonly style: Style
}

/** Starts an API, and makes a workspace that describes it. */
export const open = (style: Style) =>
  Effect.gen(function*() {
    const api = yield* startApi(style.make())
    const directory = yield* directoryWith({
      "amends.yaml": `workspace: w
defaults: { retries: 1, timeout: 2s }
providers: { shop: { use: http, baseUrl: "${api.url}", horizon: 10ms, kindsFrom: shop.json } }
`,
      "shop.json": JSON.stringify(style.kinds),
      "resources/all.json": "[]"
    })
    return { api, directory, style } satisfies Place
  })

/** Runs a verb as a process of its own. */
export const on = <A, E>({ directory }: Place, verb: Effect.Effect<A, E, AppServices>) =>
  Effect.provide(verb, layerApp({ directory, env: {} }))

/** What a style shows itself with. */
export const exampleOf = ({ examples: [example] }: Style) => {
  if (example === undefined) throw new Error("a style has an example")
  return example
}

/** The example under another name. */
export const other = (create: Document): Document => {
  const field = ["title", "name", "_id", "note"].find((one) => one in create) ?? "id"
  return { ...create, [field]: "the-other" }
}

/** Writes what is declared. */
export const declare = (
  { directory, style }: Place,
  specs: Readonly<Record<string, Document>>,
  needs = exampleOf(style).needs ?? []
) => {
  const { kind } = exampleOf(style)
  const needed = needs.map((need, index) => ({ kind: need.kind, name: `need${index}`, spec: need.create }))
  const referring = Object.fromEntries(
    needs.map(({ at, kind: of }, index) => [at.slice(1), `\${${of}.need${index}.id}`])
  )
  const own = Object.entries(specs).map(([name, spec], index) => ({
    kind,
    name,
    spec: { ...spec, ...referring },
    // In this order, so that the first is done when the second fails.
    dependsOn: index === 0 || specs["one"] === undefined ? [] : [`${kind}.one`]
  }))
  return Effect.promise(() => writeFile(join(directory, "resources/all.json"), JSON.stringify([...needed, ...own])))
}

/** What the server holds, as far as it is anybody's but its own. */
export const held = ({ api, style }: Place) =>
  Effect.gen(function*() {
    const provider = yield* providerOf(style.kinds, { baseUrl: api.url })
    const { create, kind: name, needs } = exampleOf(style)
    const kind = provider.kinds.get(name)
    if (kind === undefined) return []
    const scope = scopeOf(kind, needs === undefined ? create : { ...create, project: 1, team: 1 })
    return (yield* provider.list(name, scope)).map(({ document }) => canonicalText(canonical(kind, document))).sort()
  })

/** Applies, and tells what came of it. */
export const outcomeOf = (place: Place, options: Partial<ApplyOptions> = {}) =>
  Effect.map(on(place, applying(options)), (result) => result._tag === "ran" ? result.report.outcome : result._tag)

/** Applies what is declared, which must work. */
export const to = (place: Place, specs: Readonly<Record<string, Document>>) =>
  Effect.gen(function*() {
    place.api.meddle = () => undefined
    yield* declare(place, specs)
    const outcome = yield* outcomeOf(place)
    assert.include(["committed", "nothing"], outcome)
  })

/** The steps that an apply would take. */
export const stepsOf = (place: Place, destroy = false) =>
  Effect.map(on(place, planBatch({ ...planDefaults, destroy })), ({ plan }) => plan.steps.map(({ id }) => id as string))
