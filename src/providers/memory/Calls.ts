/**
 * The calls that an operation takes on the imagined server, in order, each with the state expected after it. Pure.
 *
 * `to` of an update may be partial: members it does not name are left alone, a null clears. Values that are only a
 * mask are never sent.
 */
import type { Operation } from "../../domain/Change.ts"
import type { Document } from "../../domain/Document.ts"
import type { Call } from "../Provider.ts"
import { groupOf, type MemoryKind } from "./MemoryKind.ts"
import { patchBetween, patchedDocument, withDefaults, writable } from "./Shape.ts"

const expectedAfter = (memoryKind: MemoryKind, document: Document, patch: Document): Document =>
  withDefaults(memoryKind.kind, patchedDocument(document, patch))

const createCalls = (memoryKind: MemoryKind, desired: Document): ReadonlyArray<Call> => {
  const { kind } = memoryKind
  const body = patchedDocument({}, writable(kind, desired, (_, id) => id))
  const groups = Math.max(1, memoryKind.createIn?.length ?? 1)
  const parts = Array.from(
    { length: groups },
    (_, group) => Object.fromEntries(Object.entries(body).filter(([field]) => groupOf(memoryKind, field) === group))
  )
  return parts.flatMap((part, index): ReadonlyArray<Call> => {
    if (index > 0 && Object.keys(part).length === 0) return []
    const expected = parts.slice(0, index + 1).reduce((sum, next) => expectedAfter(memoryKind, sum, next), {})
    return [{
      operation: "create",
      method: index === 0 ? "POST" : "PATCH",
      path: index === 0 ? `/${kind.name}` : `/${kind.name}/{id}`,
      body: part,
      expected,
      learnsId: index === 0
    }]
  })
}

const updateCalls = (
  memoryKind: MemoryKind,
  operation: Extract<Operation, { readonly _tag: "update" }>
): ReadonlyArray<Call> => {
  const { kind } = memoryKind
  const patch = patchBetween(kind, operation.from, operation.to)
  if (Object.keys(patch).length === 0) return []
  const whole = writable(kind, patchedDocument(operation.from, patch), (_, id) => id)
  return [{
    operation: "update",
    method: memoryKind.updates === "replace" ? "PUT" : "PATCH",
    path: `/${kind.name}/{id}`,
    body: memoryKind.updates === "replace" ? whole : patch,
    expected: expectedAfter(memoryKind, operation.from, patch),
    learnsId: false,
    ...(operation.guard === undefined ? {} : { precondition: operation.guard })
  }]
}

/** The ordered calls of an operation. An update that changes nothing takes none. */
export const callsOf = (memoryKind: MemoryKind, operation: Operation): ReadonlyArray<Call> => {
  switch (operation._tag) {
    case "create":
      return createCalls(memoryKind, operation.desired)
    case "update":
      return updateCalls(memoryKind, operation)
    case "delete":
      return [{
        operation: "delete",
        method: "DELETE",
        path: `/${memoryKind.kind.name}/{id}`,
        learnsId: false,
        ...(operation.guard === undefined ? {} : { precondition: operation.guard })
      }]
  }
}

/** Which call of its operation this is, from 1; faults are aimed by it. */
export const callNumber = (memoryKind: MemoryKind, call: Call): number => {
  if (call.operation !== "create" || call.learnsId) return 1
  const [field = ""] = Object.keys(call.body ?? {})
  return groupOf(memoryKind, field) + 1
}
