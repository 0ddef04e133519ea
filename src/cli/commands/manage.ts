// `amends import` and `amends forget`: what is managed, changed without a remote write.
import { Effect } from "effect"
import { Argument, Command } from "effect/cli"
import { forget as forgetResource, release } from "../../app/Forget.ts"
import { importResource } from "../../app/Import.ts"
import { looked } from "../Ending.ts"
import { toggle } from "../GlobalFlags.ts"
import { perform } from "../Perform.ts"
import { leaseTimeoutFlag } from "../PlanFlags.ts"
import { headItem } from "../RenderViews.ts"
import { Current } from "../Run.ts"
import { harmless } from "../ShowValue.ts"

const address = Argument.String("address").pipe(
  Argument.withMetavar("ADDR"),
  Argument.withDescription("kind.name, as in watchlist.treasury")
)

/** Makes an existing resource a managed one. */
export const importOne = Command.make("import", {
  address,
  id: Argument.String("id").pipe(Argument.withMetavar("ID"), Argument.withDescription("The id it has remotely")),
  leaseTimeout: leaseTimeoutFlag
}, (flags) =>
  perform(Effect.gen(function*() {
    const { actor, voice } = yield* Current
    const head = yield* importResource({
      address: flags.address,
      id: flags.id,
      actor,
      leaseTimeoutMs: flags.leaseTimeout
    })
    voice.view({ event: { type: "list", of: "imported", items: [headItem(head)] }, lines: [] })
    return looked(`Imported ${head.address} (id ${harmless(head.remoteId)}). Nothing was changed remotely.`)
  }))).pipe(Command.withDescription("Manage a resource that exists; changes nothing remotely."))

/** Lets a resource go. */
export const forget = Command.make(
  "forget",
  {
    address,
    quarantine: toggle("quarantine", "Keep managing it; forget only that its batches kept failing"),
    leaseTimeout: leaseTimeoutFlag
  },
  (flags) =>
    perform(Effect.gen(function*() {
      const { actor, voice } = yield* Current
      if (flags.quarantine) {
        const released = yield* release({ address: flags.address, actor, leaseTimeoutMs: flags.leaseTimeout })
        return looked(`Released ${released.address}: plans take it in again.`)
      }
      const head = yield* forgetResource({ address: flags.address, actor, leaseTimeoutMs: flags.leaseTimeout })
      voice.view({ event: { type: "list", of: "forgotten", items: [headItem(head)] }, lines: [] })
      return looked(`Forgot ${head.address} (id ${harmless(head.remoteId)}). It stays as it is, and nobody manages it.`)
    }))
).pipe(Command.withDescription("Let a resource go; it stays as it is."))
