/**
 * The order and text of problems: by file, line and column, so that the same files give the same report.
 */
import type { Place, Problem } from "./Workspace.ts"

const compare = (a: Place, b: Place): number =>
  a.file === b.file ? a.line - b.line || a.column - b.column : a.file < b.file ? -1 : 1

/** Sorts problems by their places. */
export const inOrder = (problems: ReadonlyArray<Problem>): ReadonlyArray<Problem> =>
  problems.toSorted((a, b) => compare(a.place, b.place))

/** Those of further problems that stand where nothing is told yet: what follows from a problem is no news. */
export const besides = (told: ReadonlyArray<Problem>, further: ReadonlyArray<Problem>): ReadonlyArray<Problem> => {
  const places = new Set(told.map(({ place }) => renderPlace(place)))
  return further.filter(({ place }) => !places.has(renderPlace(place)))
}

/** Renders a place as editors and terminals understand it: `file:line:column`. */
export const renderPlace = ({ file, line, column }: Place): string => `${file}:${line}:${column}`

/** Renders a problem: the place, what is wrong, and what to do. */
export const renderProblem = ({ place, path, message, hint }: Problem): string =>
  `${renderPlace(place)}: ${path === "" ? "" : `${path}: `}${message}\n  ${hint}`
