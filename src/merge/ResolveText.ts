/**
 * Answers to the conflicts of a text, each put where its conflict stands between the settled lines.
 *
 * What a person made of a text with markers is taken only without them: a line that looks like a marker of the recorded
 * length is one, since no line of the inputs does.
 */
import { chosenText, markersIn } from "./Markers.ts"
import type { Refusal, Resolution } from "./Resolve.ts"
import type { TextMerge } from "./Text.ts"
import type { TextPart } from "./TextConflict.ts"

/** A merge with conflicts. */
export type TextConflicts = Extract<TextMerge, { readonly _tag: "conflict" }>

/** What comes of answers: the text, or what is still open, or the answers that cannot be. */
export type TextResolution =
  | { readonly _tag: "resolved"; readonly content: string }
  | { readonly _tag: "unresolved"; readonly merge: TextConflicts }
  | { readonly _tag: "refused"; readonly problems: ReadonlyArray<Refusal> }

const problemsIn = (
  { conflicts, markerLength }: TextConflicts,
  resolutions: ReadonlyArray<Resolution<string>>
): ReadonlyArray<Refusal> => {
  const seen = new Set<number>()
  return resolutions.flatMap((resolution) => {
    const { conflict: number } = resolution
    const conflict = conflicts[number]
    const lines = "value" in resolution ? markersIn(resolution.value, markerLength) : []
    const found = conflict === undefined
      ? { why: `there is no conflict ${number}`, hint: `they are numbered from 0 to ${conflicts.length - 1}` }
      : seen.has(number)
      ? { why: "it is answered twice", hint: "give one answer" }
      : lines.length > 0
      ? { why: `line ${(lines[0] ?? 0) + 1} of the text is a conflict marker`, hint: "remove the marker lines" }
      : undefined
    seen.add(number)
    return found === undefined ? [] : [{ conflict: number, path: conflict?.path ?? "", ...found }]
  })
}

/** Neighbouring texts become one. */
const joined = (parts: ReadonlyArray<TextPart>): ReadonlyArray<TextPart> => {
  const done: Array<TextPart> = []
  for (const part of parts) {
    const last = done.at(-1)
    if (last?._tag === "text" && part._tag === "text")
      done[done.length - 1] = { _tag: "text", text: last.text + part.text }
    else done.push(part)
  }
  return done
}

/** Resolves some conflicts of a text or all of them. */
export const resolveText = (
  merge: TextConflicts,
  resolutions: ReadonlyArray<Resolution<string>>
): TextResolution => {
  const problems = problemsIn(merge, resolutions)
  if (problems.length > 0) return { _tag: "refused", problems }
  const answers = new Map(resolutions.map((resolution) => [resolution.conflict, resolution]))
  let number = -1
  const parts = joined(merge.parts.map((part): TextPart => {
    if (part._tag === "text") return part
    number++
    const answer = answers.get(number)
    if (answer === undefined) return part
    return { _tag: "text", text: chosenText(part.conflict, "take" in answer ? answer.take : { text: answer.value }) }
  }))
  const open = parts.flatMap((part) => part._tag === "conflict" ? [part.conflict] : [])
  return open.length === 0
    ? { _tag: "resolved", content: parts.map((part) => part._tag === "text" ? part.text : "").join("") }
    : { _tag: "unresolved", merge: { ...merge, conflicts: open, parts } }
}

/** What a person made of a text with markers; refused while there are markers in it. */
export const acceptEdited = (
  { markerLength }: { readonly markerLength: number },
  path: string,
  edited: string
): Exclude<TextResolution, { readonly _tag: "unresolved" }> => {
  const lines = markersIn(edited, markerLength)
  if (lines.length === 0) return { _tag: "resolved", content: edited }
  return {
    _tag: "refused",
    problems: lines.map((line) => ({
      conflict: -1,
      path,
      why: `line ${line + 1} is a conflict marker`,
      hint: "decide what is to stand there, and remove the marker lines"
    }))
  }
}
