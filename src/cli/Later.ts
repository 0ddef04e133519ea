/**
 * Commands that are promised and not built yet: each is refused in one clear sentence.
 */

const later: ReadonlySet<string> = new Set([
  "audit",
  "artifact",
  "sync",
  "update",
  "resolve",
  "release",
  "serve"
])

/** Flags of the command itself that take a value of their own. */
const valued: ReadonlySet<string> = new Set([
  "--config",
  "--workspace",
  "-C",
  "--reason",
  "--actor",
  "--log-level",
  "--completions"
])

/** The command among the words after `amends`. */
export const commandIn = (argv: ReadonlyArray<string>): string | undefined => {
  let skip = false
  for (const word of argv) {
    if (skip) skip = false
    else if (word.startsWith("-")) skip = valued.has(word)
    else return word
  }
  return undefined
}

/** The command that is not built yet. */
export const notBuiltYet = (argv: ReadonlyArray<string>): string | undefined => {
  const command = commandIn(argv)
  return command !== undefined && later.has(command) ? command : undefined
}
