/**
 * A subject: everything that is known of one address when its change is decided.
 *
 * Masked and write-only fields are filled from what was last applied, so that a secret that nobody changed shows no
 * difference.
 */
import type { Document } from "../domain/Document.ts"
import type { Address } from "../domain/Ids.ts"
import type { Kind } from "../domain/Kind.ts"
import type { Observation } from "../providers/Provider.ts"
import { byCodeUnit } from "./Order.ts"
import type { Desired, OpenHead, PlanInput } from "./PlanInput.ts"
import { type PlanRefusal, unknownKind } from "./PlanRefusal.ts"
import { recall } from "./Recall.ts"

/** One address: what is wanted, what was last applied, what is there. */
export interface Subject {
  readonly address: Address
  readonly kind: Kind
  /** Absent when it is no longer declared, or everything is destroyed. */
  readonly desired?: Desired
  readonly head?: OpenHead
  /** Absent for nothing there. */
  readonly observation?: Observation
  /** The observed document with what is known of its secrets. */
  readonly seen?: Document
  /** What was last applied, in the same way. */
  readonly known?: Document
  readonly namesakes: ReadonlyArray<Observation>
  readonly preventDestroy: boolean
  /** Pointers that are secret because of where their value came from. */
  readonly secretPaths: ReadonlyArray<string>
}

/** The subjects by address, sorted, and what keeps some from being planned. */
export interface Subjects {
  readonly all: ReadonlyMap<Address, Subject>
  readonly refusals: ReadonlyArray<PlanRefusal>
}

const subjectOf = (
  input: PlanInput,
  kind: Kind,
  declared: Desired | undefined,
  head: OpenHead | undefined
): Subject => {
  const address = declared?.address ?? head?.address ?? "" as Address
  if (head !== undefined && !input.observed.has(address)) throw new Error(`planning needs an observation of ${address}`)
  const observation = head === undefined ? undefined : input.observed.get(address)
  const known = head === undefined ? undefined : recall(kind, head.observed, head.declared)
  return {
    address,
    kind,
    namesakes: input.namesakes.get(address) ?? [],
    preventDestroy: declared?.lifecycle.preventDestroy ?? head?.preventDestroy ?? false,
    secretPaths: declared?.secretPaths ?? head?.secretPaths ?? [],
    ...(declared === undefined || input.options.destroy ? {} : { desired: declared }),
    ...(head === undefined ? {} : { head }),
    ...(observation === undefined ? {} : { observation, seen: recall(kind, observation.document, known) }),
    ...(known === undefined ? {} : { known })
  }
}

/** Puts together what is known of every address that is declared or has a head. */
export const subjectsOf = (input: PlanInput): Subjects => {
  const declared = new Map(input.desired.map((desired) => [desired.address, desired]))
  const heads = new Map(input.heads.map((head) => [head.address, head]))
  const all = new Map<Address, Subject>()
  const refusals: Array<PlanRefusal> = []
  const wanted = input.options.destroy ? [] : declared.keys()
  for (const address of [...new Set([...wanted, ...heads.keys()])].sort(byCodeUnit)) {
    const name = declared.get(address)?.kind ?? heads.get(address)?.kind ?? ""
    const kind = input.kinds.get(name)
    if (kind === undefined) refusals.push(unknownKind(address, name))
    else all.set(address, subjectOf(input, kind, declared.get(address), heads.get(address)))
  }
  return { all, refusals }
}
