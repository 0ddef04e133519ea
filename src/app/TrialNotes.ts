/**
 * The port to notes of what a trial makes: durable before the first request, gone when nothing is left, so that what a
 * killed process left behind is known by name.
 *
 * A trial is no batch: nothing of it is desired, and nothing is to be gone back to, so the journal does not hold it.
 */
import { Context, type Effect, Schema } from "effect"
import type { Refusal } from "./Failure.ts"

/** What a trial has made, or was about to. */
export const TrialNote = Schema.Struct({
  /** The name of the trial, which is the name of what it makes, or the beginning of it. */
  name: Schema.String,
  kind: Schema.String,
  provider: Schema.String,
  /** What to search for: values by pointer, one entry for each resource. */
  probes: Schema.Array(Schema.Record(Schema.String, Schema.Json)),
  /** Remote ids of what was surely made by the trial. */
  ids: Schema.Array(Schema.String)
})
export type TrialNote = typeof TrialNote.Type

/** Keeps notes beside the state of a workspace. */
export class TrialNotes extends Context.Service<TrialNotes, {
  /** Makes a note durable; it replaces the one of the same name. */
  readonly keep: (stateFile: string, note: TrialNote) => Effect.Effect<void, Refusal>
  readonly drop: (stateFile: string, name: string) => Effect.Effect<void>
  /** All of them; those that cannot be read are no notes. */
  readonly all: (stateFile: string) => Effect.Effect<ReadonlyArray<TrialNote>>
}>()("amends/TrialNotes") {}
