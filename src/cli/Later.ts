/**
 * Commands that are promised and not built yet: each is refused in one clear sentence.
 */

const later: ReadonlySet<string> = new Set([
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

/** Commands that have commands of their own. */
const groups: ReadonlySet<string> = new Set(["lease", "state", "key", "audit", "kind"])

/** The command as it was typed, with the one below it: `lease break`. */
export const verbIn = (argv: ReadonlyArray<string>): string | undefined => {
  const command = commandIn(argv)
  if (command === undefined || !groups.has(command)) return command
  const below = commandIn(argv.slice(argv.indexOf(command) + 1))
  return below === undefined ? command : `${command} ${below}`
}

/** The command that is not built yet. */
export const notBuiltYet = (argv: ReadonlyArray<string>): string | undefined => {
  const command = commandIn(argv)
  return command !== undefined && later.has(command) ? command : undefined
}
