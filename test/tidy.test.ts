/**
 * The house rules as tests: which layer may import which, which package lives where, how a file looks.
 *
 * Each rule answers with `file:line: rule` for every breach. The first test asserts that files are seen at all, since a
 * rule over an empty list of files would always hold.
 */
import { readdirSync, readFileSync } from "node:fs"
import { dirname, posix } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"

interface Import {
  readonly line: number
  /** What stands between the quotes. */
  readonly specifier: string
  /** The file meant, from the root of the project, when the specifier is relative. */
  readonly file: string | undefined
}

interface Source {
  /** From the root of the project, with slashes: `src/domain/Ids.ts`. */
  readonly path: string
  readonly lines: ReadonlyArray<string>
  readonly imports: ReadonlyArray<Import>
}

const root = dirname(dirname(fileURLToPath(import.meta.url)))

const importsOf = (path: string, text: string): ReadonlyArray<Import> =>
  [...text.matchAll(/(?<![\w."'])(?:from|import)\s*\(?\s*["']([^"'\s]+)["']/g)].map((match) => {
    const specifier = match[1] ?? ""
    const line = text.slice(0, match.index + match[0].length).split("\n").length
    return { line, specifier, file: specifier.startsWith(".") ? posix.join(posix.dirname(path), specifier) : undefined }
  })

const sourceOf = (path: string): Source => {
  const text = readFileSync(`${root}/${path}`, "utf8")
  return { path, lines: text.split("\n"), imports: importsOf(path, text) }
}

const filesUnder = (folder: string): ReadonlyArray<string> => {
  try {
    return readdirSync(`${root}/${folder}`, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.parentPath.includes("node_modules"))
      .map((entry) => posix.join(entry.parentPath.slice(root.length + 1).replaceAll("\\", "/"), entry.name))
      .sort()
  } catch {
    return []
  }
}

const isCode = (path: string): boolean => path.endsWith(".ts")
const src = filesUnder("src").filter(isCode).map(sourceOf)
const others = ["test", "bench", "examples", "scripts"].flatMap(filesUnder).filter(isCode).map(sourceOf)
const all = [...src, ...others]

/** The layers, bottom first, and of which other layers each may import the face. */
const layers: Readonly<Record<string, ReadonlyArray<string>>> = {
  domain: [],
  merge: ["domain"],
  providers: ["domain"],
  state: ["domain"],
  executor: ["domain", "providers", "state"],
  app: ["domain", "merge", "providers", "state", "executor"],
  cli: ["domain", "app"],
  api: ["domain", "app"],
  web: ["domain", "app"],
  sandbox: [],
  main: ["domain", "merge", "providers", "state", "executor", "app", "cli", "api", "web", "sandbox"]
}

/** Where a file belongs: `src/providers/http/Call.ts` is in layer `providers`, in its hand `http`. */
const placeOf = (path: string): { readonly layer: string; readonly hand: string | undefined } => {
  const [, layer = "", hand, file] = path.split("/")
  return { layer: path.split("/").length > 2 ? layer : "", hand: file === undefined ? undefined : hand }
}

/** The files directly in src are the public faces: they may name the faces of every layer. */
const isPublicFace = (path: string): boolean => placeOf(path).layer === ""

const breaches = (
  sources: ReadonlyArray<Source>,
  rule: string,
  broken: (source: Source) => ReadonlyArray<number>
): ReadonlyArray<string> => sources.flatMap((source) => broken(source).map((line) => `${source.path}:${line}: ${rule}`))

const linesWith = (pattern: RegExp) => (source: Source): ReadonlyArray<number> =>
  source.lines.flatMap((text, at) => pattern.test(text) ? [at + 1] : [])

const importsWhere = (wrong: (one: Import, source: Source) => boolean) => (source: Source): ReadonlyArray<number> =>
  source.imports.filter((one) => wrong(one, source)).map(({ line }) => line)

/** A line without its comments and the contents of its strings, roughly: enough to look for words of the language. */
const codeOf = (text: string): string =>
  /^\s*(\/\*|\*|\/\/)/.test(text)
    ? ""
    : text.replaceAll(/"(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`/g, "\"\"").replace(/\/\/.*$/, "")

const codeWith = (pattern: RegExp) => (source: Source): ReadonlyArray<number> =>
  source.lines.flatMap((text, at) => pattern.test(codeOf(text)) ? [at + 1] : [])

/** Packages and the only places that may import them. */
const homes: ReadonlyArray<{ readonly name: string; readonly is: RegExp; readonly home: RegExp }> = [
  { name: "undici lives in src/providers/http", is: /^undici(\/|$)/, home: /^src\/providers\/http\// },
  { name: "better-sqlite3 lives in src/state/sqlite", is: /^better-sqlite3$/, home: /^src\/state\/sqlite\// },
  { name: "node-diff3 lives in src/merge", is: /^node-diff3$/, home: /^src\/merge\// },
  {
    name: "effect/observability lives in src/app/telemetry",
    is: /^effect\/(unstable\/)?observability(\/|$)/,
    home: /^src\/app\/telemetry\//
  },
  {
    name: "yaml lives in src/app/files and src/merge",
    is: /^yaml$/,
    home: /^src\/(app\/files\/|merge\/Yaml)/
  },
  {
    name: "toml-patch lives in src/merge",
    is: /^@decimalturn\/toml-patch$/,
    home: /^src\/merge\/TomlFile\.ts$/
  },
  { name: "jsonc-parser lives in src/merge", is: /^jsonc-parser$/, home: /^src\/merge\/Json/ },
  {
    name: "effect/cli lives in src/cli and src/main",
    is: /^effect\/(unstable\/)?cli(\/|$)/,
    home: /^src\/(cli|main)\//
  },
  {
    name: "effect/http-api lives in src/api",
    is: /^effect\/(unstable\/)?http-?api(\/|$)/,
    home: /^src\/api\//
  }
]

const forbiddenName = /^(utils?|helpers?|types?|common|managers?|services?)$/i
const isLowerCase = /^src\/(index|testing)\.ts$|^src\/cli\/commands\/|^src\/main\//

describe("the files", () => {
  it("are seen", () => {
    expect(src.length).toBeGreaterThan(0)
    const present = readdirSync(`${root}/src`, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && filesUnder(`src/${entry.name}`).length > 0)
      .map(({ name }) => name)
    expect(present).toContain("domain")
    for (const layer of present) {
      expect(Object.keys(layers), `src/${layer} is a layer of the architecture`).toContain(layer)
      expect(src.filter(({ path }) => placeOf(path).layer === layer).length, layer).toBeGreaterThan(0)
    }
    expect(all.flatMap(({ imports }) => imports).length).toBeGreaterThan(src.length / 2)
  })

  it("exist where imports point", () => {
    const known = new Set(all.map(({ path }) => path))
    const broken = importsWhere(({ file }) => file !== undefined && isCode(file) && !known.has(file))
    expect(breaches(src, "imports a file that is not there", broken)).toEqual([])
  })
})

describe("imports", () => {
  it("point down the layers", () => {
    const broken = importsWhere(({ file }, { path }) => {
      if (file === undefined || isPublicFace(path) || !file.startsWith("src/")) return false
      const from = placeOf(path).layer
      const to = placeOf(file).layer
      return from !== to && !(layers[from] ?? []).includes(to)
    })
    expect(breaches(src, "a layer imports only those below it", broken)).toEqual([])
  })

  it("name no hand of another folder, except in main", () => {
    const broken = importsWhere(({ file }, { path }) => {
      if (file === undefined || !file.startsWith("src/")) return false
      const from = placeOf(path)
      const to = placeOf(file)
      return to.hand !== undefined && from.layer !== to.layer && from.layer !== "main"
    })
    expect(breaches(src, "only main names a hand of another folder", broken)).toEqual([])
  })

  it("name no hand from the face of its own folder, except the commands of the CLI", () => {
    const broken = importsWhere(({ file }, { path }) => {
      if (file === undefined || !file.startsWith("src/")) return false
      const from = placeOf(path)
      const to = placeOf(file)
      const isFaceToHand = from.layer === to.layer && from.hand === undefined && to.hand !== undefined
      return isFaceToHand && from.layer !== "main" && !(to.layer === "cli" && to.hand === "commands")
    })
    expect(breaches(src, "a face imports no hand", broken)).toEqual([])
  })

  it("stay inside src", () => {
    const outside = importsWhere(({ file }, { path }) =>
      file !== undefined && !file.startsWith("src/") && !(file === "package.json" && placeOf(path).layer === "main")
    )
    expect(breaches(src, "src imports nothing outside src", outside)).toEqual([])
  })

  it.each(homes)("$name", ({ name, is, home }) => {
    const broken = importsWhere(({ specifier }, { path }) => is.test(specifier) && !home.test(path))
    expect(breaches(src, name, broken)).toEqual([])
  })

  it("take platform modules one by one", () => {
    const broken = importsWhere(({ specifier }) => specifier === "@effect/platform-node")
    expect(breaches(all, "import @effect/platform-node by module path", broken)).toEqual([])
  })

  it("of the domain are of effect only", () => {
    const broken = importsWhere(({ file, specifier }) => file === undefined && !/^effect(\/|$)/.test(specifier))
    const domain = src.filter(({ path }) => placeOf(path).layer === "domain")
    expect(breaches(domain, "domain imports effect only", broken)).toEqual([])
  })
})

describe("a file", () => {
  it("has at most 400 lines", () => {
    const broken = ({ lines }: Source) => lines.length > 401 ? [lines.length] : []
    expect(breaches(all, "at most 400 lines", broken)).toEqual([])
  })

  it("has at most 120 columns", () => {
    expect(breaches(all, "at most 120 columns", linesWith(/^.{121,}$/))).toEqual([])
  })

  it("is named after its one concept", () => {
    const wrongName = ({ path }: Source): ReadonlyArray<number> => {
      const name = posix.basename(path, ".ts")
      return isLowerCase.test(path) || /^[A-Z][A-Za-z0-9]*$/.test(name) ? [] : [1]
    }
    expect(breaches(src, "file names are PascalCase", wrongName)).toEqual([])
    const forbidden = ({ path }: Source) => forbiddenName.test(posix.basename(path).replace(/\..*$/, "")) ? [1] : []
    expect(breaches(all, "a name that says nothing (utils, helpers, types, …)", forbidden)).toEqual([])
  })

  it("opens with a comment of 1 to 10 lines", () => {
    const broken = ({ lines }: Source): ReadonlyArray<number> => {
      const first = lines[0] ?? ""
      const isBlock = first.startsWith("/**") || first.startsWith("/*")
      const end = isBlock
        ? lines.findIndex((text) => text.includes("*/"))
        : lines.findIndex((text) => !text.startsWith("//"))
      const said = lines.slice(0, isBlock ? end + 1 : end).filter((text) => /[A-Za-z]/.test(text)).length
      return said >= 1 && said <= 10 ? [] : [1]
    }
    expect(breaches(src, "opens with a comment of 1 to 10 lines", broken)).toEqual([])
  })
})

describe("the code", () => {
  it.each([
    { rule: "no default exports", pattern: /^\s*export default\b|\bas default\b/ },
    { rule: "no any", pattern: /\bas any\b|<any\b|\bany\[\]|:\s*any\b(?=\s*[=;)|]|$)/ },
    { rule: "no non-null assertion", pattern: /[\w)\]]!(?=[.,;)\]\s[]|$)(?!\s*==?)/ },
    { rule: "no Date: time comes from Effect's Clock", pattern: /\bnew Date\b|\bDate\.|\bDate\(/ },
    { rule: "no barrels: name what is exported", pattern: /^\s*export \*/ }
  ])("has $rule", ({ rule, pattern }) => {
    expect(breaches(src, rule, codeWith(pattern))).toEqual([])
  })

  it("has no try/finally beside generators, where it would not run", () => {
    const generating = src.filter(({ lines }) => lines.some((text) => /\bfunction\*/.test(codeOf(text))))
    expect(breaches(generating, "no try/finally beside Effect.gen", codeWith(/\bfinally\s*\{/))).toEqual([])
  })

  it("has no console outside cli and main", () => {
    const quiet = src.filter(({ path }) => !["cli", "main"].includes(placeOf(path).layer))
    expect(breaches(quiet, "the library never prints", codeWith(/\bconsole\./))).toEqual([])
  })

  it("has no marks of unfinished work, and no absolute paths of a machine", () => {
    const marks = /\b(TO{1}DO|FI{1}XME|X{3})\b/
    expect(breaches(all, "a mark of unfinished work", linesWith(marks))).toEqual([])
    expect(breaches(all, "an absolute path of a machine", linesWith(/["'`\s(](?:\/(?:home|Users|root|work)\/)/)))
      .toEqual([])
    const skipped = codeWith(/\b(it|test|describe)(\.\w+)*\.(skip|only|todo)\b/)
    expect(breaches(others, "a test that does not run", skipped)).toEqual([])
  })
})

describe("package-lock.json", () => {
  const lock = JSON.parse(readFileSync(`${root}/package-lock.json`, "utf8")) as {
    readonly packages: Readonly<Record<string, { readonly resolved?: string; readonly integrity?: string }>>
  }

  it("names no host, and pins every package by its content", () => {
    const packages = Object.entries(lock.packages).filter(([path]) => path !== "")
    expect(packages.length).toBeGreaterThan(50)
    expect(packages.filter(([, entry]) => entry.resolved !== undefined).map(([path]) => path)).toEqual([])
    expect(packages.filter(([, entry]) => entry.integrity === undefined).map(([path]) => path)).toEqual([])
  })

  it("is for exact versions", () => {
    const manifest = JSON.parse(readFileSync(`${root}/package.json`, "utf8")) as Readonly<Record<string, object>>
    const asked = ["dependencies", "devDependencies", "optionalDependencies"].flatMap((group) =>
      Object.entries(manifest[group] ?? {})
    )
    expect(asked.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(String(version)))).toEqual([])
  })
})
