/**
 * YAML as a format of structured files.
 */
import { Lexer } from "yaml"
import type { FileFormat } from "./FileFormat.ts"
import { parseYaml } from "./YamlRead.ts"
import { writeYaml } from "./YamlWrite.ts"

/** What announces the content of a block scalar among the tokens of the lexer. */
const scalarAhead = "\u001F"

const commentsIn = (text: string): ReadonlyArray<string> => {
  let before = ""
  return [...new Lexer().lex(text)].filter((token) => {
    const isComment = token.startsWith("#") && before !== scalarAhead
    before = token
    return isComment
  })
}

/** YAML. */
export const yamlFormat: FileFormat = {
  name: "yaml",
  parse: parseYaml,
  write: writeYaml,
  comments: commentsIn
}
