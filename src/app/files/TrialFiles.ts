/**
 * Notes of trials as files beside the state: one for each trial, on the disk before the trial goes on.
 */
import { Effect, Layer, Option, Schema } from "effect"
import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises"
import { dirname, join } from "node:path"
import { Refusal } from "../Failure.ts"
import { TrialNote, TrialNotes } from "../TrialNotes.ts"

const directoryOf = (stateFile: string): string => join(dirname(stateFile), "trials")

const fileOf = (stateFile: string, name: string): string => join(directoryOf(stateFile), `${name}.json`)

const cannotKeep = (cause: unknown): Refusal =>
  new Refusal({
    reason: "NotAvailable",
    summary: "a note of what is about to be made cannot be kept",
    detail: cause instanceof Error ? cause.message : String(cause),
    hint: "check the rights of the directory of the state, and that the disk is not full"
  })

const synced = async (path: string, flags: "r" | "w", text?: string): Promise<void> => {
  const file = await open(path, flags, 0o600)
  try {
    if (text !== undefined) await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

const write = async (stateFile: string, note: TrialNote): Promise<void> => {
  await mkdir(directoryOf(stateFile), { recursive: true, mode: 0o700 })
  const path = fileOf(stateFile, note.name)
  await synced(`${path}.new`, "w", `${JSON.stringify(note)}\n`)
  await rename(`${path}.new`, path)
  await synced(directoryOf(stateFile), "r")
}

const decode = Schema.decodeUnknownOption(Schema.fromJsonString(TrialNote))

const readAll = async (stateFile: string): Promise<ReadonlyArray<TrialNote>> => {
  const directory = directoryOf(stateFile)
  const names = await readdir(directory).catch(() => [])
  const notes = names.filter((name) => name.endsWith(".json")).sort().map(async (name) =>
    Option.toArray(decode(await readFile(join(directory, name), "utf8").catch(() => "")))
  )
  return (await Promise.all(notes)).flat()
}

/** Keeps notes in the file system. */
export const layerTrialFiles: Layer.Layer<TrialNotes> = Layer.succeed(TrialNotes)(TrialNotes.of({
  keep: (stateFile, note) => Effect.tryPromise({ try: () => write(stateFile, note), catch: cannotKeep }),
  drop: (stateFile, name) => Effect.promise(() => rm(fileOf(stateFile, name), { force: true })),
  all: (stateFile) => Effect.promise(() => readAll(stateFile))
}))
