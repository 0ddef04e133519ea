/**
 * Changes: what a plan intends for one resource, and the words a user reads for it.
 */
import type { Document } from "./Document.ts"

/** What the user is told happens to a resource. A replace is two steps of one address. */
export type Action = "create" | "update" | "replace" | "delete" | "adopt" | "none"

/** The symbol of an action; colour is never the only sign. */
export const symbolOf: { readonly [A in Action]: string } = {
  create: "+",
  update: "~",
  replace: "-/+",
  delete: "-",
  adopt: ">",
  none: "="
}

/** What is asked of a provider: one write operation on one resource, forwards or on the way back. */
export type Operation =
  | { readonly _tag: "create"; readonly desired: Document }
  | {
    readonly _tag: "update"
    readonly id: string
    /** What is there now; only what differs from it is sent where updates merge. */
    readonly from: Document
    readonly to: Document
    readonly guard?: string
  }
  | { readonly _tag: "delete"; readonly id: string; readonly from: Document; readonly guard?: string }

/** The name of an operation. */
export type OperationName = Operation["_tag"]
