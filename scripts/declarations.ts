// Writes the declarations of the public faces to dist/types, for programs that import the package: its sources ask for
// compiler options of their own, declarations for none. The sources are checked by `npm run typecheck`, not here.
//
// The driver of SQLite does not name its types, so that some functions of src/state/sqlite cannot be declared. No face
// refers to them (test/examples/Outside.test.ts), and their complaints are the only ones that are passed over.
import { spawnSync } from "node:child_process"
import { join } from "node:path"

const root = join(import.meta.dirname, "..")
const tsc = join(root, "node_modules", "typescript", "bin", "tsc")
const words = [tsc, "-p", join(root, "tsconfig.declarations.json"), "--noCheck", "--pretty", "false"]
const { stderr, stdout } = spawnSync(process.execPath, words, { cwd: root, encoding: "utf8" })

const isKnown = (line: string): boolean => /^src\/state\/sqlite\/\w+\.ts\(.*TS4023: .*BetterSqlite3/.test(line)
const wrong = `${stdout}${stderr}`.split("\n").filter((line) => line !== "" && !isKnown(line))
// A compiler that fails by itself says so after the complaints; without any line of them nothing was compiled.
if (wrong.length > 0) {
  console.error(wrong.join("\n"))
  process.exitCode = 1
}
