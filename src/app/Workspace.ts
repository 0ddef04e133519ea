/**
 * The port to a workspace's files: configuration and declared resources, as values.
 *
 * Reading is all or nothing: either everything is well-formed, or every problem is reported at once with its place.
 * Values from the environment are in place; where they stand is remembered, so that they stay secret by path and by
 * value.
 */
import { Context, type Effect, Schema } from "effect"
import type { Policies } from "../domain/Entry.ts"
import type { Address } from "../domain/Ids.ts"
import type { Move } from "../domain/Move.ts"
import type { ConflictPolicy } from "../domain/Plan.ts"
import type { RetentionRule } from "../domain/Retention.ts"
import type { SealedDocument } from "../domain/Sealed.ts"
import type { Template } from "../domain/Template.ts"
import type { ProviderSettings } from "../providers/Registry.ts"
import type { NotifyRule } from "./NotifyRule.ts"

/** A place in a file; line and column from 1. */
export interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** How a resource wants to be handled. */
export interface Lifecycle {
  readonly preventDestroy: boolean
  readonly ignoreChanges: ReadonlyArray<string>
  readonly replace: "createFirst" | "deleteFirst" | "auto"
  readonly conflict: ConflictPolicy
}

/** A resource as declared, references unresolved. */
export interface Declared {
  readonly address: Address
  readonly kind: string
  readonly name: string
  readonly spec: Template
  readonly dependsOn: ReadonlyArray<Address>
  readonly lifecycle: Lifecycle
  /** Pointers into `spec` whose value came from the environment: secret by path. */
  readonly secretPaths: ReadonlyArray<string>
  readonly place: Place
  /** The remote's own name is not in the file and defaults to `name`. */
  readonly namedByDefault?: true
}

/** A declared resource that still knows where each part of it is written: as long as problems may have to be told. */
export interface Written extends Declared {
  /**
   * The place of a key or value by its pointer from the resource's root: `/spec/name`, `/dependsOn/0`. Where there is
   * none, the place of the nearest thing around it.
   */
  readonly placeOf: (pointer: string, part?: "key" | "value") => Place
}

/** A problem in a file, with what was expected and what to do. */
export interface Problem {
  readonly place: Place
  /** JSON Pointer or dotted path inside the document. */
  readonly path: string
  readonly message: string
  readonly hint: string
}

/** A workspace whose files are well-formed. */
export interface LoadedWorkspace {
  readonly name: string
  /** Absolute directory of `amends.yaml`. */
  readonly root: string
  /** Absolute path of `amends.yaml`, or of the file that stands for it. */
  readonly configFile: string
  /** Absolute. */
  readonly stateFile: string
  readonly policies: Policies
  /** What may be let go of the past; everything is kept where this is absent. */
  readonly retention?: ReadonlyArray<RetentionRule>
  /** The file of the private key that records of the audit trail are signed with. Absolute. */
  readonly auditKeyFile?: string
  /** What may be let go of the audit trail; every record is kept where this is absent. */
  readonly auditRetention?: ReadonlyArray<RetentionRule>
  /** Failures in a row after which an address is held out of plans. */
  readonly quarantineAfter?: number
  /** Addresses that were renamed in the files. */
  readonly moved?: ReadonlyArray<Move>
  /** Whom to tell what becomes of batches; nobody where this is absent. */
  readonly notify?: ReadonlyArray<NotifyRule>
  readonly providers: ReadonlyArray<ProviderSettings>
  /** Provider configuration as written, environment unresolved: what `opened` freezes. */
  readonly frozen: ReadonlyArray<{ readonly name: string; readonly configuration: SealedDocument }>
  readonly resources: ReadonlyArray<Declared>
  readonly warnings: ReadonlyArray<Problem>
  /** Every value that came from the environment, and literal ones under the name of a secret in provider settings. */
  readonly secrets: ReadonlyArray<string>
  /** The place of a key or value of `amends.yaml`, by its pointer: `/providers/NAME/baseUrl`. */
  readonly placeOf: (pointer: string, part?: "key" | "value") => Place
}

/** A workspace with the places of everything in its files. */
export interface WrittenWorkspace extends LoadedWorkspace {
  readonly resources: ReadonlyArray<Written>
}

/** What could be read of a workspace, with the problems of its files. */
export interface ReadWorkspace {
  /** Where there are problems, good for nothing but finding more: resources may have problems of their own. */
  readonly workspace: WrittenWorkspace
  readonly problems: ReadonlyArray<Problem>
}

/** Files that are not well-formed; all problems at once. */
export class WorkspaceError extends Schema.TaggedError<WorkspaceError>()("WorkspaceError", {
  problems: Schema.Array(Schema.Struct({
    place: Schema.Struct({ file: Schema.String, line: Schema.Int, column: Schema.Int }),
    path: Schema.String,
    message: Schema.String,
    hint: Schema.String
  }))
}) {
  override get message() {
    return this.problems.map((p) => `${p.place.file}:${p.place.line}:${p.place.column}: ${p.message}`).join("\n")
  }
}

/** What is needed before any resource is read: where the state lives and which providers there are. */
export type WorkspaceSettings = Omit<LoadedWorkspace, "resources">

/** The settings of a workspace with other policies. */
export const withPolicies = (settings: WorkspaceSettings, policies: Partial<Policies>): WorkspaceSettings => ({
  ...settings,
  policies: { ...settings.policies, ...policies }
})

export class Workspace extends Context.Service<Workspace, {
  /** Reads `amends.yaml` only; works without the resource files. */
  readonly settings: Effect.Effect<WorkspaceSettings, WorkspaceError>
  /** Reads everything, except that specs are not yet checked against their kinds (Validate does that). */
  readonly load: Effect.Effect<WrittenWorkspace, WorkspaceError>
  /** As `load`, with the problems of resource files as values, so that they are told together with those of specs. */
  readonly read: Effect.Effect<ReadWorkspace, WorkspaceError>
  /** Gives values to a frozen provider configuration from today's environment. */
  readonly thaw: (
    frozen: ReadonlyArray<{ readonly name: string; readonly configuration: SealedDocument }>
  ) => Effect.Effect<
    { readonly providers: ReadonlyArray<ProviderSettings>; readonly secrets: ReadonlyArray<string> },
    WorkspaceError
  >
}>()("amends/Workspace") {}
