/**
 * A cell whose kinds are described by the example, and not built in.
 */
import { copyFile, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { type Cell, openCell } from "./Cell.ts"

const example = join(import.meta.dirname, "..", "..", "examples", "03-described")

/** Opens a cell with the configuration of the example; the horizon is short, as in every cell. */
export const openDescribedCell = async (): Promise<Cell> => {
  const cell = await openCell()
  const configuration = await readFile(join(example, "amends.yaml"), "utf8")
  const settings = "defaults: { timeout: 2s, retries: 2 }\n"
  await writeFile(
    join(cell.root, "amends.yaml"),
    settings + configuration.replace("    use: http\n", "    use: http\n    horizon: 30ms\n")
  )
  await copyFile(join(example, "monitoring-kinds.yaml"), join(cell.root, "monitoring-kinds.yaml"))
  return cell
}
