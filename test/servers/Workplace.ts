/**
 * A workspace in a folder of its own over a server that nobody here wrote, with a proxy in between; commands run as
 * processes, and verbs in this process where that makes no difference.
 */
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Declared } from "../e2e/Cell.ts"
import { type Ended, launch, type Started } from "../e2e/Launch.ts"
import { type Between, startBetween } from "./Between.ts"
import type { Launched, Missing } from "./Launched.ts"

/** A server, what is managed on it, and how to look at it without amends. */
export interface Subject {
  readonly missing: Missing
  readonly start: () => Promise<Launched>
  /** What follows the address of the server in `baseUrl`. */
  readonly below: string
  /** Further lines of the provider in `amends.yaml`. */
  readonly settings: string
  /** The file beside this one that describes the kinds. */
  readonly kinds: string
  readonly first: ReadonlyArray<Declared>
  readonly second: ReadonlyArray<Declared>
  /** How many writes lead from the first to the second. */
  readonly writes: number
  /** What the server holds, asked directly, without what it makes anew with every write. */
  readonly held: (url: string) => Promise<ReadonlyArray<unknown>>
}

export interface Workplace {
  readonly root: string
  /** Where verbs that run in this process look. */
  readonly sandbox: { readonly url: string }
  /** The server itself. */
  readonly url: string
  readonly between: Between
  readonly declare: (resources: ReadonlyArray<Declared>) => Promise<void>
  readonly start: (...args: ReadonlyArray<string>) => Started
  readonly run: (...args: ReadonlyArray<string>) => Promise<Ended>
  /** Every byte that amends keeps in the workspace, the key aside. */
  readonly kept: () => Promise<Buffer>
  readonly close: () => Promise<void>
}

const configuration = (url: string, { kinds, settings }: Subject): string =>
  `workspace: place
defaults: { timeout: 10s, retries: 2 }
providers:
  real:
    use: http
    baseUrl: ${url}
    horizon: 30ms
    kindsFrom: ${kinds}
${settings}`

const keptIn = async (root: string): Promise<Buffer> => {
  const files = await readdir(join(root, ".amends"), { recursive: true, withFileTypes: true })
  const kept = files.filter((file) => file.isFile() && file.name !== "key")
  return Buffer.concat(await Promise.all(kept.map((file) => readFile(join(file.parentPath, file.name)))))
}

/** Starts the server and opens a workspace over it; close it when done. */
export const openWorkplace = async (subject: Subject): Promise<Workplace> => {
  const server = await subject.start()
  const between = await startBetween(server.url)
  const root = await mkdtemp(join(tmpdir(), "amends-real-"))
  await mkdir(join(root, "resources"))
  await writeFile(join(root, "amends.yaml"), configuration(`${between.url}${subject.below}`, subject))
  await copyFile(join(import.meta.dirname, subject.kinds), join(root, subject.kinds))
  const start = (...args: ReadonlyArray<string>) => launch(root, args)
  return {
    root,
    sandbox: between,
    url: `${server.url}${subject.below}`,
    between,
    declare: (resources) => writeFile(join(root, "resources", "all.json"), JSON.stringify(resources)),
    start,
    run: (...args) => start(...args).ended,
    kept: () => keptIn(root),
    close: async () => {
      await between.close()
      await server.close()
      await rm(root, { recursive: true, force: true })
    }
  }
}
