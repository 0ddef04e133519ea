/**
 * What a rollback asks the planner for: the content as the API takes it today, of which only what was declared is
 * declared afterwards.
 *
 * Pure. What is no longer there is cleared, references follow, and a mask is never written as a value.
 */
import { type Document, type Json } from "../domain/Document.ts"
import type { Address } from "../domain/Ids.ts"
import type { Kind } from "../domain/Kind.ts"
import { getAt, parsePointer, withAt } from "../domain/Pointer.ts"
import { withClears } from "../executor/Image.ts"
import type { Desired } from "../executor/PlanInput.ts"
import { unknownSecrets } from "../executor/Recall.ts"
import type { Registry } from "../providers/Registry.ts"
import type { Past } from "./Past.ts"
import { following, heldIn, keyOf, type Owners, type Wanted } from "./RollbackReferences.ts"
import type { TakenBack } from "./TakeBack.ts"

/** One resource of a rollback, with what came of its past; what only follows has none. */
export interface Rolled extends Wanted {
  readonly past?: Past
  readonly taken: TakenBack
}

const put = (document: Document, pointer: string, value: Json | undefined): Document =>
  withAt(document, parsePointer(pointer), value)

/** Places that only hold a mask stay as they are, or are left out. */
const unmasked = (kind: Kind, document: Document, seen: Document | undefined): Document =>
  unknownSecrets(kind, document).reduce(
    (done, pointer) => put(done, pointer, seen === undefined ? undefined : getAt(seen, parsePointer(pointer))),
    document
  )

/** What it is to depend on: what it did, but for references that it has no longer. */
const dependenciesOf = ({ head, kind, past, seen, target }: Rolled, owners: Owners): ReadonlyArray<Address> => {
  const referredBy = (document: Document | undefined): ReadonlySet<Address> =>
    new Set(
      heldIn(kind, document).flatMap((held) => {
        const key = keyOf(held.kind, held.id)
        return owners.heads.get(key)?.address ?? owners.former.get(key)?.address ?? []
      })
    )
  const [before, after] = [referredBy(seen), referredBy(target)]
  const isThere = (address: Address): boolean => {
    const wanted = owners.wanted.get(address)
    return wanted === undefined ? owners.managed.has(address) : wanted.target !== undefined
  }
  return (head?.dependsOn ?? past?.refersTo ?? [])
    .filter((address) => (!before.has(address) || after.has(address)) && isThere(address))
}

/** The declaration of a resource that is to be there, none for one that is to go. */
export const desiredOf = (one: Rolled, owners: Owners, { serving }: Registry): ReadonlyArray<Desired> => {
  const { address, head, kind, past, seen, taken, target } = one
  const provider = serving(kind.name)
  if (target === undefined || provider === undefined) return []
  const restored = provider.restore(kind.name, unmasked(kind, target, seen), (_, id) => id)
  const spec = seen === undefined ? restored : withClears(kind, seen, restored)
  const hidden = unknownSecrets(kind, target)
  const declares = hidden.reduce((document, pointer) => put(document, pointer, undefined), taken.declares ?? target)
  return [{
    address,
    kind: kind.name,
    spec: following(kind, spec, owners),
    declares: following(kind, declares, owners),
    dependsOn: dependenciesOf(one, owners),
    secretPaths: [...new Set([...past?.secretPaths ?? [], ...head?.secretPaths ?? []])],
    lifecycle: {
      preventDestroy: head?.preventDestroy ?? false,
      ignoreChanges: [],
      replace: "auto",
      conflict: "stop"
    }
  }]
}
