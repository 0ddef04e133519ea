/**
 * Writes new files and never over an existing one: what exists is looked for first and told all at once, and each file
 * is opened so that the system itself refuses to overwrite it.
 */
import { Effect, Exit, Layer } from "effect"
import { lstat, mkdir, readFile, rm, writeFile } from "node:fs/promises"
import { dirname, isAbsolute, join, relative, sep } from "node:path"
import { FileWriter, type NewFile, type NewResource, type WrittenFile } from "../Initialise.ts"
import { type Problem, WorkspaceError } from "../Workspace.ts"
import { renderResource } from "./RenderResource.ts"
import { startOf } from "./Report.ts"

const problem = (file: NewFile, message: string, hint: string): Problem => ({
  place: startOf(file.path),
  path: "",
  message,
  hint
})

const exists = (path: string): Effect.Effect<boolean> => Effect.promise(() => lstat(path).then(() => true, () => false))

const attempt = <A>(file: NewFile, write: () => Promise<A>): Effect.Effect<A, WorkspaceError> =>
  Effect.tryPromise({
    try: write,
    catch: (error) => {
      const why = error instanceof Error ? error.message.split(",")[0] ?? "" : String(error)
      return new WorkspaceError({
        problems: [problem(file, `cannot be written: ${why}`, "check the directory's rights")]
      })
    }
  })

const create = async (path: string, content: string): Promise<WrittenFile["did"]> => {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, content, { flag: "wx" })
  return "created"
}

const addLines = async (path: string, content: string): Promise<WrittenFile["did"]> => {
  const before = await readFile(path, "utf8")
  const present = new Set(before.split(/\r?\n/).map((line) => line.trim()))
  const lines = content.split("\n").filter((line) => line !== "" && !present.has(line))
  // A comment alone says nothing: what matters is whether a real line is missing.
  if (lines.every((line) => line.startsWith("#"))) return "left"
  const gap = before === "" || before.endsWith("\n") ? "" : "\n"
  await writeFile(path, `${gap}${lines.join("\n")}\n`, { flag: "a" })
  return "extended"
}

const writeOne = (directory: string, file: NewFile): Effect.Effect<WrittenFile, WorkspaceError> =>
  Effect.gen(function*() {
    const path = join(directory, file.path)
    const isThere = file.mode !== "create" && (yield* exists(path))
    if (isThere && file.mode === "keep") return { path: file.path, did: "left" as const }
    const extend = isThere && file.mode === "addLines"
    const did = yield* attempt(file, () => extend ? addLines(path, file.content) : create(path, file.content))
    return { path: file.path, did }
  })

const refuseExisting = Effect.fnUntraced(function*(directory: string, files: ReadonlyArray<NewFile>) {
  const fresh = files.filter(({ mode }) => mode === "create")
  const there = yield* Effect.filter(fresh, ({ path }) => exists(join(directory, path)))
  if (there.length === 0) return
  const problems = there.map((file) => problem(file, "the file exists already", "move it away, or use it as it is"))
  return yield* new WorkspaceError({ problems })
})

const write = Effect.fn("FileWriter.write")(function*(directory: string, files: ReadonlyArray<NewFile>) {
  yield* refuseExisting(directory, files)
  return yield* Effect.forEach(files, (file) => writeOne(directory, file))
})

const remove = (directory: string, paths: ReadonlyArray<string>): Effect.Effect<void> =>
  Effect.forEach(paths, (path) => Effect.promise(() => rm(join(directory, path), { force: true })), { discard: true })

const writeResources = Effect.fn("FileWriter.writeResources")(function*(
  directory: string,
  resources: ReadonlyArray<NewResource>
) {
  const files = resources.map((resource): NewFile => ({
    path: resource.path,
    content: renderResource(resource),
    mode: "create"
  }))
  yield* refuseExisting(directory, files)
  const written: Array<string> = []
  const all = Effect.forEach(
    files,
    (file) => Effect.tap(writeOne(directory, file), ({ path }) => Effect.sync(() => written.push(path))),
    { discard: true }
  )
  yield* Effect.onExit(all, (exit) => Exit.isSuccess(exit) ? Effect.void : remove(directory, written))
})

const within = (root: string, directory: string): string | undefined => {
  const path = relative(root, directory).replaceAll(sep, "/")
  return path === ".." || path.startsWith("../") || isAbsolute(path) ? undefined : path
}

/** Writes to the file system. */
export const layerFileWriter: Layer.Layer<FileWriter> = Layer.succeed(FileWriter)(
  FileWriter.of({ write, writeResources, within, remove })
)
