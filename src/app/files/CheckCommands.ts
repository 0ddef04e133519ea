/**
 * Looks for the commands of `notify` before anybody needs them: one that is not there is a warning, since it keeps
 * nothing from being done.
 */
import { Effect } from "effect"
import { access, constants } from "node:fs/promises"
import { isAbsolute } from "node:path"
import type { Problem, WorkspaceSettings } from "../Workspace.ts"

const can = (path: string, mode: number): Effect.Effect<boolean> =>
  Effect.orElseSucceed(Effect.as(Effect.tryPromise(() => access(path, mode)), true), () => false)

/** Bare names depend on PATH as it will be; they are not looked for. */
const checkProgram = Effect.fnUntraced(function*(program: string) {
  if (!isAbsolute(program) || (yield* can(program, constants.X_OK))) return undefined
  return (yield* can(program, constants.F_OK))
    ? { message: "the command of a notification may not be run", hint: "make it executable: chmod +x" }
    : { message: "the command of a notification is not there", hint: "make it, or correct the path" }
})

/** Warnings about commands that would not run. */
export const commandWarnings = (
  { notify = [], placeOf }: Pick<WorkspaceSettings, "notify" | "placeOf">
): Effect.Effect<ReadonlyArray<Problem>> =>
  Effect.map(
    Effect.forEach(notify, ({ path: rule, target }) => {
      const path = `${rule}/command/0`
      return target._tag === "command"
        ? Effect.map(checkProgram(target.argv[0]), (found) =>
          found === undefined ? [] : [{ place: placeOf(path), path, ...found }])
        : Effect.succeed([])
    }),
    (warnings) =>
      warnings.flat()
  )
