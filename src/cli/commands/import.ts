// `amends import`: what exists becomes managed, without a remote write; with `--write` also the files that declare it.
import { Effect, Option } from "effect"
import { Argument, CliError, Command, Flag } from "effect/cli"
import { importResource } from "../../app/Import.ts"
import { importAll } from "../../app/ImportAll.ts"
import { looked } from "../Ending.ts"
import { toggle } from "../GlobalFlags.ts"
import { Host } from "../Host.ts"
import { perform } from "../Perform.ts"
import { leaseTimeoutFlag } from "../PlanFlags.ts"
import { importDiagnostics, importedView, importLastLines } from "../RenderImport.ts"
import { headItem } from "../RenderViews.ts"
import { Current } from "../Run.ts"
import { harmless } from "../ShowValue.ts"

const wrong = (message: string) => Effect.fail(new CliError.ValidationError({ message }))

interface ImportFlags {
  readonly what: ReadonlyArray<string>
  readonly all: boolean
  readonly write: Option.Option<string>
  readonly leaseTimeout: number
}

const importById = Effect.fnUntraced(function*({ leaseTimeout, what: [address = "", id = ""] }: ImportFlags) {
  const { by, voice } = yield* Current
  const head = yield* importResource({ address, id, ...by, leaseTimeoutMs: leaseTimeout })
  voice.view({ event: { type: "list", of: "imported", items: [headItem(head)] }, lines: [] })
  return looked(`Imported ${head.address} (id ${harmless(head.remoteId)}). Nothing was changed remotely.`)
})

const importKinds = Effect.fnUntraced(function*({ leaseTimeout, what, write }: ImportFlags) {
  const { by, voice } = yield* Current
  const host = yield* Host
  voice.phase("reading what is there")
  const result = yield* importAll({
    kinds: what,
    ...(Option.isSome(write) ? { write: host.resolve(write.value) } : {}),
    ...by,
    leaseTimeoutMs: leaseTimeout
  })
  for (const diagnostic of importDiagnostics(result)) voice.diagnostic(diagnostic)
  voice.view(importedView(result))
  return looked(...importLastLines(result))
})

/** Makes existing resources managed ones. */
export const importOne = Command.make("import", {
  what: Argument.String("what").pipe(
    Argument.variadic(),
    Argument.withMetavar("ADDR ID | KIND"),
    Argument.withDescription("An address and the id it has remotely; with --all kinds, or nothing for all of them")
  ),
  all: toggle("all", "Import everything of these kinds"),
  write: Flag.String("write").pipe(
    Flag.optional,
    Flag.withMetavar("DIR"),
    Flag.withDescription("Write a file into that directory for everything that no file declares")
  ),
  leaseTimeout: leaseTimeoutFlag
}, (flags) => perform(flags.all ? importKinds(flags) : importById(flags))).pipe(
  Command.validate(({ all, what, write }) => {
    if (all) return Effect.void
    if (Option.isSome(write)) return wrong("--write writes files for everything of a kind: give --all as well")
    return what.length === 2 ? Effect.void : wrong("expected an address and an id, or kinds and --all")
  }),
  Command.withDescription("Manage what exists; changes nothing remotely.")
)
