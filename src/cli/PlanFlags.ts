/**
 * Flags that several commands take, with what is a legal value of them.
 */
import { Effect, Option } from "effect"
import { CliError, Flag } from "effect/cli"
import type { PlanOptions } from "../app/PlanBatch.ts"
import { parseDuration } from "../domain/Duration.ts"
import { Limits } from "../domain/Limits.ts"
import { toggle } from "./GlobalFlags.ts"

const addresses = (name: string, description: string) =>
  Flag.String(name).pipe(
    Flag.between(0, Number.POSITIVE_INFINITY),
    Flag.withMetavar("ADDR"),
    Flag.withDescription(description)
  )

/** What a plan is made for. */
export const planFlags = {
  target: addresses("target", "Only this resource and what it needs; may be repeated"),
  replace: addresses("replace", "Replace this resource although nothing asks for it; may be repeated"),
  refreshOnly: toggle("refresh-only", "Take over what is there now; write nothing remote"),
  adopt: toggle("adopt", "Take over unmanaged resources of the same name")
}

/** What the flags of a plan say. */
export const planOptions = (
  flags: {
    readonly target: ReadonlyArray<string>
    readonly replace?: ReadonlyArray<string>
    readonly refreshOnly?: boolean
    readonly adopt?: boolean
  },
  destroy: PlanOptions["destroy"]
): PlanOptions => ({
  destroy,
  targets: flags.target,
  replace: flags.replace ?? [],
  refreshOnly: flags.refreshOnly ?? false,
  adopt: flags.adopt ?? false
})

const exclude = (flags: ReadonlyArray<readonly [name: string, given: boolean]>, message: (name: string) => string) => {
  const [name] = flags.filter(([, given]) => given).map(([flag]) => flag)
  return name === undefined ? Effect.void : Effect.fail(new CliError.ValidationError({ message: message(name) }))
}

/** Refuses flags that say opposite things: taking over what is there writes nothing, so it replaces nothing. */
export const refuseContradiction = (flags: {
  readonly refreshOnly: boolean
  readonly replace: ReadonlyArray<string>
  readonly adopt: boolean
  readonly destroy?: boolean
}): Effect.Effect<void, CliError.ValidationError> => {
  const { adopt, destroy = false, refreshOnly, replace } = flags
  const others = [["--replace", replace.length > 0], ["--adopt", adopt]] as const
  return Effect.andThen(
    exclude([
      ["--destroy", refreshOnly && destroy],
      ...others.map(([name, given]) => [name, refreshOnly && given] as const)
    ], (name) => `--refresh-only and ${name} exclude each other`),
    exclude(
      others.map(([name, given]) => [name, destroy && given] as const),
      (name) => `--destroy and ${name} exclude each other`
    )
  )
}

/** Refuses flags beside a saved plan, which says already what they would say. */
export const refuseBesidePlanFile = (flags: {
  readonly target: ReadonlyArray<string>
  readonly replace: ReadonlyArray<string>
  readonly refreshOnly: boolean
  readonly adopt: boolean
}): Effect.Effect<void, CliError.ValidationError> =>
  exclude(
    [
      ["--target", flags.target.length > 0],
      ["--replace", flags.replace.length > 0],
      ["--refresh-only", flags.refreshOnly],
      ["--adopt", flags.adopt]
    ],
    (name) => `${name} cannot change a saved plan; give it to amends plan`
  )

/** Answers a question before it is asked. */
export const yesFlag = toggle("yes", "Do it without asking").pipe(Flag.withAlias("y"))

/** How long to wait for another holder of the lease. */
export const leaseTimeoutFlag = Flag.String("lease-timeout").pipe(
  Flag.withDefault("0s"),
  Flag.filterMap(
    (text) => Option.fromUndefinedOr(parseDuration(text)),
    () => "Expected a duration such as 500ms, 30s or 2m"
  ),
  Flag.withMetavar("DURATION"),
  Flag.withDescription("How long to wait for another holder of the lease (default: 0s)")
)

/** How many steps run at once. */
export const parallelismFlag = Flag.Int("parallelism").pipe(
  Flag.filter(
    (count) => count >= 1 && count <= Limits.parallelismMax,
    () => `Expected a whole number from 1 to ${Limits.parallelismMax}`
  ),
  Flag.optional,
  Flag.withMetavar("N"),
  Flag.withDescription("Steps that run at once (default: as amends.yaml says, else 10)")
)

/** What becomes of applied changes when one fails. */
export const onFailureFlag = Flag.Literals("on-failure", ["rollback", "keep"]).pipe(
  Flag.optional,
  Flag.withDescription("What happens to applied changes when one fails (default: as amends.yaml says, else rollback)")
)

/** Consents to what cannot be taken back. */
export const allowIrreversibleFlag = toggle("allow-irreversible", "Consent to changes that cannot be taken back")

/** Of a command that says it in no other words. */
export const dryRunFlag = toggle("dry-run", "Only say what would be done")
