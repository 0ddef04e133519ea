/**
 * A workspace with nothing known to be wrong: files read, providers made, every spec checked against its kind.
 *
 * What verbs begin with. Problems of the files, of the providers' settings and of the specs come in one report.
 */
import { Effect, Result, type Scope } from "effect"
import { isArray, isObject, type Json } from "../domain/Document.ts"
import { select } from "../domain/Pointer.ts"
import { isUnknown } from "../domain/Template.ts"
import { ProviderFactory, type ProviderSettings, type Registry, type RegistryError } from "../providers/Registry.ts"
import { besides, inOrder } from "./Problems.ts"
import { validate, withDefaults } from "./Validate.ts"
import {
  type LoadedWorkspace,
  type Problem,
  type ReadWorkspace,
  Workspace,
  WorkspaceError,
  type WorkspaceSettings,
  type WrittenWorkspace
} from "./Workspace.ts"

/** A workspace and the providers that serve its kinds. */
export interface CheckedWorkspace {
  /** Specs have the defaults of their kinds, and no places any more. */
  readonly workspace: LoadedWorkspace
  readonly registry: Registry
}

/** What providers say of their settings, as problems at their places in `amends.yaml`. */
export const registryProblems = (settings: WorkspaceSettings, { mistakes }: RegistryError): ReadonlyArray<Problem> =>
  mistakes.map(({ detail, hint, path: setting, provider }) => {
    const path = `/providers/${provider}${setting}`
    return { place: settings.placeOf(path), path, message: detail, hint }
  })

/** What is wrong inside of something is why it cannot be used: that is told once. */
const isToldBelow = (told: ReadonlyArray<Problem>, path: string): boolean =>
  told.some((one) => one.path === path || one.path.startsWith(`${path}/`))

/** Without providers, the kinds that are known anyway are what specs can be checked against. */
const whatIsKnown = (
  factory: ProviderFactory["Service"],
  { problems: told, workspace }: ReadWorkspace,
  error: RegistryError
): ReadonlyArray<Problem> => {
  const kinds = factory.known?.(workspace.providers) ?? new Map<string, never>()
  const resources = workspace.resources.filter(({ kind }) => kinds.has(kind))
  const ofProviders = registryProblems(workspace, error).filter(({ path }) => !isToldBelow(told, path))
  return [...ofProviders, ...besides(ofProviders, validate(resources, kinds))]
}

/** Makes providers that keep what they keep for the state of the workspace. */
export const makeProviders = (
  { stateFile }: Pick<WorkspaceSettings, "stateFile">,
  providers: ReadonlyArray<ProviderSettings>
): Effect.Effect<Registry, RegistryError, ProviderFactory | Scope.Scope> =>
  Effect.flatMap(ProviderFactory, ({ make }) => make(providers.map((settings) => ({ ...settings, stateFile }))))

/** What the providers make of declarations, and what is wrong with them in the eyes of those. */
const takenIn = Effect.fnUntraced(function*(workspace: WrittenWorkspace, registry: Registry) {
  const problems: Array<Problem> = []
  const secrets: Array<string> = []
  const resources = yield* Effect.forEach(workspace.resources, (declared) => {
    const intake = registry.serving(declared.kind)?.intake
    if (intake === undefined) return Effect.succeed(declared)
    const { secretPaths, spec } = declared
    return Effect.map(intake(declared.kind, { spec, secretPaths }), (taken) => {
      secrets.push(...taken.secrets)
      problems.push(...taken.mistakes.map(({ detail, hint, path: inSpec }) => {
        const path = `/spec${inSpec}`
        return { place: declared.placeOf(path), path, message: detail, hint }
      }))
      return { ...declared, spec: taken.spec, secretPaths: taken.secretPaths }
    })
  }, { concurrency: intakesAtOnce })
  return { problems, workspace: { ...workspace, resources, secrets: [...workspace.secrets, ...secrets] } }
})

/** Declarations that are taken in at once. */
const intakesAtOnce = 4

/** What is known to be well-formed needs its places no more. */
const withKindDefaults = (workspace: WrittenWorkspace, registry: Registry): LoadedWorkspace => ({
  ...workspace,
  resources: workspace.resources.map(({ placeOf: _placeOf, ...declared }) => {
    const kind = registry.kinds.get(declared.kind)
    return kind === undefined ? declared : withDefaults(declared, kind)
  })
})

/** The texts in a value, references aside: they name what is no secret. */
const textsIn = (value: Json): ReadonlyArray<string> => {
  if (typeof value === "string") return [value]
  if (isArray(value)) return value.flatMap(textsIn)
  return isObject(value) && !isUnknown(value) ? Object.values(value).flatMap(textsIn) : []
}

/** What stands in sensitive fields of the files: secret before anything of it was sealed. */
const declaredSecrets = ({ resources }: LoadedWorkspace, registry: Registry): ReadonlyArray<string> =>
  resources.flatMap(({ kind, spec }) =>
    (registry.kinds.get(kind)?.roles.sensitive ?? []).flatMap((pattern) =>
      select(spec, pattern).flatMap(([, value]) => textsIn(value))
    )
  )

/** Reads and checks the workspace; the providers live as long as the scope. */
export const checkedWorkspace: Effect.Effect<
  CheckedWorkspace,
  WorkspaceError,
  Workspace | ProviderFactory | Scope.Scope
> = Effect.gen(function*() {
  const { workspace, problems } = yield* (yield* Workspace).read
  const factory = yield* ProviderFactory
  const made = yield* Effect.result(makeProviders(workspace, workspace.providers))
  const further = Result.isSuccess(made)
    ? validate(workspace.resources, made.success.kinds)
    : whatIsKnown(factory, { problems, workspace }, made.failure)
  const told = [...problems, ...besides(problems, further)]
  if (Result.isFailure(made)) return yield* new WorkspaceError({ problems: inOrder(told) })
  const registry = made.success
  const taken = yield* takenIn(workspace, registry)
  const found = [...told, ...besides(told, taken.problems)]
  if (found.length > 0) return yield* new WorkspaceError({ problems: inOrder(found) })
  const secrets = [...new Set([...taken.workspace.secrets, ...declaredSecrets(taken.workspace, registry)])]
  return { workspace: { ...withKindDefaults(taken.workspace, registry), secrets }, registry }
})
