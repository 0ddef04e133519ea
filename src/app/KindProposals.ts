/**
 * Proposals of kinds: from a document that describes an API, the provider and the kinds to paste into `amends.yaml`.
 *
 * A proposal is a beginning: what the document does not say is left at its default, and what is a guess is said so.
 */
import { Context, Effect } from "effect"
import type { JsonObject } from "../domain/Document.ts"
import { Refusal } from "./Failure.ts"
import type { WorkspaceError } from "./Workspace.ts"

/** What is asked for. */
export interface ProposalRequest {
  /** The file of the document, OpenAPI 3 as YAML or JSON, from the working directory. */
  readonly file: string
  /** The path of one collection; all of them when left out. */
  readonly path?: string
}

/** What is proposed. */
export interface Proposal {
  /** YAML to paste into `amends.yaml`, with the notes as comments. */
  readonly text: string
  /** The same as data: `providers`. */
  readonly providers: JsonObject
  /** The kinds by name. */
  readonly kinds: ReadonlyArray<string>
  /** Collections in which nothing can be created. */
  readonly leftOut: ReadonlyArray<string>
}

/** Makes proposals: reads documents of APIs, and writes what was learned of one. */
export class KindProposals extends Context.Service<KindProposals, {
  readonly propose: (request: ProposalRequest) => Effect.Effect<Proposal, WorkspaceError>
  /** One kind as YAML to paste under `kinds`, with remarks above the keys that they are about. */
  readonly render: (
    kind: string,
    description: JsonObject,
    remarks: ReadonlyMap<string, ReadonlyArray<string>>
  ) => string
}>()("amends/KindProposals") {}

const nothing = ({ file, path }: ProposalRequest, leftOut: ReadonlyArray<string>): Refusal => {
  const where = path === undefined ? `in ${file}` : `at ${path} of ${file}`
  const detail = leftOut.length === 0 ? `there is no collection ${where}` : `nothing can be created ${where}`
  const hint = path === undefined
    ? "a kind needs a POST on its collection, or a PUT on its own path"
    : "leave --path out to see every collection there is"
  return new Refusal({ reason: "NotFound", summary: "there is nothing to propose", detail, hint })
}

/** Proposes kinds; refuses where there are none. */
export const proposeKinds = Effect.fn("proposeKinds")(function*(request: ProposalRequest) {
  const proposals = yield* KindProposals
  const proposal = yield* proposals.propose(request)
  return proposal.kinds.length === 0 ? yield* nothing(request, proposal.leftOut) : proposal
})
