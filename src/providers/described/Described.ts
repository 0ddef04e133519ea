/**
 * A description with its defaults filled in: what the rest of this folder works with, and nothing has to guess at.
 *
 * All of it is data; templates are parsed and pointers split once. A description that does not fit together is told by
 * its mistakes, all of them, each with the place in the description.
 */
import type { JsonObject } from "../../domain/Document.ts"
import type { Kind } from "../../domain/Kind.ts"
import type { Path } from "../../domain/Pointer.ts"
import type { ConditionsDescription, PagesDescription } from "../KindDescription.ts"
import type { Template } from "./Template.ts"

/** Something wrong with a description, at a place of it. */
export interface Mistaken {
  readonly path: Path
  readonly detail: string
  readonly hint: string
}

/** Takes a mistake in. */
export type Tell = (mistaken: Mistaken) => void

/** One request of an operation. */
export interface DescribedCall {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE"
  readonly path: Template
  readonly query: ReadonlyArray<readonly [string, Template]>
  /** Names and values in turn. */
  readonly headers: ReadonlyArray<string>
  /** Fields by their paths, or which of them. */
  readonly send: "changed" | "whole" | "merge" | "none" | ReadonlyArray<Path>
  /** Where in the body the document goes; the empty path is the body itself. */
  readonly wrap: "array" | Path
  readonly with: JsonObject
  readonly answer: "none" | Path
  /** Where the document in the answer holds the server's id, if elsewhere than in other answers. */
  readonly id?: Path
  readonly poll?: Polling
}

/** How a 202 is followed up. */
export interface Polling {
  readonly at: "location" | Path
  readonly everyMs: number
  readonly timeoutMs: number
  /** Absent where anything but another 202 is the end. */
  readonly until?: ConditionsDescription
  readonly failed?: ConditionsDescription
  readonly answer: "none" | Path
}

/** How resources are named: by fields of the document, and by an id of the server's behind them where it gives one. */
export interface Naming {
  /** In the order in which a remote id holds them: the parents' first. */
  readonly fields: ReadonlyArray<Path>
  /** Where answers hold the server's id; absent where the fields name the resource. */
  readonly serverId?: Path
  /** Those of the fields that name the collection. */
  readonly scope: ReadonlyArray<Path>
}

/** Where a request repeats the version that it rests on. */
export type VersionPlace =
  | { readonly _tag: "body" }
  | { readonly _tag: "query" | "header"; readonly name: string }

/** The version that a write rests on, and where each operation repeats it. */
export interface VersionGuard {
  readonly field: Path
  readonly update: VersionPlace
  readonly delete: VersionPlace
}

/** Where a request carries its idempotency key. */
export type KeyPlace =
  | { readonly _tag: "header"; readonly name: string }
  | { readonly _tag: "body"; readonly place: Path }

/** How answers are understood. */
export interface Understanding {
  readonly success: ConditionsDescription
  readonly error?: Path
  readonly absentStatuses: ReadonlyArray<number>
  /** What a document holds that stands for none: all of any of these. */
  readonly absentWhen: ReadonlyArray<ConditionsDescription>
  readonly shape: ReadonlyArray<readonly [to: Path, from: Path]>
  readonly keep: ReadonlyArray<readonly [pattern: string, members: ReadonlyArray<string>]>
  /** Statuses that refuse a stale guard. */
  readonly refusedWith: ReadonlyArray<number>
}

/** One kind, ready to be called. */
export interface Described {
  readonly kind: Kind
  readonly naming: Naming
  readonly understanding: Understanding
  readonly create: ReadonlyArray<DescribedCall>
  /** Empty where nothing can be changed. */
  readonly update: ReadonlyArray<DescribedCall>
  readonly delete: DescribedCall
  readonly read: "list" | DescribedCall
  readonly list: DescribedCall
  /** Absent where the list is looked through. */
  readonly find?: DescribedCall
  readonly pages?: PagesDescription
  /** The field that the keys of a list are, where that is an object. */
  readonly keys?: Path
  readonly always: ReadonlyArray<Path>
  readonly version?: VersionGuard
  readonly key?: KeyPlace
  readonly marker?: { readonly field: Path; readonly query: ReadonlyArray<readonly [string, Template]> }
  /** Where the change token is. */
  readonly token?: Path
}
