/**
 * The merge engine as others see it, `amends/merge`: documents, texts and files by three-way merge.
 *
 * Pure functions only, of base, ours and theirs; nothing here needs Node, so a browser can merge, too.
 */
export {
  type Choice,
  type MarkedConflict,
  type MarkerOptions,
  type MarkerStyle,
  type Rendered,
  renderMarkers,
  resolveMarkers
} from "./Markers.ts"
export { threeWay } from "./Structure.ts"
export { type FileMerge, mergeFile, mergeText, type Merging, type Sides, type TextMerge } from "./Text.ts"
export type { OpaqueConflict, Severity, Suggestion, TextConflict, TextPart, Three } from "./TextConflict.ts"
