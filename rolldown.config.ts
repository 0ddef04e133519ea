// Bundles the CLI, because loading Effect module by module costs a second of start-up and a bundle a fifth of it. What is
// imported on demand is a chunk beside cli.js, so that `--help` does not wait for HTTP, SQLite and YAML.
// better-sqlite3 stays outside: it loads its native library by a path relative to itself.
import { defineConfig } from "rolldown"

export default defineConfig({
  input: "src/main/cli.ts",
  platform: "node",
  tsconfig: false,
  external: ["better-sqlite3"],
  output: { dir: "dist", entryFileNames: "cli.js", chunkFileNames: "[name].js", format: "esm" }
})
