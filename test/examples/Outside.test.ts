/**
 * Whoever imports the package has types without asking for anything: a program outside of the repository compiles under
 * a plain strict configuration, and runs.
 */
import { execFile, execFileSync } from "node:child_process"
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { papers } from "../docs/Markdown.ts"

const root = join(import.meta.dirname, "..", "..")

const compilerOptions = {
  module: "nodenext",
  target: "es2024",
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  types: []
}

const program = `
import { type AppError, failureOf, history, layerWorkspace, openWorkspace, type Told, type Metadata } from "amends"
import { mergeDocument } from "amends/merge"
import type { ProviderModule } from "amends/providers"
import * as testing from "amends/testing"
import { Effect } from "effect"

export const isTold = (module: ProviderModule): boolean => Object.keys(module.kinds).length > 0
const workspace = openWorkspace({ directory: ".", env: {} })
const { drifted, metadata } = await workspace.drift()
const about: Metadata = metadata
const versions = await history().pipe(
  Effect.map((told: Told<{ readonly versions: ReadonlyArray<unknown> }>) => told.versions.length),
  Effect.catchTag("Refusal", ({ reason }) => Effect.succeed(reason === "NotFound" ? 0 : 1)),
  Effect.mapError((error: AppError) => failureOf(error).status),
  Effect.provide(layerWorkspace({ directory: ".", env: {} })),
  Effect.runPromise
)
console.log(about.verb, drifted.length, versions, typeof mergeDocument, typeof testing)
`

let folder: string
beforeAll(async () => {
  execFileSync(process.execPath, [join(root, "scripts", "declarations.ts")])
  folder = await mkdtemp(join(tmpdir(), "amends-outside-"))
  await mkdir(join(folder, "node_modules"))
  await symlink(root, join(folder, "node_modules", "amends"))
  await symlink(join(root, "node_modules", "effect"), join(folder, "node_modules", "effect"))
  await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module" }))
  await writeFile(join(folder, "amends.yaml"), "workspace: outside\n")
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const run = (...words: ReadonlyArray<string>) =>
  new Promise<string>((resolve) => {
    execFile(process.execPath, [...words], { cwd: folder }, (_, stdout, stderr) => resolve(stdout + stderr))
  })

const compiled = async (...texts: ReadonlyArray<string>): Promise<string> => {
  const files = texts.map((_, at) => at === 0 ? "program.ts" : `program${at}.ts`)
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files }))
  for (const [at, file] of files.entries()) await writeFile(join(folder, file), texts[at] ?? "")
  const said = await run(join(root, "node_modules", "typescript", "bin", "tsc"), "-p", folder)
  return said.split("\n").filter((line) => line.includes("error TS")).join("\n")
}

describe("a program outside of the repository", () => {
  it("compiles, and runs", async () => {
    expect(await compiled(program)).toBe("")
    expect(await run(join(folder, "program.ts"))).toContain("drift 0 0 function object")
  })

  it("is told by the compiler what an answer does not have", async () => {
    expect(await compiled(program.replace("drifted.length", "drifted.size"))).toContain(
      "Property 'size' does not exist"
    )
  })

  it("may be what a paper shows", async () => {
    const shown = papers().flatMap(({ blocks }) => blocks.filter(({ language }) => language === "ts"))
      .map(({ text }) => text).filter((text) => / from "amends(\/merge)?"/.test(text))
    expect(shown.length).toBeGreaterThan(2)
    expect(await compiled(...shown)).toBe("")
  })
})
