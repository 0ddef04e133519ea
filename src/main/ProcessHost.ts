/**
 * What the CLI is given of the world around it: files that a user names, the services of a workspace, the sandbox.
 *
 * What is heavy (HTTP, SQLite, YAML, the sandbox) is imported only when a command needs it, because `--help` must be
 * there at once.
 */
import { Effect, Layer } from "effect"
import { mkdir, readFile, stat, writeFile } from "node:fs/promises"
import { dirname, resolve } from "node:path"
import { Refusal } from "../app/Failure.ts"
import { Host, type SandboxRequest } from "../cli/Host.ts"
import type { SandboxError } from "../sandbox/Sandbox.ts"
import type { Config } from "./Config.ts"
import type { AppOptions } from "./Layers.ts"

const refuse = (summary: string, detail: string, hint: string): Refusal =>
  new Refusal({ reason: "Usage", summary, detail, hint })

const wordsOf = (cause: unknown): string => cause instanceof Error ? cause.message : String(cause)

const readText = (path: string): Effect.Effect<string, Refusal> =>
  Effect.tryPromise({
    try: () => readFile(path, "utf8"),
    catch: (cause) => refuse("a file could not be read", wordsOf(cause), "check the path and its permissions")
  })

const writeText = (path: string, text: string): Effect.Effect<void, Refusal> =>
  Effect.tryPromise({
    try: () => writeFile(path, text, { mode: 0o600 }),
    catch: (cause) => refuse("a file could not be written", wordsOf(cause), "check the path and its permissions")
  })

const createFile = (path: string, content: string | Uint8Array): Effect.Effect<void, Refusal> =>
  Effect.tryPromise({
    try: async () => {
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, content, { mode: 0o600, flag: "wx" })
    },
    catch: (cause) => refuse("a file could not be made", wordsOf(cause), "name a file that is not there yet")
  })

const readAnswers = (cwd: string, path: string) =>
  Effect.flatMap(
    Effect.all([readText(resolve(cwd, path)), Effect.promise(() => import("../app/files/ReadAnswers.ts"))]),
    ([text, reading]) => reading.readAnswers(text, path)
  )

const isFile = (path: string): Effect.Effect<boolean> =>
  Effect.orElseSucceed(Effect.tryPromise(async () => (await stat(path)).isFile()), () => false)

const loadSandbox = Effect.promise(() => import("../sandbox/Sandbox.ts"))

const services = (options: AppOptions) =>
  Layer.unwrap(
    Effect.map(
      Effect.promise(() =>
        Promise.all([
          import("./Layers.ts"),
          import("../app/files/WriteFiles.ts"),
          import("../app/files/TrialFiles.ts"),
          import("../app/openapi/OpenApiFiles.ts")
        ])
      ),
      ([{ layerApp }, { layerFileWriter }, { layerTrialFiles }, { layerOpenApiFiles }]) =>
        Layer.mergeAll(layerApp(options), layerFileWriter, layerTrialFiles, layerOpenApiFiles(options.directory))
    )
  )

const faultsHint = "a fault is { method?, path?, nth?, times?, act, status?, headers?, body?, ms? }"

const readFaults = Effect.fnUntraced(function*(path: string) {
  const { parseFaults } = yield* loadSandbox
  const text = yield* readText(path)
  const json = yield* Effect.try({
    try: (): unknown => JSON.parse(text),
    catch: (cause) => refuse("the file of faults is no JSON", `${path}: ${wordsOf(cause)}`, faultsHint)
  })
  return yield* Effect.fromResult(parseFaults(json)).pipe(
    Effect.mapError((error) => refuse("a fault is not well defined", `${path}: ${error.message}`, faultsHint))
  )
})

const sandbox = (cwd: string) =>
  Effect.fnUntraced(function*(request: SandboxRequest) {
    const faults = request.faults === undefined ? [] : yield* readFaults(resolve(cwd, request.faults))
    const { sandboxScoped } = yield* loadSandbox
    const running = yield* sandboxScoped({ port: request.port, latencyMs: request.latencyMs, faults }).pipe(
      Effect.mapError((error: SandboxError) =>
        refuse("the sandbox could not be started", error.message, "choose another --port")
      )
    )
    return running.url
  })

/** The host of this process. */
export const processHost = (version: string, cwd: string, config: Config): Host["Service"] => {
  const key = config.keyText === undefined ? {} : { keyText: config.keyText }
  return Host.of({
    version,
    cwd,
    actor: config.actor,
    noColor: config.noColor,
    resolve: (path) => resolve(cwd, path),
    services: (place) => services({ ...place, ...key, env: config.env }),
    readText: (path) => readText(resolve(cwd, path)),
    readAnswers: (path) => readAnswers(cwd, path),
    writeText: (path, text) => writeText(resolve(cwd, path), text),
    createFile: (path, content) => createFile(resolve(cwd, path), content),
    isFile: (path) => isFile(resolve(cwd, path)),
    sandbox: sandbox(cwd)
  })
}
