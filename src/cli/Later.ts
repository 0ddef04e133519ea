/**
 * Commands and flags that are promised and not built yet: each is refused in one clear sentence.
 */

const later: ReadonlySet<string> = new Set([
  "rollback",
  "drift",
  "diff",
  "audit",
  "artifact",
  "sync",
  "update",
  "resolve",
  "release",
  "serve"
])

/** Flags of commands that are there. */
const laterFlags: Readonly<Record<string, ReadonlyArray<string>>> = {
  doctor: ["--kind"]
}

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

/** The command that is not built yet, or the command with such a flag. */
export const notBuiltYet = (argv: ReadonlyArray<string>): string | undefined => {
  const command = commandIn(argv)
  if (command === undefined) return undefined
  if (later.has(command)) return command
  const flag = laterFlags[command]?.find((name) => argv.some((word) => word === name || word.startsWith(`${name}=`)))
  return flag === undefined ? undefined : `${command} ${flag}`
}
