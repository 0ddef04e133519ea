/**
 * What planning takes where nothing changed: the command line as a process, beside the list calls by themselves.
 *
 * The same 10,000 watchlists are declared in one file, in many, in many of YAML, and in one of YAML each. Time and
 * memory are those of `amends plan` from the built bundle, start included.
 */
import { mkdir, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { type Run, runCommand } from "./command.ts"
import { type Figure, median, medianCost } from "./figures.ts"
import { startServer, withWorker, type Worker } from "./processes.ts"
import { withWorkspace } from "./workspace.ts"

const resources = 10_000

const specOf = (index: number) => ({ name: `w${index}`, description: `${index} `.padEnd(200, "x") })

const asYaml = (all: ReadonlyArray<Declared>): string =>
  all.map(({ kind, name, spec }) =>
    `kind: ${kind}\nname: ${name}\nspec:\n  name: ${spec.name}\n  description: ${spec.description}\n`
  ).join("---\n")

const asJson = (all: ReadonlyArray<Declared>): string => JSON.stringify(all, undefined, 2)

/** How the same resources are declared: how many in a file, and how that is written. */
const shapes = [
  { shape: "one file", inOneFile: resources, extension: "json", write: asJson },
  { shape: "100 files", inOneFile: 100, extension: "json", write: asJson },
  { shape: "100 files of YAML", inOneFile: 100, extension: "yaml", write: asYaml },
  { shape: "10,000 files of YAML", inOneFile: 1, extension: "yaml", write: asYaml }
] as const

type Shape = typeof shapes[number]

const declareAs = async (root: string, { extension, inOneFile, write }: Shape): Promise<void> => {
  await rm(join(root, "resources"), { recursive: true })
  await mkdir(join(root, "resources"))
  for (let from = 0; from < resources; from += inOneFile) {
    await writeFile(join(root, "resources", `${from}.${extension}`), write(declared(from, inOneFile)))
  }
}

interface Declared {
  readonly kind: string
  readonly name: string
  readonly spec: ReturnType<typeof specOf>
}

const declared = (from: number, count: number): ReadonlyArray<Declared> =>
  Array.from({ length: count }, (_, index) => ({
    kind: "watchlist",
    name: `w${from + index}`,
    spec: specOf(from + index)
  }))

interface Planned {
  readonly list: number
  readonly plan: Run
}

const alternate = async (root: string, url: string, raw: Worker, rounds: number): Promise<ReadonlyArray<Planned>> => {
  const all: Array<Planned> = []
  for (let round = 0; round <= rounds; round++) {
    const { ms: list } = await raw.ask("list", { url, resources })
    all.push({ list, plan: await runCommand(root, "plan") })
  }
  return all.slice(1)
}

const figures = (shape: string, all: ReadonlyArray<Planned>): ReadonlyArray<Figure> => {
  const of = `plan ${resources} unchanged, ${shape}`
  const list = median(all.map((one) => one.list))
  const planned = medianCost(all.map(({ plan }) => plan))
  const fastest = Math.min(...all.map(({ plan: { ms } }) => ms))
  return [
    { of, what: "list calls", value: list, unit: "ms" },
    { of, what: "plan, start included", value: planned.ms, unit: "ms", bar: 1.2 * list + 1_000 },
    { of, what: "the fastest plan", value: fastest, unit: "ms" },
    { of, what: "CPU of the plan", value: planned.cpuMs, unit: "ms" },
    { of, what: "peak memory", value: Math.max(...all.map(({ plan: { peakMb } }) => peakMb)), unit: "MB", bar: 300 }
  ]
}

/** Measures plans of what is declared, managed and unchanged. */
export const measurePlanning = async (rounds: number): Promise<ReadonlyArray<Figure>> => {
  const server = await startServer()
  try {
    return await withWorkspace("tmpfs", server.url, (root) =>
      withWorker(async (raw) => {
        await raw.ask("seed", { url: server.url, specs: declared(0, resources).map(({ spec }) => spec) })
        const found: Array<Figure> = []
        for (const one of shapes) {
          await declareAs(root, one)
          if (found.length === 0) await runCommand(root, "import", "watchlist", "--all")
          found.push(...figures(one.shape, await alternate(root, server.url, raw, rounds)))
        }
        return found
      }))
  } finally {
    server.stop()
  }
}
