/**
 * The kind `file` as data, and the calls that its operations take. Pure.
 *
 * A file is named by its path, so that a lost answer is settled by looking. Writes carry the token of the captured
 * file, and are refused where it has another one by then.
 */
import { Schema } from "effect"
import { canonicalValue } from "../../domain/Canonical.ts"
import type { Operation } from "../../domain/Change.ts"
import { type Document, equalJson } from "../../domain/Document.ts"
import { exact, type Kind, plainRoles } from "../../domain/Kind.ts"
import type { Call } from "../Provider.ts"
import { contentMembers, modeDefault } from "./Content.ts"

/** The name of the kind where the settings give none. */
export const kindName = "file"

const said = (description: string) => Schema.optionalKey(Schema.String.annotate({ description }))

const ModeText = Schema.String.check(
  Schema.isPattern(/^0?[0-7]{3,4}$/u, { expected: "a mode in quotes such as \"0644\"" })
)

/** What a resource file says of a file. Which members go together, the intake says. */
const spec = Schema.Struct({
  path: Schema.NonEmptyString.annotate({ description: "Where the file is, from the root of the provider" }),
  content: said("What it holds, as a text"),
  base64: said("What it holds, as base64"),
  source: said("A file in the workspace that it is a copy of"),
  mode: Schema.optionalKey(ModeText.annotate({ description: "Its rights, as octal digits in quotes" }))
}) as unknown as Kind["schema"]

/** Describes the kind; with `sensitive` no content is shown, and none is kept outside of the sealed state. */
export const fileKind = (name: string, provider: string, contents: "plain" | "sensitive"): Kind => ({
  name,
  provider,
  description: "A file below a directory of this machine",
  schema: spec,
  nameField: "/path",
  nameDefault: "none",
  capabilities: {
    identity: { _tag: "client", fields: ["/path"] },
    guard: "version",
    settlesWithinMs: 0,
    listIsWhole: false,
    reversibility: { create: exact, update: exact, delete: exact }
  },
  roles: {
    ...plainRoles,
    readOnly: ["/size"],
    immutable: ["/path"],
    texts: ["/content"],
    alternatives: [contentMembers.map((member) => `/${member}`)],
    sensitive: contents === "sensitive" ? ["/content", "/base64"] : []
  }
})

const withoutNulls = (document: Document): Document =>
  Object.fromEntries(Object.entries(document).filter(([, value]) => value !== null))

const members = [...contentMembers, "mode"] as const

const writable = (document: Document): Document =>
  Object.fromEntries(members.flatMap((member) => document[member] === undefined ? [] : [[member, document[member]]]))

const pathIn = ({ path }: Document): string => typeof path === "string" ? path : ""

/** A new content takes the place of the old one in whichever form that is. */
const laidOver = (from: Document, to: Document): Document => {
  const isNew = contentMembers.some((member) => typeof to[member] === "string")
  const kept = isNew
    ? Object.entries(from).filter(([key]) => !contentMembers.some((one) => one === key))
    : Object.entries(from)
  return withoutNulls({ ...Object.fromEntries(kept), ...to })
}

const updateCalls = (kind: Kind, operation: Extract<Operation, { readonly _tag: "update" }>): ReadonlyArray<Call> => {
  const { from, guard, to } = operation
  const target = laidOver(from, to)
  const changed = members.filter((member) => {
    const [now, then] = [from[member] ?? null, target[member] ?? null]
    return !equalJson(canonicalValue(kind, now, [member]), canonicalValue(kind, then, [member]))
  })
  if (changed.length === 0) return []
  const { size: _, ...expected } = target
  const body = Object.fromEntries(
    Object.entries(writable(target)).filter(([member]) => changed.some((one) => one === member))
  )
  return [{
    operation: "update",
    method: "PUT",
    path: `/${pathIn(from)}`,
    body,
    expected,
    learnsId: false,
    ...(guard === undefined ? {} : { precondition: guard })
  }]
}

/** The calls of an operation: one, and none for an update that changes nothing. */
export const callsOf = (kind: Kind, operation: Operation): ReadonlyArray<Call> => {
  switch (operation._tag) {
    case "create": {
      const { size: _, source: __, ...desired } = withoutNulls(operation.desired)
      const body = { mode: modeDefault, ...writable(desired) }
      const expected = { ...desired, ...body }
      return [{ operation: "create", method: "POST", path: `/${pathIn(desired)}`, body, expected, learnsId: true }]
    }
    case "update":
      return updateCalls(kind, operation)
    case "delete":
      return [{
        operation: "delete",
        method: "DELETE",
        path: `/${pathIn(operation.from)}`,
        learnsId: false,
        ...(operation.guard === undefined ? {} : { precondition: operation.guard })
      }]
  }
}

/** A before-image as a body: what the system makes of a file is not written. */
export const restoreOf = (before: Document): Document =>
  Object.fromEntries(Object.entries(before).filter(([member]) => member !== "size"))
