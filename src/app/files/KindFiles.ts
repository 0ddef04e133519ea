/**
 * Kinds that stand in a file of their own: `kindsFrom` of a provider, read and put in its place.
 *
 * From here on nobody knows the difference but the places of problems, which name that file. So a batch freezes the
 * descriptions themselves, and recovering needs no file.
 */
import { Effect, Result } from "effect"
import { dirname, resolve } from "node:path"
import { isObject } from "../../domain/Document.ts"
import type { Path } from "../../domain/Pointer.ts"
import type { Problem } from "../Workspace.ts"
import { nameOf } from "./FindFiles.ts"
import { type Located, locatedObject, offsetOf, placesIn } from "./Located.ts"
import type { SettingsSource } from "./ReadSettings.ts"
import { readText } from "./ReadText.ts"
import type { Report } from "./Report.ts"
import { parseJson, parseYaml } from "./Yaml.ts"

/** Offsets of all files one behind the other, so that one number names a place in any of them. */
const behind = (node: Located, by: number): Located => ({
  ...node,
  at: node.at + by,
  parts: new Map([...node.parts].map(([key, part]) => [key, { key: part.key + by, node: behind(part.node, by) }]))
})

/** A node with another one at a path of keys that are there. */
const replacedAt = (node: Located, path: Path, inner: (there: Located) => Located): Located => {
  const [key, ...rest] = path
  if (key === undefined) return inner(node)
  const part = node.parts.get(key)
  if (part === undefined) return node
  return locatedObject(
    new Map([...node.parts, [key, { key: part.key, node: replacedAt(part.node, rest, inner) }]]),
    node.at
  )
}

const withKinds = (kinds: Located) => (provider: Located): Located => {
  const named = provider.parts.get("kindsFrom")
  const others = [...provider.parts].filter(([key]) => key !== "kindsFrom")
  return locatedObject(new Map([...others, ["kinds", { key: named?.key ?? kinds.at, node: kinds }]]), provider.at)
}

/** A provider whose kinds stand elsewhere. */
interface Named {
  readonly provider: string
  readonly file: string
  readonly alsoKinds: boolean
}

const namedIn = ({ value }: Located): ReadonlyArray<Named> => {
  const providers = isObject(value) && isObject(value["providers"]) ? value["providers"] : {}
  return Object.entries(providers).flatMap(([provider, written]) => {
    if (!isObject(written) || (written["use"] ?? provider) !== "http") return []
    const { kinds, kindsFrom } = written
    return typeof kindsFrom === "string" ? [{ provider, file: kindsFrom, alsoKinds: kinds !== undefined }] : []
  })
}

interface ReadKinds {
  readonly name: string
  readonly text: string
  readonly node: Located | undefined
}

const readKinds = Effect.fnUntraced(function*(source: SettingsSource, named: Named, report: Report) {
  const root = dirname(source.file)
  const path = resolve(root, named.file)
  const name = nameOf(root, path)
  const text = yield* readText(root, { path, name })
  const { documents, faults } = name.endsWith(".json") ? parseJson(text) : parseYaml(text)
  const placeAt = placesIn(name, text)
  for (const { at, hint, message } of faults) report.add({ place: placeAt(at), path: "", message, hint })
  const [node, second] = documents
  const one = second === undefined && isObject(node?.value) ? node : undefined
  if (one === undefined && faults.length === 0) {
    const hint = "write the kinds by name, as under `kinds`: product: { path: /products }"
    const message = "expected one document that is an object of kinds"
    report.add({ place: placeAt(second?.at ?? node?.at ?? 0), path: "", message, hint })
  }
  return { name, text, node: one } satisfies ReadKinds
})

const problemAt = (
  source: SettingsSource,
  path: Path,
  { hint, message }: Pick<Problem, "hint" | "message">
): Problem => ({
  place: source.placeAt(offsetOf(source.node, path, "value")),
  path: `/${path.join("/")}`,
  message,
  hint
})

/** Puts every file that `kindsFrom` names in its place; `length` is that of the text of `amends.yaml`. */
export const withKindFiles = Effect.fnUntraced(function*(source: SettingsSource, length: number, report: Report) {
  let [whole, end] = [source, length + 1]
  for (const named of namedIn(source.node)) {
    const at = ["providers", named.provider, "kindsFrom"]
    if (named.alsoKinds) {
      const hint = "write the kinds in one of the two places"
      report.add(problemAt(source, at, { message: "`kindsFrom` stands beside `kinds`", hint }))
      continue
    }
    const read = yield* Effect.result(readKinds(source, named, report))
    if (Result.isFailure(read)) {
      report.add(problemAt(source, at, read.failure))
      continue
    }
    const { name, node, text } = read.success
    if (node === undefined) continue
    const [from, before, places] = [end, whole.placeAt, placesIn(name, text)]
    whole = {
      ...whole,
      node: replacedAt(whole.node, at.slice(0, -1), withKinds(behind(node, from))),
      placeAt: (offset) => offset < from ? before(offset) : places(offset - from)
    }
    end += text.length + 1
  }
  return whole
})
