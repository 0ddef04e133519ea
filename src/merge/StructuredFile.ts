/**
 * Merges files by what they hold: JSON, YAML and TOML as documents where all sides can be read as such, else as text.
 *
 * What is clean both ways is taken as text, since that keeps everything as people wrote it. Where only the documents
 * merge, ours is changed in place, with comments; if one would be lost, the file merges as text after all. Where the
 * texts merge to what the documents do not say, the documents are right: two members of one name are no merge.
 */
import { Limits } from "../domain/Limits.ts"
import type { DocumentConflict } from "./Draft.ts"
import { type FileFormat, keepsComments, type Written } from "./FileFormat.ts"
import { jsonFormat } from "./JsonFile.ts"
import { agreesOutsideLists } from "./LooseLists.ts"
import { type DocumentConflicts, type Refusal, type Resolution, resolveDocument } from "./Resolve.ts"
import { mergeDocument } from "./Structure.ts"
import type { DocumentRules } from "./Terms.ts"
import { conflictOfWhole, mergeText, type TextMerge } from "./Text.ts"
import { tomlFormat } from "./TomlFile.ts"
import { isDeeper, sameSpelled, type Value } from "./Value.ts"
import { yamlFormat } from "./YamlFile.ts"

/** The texts of a file; `undefined` where there is none. */
export interface FileTexts {
  readonly path: string
  readonly base: string | undefined
  readonly ours: string
  readonly theirs: string
}

/** What comes of a file that may be a document. */
export type StructuredMerge =
  | {
    readonly _tag: "merged"
    readonly content: string
    readonly by: "text" | "structure"
    readonly notes: ReadonlyArray<DocumentConflict>
  }
  | StructuredConflicts
  | Exclude<TextMerge, { readonly _tag: "merged" }>

/** A document that conflicts, and the texts that its resolution is written into. */
export interface StructuredConflicts extends Omit<DocumentConflicts, "_tag"> {
  readonly _tag: "structure-conflict"
  readonly format: FileFormat["name"]
  readonly texts: FileTexts
}

const formats: ReadonlyArray<readonly [ending: RegExp, format: FileFormat]> = [
  [/\.(json|jsonc|json5|webmanifest|geojson)$/i, jsonFormat],
  [/\.ya?ml$/i, yamlFormat],
  [/\.toml$/i, tomlFormat]
]

/** The format of a file, by the ending of its name. */
export const formatOf = (path: string): FileFormat | undefined => formats.find(([ending]) => ending.test(path))?.[1]

interface Values {
  readonly base: Value | undefined
  readonly ours: Value
  readonly theirs: Value
}

const valuesOf = (format: FileFormat, { base, ours, theirs }: FileTexts): Values | undefined => {
  const [was, mine, other] = [
    base === undefined ? undefined : format.parse(base),
    format.parse(ours),
    format.parse(theirs)
  ]
  if (mine === undefined || other === undefined || (base !== undefined && was === undefined)) return undefined
  if ([was, mine, other].some((value) => isDeeper(value, Limits.mergeDepthMax))) return undefined
  return { base: was, ours: mine, theirs: other }
}

/** The texts to write from: what is new on both sides has an empty base. */
const writtenFrom = ({ base, ours, theirs }: FileTexts): Written => ({ base: base ?? "", ours, theirs })

/** Ours, changed so that it holds the value, with every comment. */
const write = (format: FileFormat, texts: FileTexts, value: Value): string | undefined => {
  const from = writtenFrom(texts)
  const text = format.write(from, value)
  if (text === undefined || !sameSpelled(format.parse(text), value)) return undefined
  return keepsComments(format, from, text) ? text : undefined
}

/** As text, unless the text says what the documents do not: then it is for a person. */
const asText = (format: FileFormat, texts: FileTexts, text: TextMerge, value: Value | undefined): StructuredMerge => {
  if (text._tag !== "merged") return text
  if (value === undefined || sameSpelled(format.parse(text.content), value)) {
    return { _tag: "merged", content: text.content, by: "text", notes: [] }
  }
  return conflictOfWhole(texts.path, writtenFrom(texts))
}

const merged = (
  format: FileFormat,
  texts: FileTexts,
  text: TextMerge,
  { document, notes }: { readonly document: Value | undefined; readonly notes: ReadonlyArray<DocumentConflict> }
): StructuredMerge => {
  if (text._tag === "merged" && sameSpelled(format.parse(text.content), document)) {
    return { _tag: "merged", content: text.content, by: "text", notes }
  }
  const written = document === undefined ? undefined : write(format, texts, document)
  return written === undefined
    ? asText(format, texts, text, document)
    : { _tag: "merged", content: written, by: "structure", notes }
}

/** Merges a file that is a document by its name, and else as text. */
export const mergeStructured = (texts: FileTexts, rules: DocumentRules = {}): StructuredMerge => {
  const { path, base = "", ours, theirs } = texts
  const text = mergeText({ path, base, ours, theirs })
  const format = formatOf(path)
  const values = format === undefined || text._tag === "opaque" ? undefined : valuesOf(format, texts)
  if (format === undefined || values === undefined) {
    return text._tag === "merged" ? { _tag: "merged", content: text.content, by: "text", notes: [] } : text
  }
  const merge = mergeDocument(values, rules)
  if (merge._tag === "merged") return merged(format, texts, text, merge)
  const read = text._tag === "merged" ? format.parse(text.content) : undefined
  if (text._tag === "merged" && agreesOutsideLists(merge, rules, read)) {
    const notes = merge.conflicts.map((conflict) => ({ ...conflict, severity: "warning" as const }))
    return { _tag: "merged", content: text.content, by: "text", notes: [...merge.notes, ...notes] }
  }
  const { conflicts, draft, notes } = merge
  return { _tag: "structure-conflict", conflicts, notes, draft, format: format.name, texts }
}

/** What comes of answers to a file: its text, or what is still open, or the answers that cannot be. */
export type StructuredResolution =
  | { readonly _tag: "resolved"; readonly content: string }
  | { readonly _tag: "unresolved"; readonly merge: StructuredConflicts }
  | { readonly _tag: "refused"; readonly problems: ReadonlyArray<Refusal> }

const unwritable = (path: string): StructuredResolution => ({
  _tag: "refused",
  problems: [{
    conflict: -1,
    path,
    why: "the result cannot be written into the file with all comments",
    hint: "edit the file, and take it as it is then"
  }]
})

/** Resolves some conflicts of a file or all of them, and writes the result into ours. */
export const resolveStructured = (
  merge: StructuredConflicts,
  resolutions: ReadonlyArray<Resolution<Value | undefined>>
): StructuredResolution => {
  const { format: name, texts, conflicts, notes, draft } = merge
  const resolved = resolveDocument({ _tag: "conflict", conflicts, notes, draft }, resolutions)
  if (resolved._tag === "refused") return resolved
  if (resolved._tag === "unresolved") {
    const { conflicts: left, draft: rest } = resolved.merge
    return { _tag: "unresolved", merge: { ...merge, conflicts: left, draft: rest } }
  }
  const format = formats.map(([, one]) => one).find((one) => one.name === name)
  const { document } = resolved
  if (format === undefined || document === undefined) return unwritable(texts.path)
  const content = format.write(writtenFrom(texts), document)
  return content === undefined || !sameSpelled(format.parse(content), document)
    ? unwritable(texts.path)
    : { _tag: "resolved", content }
}
