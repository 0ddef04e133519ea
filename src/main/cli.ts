/**
 * The entry point of the command line: what `bin/amends` starts, and what the build bundles into dist/cli.js.
 *
 * The version is asked for by scripts and must not wait for everything else to load.
 */
import manifest from "../../package.json" with { type: "json" }

const [first, ...others] = process.argv.slice(2)

if (first === "--version" && others.length === 0) {
  process.stdout.write(`${manifest.version}\n`)
} else {
  const { start } = await import("./Start.ts")
  await start(manifest.version)
}
