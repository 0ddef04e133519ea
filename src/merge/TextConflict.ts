/**
 * Conflicts of texts as values: what each side holds, where, how bad it is, and what a person may do about it.
 *
 * Markers are only a rendering of them (Markers.ts). `critical` is where taking one side loses what the other did;
 * `warning` where the sides only touch; `info` where they differ by white space alone.
 */
import type { Severity, Suggestion } from "../domain/Conflict.ts"
import { type LineRange, type Lines, textOf } from "./Lines.ts"
import type { Region } from "./Regions.ts"

/** A stretch of lines that both sides changed. */
export interface TextConflict {
  /** The place of the text: a file's path or a JSON Pointer. */
  readonly path: string
  readonly kind: "edit-edit" | "add-add" | "delete-edit"
  readonly severity: Severity
  readonly base: string
  readonly ours: string
  readonly theirs: string
  /** Lines from 0, without the last. */
  readonly ranges: { readonly base: LineRange; readonly ours: LineRange; readonly theirs: LineRange }
  readonly suggestions: ReadonlyArray<Suggestion>
}

/** A stretch of a merge: settled text, or a conflict. */
export type TextPart =
  | { readonly _tag: "text"; readonly text: string }
  | { readonly _tag: "conflict"; readonly conflict: TextConflict }

/** Content that both sides changed and that is not merged by line. */
export interface OpaqueConflict<C = string | Uint8Array> {
  readonly path: string
  readonly kind: "binary" | "oversized"
  readonly severity: "critical"
  readonly base: C
  readonly ours: C
  readonly theirs: C
  readonly suggestions: ReadonlyArray<Suggestion>
}

/** Three texts or contents that belong together. */
export interface Three<A> {
  readonly base: A
  readonly ours: A
  readonly theirs: A
}

/** How the sides of a text disagree. */
export const kindOfTexts = ({ base, ours, theirs }: Three<string>): TextConflict["kind"] => {
  if (base === "") return "add-add"
  return ours === "" || theirs === "" ? "delete-edit" : "edit-edit"
}

const bare = (text: string): string => text.replaceAll(/\s+/g, "")

const severityOf = (region: Region, { ours, theirs }: Three<string>): Severity => {
  if (bare(ours) === bare(theirs)) return "info"
  return region.isTouching ? "warning" : "critical"
}

/** The conflict that a region stands for. */
export const conflictAt = (path: string, region: Region, lines: Three<Lines>): TextConflict => {
  const { base, ours, theirs } = region
  const texts = {
    base: textOf(lines.base, base),
    ours: textOf(lines.ours, ours),
    theirs: textOf(lines.theirs, theirs)
  }
  const kind = kindOfTexts(texts)
  return {
    path,
    kind,
    severity: severityOf(region, texts),
    ...texts,
    ranges: { base, ours, theirs },
    suggestions: ["take-ours", "take-theirs", ...kind === "delete-edit" ? [] : ["keep-both"] as const, "edit-range"]
  }
}

/** A conflict about the whole content. */
export const opaque = <C>(
  path: string,
  kind: OpaqueConflict["kind"],
  { base, ours, theirs }: Three<C>
): OpaqueConflict<C> => ({
  path,
  kind,
  severity: "critical",
  base,
  ours,
  theirs,
  suggestions: ["take-ours", "take-theirs"]
})
