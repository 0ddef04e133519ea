// `amends sandbox`: a server of the monitoring API for trying and testing, until it is told to stop.
import { Deferred, Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { looked } from "../Ending.ts"
import { member } from "../GlobalFlags.ts"
import { Host } from "../Host.ts"
import { perform } from "../Perform.ts"
import { Current, enter } from "../Run.ts"

const within = (most: number) =>
  Flag.filter(
    (count: number) => count >= 0 && count <= most,
    () => `Expected a whole number from 0 to ${most}`
  )

/** Runs the sandbox. */
export const sandbox = Command.make("sandbox", {
  port: Flag.Int("port").pipe(
    within(65_535),
    Flag.withDefault(0),
    Flag.withMetavar("N"),
    Flag.withDescription("The port; any free one when left out")
  ),
  faults: Flag.String("faults").pipe(
    Flag.optional,
    Flag.withMetavar("FILE"),
    Flag.withDescription("A JSON file of faults: [{ method?, path?, nth?, times?, act, … }]")
  ),
  latency: Flag.Int("latency").pipe(
    within(3_600_000),
    Flag.withDefault(0),
    Flag.withMetavar("MS"),
    Flag.withDescription("Milliseconds before a request is applied")
  )
}, (flags) =>
  perform(
    Effect.gen(function*() {
      const host = yield* Host
      const { stopping, voice } = yield* Current
      const url = yield* host.sandbox({ port: flags.port, latencyMs: flags.latency, ...member("faults", flags.faults) })
      voice.view({
        event: { type: "sandbox", url },
        lines: [
          `Sandbox of the monitoring API: ${url}`,
          "  Client id sandbox, client secret sandbox-secret; Ctrl-C stops it."
        ]
      })
      yield* enter("serving")
      yield* Deferred.await(stopping.requested)
      return looked("Stopped.")
    }).pipe(Effect.scoped)
  )).pipe(Command.withDescription("Run a server of the monitoring API for trying and testing."))
