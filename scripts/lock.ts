// Makes package-lock.json installable from any registry: `npm run lock`, after a change of dependencies.
// Tools publish one package per platform, and a registry may lack some of them. npm leaves those out of the lockfile,
// but still names them as optional dependencies of the tool, and then `npm ci` refuses it. So the names go, too.
import { readFileSync, writeFileSync } from "node:fs"

interface Entry {
  readonly version?: string
  optionalDependencies?: Record<string, string>
}

const file = new URL("../package-lock.json", import.meta.url)
const lock = JSON.parse(readFileSync(file, "utf8")) as { readonly packages: Record<string, Entry> }

/** What a package at `path` gets when it asks for `name`: from its own node_modules or one above it, as Node does. */
const find = (path: string, name: string): Entry | undefined => {
  const at = path === "" ? `node_modules/${name}` : `${path}/node_modules/${name}`
  if (lock.packages[at] !== undefined || path === "") return lock.packages[at]
  return find(path.slice(0, Math.max(0, path.lastIndexOf("/node_modules/"))), name)
}

/** Platform packages are asked for by exact version; a range (fsevents) takes whatever npm chose. */
const satisfies = (wanted: string, found: Entry | undefined): boolean =>
  found !== undefined && (!/^\d/.test(wanted) || found.version === wanted)

for (const [path, entry] of Object.entries(lock.packages)) {
  const wanted = Object.entries(entry.optionalDependencies ?? {})
  const kept = wanted.filter(([name, range]) => satisfies(range, find(path, name)))
  if (kept.length === wanted.length) continue
  process.stdout.write(`${path}: left out ${wanted.length - kept.length} of ${wanted.length} platform packages\n`)
  if (kept.length === 0) delete entry.optionalDependencies
  else entry.optionalDependencies = Object.fromEntries(kept)
}
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)
