/**
 * Where two sealed documents differ: places as deep as they can be told apart, a secret as a whole.
 *
 * Sealing is deterministic, so that two secrets are told to be equal or not without being opened.
 */
import { isArray, isObject, type Json } from "../domain/Document.ts"
import { type Path, renderPointer } from "../domain/Pointer.ts"
import { type SealedDocument, sealMark } from "../domain/Sealed.ts"
import { changedPlaces } from "../merge/Places.ts"

const sealedPaths = (value: Json | undefined, path: Path = []): ReadonlyArray<Path> => {
  if (isArray(value)) return []
  if (!isObject(value)) return []
  if (Object.hasOwn(value, sealMark)) return [path]
  return Object.entries(value).flatMap(([key, member]) => sealedPaths(member, [...path, key]))
}

/** Pointers of the places at which documents differ; an absent document has nothing anywhere. */
export const differing = (
  before: SealedDocument | undefined,
  after: SealedDocument | undefined
): ReadonlyArray<string> => {
  const secrets = [...sealedPaths(before), ...sealedPaths(after)].map(renderPointer)
  const atomic = Object.fromEntries(secrets.map((pointer) => [pointer, "atomic"] as const))
  return changedPlaces(before ?? {}, after ?? {}, atomic)
}
