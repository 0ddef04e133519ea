/**
 * Measures what docs/performance.md has bars for, and prints it as a table and, as the last line, as JSON.
 *
 * `npm run bench [-- --only NAME,NAME] [--rounds N] [--full]`; the names are those of the table below. What is measured
 * runs in processes of its own beside a server in another; figures are ratios where that can be, for machines differ.
 * `--full` adds what takes long: 100,000 resources, and a journal of 1,000,000 entries.
 */
import { cpus, loadavg } from "node:os"
import { parseArgs } from "node:util"
import { measureApply } from "./apply.ts"
import { measureAudit } from "./audit.ts"
import { measureCli } from "./cli.ts"
import { measureDocuments } from "./documents.ts"
import { type Figure, show } from "./figures.ts"
import { measureGrowth } from "./growth.ts"
import { measureOpening } from "./opening.ts"
import { measureOverhead } from "./overhead.ts"
import { measurePlanning } from "./planning.ts"
import { measureRecovery } from "./recovery.ts"
import { measureRollback } from "./rollback.ts"
import { measureTexts } from "./texts.ts"

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    rounds: { type: "string", default: "9" },
    resources: { type: "string", default: "1000" },
    full: { type: "boolean", default: false }
  }
})

const rounds = Number(values.rounds)
const resources = Number(values.resources)

const measurements: Readonly<Record<string, () => Promise<ReadonlyArray<Figure>>>> = {
  apply: async () => [
    ...await measureApply({ place: "tmpfs", resources, rounds }),
    ...await measureApply({ place: "disk", resources, rounds })
  ],
  growth: () => measureGrowth(values.full ? [1_000, 10_000, 100_000] : [1_000, 10_000]),
  recovery: () => measureRecovery(10_000),
  opening: () => measureOpening(values.full ? 1_000_000 : 100_000),
  overhead: measureOverhead,
  planning: () => measurePlanning(rounds),
  merge: async () => [...measureDocuments(), ...await measureTexts()],
  rollback: measureRollback,
  audit: () => measureAudit([10_000, 100_000]),
  cli: measureCli
}

const wanted = values.only?.split(",") ?? Object.keys(measurements)
const machine = { cpu: cpus()[0]?.model ?? "", cores: cpus().length, node: process.version, load: loadavg()[0] }
const figures: Array<Figure> = []
for (const name of wanted) {
  const measure = measurements[name]
  if (measure === undefined)
    throw new Error(`no measurement ${name}: there are ${Object.keys(measurements).join(", ")}`)
  const found = await measure()
  show(found)
  figures.push(...found)
}
console.log(JSON.stringify({ machine, figures }))
