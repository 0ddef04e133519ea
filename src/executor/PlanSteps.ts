/**
 * Turns decisions into steps: one for most actions, two for a replace, one for each resource that an earlier replace
 * left behind, and guards that hold the way back of references.
 *
 * What the steps depend on is added by Edges.ts.
 */
import type { Document } from "../domain/Document.ts"
import type { StepId } from "../domain/Ids.ts"
import type { Kind, Reversibility } from "../domain/Kind.ts"
import { exact } from "../domain/Kind.ts"
import type { Step, StepAction } from "../domain/Plan.ts"
import type { Observation } from "../providers/Provider.ts"
import { lostSecrets } from "./Fields.ts"
import type { Decision } from "./PlanChange.ts"
import type { PlanInput } from "./PlanInput.ts"
import { unknownSecrets, unsaidSecrets } from "./Recall.ts"
import type { Referrers } from "./Referrers.ts"
import { reversibilityOf, secretsLost, strangersLost } from "./Reversible.ts"

/** The parts of planning that steps are made with. */
export interface Making {
  readonly seal: PlanInput["seal"]
  readonly referrers: Referrers
  readonly leftBehind: PlanInput["leftBehind"]
}

/** The step that deletes what a replace leaves behind. */
export const deposedId = (address: string): StepId => `${address}#deposed` as StepId

/** The step that deletes what an earlier replace left behind. */
export const leftBehindId = (address: string, remoteId: string): StepId => `${deposedId(address)}-${remoteId}` as StepId

/** Tells the delete of what an earlier replace left behind from the second half of a replace. */
export const isLeftBehind = ({ address, id }: Pick<Step, "address" | "id">): boolean =>
  id.startsWith(`${deposedId(address)}-`)

const stepId = (address: string): StepId => address as StepId

const tokenOf = (observation: Observation | undefined): string | undefined => observation?.token ?? observation?.guard

interface Part {
  readonly id: StepId
  readonly action: StepAction
  readonly reversibility: Reversibility
  readonly replaces?: "create" | "delete"
  /** Whether it goes by what is there. */
  readonly on?: { readonly id: string; readonly document?: Document; readonly token?: string | undefined }
}

const step = (making: Making, decision: Decision, part: Part): Step => {
  const { declared, declares, ignores, resets, secretPaths, subject } = decision
  const { address, desired, head, kind } = subject
  const { action, id, on, replaces, reversibility } = part
  const writes = action !== "delete" && action !== "guard"
  const changes = action === "update" || action === "adopt"
  const seal = (document: Document) => making.seal(kind, document, secretPaths)
  return {
    id,
    address,
    kind: kind.name,
    provider: kind.provider,
    action,
    resets: changes ? resets : [],
    ignores: changes ? ignores : [],
    preventDestroy: subject.preventDestroy,
    conflict: desired?.lifecycle.conflict ?? "stop",
    refersTo: writes ? making.referrers.refersTo(address) : head?.dependsOn ?? [],
    dependsOn: [],
    reversibility,
    guarded: kind.capabilities.guard !== "none",
    ...(replaces === undefined ? {} : { replaces }),
    ...(on === undefined ? {} : { remoteId: on.id }),
    ...(writes && declared !== undefined ? { desired: seal(declared) } : {}),
    ...(writes && declares !== undefined ? { declares: seal(declares) } : {}),
    ...(on?.document === undefined ? {} : { before: seal(on.document) }),
    ...(on?.token === undefined ? {} : { token: on.token }),
    ...(head === undefined ? {} : { basis: head.version })
  }
}

const onSeen = ({ observation, seen }: Decision): Part["on"] =>
  observation === undefined || seen === undefined
    ? undefined
    : { id: observation.id, document: seen, token: tokenOf(observation) }

const onPart = (on: Part["on"]): Pick<Part, "on"> => on === undefined ? {} : { on }

/** Secrets that nobody can bring back with a resource; of what an earlier replace left behind none is known. */
const secretsOf = (kind: Kind, document: Document | undefined): ReadonlyArray<string> =>
  document === undefined
    ? [...kind.roles.writeOnly, ...(kind.mask === undefined ? [] : kind.roles.sensitive)]
    : unknownSecrets(kind, document)

const deleteLoss = (making: Making, kind: Kind, on: Part["on"]): Reversibility =>
  reversibilityOf(kind, "delete", [
    secretsLost(on === undefined ? [] : [...new Set(secretsOf(kind, on.document))]),
    strangersLost(kind, on === undefined ? [] : making.referrers.strangers(kind.name, on.id))
  ])

const createPart = ({ subject }: Decision): Part => ({
  id: stepId(subject.address),
  action: "create",
  reversibility: reversibilityOf(subject.kind, "create", [])
})

const updatePart = (decision: Decision, action: "update" | "adopt"): Part => {
  const { differs, seen, subject } = decision
  const unsaid = action === "adopt" && seen !== undefined ? unsaidSecrets(subject.kind, seen) : []
  const lost = secretsLost(seen === undefined ? [] : lostSecrets(subject.kind, seen, [...differs, ...unsaid]))
  const writesNothing = action === "adopt" && differs.length === 0
  return {
    id: stepId(subject.address),
    action,
    reversibility: writesNothing ? exact : reversibilityOf(subject.kind, "update", [lost]),
    ...onPart(onSeen(decision))
  }
}

const deletePart = (making: Making, decision: Decision, id: StepId): Part => {
  const on = onSeen(decision)
  return { id, action: "delete", reversibility: deleteLoss(making, decision.subject.kind, on), ...onPart(on) }
}

const partsOf = (making: Making, decision: Decision): ReadonlyArray<Part> => {
  const { address } = decision.subject
  switch (decision.action) {
    case "none":
      return []
    case "create":
      return [createPart(decision)]
    case "update":
    case "adopt":
      return [updatePart(decision, decision.action)]
    case "delete":
      return [deletePart(making, decision, stepId(address))]
    case "replace":
      return [
        { ...createPart(decision), replaces: "create" },
        { ...deletePart(making, decision, deposedId(address)), replaces: "delete" }
      ]
  }
}

const leftBehind = (making: Making, { deposed, subject }: Decision): ReadonlyArray<Part> =>
  deposed.map((remoteId) => {
    const id = leftBehindId(subject.address, remoteId)
    const seen = making.leftBehind?.get(id)
    return {
      id,
      action: "delete",
      replaces: "delete",
      reversibility: deleteLoss(making, subject.kind, { id: remoteId }),
      on: { id: remoteId, ...(seen === undefined ? {} : { document: seen.document, token: tokenOf(seen) }) }
    }
  })

/** The steps of a decision, without what they depend on. */
export const stepsOf = (making: Making, decision: Decision): ReadonlyArray<Step> =>
  [...partsOf(making, decision), ...leftBehind(making, decision)]
    .map((part) => step(making, decision, part))

/**
 * The step that changes nothing, and on the way back rewrites a reference to the new id of what was deleted. What has
 * a step of its own has this one beside it.
 */
export const guardOf = (making: Making, decision: Decision): Step =>
  step(making, decision, {
    id: stepId(decision.action === "none" ? decision.subject.address : `${decision.subject.address}#guard`),
    action: "guard",
    reversibility: exact,
    ...onPart(onSeen(decision))
  })
