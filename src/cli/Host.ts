/**
 * The port to what main puts together: the version, where we run, and the services of a workspace.
 *
 * The services come as a layer for the workspace that the flags name, so that `--help` loads and opens nothing.
 */
import { Context, type Effect, type Layer, type Scope } from "effect"
import type { Refusal } from "../app/Failure.ts"
import type { FileWriter } from "../app/Initialise.ts"
import type { KindProposals } from "../app/KindProposals.ts"
import type { AppServices } from "../app/PlanBatch.ts"
import type { Settling } from "../app/RollbackPlan.ts"
import type { TrialNotes } from "../app/TrialNotes.ts"

/** Which workspace is meant. */
export interface WorkspacePlace {
  /** Where the search for `amends.yaml` begins. */
  readonly directory: string
  /** The file that stands for `amends.yaml`. */
  readonly config?: string
}

/** How the sandbox is to start. */
export interface SandboxRequest {
  readonly port: number
  /** A file of faults, JSON. */
  readonly faults?: string
  readonly latencyMs: number
}

export class Host extends Context.Service<Host, {
  readonly version: string
  /** Absolute directory in which the command was given. */
  readonly cwd: string
  /** Makes a path absolute, from `cwd`. */
  readonly resolve: (path: string) => string
  /** Who asks, unless `--actor` says otherwise. */
  readonly actor: string
  readonly noColor: boolean
  readonly services: (place: WorkspacePlace) => Layer.Layer<AppServices | FileWriter | KindProposals | TrialNotes>
  /** Reads a text file that a user named, relative to `cwd`. */
  readonly readText: (path: string) => Effect.Effect<string, Refusal>
  /** Reads a file of answers to the conflicts of a rollback, relative to `cwd`. */
  readonly readAnswers: (path: string) => Effect.Effect<Settling["answers"], Refusal>
  /** Writes a text file that a user named; only its owner may read it. */
  readonly writeText: (path: string, text: string) => Effect.Effect<void, Refusal>
  /** Makes a file that a user named and that must not be there yet; only its owner may read it. */
  readonly createFile: (path: string, content: string | Uint8Array) => Effect.Effect<void, Refusal>
  readonly isFile: (path: string) => Effect.Effect<boolean>
  /** Starts a sandbox for the length of the scope; answers its address. */
  readonly sandbox: (request: SandboxRequest) => Effect.Effect<string, Refusal, Scope.Scope>
}>()("amends/Host") {}
