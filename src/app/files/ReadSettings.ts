/**
 * `amends.yaml` as settings: checked against its schema, values of the environment in place.
 *
 * The providers' configuration is kept a second time as written, with `${env…}` unresolved: that is what a batch
 * freezes, and `thaw` gives it values again, by the same code.
 */
import { dirname, isAbsolute, resolve } from "node:path"
import { isObject, type Json, type JsonObject } from "../../domain/Document.ts"
import { parseDuration } from "../../domain/Duration.ts"
import type { Policies } from "../../domain/Entry.ts"
import { kindPattern } from "../../domain/Ids.ts"
import { Limits } from "../../domain/Limits.ts"
import type { ConflictPolicy } from "../../domain/Plan.ts"
import { parsePointer, type Path, renderPointer } from "../../domain/Pointer.ts"
import type { RetentionRule } from "../../domain/Retention.ts"
import { asSealed } from "../../domain/Sealed.ts"
import { KindDescriptions } from "../../providers/KindDescription.ts"
import type { ProviderSettings } from "../../providers/Registry.ts"
import { findingsOf } from "../SchemaFindings.ts"
import type { Place, WorkspaceSettings } from "../Workspace.ts"
import { WorkspaceFile } from "../WorkspaceSchema.ts"
import { type Environment, fillIn, type Filling } from "./FillIn.ts"
import { hasInterpolation } from "./Interpolation.ts"
import { type Located, offsetOf } from "./Located.ts"
import { readMoved } from "./ReadMoved.ts"
import { literallyIn, readNotify } from "./ReadNotify.ts"
import { isInside } from "./ReadText.ts"
import type { Report } from "./Report.ts"

/** Where amends.yaml is and what it was read as. */
export interface SettingsSource {
  /** Absolute. */
  readonly file: string
  readonly node: Located
  readonly placeAt: (offset: number) => Place
}

/** Settings together with the patterns that say which files hold resources. */
export interface ReadSettings {
  readonly settings: WorkspaceSettings
  readonly patterns: ReadonlyArray<{ readonly pattern: string; readonly place: Place; readonly path: string }>
}

/** The resource files of a workspace that does not say which. */
export const defaultPattern = "resources/**/*.{yaml,yml,json}"
const defaultState = ".amends/state.db"

const secretName = /(secret|password|passwd|token|bearer|api[_-]?key|authorization|credentials?)$/i

/** Literal secrets that stand in settings against all advice: they have to stay secret at least elsewhere. */
const literalSecrets = (value: Json, name: string): ReadonlyArray<string> => {
  if (typeof value === "string") return secretName.test(name) && value !== "" ? [value] : []
  return typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([key, member]) => literalSecrets(member, Array.isArray(value) ? name : key))
    : []
}

/** A description is not made of secrets, although names in it may sound so; only its headers may hold one. */
const secretsInKinds = (value: Json): ReadonlyArray<string> =>
  typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([key, member]) =>
      key === "headers" ? literalSecrets(member, key) : secretsInKinds(member)
    )
    : []

const secretsIn = (use: Json | undefined, settings: Json): ReadonlyArray<string> => {
  if (use !== "http" || !isObject(settings)) return literalSecrets(settings, "")
  const { kinds, ...others } = settings
  return [...literalSecrets(others, ""), ...secretsInKinds(kinds ?? null)]
}

/** A provider's part as written: what a batch freezes. */
const configurationOf = (name: string, written: Json | undefined, timeoutMs: number): JsonObject => {
  const { use, ...settings } = isObject(written) ? written : {}
  return { use: typeof use === "string" ? use : name, timeoutMs, settings }
}

/** Gives values to a configuration as frozen; `root` is the directory of the workspace. */
export const thawProvider = (
  filling: Filling,
  root: string,
  frozen: { readonly name: string; readonly configuration: JsonObject }
): { readonly settings: ProviderSettings; readonly secrets: ReadonlyArray<string> } => {
  const { use, timeoutMs, settings } = frozen.configuration
  const written = isObject(settings) ? settings : {}
  const filled = fillIn(filling, written, ["providers", frozen.name])
  return {
    settings: {
      name: frozen.name,
      use: typeof use === "string" ? use : frozen.name,
      settings: isObject(filled.value) ? filled.value : {},
      timeoutMs: typeof timeoutMs === "number" ? timeoutMs : Limits.requestTimeoutMs,
      root
    },
    secrets: [...filled.secrets, ...secretsIn(use, filled.value)]
  }
}

const memberOf = (value: Json | undefined, key: string): Json | undefined => isObject(value) ? value[key] : undefined

const isDigits = (value: Json): value is string => typeof value === "string" && /^\d{1,15}$/.test(value)

/** A value of the environment is a text; where a default wants a number, its digits are one. */
const withNumbers = (written: Json | undefined, filled: Json): Json =>
  isObject(filled)
    ? Object.fromEntries(
      Object.entries(filled).map(([key, value]) => {
        const source = memberOf(written, key)
        const interpolated = typeof source === "string" && hasInterpolation(source)
        return [key, interpolated && isDigits(value) ? Number(value) : value]
      })
    )
    : filled

const isCount = (value: Json | undefined): value is number => typeof value === "number"

const durationIn = (value: Json | undefined): number | undefined =>
  typeof value === "string" ? parseDuration(value) : undefined

/** What may be left out of the policies, and is where nothing is said. */
const boundsOf = (defaults: JsonObject) => {
  const stepDeadlineMs = durationIn(defaults["stepDeadline"])
  const batchDeadlineMs = durationIn(defaults["batchDeadline"])
  const compensationDeadlineMs = durationIn(defaults["compensationDeadline"])
  const { retryBudget } = defaults
  return {
    ...(isCount(retryBudget) ? { retryBudget } : {}),
    ...(stepDeadlineMs === undefined ? {} : { stepDeadlineMs }),
    ...(batchDeadlineMs === undefined ? {} : { batchDeadlineMs }),
    ...(compensationDeadlineMs === undefined ? {} : { compensationDeadlineMs })
  }
}

const policiesOf = (written: Json | undefined): Policies => {
  const defaults = isObject(written) ? written : {}
  const { onFailure, parallelism, timeout, retries, conflict } = defaults
  return {
    onFailure: onFailure === "keep" ? "keep" : "rollback",
    continueOnError: false,
    parallelism: typeof parallelism === "number" ? parallelism : Limits.parallelism,
    retries: typeof retries === "number" ? retries : Limits.retriesMax,
    timeoutMs: durationIn(timeout) ?? Limits.requestTimeoutMs,
    conflict: conflictOf(conflict, "stop"),
    allowIrreversible: false,
    ...boundsOf(defaults)
  }
}

/** Reads a conflict policy that the schema has checked, or takes the one given. */
export const conflictOf = (value: Json | undefined, otherwise: ConflictPolicy): ConflictPolicy =>
  value === "stop" || value === "force" || value === "keep" ? value : otherwise

/** Tells the report what is wrong at a path of amends.yaml, once for each place. */
const makeTell = (source: SettingsSource, report: Report) => {
  const told = new Set<string>()
  return (path: Path, part: "key" | "value", message: string, hint: string): void => {
    const pointer = renderPointer(path)
    if (told.has(pointer)) return
    told.add(pointer)
    report.add({ place: source.placeAt(offsetOf(source.node, path, part)), path: pointer, message, hint })
  }
}

type Tell = ReturnType<typeof makeTell>

const refuseInterpolation = (tell: Tell, value: Json, path: Path): void => {
  if (typeof value === "string" && hasInterpolation(value)) {
    tell(
      path,
      "value",
      "${…} cannot stand here",
      "it is replaced under `providers`, under `defaults` and in a `webhook` only"
    )
  }
  if (typeof value !== "object" || value === null) return
  for (const [key, member] of Object.entries(value)) refuseInterpolation(tell, member, [...path, key])
}

const stateFileOf = (tell: Tell, root: string, state: Json | undefined): string => {
  const written = typeof state === "string" ? state : defaultState
  const path = resolve(root, written)
  if (!isAbsolute(written) && (!isInside(root, path) || path === root)) {
    tell(["state"], "value", "the state file lies outside the workspace", "name a path inside it, or an absolute one")
  }
  return path
}

const checkProviders = (tell: Tell, providers: Json | undefined): void => {
  for (const [name, written] of Object.entries(isObject(providers) ? providers : {})) {
    refuseInterpolation(tell, memberOf(written, "use") ?? null, ["providers", name, "use"])
    if (kindPattern.test(name)) continue
    tell(["providers", name], "key", "this is no name for a provider", "use letters, digits, - and _, a letter first")
  }
}

/** The kinds that a provider describes; whether they go together, the provider says. */
const checkKinds = (tell: Tell, { name, settings, use }: ProviderSettings): void => {
  const { kinds } = settings
  if (use !== "http" || kinds === undefined || kinds === null) return
  for (const { path, part, message, hint } of findingsOf(KindDescriptions, kinds)) {
    tell(["providers", name, "kinds", ...path], part, message, hint)
  }
}

interface Values {
  readonly policies: Policies
  readonly frozen: ReadonlyArray<{ readonly name: string; readonly configuration: JsonObject }>
  readonly thawed: ReadonlyArray<ReturnType<typeof thawProvider>>
  readonly secrets: ReadonlyArray<string>
}

const readValues = (tell: Tell, filling: Filling, root: JsonObject, directory: string): Values => {
  const defaults = fillIn(filling, root["defaults"] ?? {}, ["defaults"])
  const withDefaults = withNumbers(root["defaults"], defaults.value)
  const policies = policiesOf(withDefaults)
  const providers = isObject(root["providers"]) ? root["providers"] : {}
  const frozen = Object.entries(providers).map(([name, written]) => ({
    name,
    configuration: configurationOf(name, written, policies.timeoutMs)
  }))
  const thawed = frozen.map((one) => thawProvider(filling, directory, one))
  const filled = "defaults" in root ? { ...root, defaults: withDefaults } : root
  for (const { path, part, message, hint } of findingsOf(WorkspaceFile, filled)) tell(path, part, message, hint)
  for (const { settings } of thawed) checkKinds(tell, settings)
  return { policies, frozen, thawed, secrets: [...defaults.secrets, ...thawed.flatMap(({ secrets }) => secrets)] }
}

const ruleIn = (value: Json): ReadonlyArray<RetentionRule> => {
  const { keepDays, keepVersions, match } = isObject(value) ? value : {}
  if (typeof match !== "string") return []
  return [{ match, ...(isCount(keepDays) ? { keepDays } : {}), ...(isCount(keepVersions) ? { keepVersions } : {}) }]
}

/** What is let go of the past, and who is held out; the schema has checked both. */
const upkeepOf = ({ quarantineAfter, retention }: JsonObject): Pick<
  WorkspaceSettings,
  "retention" | "quarantineAfter"
> => ({
  ...(Array.isArray(retention) ? { retention: retention.flatMap(ruleIn) } : {}),
  ...(isCount(quarantineAfter) ? { quarantineAfter } : {})
})

/** The key and the retention of the audit trail; the schema has checked both. */
const auditOf = (directory: string, written: Json | undefined): Pick<
  WorkspaceSettings,
  "auditKeyFile" | "auditRetention"
> => {
  const { key, retention } = isObject(written) ? written : {}
  return {
    ...(typeof key === "string" ? { auditKeyFile: resolve(directory, key) } : {}),
    ...(Array.isArray(retention) ? { auditRetention: retention.flatMap(ruleIn) } : {})
  }
}

const patternsOf = (source: SettingsSource, written: Json | undefined): ReadSettings["patterns"] => {
  const patterns = Array.isArray(written) ? written.filter((item) => typeof item === "string") : [defaultPattern]
  return patterns.map((pattern, index) => ({
    pattern,
    path: `/resources/${index}`,
    place: source.placeAt(offsetOf(source.node, ["resources", String(index)], "value"))
  }))
}

/** Reads the settings out of amends.yaml; what is wrong with it goes to the report. */
export const readSettings = (source: SettingsSource, env: Environment, report: Report): ReadSettings => {
  const tell = makeTell(source, report)
  const root = isObject(source.node.value) ? source.node.value : {}
  const filling: Filling = { env, references: "refused", report: tell }
  const { defaults: _, notify, providers, ...others } = root
  refuseInterpolation(tell, { ...others, notify: literallyIn(notify) }, [])
  checkProviders(tell, providers)
  const directory = dirname(source.file)
  const values = readValues(tell, filling, root, directory)
  const moved = readMoved(tell, root["moved"])
  const notifying = readNotify({ root: directory, filling }, notify)
  return {
    patterns: patternsOf(source, root["resources"]),
    settings: {
      name: typeof root["workspace"] === "string" ? root["workspace"] : "",
      root: directory,
      configFile: source.file,
      stateFile: stateFileOf(tell, directory, root["state"]),
      policies: values.policies,
      ...upkeepOf(root),
      ...auditOf(directory, root["audit"]),
      ...(moved.length === 0 ? {} : { moved }),
      ...(notifying.rules.length === 0 ? {} : { notify: notifying.rules }),
      providers: values.thawed.map(({ settings }) => settings),
      frozen: values.frozen.map(({ name, configuration }) => ({ name, configuration: asSealed(configuration) })),
      warnings: [],
      secrets: [...new Set([...values.secrets, ...notifying.secrets])],
      placeOf: (pointer, part = "value") => source.placeAt(offsetOf(source.node, parsePointer(pointer), part))
    }
  }
}
