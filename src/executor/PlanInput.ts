/**
 * What planning takes: what is desired, what was last applied, and what is there now, secrets in clear.
 *
 * It is read by others (app) and only compared here, so that planning is a pure function: the same input gives the
 * same plan, whatever order its parts come in.
 */
import type { Document, Json } from "../domain/Document.ts"
import type { Address, Digest, StepId } from "../domain/Ids.ts"
import type { Kind } from "../domain/Kind.ts"
import type { ConflictPolicy, Plan } from "../domain/Plan.ts"
import type { SealedDocument } from "../domain/Sealed.ts"
import type { Template } from "../domain/Template.ts"
import type { Head } from "../domain/Version.ts"
import type { Observation } from "../providers/Provider.ts"

/** A declared resource; what app's Workspace answers has this shape. */
export interface Desired {
  readonly address: Address
  readonly kind: string
  /** The declared fields, references unresolved. */
  readonly spec: Template
  /** What of `spec` is declared afterwards, where that is less: what is taken back holds what nobody declares, too. */
  readonly declares?: Template
  readonly dependsOn: ReadonlyArray<Address>
  /** Pointers into `spec` that are secret because of where their value came from. */
  readonly secretPaths: ReadonlyArray<string>
  readonly lifecycle: {
    readonly preventDestroy: boolean
    readonly ignoreChanges: ReadonlyArray<string>
    readonly replace: "createFirst" | "deleteFirst" | "auto"
    readonly conflict: ConflictPolicy
  }
}

/** A head whose secrets are opened. */
export interface OpenHead extends Omit<Head, "declared" | "observed"> {
  readonly declared: Document
  readonly observed: Document
  /** Pointers that are secret because of where their value came from. */
  readonly secretPaths?: ReadonlyArray<string>
}

/** What the user asked for beside the files. */
export interface PlanOptions {
  /** Nothing is desired: everything known is deleted. */
  readonly destroy: boolean
  /** Only these and what they need; none given means all. */
  readonly targets: ReadonlyArray<Address>
  /** Exactly these, and not what they need. */
  readonly only?: ReadonlySet<Address>
  /** Replace these although nothing asks for it. */
  readonly replace: ReadonlyArray<Address>
  /** Take over what is there; write nothing. */
  readonly refreshOnly: boolean
  /** Take over unmanaged resources of the same name. */
  readonly adopt: boolean
}

/** Everything a plan is made of. */
export interface PlanInput {
  readonly workspace: string
  /** Milliseconds since the epoch. */
  readonly createdAt: number
  readonly desired: ReadonlyArray<Desired>
  readonly heads: ReadonlyArray<OpenHead>
  /** Read now, one for every head; present with `undefined` for absent. */
  readonly observed: ReadonlyMap<Address, Observation | undefined>
  /** What earlier replaces left behind and is there now, by the steps that delete it. */
  readonly leftBehind?: ReadonlyMap<StepId, Observation>
  /** Unmanaged resources of the same name or key, for what is desired and has no head. */
  readonly namesakes: ReadonlyMap<Address, ReadonlyArray<Observation>>
  /** Whole listings by kind, where they were read: shows who refers to a resource without being managed. */
  readonly listed: ReadonlyMap<string, ReadonlyArray<Observation>>
  readonly kinds: ReadonlyMap<string, Kind>
  readonly options: PlanOptions
  /** How the versions come to be, where that is not by an apply. */
  readonly made?: Plan["made"]
  /** Seals the sensitive fields of the kind, the given paths (pointers), and every value learned as secret. */
  readonly seal: (kind: Kind, document: Document, secretPaths: ReadonlyArray<string>) => SealedDocument
  readonly digest: (value: Json) => Digest
}
