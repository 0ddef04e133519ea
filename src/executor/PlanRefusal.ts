/**
 * Why there is no plan: values, all of them at once, each with what to do.
 *
 * Planning writes nothing, so a refusal leaves everything as it is. Which exit code a tag means is app's table.
 */
import type { Address } from "../domain/Ids.ts"

interface Refused<Tag extends string> {
  readonly _tag: Tag
  readonly address: Address
  readonly message: string
}

/** Resources of that name exist and nobody manages them. */
export interface Unmanaged extends Refused<"Unmanaged"> {
  readonly ids: ReadonlyArray<string>
}

/** Resources that depend on each other, ending where it began. */
export interface Cycle extends Refused<"Cycle"> {
  readonly addresses: ReadonlyArray<Address>
}

/** A reference to a field that is not there, or to a resource that is not declared. */
export interface UnknownReference extends Refused<"UnknownReference"> {
  readonly to: Address
  readonly path: string
}

export type PlanRefusal =
  | Unmanaged
  | Refused<"PreventDestroy">
  | Cycle
  | Refused<"UnknownAddress">
  | UnknownReference
  | Refused<"UnknownKind">
  | Refused<"CreateFirst">

/** Nobody manages what is there under this name. */
export const unmanaged = (address: Address, ids: ReadonlyArray<string>, why?: string): Unmanaged => {
  const [id = "", ...others] = ids
  const there = others.length === 0
    ? `an unmanaged resource of that name exists (id ${id})`
    : `${ids.length} unmanaged resources of that name exist (ids ${ids.join(", ")})`
  const alone = why === undefined ? "Run with --adopt to take it over, or" : "To manage it as it is:"
  const way = others.length === 0
    ? `${alone} amends import ${address} ${id}.`
    : `Choose one: amends import ${address} ID (--adopt needs exactly one).`
  const message = `${address} would be created, but ${there}${why === undefined ? "" : `, and ${why}`}. ${way}`
  return { _tag: "Unmanaged", address, ids, message }
}

/** The resource is protected. */
export const preventDestroy = (address: Address, action: "delete" | "replace"): PlanRefusal => ({
  _tag: "PreventDestroy",
  address,
  message: `the plan would ${action} ${address}, which has lifecycle.preventDestroy. ` +
    `Set it to false in its file and apply that first, or let the resource go with: amends forget ${address}`
})

/** Names the way round. */
export const cycle = (addresses: ReadonlyArray<Address>): PlanRefusal => ({
  _tag: "Cycle",
  address: addresses[0] ?? "" as Address,
  addresses,
  message: `resources depend on each other: ${addresses.join(" → ")}. Remove one of these references or dependsOn.`
})

/** An option names something that is neither declared nor known. */
export const unknownAddress = (address: Address, option: "--target" | "--replace"): PlanRefusal => ({
  _tag: "UnknownAddress",
  address,
  message: `${option} ${address}: no such resource is declared or known. See: amends list`
})

/** A reference cannot be filled, now or later. */
export const unknownReference = (address: Address, to: Address, path: string): PlanRefusal => ({
  _tag: "UnknownReference",
  address,
  to,
  path,
  message: `${address} refers to \${${to}${path.replaceAll("/", ".")}}, which is not there. ` +
    "Refer to a declared resource, and to a field that it has."
})

/** No provider serves the kind. */
export const unknownKind = (address: Address, kind: string): PlanRefusal => ({
  _tag: "UnknownKind",
  address,
  message: `no provider serves kind ${kind} of ${address}. Configure the provider in amends.yaml, ` +
    `or let the resource go with: amends forget ${address}`
})

/** Two of one name cannot be there at once. */
export const createFirst = (address: Address, field: string): PlanRefusal => ({
  _tag: "CreateFirst",
  address,
  message: `${address} has lifecycle.replace: createFirst, but ${field} names it remotely, so two cannot be there ` +
    "at once. Use deleteFirst or auto."
})
