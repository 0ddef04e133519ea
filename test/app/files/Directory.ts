/**
 * A temporary directory with files in it, and the workspace that is read from it.
 */
import { Effect } from "effect"
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { layerWorkspaceFiles } from "../../../src/app/files/WorkspaceFiles.ts"
import { type Problem, Workspace, type WorkspaceError } from "../../../src/app/Workspace.ts"

/** Files by their path, as text or bytes. */
export type Files = Readonly<Record<string, string | Uint8Array>>

/** A directory that holds the files, and is gone with the scope. */
export const directoryWith = (files: Files) =>
  Effect.gen(function*() {
    const directory = yield* Effect.acquireRelease(
      Effect.promise(() => mkdtemp(join(tmpdir(), "amends-test-"))),
      (path) => Effect.promise(() => rm(path, { recursive: true, force: true }))
    )
    for (const [path, content] of Object.entries(files)) yield* putFile(directory, path, content)
    return directory
  })

/** Writes a file, making its directories. */
export const putFile = (directory: string, path: string, content: string | Uint8Array) =>
  Effect.promise(async () => {
    await mkdir(dirname(join(directory, path)), { recursive: true })
    await writeFile(join(directory, path), content)
  })

/** What reading is asked with. */
export interface Asked {
  readonly config?: string
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** Uses the workspace in a directory. */
export const inWorkspace = <A>(
  directory: string,
  use: (workspace: Workspace["Service"]) => Effect.Effect<A, WorkspaceError>,
  { env = {}, ...asked }: Asked = {}
) => Workspace.use(use).pipe(Effect.provide(layerWorkspaceFiles({ directory, env, ...asked })))

/** Loads the workspace of these files. */
export const load = (files: Files, asked: Asked = {}) =>
  Effect.flatMap(directoryWith(files), (directory) => inWorkspace(directory, (workspace) => workspace.load, asked))

/** A problem as one line: place, path, message. */
export const line = ({ place, path, message }: Problem): string =>
  `${place.file}:${place.line}:${place.column} ${path} ${message}`

/** The problems that loading these files ends in, a line each. */
export const problemsOf = (files: Files, asked: Asked = {}) =>
  load(files, asked).pipe(Effect.flip, Effect.map((error) => error.problems.map(line)))

/** An amends.yaml that says nothing but its name. */
export const bare = "workspace: test\n"

/** A workspace with one resource file. */
export const withResources = (content: string | Uint8Array, name = "resources/a.yaml"): Files => ({
  "amends.yaml": bare,
  [name]: content
})
