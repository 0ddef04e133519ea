/**
 * A workspace without resources over a server that has some: where starting from what exists begins.
 */
import { Effect } from "effect"
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterEach } from "vitest"
import type { AppError } from "../../src/app/Failure.ts"
import { layerFileWriter } from "../../src/app/files/WriteFiles.ts"
import { importAll, type ImportAllOptions, type ImportedAll } from "../../src/app/ImportAll.ts"
import { planBatch, planDefaults } from "../../src/app/PlanBatch.ts"
import { type SandboxOptions, startSandbox } from "../../src/sandbox/Sandbox.ts"
import { failing, on, type Site } from "./Site.ts"

const open: Array<Site> = []

afterEach(async () => {
  for (const { directory, sandbox } of open.splice(0)) {
    await sandbox.close()
    await rm(directory, { recursive: true, force: true })
  }
})

const configuration = [
  "workspace: existing",
  "providers:",
  "  monitoring:",
  "    baseUrl: ${env.MONITORING_URL}",
  "    clientId: sandbox",
  "    clientSecret: sandbox-secret",
  "    horizon: 20ms",
  ""
]

/** A workspace that declares nothing. */
export const makeExisting = async (options: SandboxOptions = {}): Promise<Site> => {
  const site = { sandbox: await startSandbox(options), directory: await mkdtemp(join(tmpdir(), "amends-existing-")) }
  open.push(site)
  await put(site, "amends.yaml", configuration.join("\n"))
  return site
}

/** Writes a file of the workspace. */
export const put = async ({ directory }: Site, path: string, text: string): Promise<void> => {
  await mkdir(dirname(join(directory, path)), { recursive: true })
  await writeFile(join(directory, path), text)
}

/** The text of a file of the workspace. */
export const textOf = ({ directory }: Site, path: string): Promise<string> => readFile(join(directory, path), "utf8")

/** The files of a directory and below it, by their paths. */
export const filesIn = async ({ directory }: Site, folder = "resources"): Promise<ReadonlyArray<string>> => {
  const all = await readdir(join(directory, folder), { recursive: true, withFileTypes: true }).catch(() => [])
  return all.filter((entry) => entry.isFile())
    .map(({ name, parentPath }) => join(parentPath, name).slice(join(directory, folder).length + 1)).sort()
}

const importing = ({ directory }: Site, folder: string | undefined, options: Partial<ImportAllOptions>) =>
  importAll({
    kinds: [],
    actor: "tester",
    leaseTimeoutMs: 0,
    ...(folder === undefined ? {} : { write: join(directory, folder) }),
    ...options
  }).pipe(Effect.provide(layerFileWriter))

/** Imports everything, with files for it. */
export const imported = (
  site: Site,
  options: Partial<ImportAllOptions> = {},
  folder: string | undefined = "resources"
): Promise<ImportedAll> => on(site, importing(site, folder, options))

/** Imports what files declare. */
export const importedDeclared = (site: Site): Promise<ImportedAll> => on(site, importing(site, undefined, {}))

/** An import that is refused. */
export const refusedImport = (site: Site, options: Partial<ImportAllOptions> = {}, folder = "resources") =>
  failing(site, importing(site, folder, options)) as Promise<AppError>

/** What a plan would do, and record. */
export const planned = async (site: Site, env: Readonly<Record<string, string>> = {}) => {
  const { plan } = await on(site, planBatch(planDefaults), env)
  return { steps: plan.steps.map(({ action, id }) => `${action} ${id}`), refreshes: plan.refreshes, drops: plan.drops }
}

/** A plan that has nothing to do and nothing to record. */
export const clean = { steps: [], refreshes: [], drops: [] }
