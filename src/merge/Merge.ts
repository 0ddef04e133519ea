/**
 * The merge engine as others see it, `amends/merge`: documents, texts and files by three-way merge.
 *
 * Pure functions only, of base, ours and theirs; nothing here needs Node, so a browser can merge, too.
 */
export type { Conflict, ConflictKind, Severity, Suggestion } from "../domain/Conflict.ts"
export type { Tree, TreeEntry } from "../domain/Tree.ts"
export { type MergeBase, mergeBase, weaveDocument, weaveText, weaveTree, type Weaving } from "./Base.ts"
export { type DocumentConflict, type Draft, draftAs, type Side } from "./Draft.ts"
export { parseJson, printJson } from "./JsonRead.ts"
export {
  ancestry,
  type CheckedLineage,
  checkLineage,
  commonAncestors,
  type Lineage,
  type LineageProblem,
  type LineageVersion,
  newestFirst
} from "./Lineage.ts"
export {
  type Choice,
  type MarkedConflict,
  type MarkerOptions,
  markersIn,
  type MarkerStyle,
  type Rendered,
  renderMarkers,
  resolveMarkers
} from "./Markers.ts"
export { changedPlaces, withPlaces } from "./Places.ts"
export { renderReport, type ReportColour, reportJson, type ReportOptions } from "./Report.ts"
export type { AnyConflict } from "./ReportItem.ts"
export {
  type DocumentConflicts,
  type DocumentResolution,
  type Refusal,
  type Resolution,
  resolveDocument,
  type Take
} from "./Resolve.ts"
export { acceptEdited, resolveText, type TextConflicts, type TextResolution } from "./ResolveText.ts"
export { type ResolvedTree, resolveTree, type TreeConflicts, type TreeResolution } from "./ResolveTree.ts"
export { resourceContents } from "./ResourceContents.ts"
export {
  type ContentMerge,
  type Contents,
  droppedBy,
  revert,
  type Reverted,
  type RevertProblem,
  type RevertRequest,
  type Taking
} from "./Revert.ts"
export { type DocumentMerge, mergeDocument, threeWay } from "./Structure.ts"
export {
  type FileTexts,
  formatOf,
  mergeStructured,
  resolveStructured,
  type StructuredConflicts,
  type StructuredMerge,
  type StructuredResolution
} from "./StructuredFile.ts"
export { type DocumentRules, type Keyed, keyed, type Way } from "./Terms.ts"
export { type FileMerge, mergeFile, mergeText, type Merging, type Sides, type TextMerge } from "./Text.ts"
export type { OpaqueConflict, TextConflict, TextPart, Three } from "./TextConflict.ts"
export type { Puts, TreeConflict, TreeConflictKind, TreeSide } from "./TreeConflict.ts"
export type { UnsafePath } from "./TreePaths.ts"
export { mergeTrees, type TreeMerge, type Trees } from "./Trees.ts"
export { type Members, numberOf, Numeral, sameValue, Unsettled, type Value } from "./Value.ts"
export { documentContents, textContents, treeContents } from "./VersionContents.ts"
