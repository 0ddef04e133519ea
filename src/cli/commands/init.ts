// `amends init` and `amends doctor`: the beginning, and what to look at when something does not work.
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { doctor as examine, type DoctorFinding } from "../../app/Doctor.ts"
import { initialise } from "../../app/Initialise.ts"
import { looked } from "../Ending.ts"
import { Host } from "../Host.ts"
import { perform } from "../Perform.ts"
import { Current } from "../Run.ts"
import { harmless } from "../ShowValue.ts"
import type { Paint } from "../Style.ts"

const lastSegment = (path: string): string => path.split(/[\\/]/).findLast((segment) => segment !== "") ?? "workspace"

/** Makes a workspace. */
export const init = Command.make("init", {
  directory: Argument.String("dir").pipe(
    Argument.optional,
    Argument.withDescription("Where to make the workspace; here when left out")
  ),
  provider: Flag.Literals("provider", ["monitoring"]).pipe(
    Flag.optional,
    Flag.withDescription("The provider to configure; only as a comment when left out")
  )
}, (flags) =>
  perform(Effect.gen(function*() {
    const { place, voice } = yield* Current
    const host = yield* Host
    const directory = Option.match(flags.directory, { onNone: () => place.directory, onSome: host.resolve })
    const written = yield* initialise(directory, {
      name: lastSegment(directory),
      ...(Option.isSome(flags.provider) ? { provider: flags.provider.value } : {})
    })
    voice.view({
      event: { type: "list", of: "files", items: written.map(({ did, path }) => ({ did, path })) },
      lines: written.map(({ did, path }) => `${did.padEnd(8)} ${path}`)
    })
    return looked("Made a workspace. Next: declare resources, then run amends plan.")
  }))).pipe(Command.withDescription("Make a workspace: amends.yaml, an example, and a .gitignore."))

/** Of a detail of several lines, the further ones stand under the first. */
const findingLines = (finding: DoctorFinding, paint: Paint): ReadonlyArray<string> => [
  `${finding.ok ? paint("green", "ok  ") : paint("red", "bad ")} ${finding.what}: ` +
  harmless(finding.detail).replaceAll("\n", "\n     "),
  ...(finding.hint === undefined ? [] : [`     ${paint("dim", "→")} ${harmless(finding.hint)}`])
]

/** Checks what an apply rests on. */
export const doctor = Command.make("doctor", {}, () =>
  perform(Effect.gen(function*() {
    const { voice } = yield* Current
    voice.phase("checking")
    const findings = yield* examine
    voice.phase(undefined)
    voice.view({
      event: { type: "list", of: "findings", items: findings.map((finding) => ({ ...finding })) },
      lines: findings.flatMap((finding) => findingLines(finding, voice.paint))
    })
    const bad = findings.filter(({ ok }) => !ok).length
    const line = bad === 0 ? "All is well." : `${bad} finding${bad === 1 ? "" : "s"}.`
    return { ...looked(line), exitCode: bad === 0 ? 0 : 1 }
  }))).pipe(Command.withDescription("Check files, key, state and the providers' credentials."))
