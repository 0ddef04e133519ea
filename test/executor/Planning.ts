/**
 * A small remote world for tests of planning: three kinds, builders of what is planned, and a way to carry a plan out
 * that shares nothing with the engine but the overlay.
 */
import { Result, Schema } from "effect"
import { createHash } from "node:crypto"
import { canonicalText, type Document, isArray, isObject, type Json } from "../../src/domain/Document.ts"
import { type Address, kindOf } from "../../src/domain/Ids.ts"
import { exact, type Kind, plainRoles } from "../../src/domain/Kind.ts"
import type { Plan, Step } from "../../src/domain/Plan.ts"
import { getAt, matches, parsePointer, type Path } from "../../src/domain/Pointer.ts"
import { asSealed, type SealedDocument } from "../../src/domain/Sealed.ts"
import { refNode, resolve } from "../../src/domain/Template.ts"
import { overlay } from "../../src/executor/Overlay.ts"
import { type Desired, type OpenHead, plan, type PlanInput, type PlanRefusal } from "../../src/executor/Planner.ts"
import type { Observation } from "../../src/providers/Provider.ts"

const base: Omit<Kind, "name"> = {
  provider: "world",
  description: "a kind of the tests",
  schema: Schema.Record(Schema.String, Schema.Json) as unknown as Kind["schema"],
  nameField: "/name",
  capabilities: {
    identity: { _tag: "server" },
    guard: "none",
    settlesWithinMs: 0,
    listIsWhole: true,
    reversibility: { create: exact, update: exact, delete: exact }
  },
  roles: { ...plainRoles, readOnly: ["/id", "/updatedAt"] }
}

/** A kind that is referred to, with a secret that is masked, a write-only field, and fields that reset. */
export const channel: Kind = {
  ...base,
  name: "channel",
  mask: /^\*+$/,
  roles: {
    ...base.roles,
    sensitive: ["/secret"],
    writeOnly: ["/pin"],
    immutable: ["/type"],
    sets: ["/tags"],
    caseInsensitive: ["/mail"],
    defaults: { "/level": 1 },
    clearable: ["/note"]
  }
}

/** A kind that refers to channels. */
export const agent: Kind = {
  ...base,
  name: "agent",
  roles: { ...base.roles, immutable: ["/anchor"], references: [{ path: "/channels/*/id", kind: "channel" }] }
}

/** A kind named by its users. */
export const queue: Kind = {
  ...base,
  name: "queue",
  capabilities: { ...base.capabilities, identity: { _tag: "natural", fields: ["/name"] }, guard: "etag" },
  roles: { ...base.roles, immutable: ["/durable"], references: [{ path: "/via", kind: "queue" }] }
}

/** A kind whose deletes cannot be taken back. */
export const vault: Kind = {
  ...base,
  name: "vault",
  capabilities: {
    ...base.capabilities,
    reversibility: { create: exact, update: exact, delete: { _tag: "none", why: "it is shredded" } }
  }
}

export const kinds: ReadonlyMap<string, Kind> = new Map([channel, agent, queue, vault].map((kind) => [kind.name, kind]))

export const at = (text: string): Address => text as Address

export const ref = (address: string, path = "/id"): Json => refNode({ address: at(address), path })

type Extra = Partial<Omit<Desired, "address" | "kind" | "spec" | "lifecycle">> & Partial<Desired["lifecycle"]>

export const want = (address: string, spec: Document, extra: Extra = {}): Desired => {
  const { conflict, dependsOn, ignoreChanges, preventDestroy, replace, secretPaths } = extra
  return {
    address: at(address),
    kind: kindOf(at(address)),
    spec,
    dependsOn: dependsOn ?? [],
    secretPaths: secretPaths ?? [],
    lifecycle: {
      preventDestroy: preventDestroy ?? false,
      ignoreChanges: ignoreChanges ?? [],
      replace: replace ?? "auto",
      conflict: conflict ?? "stop"
    }
  }
}

export const head = (address: string, id: string, declared: Document, extra: Partial<OpenHead> = {}): OpenHead => ({
  address: at(address),
  provider: "world",
  kind: kindOf(at(address)),
  remoteId: id,
  declared,
  observed: declared,
  dependsOn: [],
  deposed: [],
  version: `sha256:${address}`,
  preventDestroy: false,
  ...extra
})

export const seen = (id: string, document: Document, token?: string): Observation => ({
  id,
  document,
  ...(token === undefined ? {} : { token })
})

const encode = (value: Json): Json => ({ $sealed: Buffer.from(JSON.stringify(value)).toString("base64") })

const sealAt = (value: Json, patterns: ReadonlyArray<string>, path: Path): Json => {
  if (patterns.some((pattern) => matches(pattern, path))) return encode(value)
  if (isArray(value)) return value.map((item, i) => sealAt(item, patterns, [...path, String(i)]))
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, sealAt(member, patterns, [...path, key])])
  )
}

const asDocument = (value: Json): Document => isObject(value) ? value : {}

export const seal: PlanInput["seal"] = (kind, document, paths) =>
  asSealed(asDocument(sealAt(document, [...kind.roles.sensitive, ...paths], [])))

const openAt = (value: Json): Json => {
  if (isArray(value)) return value.map(openAt)
  if (!isObject(value)) return value
  const sealed = value["$sealed"]
  if (typeof sealed === "string") return JSON.parse(Buffer.from(sealed, "base64").toString())
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, openAt(member)]))
}

export const open = (document: SealedDocument | undefined): Document => asDocument(openAt(document ?? {}))

const noOptions: PlanInput["options"] = { destroy: false, targets: [], replace: [], refreshOnly: false, adopt: false }

/** What differs from: nothing desired, nothing known, no options; heads are observed as they were last applied. */
export interface Situation extends Partial<Omit<PlanInput, "options" | "observed" | "namesakes">> {
  readonly options?: Partial<PlanInput["options"]>
  /** What is there now by address, where it is not what was last applied; null for nothing. */
  readonly now?: { readonly [address: string]: Observation | null }
  readonly namesakes?: { readonly [address: string]: ReadonlyArray<Observation> }
}

export const inputOf = ({ namesakes, now, options, ...rest }: Situation): PlanInput => {
  const heads = rest.heads ?? []
  const asLastApplied = (last: OpenHead): Observation => seen(last.remoteId, last.observed, last.token)
  return {
    workspace: "test",
    createdAt: 1,
    desired: [],
    listed: new Map(),
    kinds,
    seal,
    digest: (value) => `sha256:${createHash("sha256").update(canonicalText(value)).digest("hex")}`,
    ...rest,
    heads,
    observed: new Map(heads.map((last) => {
      const there = now?.[last.address]
      return [last.address, there === null ? undefined : there ?? asLastApplied(last)]
    })),
    namesakes: new Map(Object.entries(namesakes ?? {}).map(([address, found]) => [at(address), found])),
    options: { ...noOptions, ...options }
  }
}

export const planned = (situation: Situation): Plan =>
  Result.getOrThrowWith(plan(inputOf(situation)), (refusals) => new Error(refusals.map((r) => r.message).join("\n")))

export const refused = (situation: Situation): ReadonlyArray<PlanRefusal> => {
  const result = plan(inputOf(situation))
  return Result.isFailure(result) ? result.failure : []
}

/** Steps as `id: action`, in order. */
export const actions = (made: Plan): ReadonlyArray<string> => made.steps.map(({ action, id }) => `${id}: ${action}`)

export const stepOf = (made: Plan, id: string): Step => {
  const found = made.steps.find((step) => step.id === id)
  if (found === undefined) throw new Error(`no step ${id} among ${actions(made).join(", ")}`)
  return found
}

export const changeOf = (made: Plan, address: string) => {
  const found = made.changes.find((change) => change.address === address)
  if (found === undefined) throw new Error(`no change of ${address}`)
  return found
}

interface Living {
  readonly id: string
  readonly document: Document
  readonly declared: Document
  readonly step: Step
}

const livingOf = (step: Step, id: string, there: Document, declared: Document): Living => {
  const kind = kinds.get(step.kind)
  if (kind === undefined) throw new Error(`no kind ${step.kind}`)
  return { id, document: { ...overlay(kind, there, declared, step), id: Number(id) }, declared, step }
}

/** Carries a plan out and answers the heads that its commit writes. */
export const carriedOut = (input: PlanInput, made: Plan): ReadonlyArray<OpenHead> => {
  let nextId = 1000
  const heads = new Map(input.heads.map((last) => [last.address, last]))
  for (const step of made.steps) {
    if (step.action === "guard") continue
    if (step.action === "delete") {
      if (step.replaces === undefined) heads.delete(step.address)
      continue
    }
    const declared = resolve(open(step.desired), ({ address, path }) => {
      const other = heads.get(address)
      return getAt(other?.observed, parsePointer(path)) ?? (path === "/id" ? other?.remoteId : undefined)
    })
    if (Result.isFailure(declared)) throw new Error(`${step.id} refers to ${declared.failure.address}`)
    const living = livingOf(step, step.remoteId ?? String(nextId++), open(step.before), declared.success)
    heads.set(step.address, {
      ...head(step.address, living.id, declared.success),
      observed: living.document,
      dependsOn: step.refersTo,
      preventDestroy: step.preventDestroy
    })
  }
  for (const refresh of made.refreshes) {
    const last = heads.get(refresh.address)
    if (last === undefined) throw new Error(`no head of ${refresh.address} to refresh`)
    heads.set(refresh.address, {
      ...last,
      declared: open(refresh.declared),
      observed: open(refresh.observed),
      dependsOn: refresh.refersTo,
      preventDestroy: refresh.preventDestroy
    })
  }
  for (const address of made.drops) heads.delete(address)
  return [...heads.values()]
}
