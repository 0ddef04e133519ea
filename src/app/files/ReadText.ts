/**
 * The text of a file, or the one problem that keeps us from it: missing, too large, not inside the workspace (also
 * through a symbolic link), no regular file, not UTF-8.
 *
 * Files are read while the process waits: for many small ones, waiting for threads takes five times as long as reading.
 */
import { Effect } from "effect"
import { readFileSync, realpathSync, statSync } from "node:fs"
import { isAbsolute, relative, sep } from "node:path"
import { Limits } from "../../domain/Limits.ts"
import type { Problem } from "../Workspace.ts"
import { startOf } from "./Report.ts"

/** A file to read, with the name that problems call it by. */
export interface FileToRead {
  /** Absolute. */
  readonly path: string
  /** From the root of the workspace, with slashes. */
  readonly name: string
}

/** Tells whether a path is a directory or lies in it; both are absolute and resolved. */
export const isInside = (directory: string, path: string): boolean => {
  const way = relative(directory, path)
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

const codeOf = (error: unknown): string =>
  typeof error === "object" && error !== null && "code" in error ? String(error.code) : "unknown error"

/** What the operating system said, as words. */
const reasons: { readonly [code: string]: string } = {
  ENOENT: "there is no such file",
  EACCES: "permission to read it is missing",
  EPERM: "permission to read it is missing",
  EISDIR: "it is a directory",
  ELOOP: "its symbolic links go in a circle",
  ENOTDIR: "a part of its path is no directory"
}

const problem = (file: FileToRead, message: string, hint: string): Problem => ({
  place: startOf(file.name),
  path: "",
  message,
  hint
})

const attempt = <A>(file: FileToRead, read: () => A): Effect.Effect<A, Problem> =>
  Effect.try({
    try: read,
    catch: (error) =>
      problem(file, `the file cannot be read: ${reasons[codeOf(error)] ?? codeOf(error)}`, "check its path and rights")
  })

const decode = (file: FileToRead, bytes: Uint8Array): Effect.Effect<string, Problem> =>
  Effect.try({
    try: () => new TextDecoder("utf-8", { fatal: true }).decode(bytes),
    catch: () => problem(file, "the file is no valid UTF-8", "save it as UTF-8")
  })

const tooLarge = (file: FileToRead): Problem =>
  problem(
    file,
    `the file is larger than ${Limits.fileBytesMax / (1024 * 1024)} MB`,
    "split it into several files"
  )

/** The real path of a file that has to lie inside a directory. */
const realInside = (directory: string, file: FileToRead): Effect.Effect<string, Problem> =>
  Effect.gen(function*() {
    const { native: real } = realpathSync
    const [root, path] = yield* attempt(file, () => [real(directory), real(file.path)] as const)
    return isInside(root, path)
      ? path
      : yield* Effect.fail(problem(file, "the file lies outside the workspace", "move it inside, or copy it"))
  })

/** Reads a file of the workspace in that directory; a byte order mark is dropped. */
export const readText = Effect.fnUntraced(function*(directory: string, file: FileToRead) {
  const path = yield* realInside(directory, file)
  const facts = yield* attempt(file, () => statSync(path))
  if (!facts.isFile()) return yield* Effect.fail(problem(file, "this is no regular file", "name a file"))
  if (facts.size > Limits.fileBytesMax) return yield* Effect.fail(tooLarge(file))
  const bytes = yield* attempt(file, () => readFileSync(path))
  return bytes.byteLength > Limits.fileBytesMax ? yield* Effect.fail(tooLarge(file)) : yield* decode(file, bytes)
})
