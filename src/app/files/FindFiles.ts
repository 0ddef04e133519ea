/**
 * Which files a workspace consists of: `amends.yaml`, looked for from a directory upwards as git looks for `.git`, and
 * the files that its `resources` name.
 *
 * The order is that of the names, so that reports and plans are stable. Hidden directories and `node_modules` are no
 * place for resources unless a pattern names them. A directory that cannot be read is told: the resources in it are not
 * gone, and must not be planned to be.
 */
import { Effect } from "effect"
import type { Dirent } from "node:fs"
import { access, constants, glob, stat } from "node:fs/promises"
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path"
import type { FileToRead } from "./ReadText.ts"

/** The name of the file that makes a directory a workspace. */
export const workspaceFileName = "amends.yaml"

const isFile = (path: string): Effect.Effect<boolean> =>
  Effect.promise(() => stat(path).then((facts) => facts.isFile(), () => false))

/** Finds `amends.yaml` in a directory or the nearest one above it. */
export const findWorkspaceFile = (directory: string): Effect.Effect<string | undefined> =>
  Effect.gen(function*() {
    let at = resolve(directory)
    while (true) {
      const path = join(at, workspaceFileName)
      if (yield* isFile(path)) return path
      if (dirname(at) === at) return undefined
      at = dirname(at)
    }
  })

/** The name of a file in problems: from the root, with slashes. */
export const nameOf = (root: string, path: string): string =>
  relative(root, path).replaceAll(sep, "/") || basename(path)

/** What a pattern of `resources` came to. */
export type Found =
  | { readonly _tag: "files"; readonly files: ReadonlyArray<FileToRead> }
  | { readonly _tag: "outside" }
  | { readonly _tag: "missing" }
  | { readonly _tag: "nothing" }
  | { readonly _tag: "closed"; readonly directory: string }

const isGlob = (pattern: string): boolean => /[*?[\]{}!]/.test(pattern)

const extensions = /\.(ya?ml|json)$/

/** A directory that a pattern does not look into by itself. */
const isPassedOver = (pattern: string, name: string): boolean =>
  (name === "node_modules" || (name.startsWith(".") && name !== ".")) && !pattern.split("/").includes(name)

/** The directory that a pattern begins in, before anything in it stands for more than itself. */
const beginningOf = (root: string, pattern: string): string => {
  const segments = pattern.split("/").slice(0, -1)
  const first = segments.findIndex(isGlob)
  return join(root, ...segments.slice(0, first === -1 ? segments.length : first))
}

const isClosed = (directory: string): Promise<boolean> =>
  access(directory, constants.R_OK | constants.X_OK).then(
    () => false,
    (cause: unknown) => typeof cause === "object" && cause !== null && "code" in cause && cause.code === "EACCES"
  )

const firstClosed = async (directories: Iterable<string>): Promise<string | undefined> => {
  for (const directory of directories) if (await isClosed(directory)) return directory
  return undefined
}

const expand = async (root: string, pattern: string): Promise<Found> => {
  const names = new Set<string>()
  const visited = new Set([beginningOf(root, pattern)])
  const exclude = (entry: Dirent): boolean => {
    const passedOver = isPassedOver(pattern, entry.name)
    if (!passedOver && entry.isDirectory()) visited.add(join(entry.parentPath, entry.name))
    return passedOver
  }
  for await (const entry of glob(pattern, { cwd: root, withFileTypes: true, exclude })) {
    const path = join(entry.parentPath, entry.name)
    if (!entry.isDirectory() && extensions.test(entry.name)) names.add(nameOf(root, path))
  }
  const closed = await firstClosed(visited)
  if (closed !== undefined) return { _tag: "closed", directory: nameOf(root, closed) }
  const files = [...names].sort().map((name) => ({ path: join(root, name), name }))
  return files.length === 0 ? { _tag: "nothing" } : { _tag: "files", files }
}

const named = (root: string, pattern: string): Effect.Effect<Found> =>
  Effect.map(
    Effect.promise(() => stat(join(root, pattern)).then(() => true, () => false)),
    (there) =>
      there ? { _tag: "files", files: [{ path: join(root, pattern), name: nameOf(root, join(root, pattern)) }] } : {
        _tag: "missing"
      }
  )

/** Finds the files that a pattern of `resources` means. */
export const findResourceFiles = (root: string, pattern: string): Effect.Effect<Found> => {
  if (isAbsolute(pattern) || pattern.split(/[\\/{},]/).includes("..")) return Effect.succeed({ _tag: "outside" })
  if (!isGlob(pattern)) return named(root, pattern)
  return Effect.promise(() => expand(root, pattern))
}
