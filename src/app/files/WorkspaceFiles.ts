/**
 * The hand that reads a workspace from its files: finds them, parses them, and tells every problem with its place.
 *
 * All problems of all files come at once; only an `amends.yaml` that cannot be parsed ends the reading by itself, since
 * without it nothing else is known.
 */
import { Effect, Layer, Result } from "effect"
import { dirname, resolve } from "node:path"
import { isArray } from "../../domain/Document.ts"
import type { Address } from "../../domain/Ids.ts"
import type { Move } from "../../domain/Move.ts"
import { besides, inOrder } from "../Problems.ts"
import { danglingReferences } from "../References.ts"
import {
  type Problem,
  type ReadWorkspace,
  Workspace,
  WorkspaceError,
  type Written,
  type WrittenWorkspace
} from "../Workspace.ts"
import { commandWarnings } from "./CheckCommands.ts"
import type { Environment, Filling } from "./FillIn.ts"
import { findResourceFiles, findWorkspaceFile, type Found, nameOf, workspaceFileName } from "./FindFiles.ts"
import { withKindFiles } from "./KindFiles.ts"
import { placesIn } from "./Located.ts"
import { type ReadResource, readResource, type ResourceContext, type ResourceSource } from "./ReadResource.ts"
import { type ReadSettings, readSettings, thawProvider } from "./ReadSettings.ts"
import { type FileToRead, readText } from "./ReadText.ts"
import { makeReport, type Report, startOf } from "./Report.ts"
import { type ParsedText, parseJson, parseYaml } from "./Yaml.ts"

/** Where a workspace is looked for, and the environment its values come from. */
export interface WorkspaceFilesOptions {
  /** The file that stands for `amends.yaml`; its directory is the root. Relative to `directory`. */
  readonly config?: string
  /** Where the search for `amends.yaml` begins; it goes upwards. */
  readonly directory: string
  readonly env: Environment
}

/** Files that are read at once. */
const filesAtOnce = 16

const failWith = (problems: ReadonlyArray<Problem>) => Effect.fail(new WorkspaceError({ problems: inOrder(problems) }))

const endIfAny = (report: Report): Effect.Effect<void, WorkspaceError> =>
  report.problems.length > 0 ? failWith(report.problems) : Effect.void

const notFound = (directory: string): Problem => ({
  place: startOf(workspaceFileName),
  path: "",
  message: `there is no ${workspaceFileName} in ${directory} or above it`,
  hint: "run `amends init`, or name the workspace with --workspace or --config"
})

const locate = (options: WorkspaceFilesOptions): Effect.Effect<string, WorkspaceError> =>
  options.config === undefined
    ? Effect.flatMap(
      findWorkspaceFile(options.directory),
      (file) => file === undefined ? failWith([notFound(resolve(options.directory))]) : Effect.succeed(file)
    )
    : Effect.succeed(resolve(options.directory, options.config))

const parse = (name: string, text: string): ParsedText => name.endsWith(".json") ? parseJson(text) : parseYaml(text)

const tellFaults = (report: Report, name: string, text: string): ParsedText => {
  const parsed = parse(name, text)
  const placeAt = placesIn(name, text)
  for (const { at, message, hint } of parsed.faults) report.add({ place: placeAt(at), path: "", message, hint })
  return parsed
}

const readConfiguration = Effect.fnUntraced(function*(options: WorkspaceFilesOptions) {
  const file = yield* locate(options)
  const name = nameOf(dirname(file), file)
  const text = yield* Effect.catch(readText(dirname(file), { path: file, name }), (problem) => failWith([problem]))
  const report = makeReport()
  const { documents } = tellFaults(report, name, text)
  yield* endIfAny(report)
  const [document, second] = documents
  const placeAt = placesIn(name, text)
  if (document === undefined || second !== undefined) {
    const place = second === undefined ? startOf(name) : placeAt(second.at)
    const message = `expected one document, found ${documents.length === 0 ? "none" : documents.length}`
    return yield* failWith([{ place, path: "", message, hint: "begin with `workspace: NAME`" }])
  }
  const source = yield* withKindFiles({ file, node: document, placeAt }, text.length, report)
  return { ...readSettings(source, options.env, report), report }
})

const settingsOnly = (options: WorkspaceFilesOptions) =>
  Effect.flatMap(readConfiguration(options), (read) => Effect.as(endIfAny(read.report), read.settings))

const foundProblem: {
  readonly [T in Exclude<Found["_tag"], "files" | "closed">]: (pattern: string) => Pick<Problem, "message" | "hint">
} = {
  outside: (pattern) => ({
    message: `${JSON.stringify(pattern)} lies outside the workspace`,
    hint: "name files inside the workspace, without .. and not from the root"
  }),
  missing: (pattern) => ({
    message: `there is no file ${JSON.stringify(pattern)}`,
    hint: "correct the name, or use a glob where the file may be absent"
  }),
  nothing: (pattern) => ({
    message: `${JSON.stringify(pattern)} matches no file`,
    hint: "files end in .yaml, .yml or .json"
  })
}

const closedDirectory = (directory: string): Problem => ({
  place: startOf(directory),
  path: "",
  message: "the directory cannot be read: permission to read it is missing",
  hint: "check its rights: the resources in it would be taken for removed"
})

interface Files {
  readonly files: ReadonlyArray<FileToRead>
  readonly warnings: ReadonlyArray<Problem>
}

const findAll = Effect.fnUntraced(function*({ settings, patterns }: ReadSettings, report: Report) {
  const warnings: Array<Problem> = []
  const byName = new Map<string, FileToRead>()
  for (const { pattern, place, path } of patterns) {
    const found = yield* findResourceFiles(settings.root, pattern)
    if (found._tag === "files") { for (const file of found.files) byName.set(file.name, file) }
    else if (found._tag === "nothing") warnings.push({ place, path, ...foundProblem.nothing(pattern) })
    else if (found._tag === "closed") report.add(closedDirectory(found.directory))
    else report.add({ place, path, ...foundProblem[found._tag](pattern) })
  }
  byName.delete(nameOf(settings.root, settings.configFile))
  const files = [...byName.keys()].sort().flatMap((name) => byName.get(name) ?? [])
  return { files, warnings } satisfies Files
})

/** Resources of one file, and whether everything in it at least says what it is called. */
interface FileContent {
  readonly resources: ReadonlyArray<ReadResource>
  readonly whole: boolean
}

const readContent = (context: ResourceContext, name: string, text: string): FileContent => {
  const { documents, broken } = tellFaults(context.report, name, text)
  const placeAt = placesIn(name, text)
  const resources = documents.flatMap((node) => {
    const list = name.endsWith(".json") && isArray(node.value)
    const sources: ReadonlyArray<ResourceSource> = list
      ? [...node.parts].map(([index, part]) => ({ node: part.node, placeAt, within: [index] }))
      : [{ node, placeAt, within: [] }]
    return sources.map((source) => readResource(source, context))
  })
  return { resources, whole: broken === 0 && resources.every(({ named }) => named) }
}

const wrongExtension = (file: FileToRead): Problem => ({
  place: startOf(file.name),
  path: "",
  message: "a resource file ends in .yaml, .yml or .json",
  hint: "rename it, or name a glob such as resources/**/*.yaml"
})

const readFileContent = (root: string, context: ResourceContext, file: FileToRead): Effect.Effect<FileContent> => {
  const read = /\.(ya?ml|json)$/.test(file.name) ? readText(root, file) : Effect.fail(wrongExtension(file))
  return Effect.map(Effect.result(read), (text) => {
    if (Result.isSuccess(text)) return readContent(context, file.name, text.success)
    context.report.add(text.failure)
    return { resources: [], whole: false }
  })
}

/** Tells of addresses that stand twice; answers the ones there are. */
const checkAddresses = (resources: ReadonlyArray<ReadResource>, report: Report): ReadonlySet<Address> => {
  const first = new Map<Address, ReadResource>()
  for (const resource of resources) {
    const { address, place } = resource
    const other = address === undefined ? undefined : first.get(address)
    if (address !== undefined && other === undefined) first.set(address, resource)
    if (other === undefined) continue
    const { file, line, column } = other.place
    const message = `${address} is declared twice; the other is at ${file}:${line}:${column}`
    report.add({ place, path: "/name", message, hint: "rename or remove one of the two" })
  }
  return new Set(first.keys())
}

/** What is declared under an address that it was moved from. */
const leftBehind = (declared: ReadonlyArray<Written>, moves: ReadonlyArray<Move>): ReadonlyArray<Problem> => {
  const reached = new Set(moves.map(({ to }) => to))
  const left = new Map(moves.filter(({ from }) => !reached.has(from)).map(({ from, to }) => [from, to]))
  return declared.flatMap(({ address, placeOf }) => {
    const to = left.get(address)
    const message = `\`moved\` says that ${address} has become ${to}`
    const hint = "rename it, or take the move out of amends.yaml"
    return to === undefined ? [] : [{ place: placeOf("/name"), path: "/name", message, hint }]
  })
}

const read = Effect.fn("Workspace.read")(function*(options: WorkspaceFilesOptions) {
  const configuration = yield* readConfiguration(options)
  const { settings, report: wrongSettings } = configuration
  const report = makeReport()
  const { files, warnings: missing } = yield* findAll(configuration, report)
  const context: ResourceContext = { env: options.env, report, conflict: settings.policies.conflict }
  const contents = yield* Effect.forEach(files, (file) => readFileContent(settings.root, context, file), {
    concurrency: filesAtOnce
  })
  const resources = contents.flatMap((content) => content.resources)
  const known = checkAddresses(resources, report)
  const declared = resources.flatMap((resource) => resource.declared ?? [])
  // Where a file could not be read, an address that seems missing may well be in it.
  const dangling = contents.every(({ whole }) => whole) ? danglingReferences(declared, known) : []
  const behind = leftBehind(declared, settings.moved ?? [])
  const found = [...report.problems, ...behind]
  const problems = [...wrongSettings.problems, ...found, ...besides(found, dangling)]
  const secrets = [...new Set([...settings.secrets, ...resources.flatMap((resource) => resource.secrets)])]
  const warnings = [...yield* commandWarnings(settings), ...missing]
  const workspace: WrittenWorkspace = { ...settings, resources: declared, warnings, secrets }
  return { workspace, problems: inOrder(problems) } satisfies ReadWorkspace
})

const load = (options: WorkspaceFilesOptions): Effect.Effect<WrittenWorkspace, WorkspaceError> =>
  Effect.flatMap(
    read(options),
    ({ workspace, problems }) => problems.length > 0 ? failWith(problems) : Effect.succeed(workspace)
  )

type Thaw = Workspace["Service"]["thaw"]

const thaw = (options: WorkspaceFilesOptions): Thaw =>
  Effect.fn("Workspace.thaw")(function*(frozen: Parameters<Thaw>[0]) {
    const { env } = options
    const root = dirname(yield* locate(options))
    const report = makeReport()
    const thawed = frozen.map((provider) => {
      const place = startOf(`configuration of provider ${provider.name}, as frozen in the batch`)
      const tell: Filling["report"] = (path, _, message, hint) =>
        report.add({ place, path: `/${path.join("/")}`, message, hint })
      return thawProvider({ env, references: "refused", report: tell }, root, provider)
    })
    yield* endIfAny(report)
    return {
      providers: thawed.map((one) => one.settings),
      secrets: [...new Set(thawed.flatMap(({ secrets }) => secrets))]
    }
  })

/** The workspace of the files that the options lead to. */
export const layerWorkspaceFiles = (options: WorkspaceFilesOptions): Layer.Layer<Workspace> =>
  Layer.succeed(Workspace)(Workspace.of({
    settings: settingsOnly(options),
    load: load(options),
    read: read(options),
    thaw: thaw(options)
  }))
