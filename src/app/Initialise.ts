/**
 * What `init` puts into a directory: a workspace that is valid at once, explained by its comments.
 *
 * Nothing that exists is overwritten: either every file can be made or none is; only to `.gitignore` lines are added.
 */
import { Context, type Effect } from "effect"
import type { Template } from "../domain/Template.ts"
import { moduleTemplate } from "./ModuleTemplate.ts"
import type { WorkspaceError } from "./Workspace.ts"

/**
 * A file to write. `create` refuses where it exists, `keep` leaves it as it is, `addLines` adds the lines that are not
 * there yet.
 */
export interface NewFile {
  /** From the directory, with slashes. */
  readonly path: string
  readonly content: string
  readonly mode: "create" | "keep" | "addLines"
}

/** What became of a file. */
export interface WrittenFile {
  readonly path: string
  readonly did: "created" | "extended" | "left"
}

/** A resource that a new file declares. */
export interface NewResource {
  /** From the directory, with slashes. */
  readonly path: string
  readonly kind: string
  readonly name: string
  /** With references in it. */
  readonly spec: Template
  /** Sentences for whoever reads the file. */
  readonly remarks: ReadonlyArray<string>
}

/** Writes new files of a workspace, all or none. */
export class FileWriter extends Context.Service<FileWriter, {
  readonly write: (
    directory: string,
    files: ReadonlyArray<NewFile>
  ) => Effect.Effect<ReadonlyArray<WrittenFile>, WorkspaceError>
  /** Writes a file for each resource. */
  readonly writeResources: (
    directory: string,
    resources: ReadonlyArray<NewResource>
  ) => Effect.Effect<void, WorkspaceError>
  /** A directory as it is seen from another, with slashes; `undefined` where it lies outside of it. */
  readonly within: (root: string, directory: string) => string | undefined
  /** Takes files away that were just written; directories that they leave empty stay. */
  readonly remove: (directory: string, paths: ReadonlyArray<string>) => Effect.Effect<void>
}>()("amends/FileWriter") {}

/** What `init` is asked for. */
export interface Initial {
  /** The name of the directory; what a workspace's name may not hold is replaced. */
  readonly name: string
  /**
   * Whose settings are active; those of the built-in provider as comments when left out. Any other name than its is
   * that of a provider of one's own, whose module is made.
   */
  readonly provider?: string
}

/** A legal name for a workspace, made of any text. */
export const workspaceName = (text: string): string =>
  text.replaceAll(/[^a-zA-Z0-9._-]+/g, "-").replace(/^[^a-zA-Z0-9]+/, "").replace(/-+$/, "") || "workspace"

const providerLines = [
  "providers:",
  "  monitoring:",
  "    baseUrl: ${env.MONITORING_URL:-https://api.hypernative.xyz}",
  "    clientId: ${env.MONITORING_CLIENT_ID}",
  "    clientSecret: ${env.MONITORING_CLIENT_SECRET}"
]

const commented = (lines: ReadonlyArray<string>): ReadonlyArray<string> => lines.map((line) => `# ${line}`)

const builtIn = "monitoring"

/** Names of environment variables begin with the provider's, in capitals. */
const variable = (provider: string, name: string): string =>
  `${provider.toUpperCase().replaceAll(/[^A-Z0-9]/g, "_")}_${name}`

const moduleOf = (provider: string): string => `providers/${provider}.ts`

/** The lines of a provider of one's own, for a workspace that is there already as well. */
export const ownProviderLines = (provider: string): ReadonlyArray<string> => [
  "providers:",
  `  ${provider}:`,
  `    use: ./${moduleOf(provider)}`,
  `    baseUrl: \${env.${variable(provider, "URL")}:-http://127.0.0.1:8080}`,
  `    token: \${env.${variable(provider, "TOKEN")}:-}`
]

const linesOf = (provider: string | undefined): ReadonlyArray<string> => {
  if (provider === undefined) return commented(providerLines)
  return provider === builtIn ? providerLines : ownProviderLines(provider)
}

const workspaceFile = ({ name, provider }: Initial): string =>
  [
    "# A workspace of amends. `amends schema` prints the JSON Schema of this file.",
    `workspace: ${JSON.stringify(workspaceName(name))}`,
    "",
    "# Where resources are declared. A YAML file holds many documents, a JSON file one resource or an array.",
    "resources: [\"resources/**/*.{yaml,yml,json}\"]",
    "",
    "# defaults: { onFailure: rollback, parallelism: 10, timeout: 30s, retries: 4, conflict: stop }",
    "",
    "# The remote systems. Secrets come from the environment and never stand in a file.",
    ...linesOf(provider),
    ""
  ].join("\n")

const exampleFile = [
  "# A resource for each document; `---` begins the next. Remove the `# ` to use this one, then run `amends plan`.",
  "#",
  "# kind: watchlist",
  "# name: treasury",
  "# spec:",
  "#   description: Wallets of the treasury",
  "#   assets:",
  "#     - { chain: ethereum, type: Wallet, address: \"0x0000000000000000000000000000000000000000\", name: cold }",
  ""
].join("\n")

const ownExampleFile = [
  "# A resource for each document; `---` begins the next. Remove the `# ` to use this one, then run `amends plan`.",
  "#",
  "# kind: thing",
  "# name: first",
  "# spec:",
  "#   size: 3",
  ""
].join("\n")

/** A provider of one's own may join a workspace that is there already: only its module has to be new. */
const ownProviderFiles = (initial: Initial, provider: string): ReadonlyArray<NewFile> => [
  { path: moduleOf(provider), content: moduleTemplate, mode: "create" },
  { path: "amends.yaml", content: workspaceFile(initial), mode: "keep" },
  { path: "resources/example.yaml", content: ownExampleFile, mode: "keep" },
  { path: ".gitignore", content: "# State and key of amends\n.amends/\n", mode: "addLines" }
]

/** The files of a new workspace. */
export const initialFiles = (initial: Initial): ReadonlyArray<NewFile> => {
  const { provider } = initial
  return provider === undefined || provider === builtIn ? workspaceFiles(initial) : ownProviderFiles(initial, provider)
}

const workspaceFiles = (initial: Initial): ReadonlyArray<NewFile> => [
  { path: "amends.yaml", content: workspaceFile(initial), mode: "create" },
  { path: "resources/example.yaml", content: exampleFile, mode: "create" },
  { path: ".gitignore", content: "# State and key of amends\n.amends/\n", mode: "addLines" }
]

/** Makes a new workspace in a directory. */
export const initialise = (
  directory: string,
  initial: Initial
): Effect.Effect<ReadonlyArray<WrittenFile>, WorkspaceError, FileWriter> =>
  FileWriter.use((writer) => writer.write(directory, initialFiles(initial)))
