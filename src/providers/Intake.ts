/**
 * What a provider makes of a declaration before it is planned with.
 *
 * A file says things for people, such as where the content of a file is; documents hold what can be compared. Nothing
 * but the provider of a kind knows how one becomes the other.
 */
import type { Template } from "../domain/Template.ts"

/** What a resource declares, with the pointers into it whose values are secret. */
export interface Declaration {
  readonly spec: Template
  readonly secretPaths: ReadonlyArray<string>
}

/** What it comes to, and what is wrong with it. */
export interface Intake extends Declaration {
  /** Secret values that appear in this form only. */
  readonly secrets: ReadonlyArray<string>
  readonly mistakes: ReadonlyArray<IntakeMistake>
}

/** A mistake in a declaration. */
export interface IntakeMistake {
  /** JSON Pointer in the spec. */
  readonly path: string
  readonly detail: string
  readonly hint: string
}
