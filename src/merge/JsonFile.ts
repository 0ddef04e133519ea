/**
 * JSON as a format of structured files, with comments or without.
 */
import { visit } from "jsonc-parser"
import type { FileFormat } from "./FileFormat.ts"
import { parseJson } from "./JsonRead.ts"
import { writeJson } from "./JsonWrite.ts"

const commentsIn = (text: string): ReadonlyArray<string> => {
  const comments: Array<string> = []
  visit(text, { onComment: (offset, length) => comments.push(text.slice(offset, offset + length)) })
  return comments
}

/** JSON. */
export const jsonFormat: FileFormat = {
  name: "json",
  parse: parseJson,
  write: writeJson,
  comments: commentsIn
}
