/**
 * What the API decides about a request, before it becomes HTTP: accepted with data, or refused with a status and a
 * text.
 *
 * A refusal is a value and never applies anything: every operation checks first and writes afterwards.
 */
import { isObject, type Json, type JsonObject } from "./Json.ts"
import type { Check } from "./Shape.ts"
import type { World } from "./World.ts"

/** An accepted request. */
export interface Accepted {
  readonly accepted: true
  readonly status: number
  readonly data: Json
}

/** A refused request: nothing was changed. */
export interface Refused {
  readonly accepted: false
  readonly status: number
  readonly error: string
  /** The methods that would have been allowed, for a 405. */
  readonly allow?: string
}

/** The outcome of one API request. */
export type Answer = Accepted | Refused

/** Accepts with data; the status is 200 unless the API documents another. */
export const accept = (data: Json, status = 200): Accepted => ({ accepted: true, status, data })

/** Refuses with a status and a text. */
export const refuse = (status: number, error: string): Refused => ({ accepted: false, status, error })

/** Refuses because there is no such resource. */
export const notFound = (noun: string, key: string): Refused => refuse(404, `${noun} ${key} not found`)

/** A body that fits, or the refusal of one that does not. */
export type Checked =
  | { readonly fits: true; readonly body: JsonObject }
  | { readonly fits: false; readonly refusal: Refused }

/** Checks a body that must be an object; a misfit is a 400 that names every problem. */
export const checkBody = (check: Check, body: unknown): Checked => {
  const problems = check(body, "")
  if (problems.length === 0 && isObject(body)) return { fits: true, body }
  return { fits: false, refusal: refuse(400, `validation failed: ${problems.join("; ")}`) }
}

/** How resources are shown: secrets masked or in clear; sets sorted (for tests) or in no order (as the API does). */
export interface View {
  readonly maskSecrets: boolean
  readonly sortSets: boolean
}

/**
 * What the API does with one kind. A `body` is parsed JSON, unchecked; an `id` was found before.
 * `update` and `remove` answer undefined when they applied.
 */
export interface KindOperations {
  readonly noun: string
  /** In no particular order. */
  readonly ids: (world: World) => ReadonlyArray<number>
  readonly risingIds: (world: World) => ReadonlyArray<number>
  readonly find: (world: World, key: string) => number | undefined
  /** How a GET of one resource finds it, where that is not by id alone. */
  readonly findToRead?: (world: World, key: string) => number | undefined
  readonly render: (world: World, id: number, view: View) => JsonObject
  readonly create: (world: World, body: unknown, view: View) => Answer
  readonly update: (world: World, id: number, body: unknown) => Refused | undefined
  readonly remove: (world: World, id: number) => Refused | undefined
}
