// `amends move` and `amends forget`: what is managed, renamed or let go without a remote write.
import { Effect } from "effect"
import { Argument, Command } from "effect/cli"
import { forget as forgetResource, release } from "../../app/Forget.ts"
import { move as moveResource } from "../../app/Move.ts"
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

/** Gives a resource another address. */
export const move = Command.make("move", {
  from: Argument.String("from").pipe(Argument.withMetavar("ADDR"), Argument.withDescription("The address it has")),
  to: Argument.String("to").pipe(Argument.withMetavar("ADDR"), Argument.withDescription("The address it gets")),
  leaseTimeout: leaseTimeoutFlag
}, (flags) =>
  perform(Effect.gen(function*() {
    const { by, voice } = yield* Current
    const moved = yield* moveResource({
      from: flags.from,
      to: flags.to,
      ...by,
      leaseTimeoutMs: flags.leaseTimeout
    })
    const { files, from, remoteId, to } = moved
    voice.view({ event: { type: "list", of: "moved", items: [{ from, to, id: remoteId }] }, lines: [] })
    if (files === "lag") {
      const hint = `rename it, and what refers to it: ${to}`
      voice.diagnostic({ severity: "warning", summary: "the files do not say so yet", address: from, hint })
    }
    return looked(`Moved ${from} to ${to} (id ${harmless(remoteId)}). Nothing was changed remotely.`)
  }))).pipe(Command.withDescription("Give a resource another address; changes nothing remotely."))

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
      const { by, voice } = yield* Current
      if (flags.quarantine) {
        const released = yield* release({ address: flags.address, actor: by.actor, leaseTimeoutMs: flags.leaseTimeout })
        return looked(`Released ${released.address}: plans take it in again.`)
      }
      const head = yield* forgetResource({ address: flags.address, ...by, leaseTimeoutMs: flags.leaseTimeout })
      voice.view({ event: { type: "list", of: "forgotten", items: [headItem(head)] }, lines: [] })
      return looked(`Forgot ${head.address} (id ${harmless(head.remoteId)}). It stays as it is, and nobody manages it.`)
    }))
).pipe(Command.withDescription("Let a resource go; it stays as it is."))
