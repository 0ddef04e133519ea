/**
 * A provider of files over a folder of its own, and the operations as the engine would ask for them.
 */
import { Effect, Result } from "effect"
import { mkdir, mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach } from "vitest"
import type { Operation } from "../../../src/domain/Change.ts"
import type { Document } from "../../../src/domain/Document.ts"
import { makeFiles } from "../../../src/providers/files/FileProvider.ts"
import type { Answer, Observation, Provider } from "../../../src/providers/Provider.ts"
import type { ProviderError } from "../../../src/providers/ProviderError.ts"
import type { ProviderSettings, RegistryError } from "../../../src/providers/Registry.ts"

const made: Array<string> = []
afterEach(async () => {
  await Promise.all(made.splice(0).map((path) => rm(path, { recursive: true, force: true })))
})

/** A folder with an empty `root` in it. */
export const newFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), "amends-place-"))
  made.push(folder)
  await mkdir(join(folder, "root"))
  return folder
}

const settingsOf = (workspace: string, settings: ProviderSettings["settings"]): ProviderSettings => ({
  name: "files",
  use: "file",
  settings,
  timeoutMs: 1_000,
  root: workspace
})

/** Makes the provider, does something with it and closes it. */
export const withProvider = <A>(
  workspace: string,
  use: (provider: Provider) => Effect.Effect<A, ProviderError>
): Promise<A> =>
  Effect.runPromise(Effect.scoped(Effect.flatMap(makeFiles(settingsOf(workspace, { root: "root" })), use)))

/** What is wrong with settings. */
export const mistakesOf = async (
  workspace: string,
  settings: ProviderSettings["settings"]
): Promise<ReadonlyArray<string>> => {
  const result = await Effect.runPromise(
    Effect.scoped(Effect.result(Effect.asVoid(makeFiles(settingsOf(workspace, settings)))))
  )
  const told = (error: RegistryError) => error.mistakes.map(({ detail, path }) => `${path}: ${detail}`)
  return Result.isFailure(result) ? told(result.failure) : []
}

/** Sends the calls of an operation. */
export const perform = (provider: Provider, operation: Operation): Effect.Effect<Answer | undefined, ProviderError> => {
  const [call] = provider.calls("file", operation)
  if (call === undefined) return Effect.succeed(undefined)
  const id = operation._tag === "create" ? {} : { id: operation.id }
  return provider.send({ kind: "file", call, idempotencyKey: `key of ${operation._tag}`, ...id })
}

export const create = (provider: Provider, desired: Document) => perform(provider, { _tag: "create", desired })

export const read = (provider: Provider, path: string) =>
  Effect.flatMap(
    provider.observe("file", path),
    (found) => found === undefined ? Effect.die(new Error(`${path} is not there`)) : Effect.succeed(found)
  )

const guarded = ({ guard }: Observation) => guard === undefined ? {} : { guard }

export const update = (provider: Provider, from: Observation, to: Document) =>
  perform(provider, { _tag: "update", id: from.id, from: from.document, to, ...guarded(from) })

export const remove = (provider: Provider, from: Observation) =>
  perform(provider, { _tag: "delete", id: from.id, from: from.document, ...guarded(from) })
