// `amends status`, `list`, `batches`, `history` and `show`: looking back, from the state alone.
import { Effect, Option } from "effect"
import { Argument, Command } from "effect/cli"
import {
  batches as listBatches,
  history as listVersions,
  list as listHeads,
  show as showOne,
  status as lookAround
} from "../../app/Inspect.ts"
import { looked } from "../Ending.ts"
import { Host } from "../Host.ts"
import { perform } from "../Perform.ts"
import { planCounts } from "../PlanCounts.ts"
import { planLastLine } from "../RenderPlan.ts"
import { versionsView } from "../RenderVersions.ts"
import { batchesView, headsView, shownView, statusView } from "../RenderViews.ts"
import { Current } from "../Run.ts"

/** Lists what is managed. */
export const list = Command.make("list", {}, () =>
  perform(Effect.gen(function*() {
    const { voice } = yield* Current
    voice.view(headsView(yield* listHeads))
    return looked()
  }))).pipe(Command.withDescription("List what is managed."))

/** Lists batches. */
export const batches = Command.make("batches", {}, () =>
  perform(Effect.gen(function*() {
    const { voice } = yield* Current
    voice.view(batchesView(yield* listBatches))
    return looked()
  }))).pipe(Command.withDescription("List batches, newest first."))

/** Lists versions. */
export const history = Command.make("history", {
  address: Argument.String("address").pipe(
    Argument.optional,
    Argument.withDescription("The resource; all that were ever managed when left out")
  )
}, ({ address }) =>
  perform(Effect.gen(function*() {
    const { voice } = yield* Current
    voice.view(versionsView(yield* listVersions(Option.getOrUndefined(address))))
    return looked()
  }))).pipe(Command.withDescription("List versions of resources, newest first."))

/** Shows one thing. */
export const show = Command.make("show", {
  what: Argument.String("what").pipe(
    Argument.withMetavar("PLANFILE|BATCH|VERSION|ADDR"),
    Argument.withDescription("A saved plan, a batch, a version or a resource")
  )
}, ({ what }) =>
  perform(Effect.gen(function*() {
    const { voice } = yield* Current
    const host = yield* Host
    const isFile = yield* host.isFile(what)
    const found = yield* showOne(isFile ? { planFile: yield* host.readText(what) } : { name: what })
    for (const view of shownView(found, voice.paint)) voice.view(view)
    if (found._tag !== "plan") return looked()
    const { plan } = found.saved
    voice.plan(plan)
    return { ...looked(planLastLine(plan)), counts: planCounts(plan) }
  }))).pipe(Command.withDescription("Show a saved plan, a batch, a version or a resource."))

/** Tells what needs attention. */
export const status = Command.make("status", {}, () =>
  perform(Effect.gen(function*() {
    const { voice } = yield* Current
    voice.view(statusView(yield* lookAround, voice.paint))
    return looked()
  }))).pipe(Command.withDescription("Tell what is unfinished, what waits for a person, and who holds the lease."))
