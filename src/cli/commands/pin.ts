// `amends pin` and `amends unpin`: versions that stay, whatever retention says.
import { Effect } from "effect"
import { Argument, Command } from "effect/cli"
import { pin as pinVersion, unpin as unpinVersion } from "../../app/Pin.ts"
import { looked } from "../Ending.ts"
import { perform } from "../Perform.ts"
import { leaseTimeoutFlag } from "../PlanFlags.ts"
import { shortId } from "../RenderVersions.ts"
import { Current } from "../Run.ts"

const flags = {
  version: Argument.String("version").pipe(
    Argument.withMetavar("VERSION"),
    Argument.withDescription("A beginning of its id; see: amends history")
  ),
  leaseTimeout: leaseTimeoutFlag
}

/** Keeps a version. */
export const pin = Command.make("pin", flags, ({ leaseTimeout, version }) =>
  perform(Effect.gen(function*() {
    const { by } = yield* Current
    const { address, id } = yield* pinVersion({ ...by, version, leaseTimeoutMs: leaseTimeout })
    return looked(`Pinned ${shortId(id)} of ${address}: it stays until it is unpinned.`)
  }))).pipe(Command.withDescription("Keep a version, whatever retention says."))

/** Keeps a version no longer than others. */
export const unpin = Command.make("unpin", flags, ({ leaseTimeout, version }) =>
  perform(Effect.gen(function*() {
    const { by } = yield* Current
    const { address, id, pinned } = yield* unpinVersion({ ...by, version, leaseTimeoutMs: leaseTimeout })
    return looked(
      pinned === undefined
        ? `${shortId(id)} of ${address} was not pinned.`
        : `Unpinned ${shortId(id)} of ${address}: retention decides about it again.`
    )
  }))).pipe(Command.withDescription("Keep a version no longer than retention does."))
