/**
 * Where two sealed documents differ: places as deep as they can be told apart, a secret as a whole.
 *
 * Sealing is deterministic, so that two secrets are told to be equal or not without being opened.
 */
import { renderPointer } from "../domain/Pointer.ts"
import { type SealedDocument, sealedIn } from "../domain/Sealed.ts"
import { changedPlaces } from "../merge/Places.ts"

/** Pointers of the places at which documents differ; an absent document has nothing anywhere. */
export const differing = (
  before: SealedDocument | undefined,
  after: SealedDocument | undefined
): ReadonlyArray<string> => {
  const secrets = [...sealedIn(before), ...sealedIn(after)].map(renderPointer)
  const atomic = Object.fromEntries(secrets.map((pointer) => [pointer, "atomic"] as const))
  return changedPlaces(before ?? {}, after ?? {}, atomic)
}
