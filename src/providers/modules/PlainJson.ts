/**
 * What a module handed over, as JSON of our own: copied, so that nothing that it keeps can change it later.
 *
 * Anything that JSON cannot say is told with its place; a member that is `undefined` is not there.
 */
import { Result } from "effect"
import type { Json } from "../../domain/Document.ts"
import { Limits } from "../../domain/Limits.ts"
import { type Path, renderPointer } from "../../domain/Pointer.ts"

const nameOf = (value: unknown): string => {
  if (typeof value === "function") return "a function"
  if (typeof value !== "object" || value === null) return `a ${typeof value}`
  const { constructor } = value
  return typeof constructor === "function" && constructor.name !== "" ? `a ${constructor.name}` : "an object of a class"
}

const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value)
  // Objects of another realm have a prototype of their own, which has none above it either.
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

const fault = (path: Path, what: string): Result.Result<Json, string> => {
  const place = renderPointer(path)
  return Result.fail(`${place === "" ? "it" : place} is ${what}, and no JSON`)
}

const members = (
  entries: ReadonlyArray<readonly [string, unknown]>,
  path: Path
): Result.Result<ReadonlyArray<readonly [string, Json]>, string> => {
  const done: Array<readonly [string, Json]> = []
  for (const [key, member] of entries) {
    if (member === undefined) continue
    const copied = copy(member, [...path, key])
    if (Result.isFailure(copied)) return Result.fail(copied.failure)
    done.push([key, copied.success])
  }
  return Result.succeed(done)
}

const copy = (value: unknown, path: Path): Result.Result<Json, string> => {
  if (value === null || typeof value === "string" || typeof value === "boolean") return Result.succeed(value)
  if (typeof value === "number") return Number.isFinite(value) ? Result.succeed(value) : fault(path, String(value))
  if (typeof value !== "object") return fault(path, nameOf(value))
  if (path.length > Limits.documentDepthMax) return fault(path.slice(0, 3), "nested too deeply, or in itself")
  if (Array.isArray(value)) {
    const items = value.map((item: unknown, index) => [String(index), item ?? null] as const)
    return Result.map(members(items, path), (done) => done.map(([, item]) => item))
  }
  if (!isPlain(value)) return fault(path, nameOf(value))
  return Result.map(members(Object.entries(value), path), (done) => Object.fromEntries(done))
}

/** Copies a value as JSON, or says what of it is none. */
export const asJson = (value: unknown): Result.Result<Json, string> => copy(value, [])
