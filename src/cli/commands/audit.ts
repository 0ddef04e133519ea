// `amends audit`: who did what, and whether the record of it is what was written.
import { Clock, DateTime, Effect, Option } from "effect"
import { Argument, CliError, Command, Flag } from "effect/cli"
import { gzipSync, zstdCompressSync } from "node:zlib"
import {
  auditExport,
  auditKeygen,
  auditKeyPlace,
  auditList,
  auditPrunable,
  auditPrune,
  auditShow,
  auditVerify
} from "../../app/Audit.ts"
import { auditFormat, auditFormats } from "../../app/AuditFormats.ts"
import { failureOfAudit } from "../../app/Failure.ts"
import { type AuditFilter, auditKinds, auditViews } from "../../domain/Audit.ts"
import { parseDuration } from "../../domain/Duration.ts"
import { confirmed } from "../Ask.ts"
import { declined, looked } from "../Ending.ts"
import { member, toggle } from "../GlobalFlags.ts"
import { Host } from "../Host.ts"
import { perform } from "../Perform.ts"
import { dryRunFlag, leaseTimeoutFlag, yesFlag } from "../PlanFlags.ts"
import { auditPrunedLine, auditPrunedView, recordsView, recordView, verdictLine, verdictView } from "../RenderAudit.ts"
import { Current } from "../Run.ts"
import { Screen } from "../Screen.ts"
import { harmless } from "../ShowValue.ts"

/** A point in time as typed: itself, or so long ago. */
type When = { readonly at: number } | { readonly agoMs: number }

const whenOf = (text: string): Option.Option<When> => {
  const agoMs = parseDuration(text)
  if (agoMs !== undefined) return Option.some({ agoMs })
  return Option.map(DateTime.make(text), ({ epochMilliseconds }) => ({ at: epochMilliseconds }))
}

const when = (name: string, description: string) =>
  Flag.String(name).pipe(
    Flag.filterMap(whenOf, () => "Expected a time such as 2026-11-21, 2026-11-21T10:00:00Z, or 7d for seven days ago"),
    Flag.optional,
    Flag.withMetavar("TIME"),
    Flag.withDescription(description)
  )

const text = (name: string, metavar: string, description: string) =>
  Flag.String(name).pipe(Flag.optional, Flag.withMetavar(metavar), Flag.withDescription(description))

const filterFlags = {
  since: when("since", "Only from this time on"),
  until: when("until", "Only before this time"),
  address: text("address", "PATTERN", "Only what touched such an address; * stands for any characters"),
  kind: Flag.Literals("kind", [...auditKinds, ...auditViews]).pipe(
    Flag.optional,
    Flag.withDescription("Only records of this kind")
  ),
  outcome: text("outcome", "WORD", "Only what came to this, e.g. committed"),
  text: text("text", "WORDS", "Only records in which all of these words occur")
}

interface Typed {
  readonly since: Option.Option<When>
  readonly until: Option.Option<When>
  readonly address: Option.Option<string>
  readonly kind: Option.Option<NonNullable<AuditFilter["kind"]>>
  readonly outcome: Option.Option<string>
  readonly text: Option.Option<string>
}

/** Looking back writes nothing, so that `--actor` here says whose deeds are looked for. */
const filterOf = (typed: Typed): Effect.Effect<AuditFilter, never, Current> =>
  Effect.gen(function*() {
    const now = yield* Clock.currentTimeMillis
    const { globals } = yield* Current
    const time = Option.map((at: When) => "at" in at ? at.at : now - at.agoMs)
    return {
      ...member("since", time(typed.since)),
      ...member("until", time(typed.until)),
      ...member("actor", globals.actor),
      ...member("address", typed.address),
      ...member("kind", typed.kind),
      ...member("outcome", typed.outcome),
      ...member("text", typed.text)
    }
  })

const list = Command.make("list", filterFlags, (flags) =>
  perform(Effect.gen(function*() {
    const { voice } = yield* Current
    voice.view(recordsView(yield* auditList(yield* filterOf(flags))))
    return looked()
  }))).pipe(Command.withDescription("List records, newest first."))

const show = Command.make("show", {
  record: Argument.Int("record").pipe(Argument.withMetavar("N"), Argument.withDescription("The number of the record"))
}, (flags) =>
  perform(Effect.gen(function*() {
    const { voice } = yield* Current
    voice.view(recordView(yield* auditShow(flags.record)))
    return looked()
  }))).pipe(Command.withDescription("Show a record."))

const readFile = Effect.fnUntraced(function*(path: Option.Option<string>) {
  const host = yield* Host
  return Option.isSome(path) ? Option.some(yield* host.readText(path.value)) : Option.none<string>()
})

const verify = Command.make("verify", {
  publicKey: text("public-key", "FILE", "Check signatures with these public keys (default: of the key at hand)"),
  checkpoint: text("checkpoint", "FILE", "Check against this copy of .amends/audit-checkpoint, kept elsewhere")
}, (flags) =>
  perform(Effect.gen(function*() {
    const { voice } = yield* Current
    const against = {
      ...member("publicKeys", yield* readFile(flags.publicKey)),
      ...member("checkpoint", yield* readFile(flags.checkpoint))
    }
    const verdict = yield* auditVerify(against)
    voice.view(verdictView(verdict))
    const { fault } = verdict
    if (fault === undefined) return looked(verdictLine(verdict))
    const { detail, exitCode, hint, summary } = failureOfAudit(fault)
    voice.diagnostic({ severity: "error", summary, detail, hint })
    return { ...looked(verdictLine(verdict)), exitCode }
  }))).pipe(Command.withDescription("Check that nothing of the trail was changed, removed or cut off."))

const packedAs = { gz: gzipSync, zst: zstdCompressSync } as const

const packingOf = (out: string, gzip: boolean, zstd: boolean): keyof typeof packedAs | undefined => {
  if (gzip || out.endsWith(".gz")) return "gz"
  return zstd || out.endsWith(".zst") ? "zst" : undefined
}

const needsOut = new CliError.ValidationError({ message: "--gzip and --zstd need --out: what is packed is no text." })

const exportRecords = Command.make("export", {
  ...filterFlags,
  format: Flag.Literals("format", auditFormats).pipe(
    Flag.optional,
    Flag.withDescription("How records are written (default: as --out ends, else jsonl)")
  ),
  out: text("out", "FILE", "The file to make; .gz and .zst are packed (default: stdout)"),
  gzip: toggle("gzip", "Pack the file with gzip"),
  zstd: toggle("zstd", "Pack the file with zstd")
}, (flags) => {
  if (Option.isNone(flags.out) && (flags.gzip || flags.zstd)) return Effect.fail(needsOut)
  return perform(Effect.gen(function*() {
    const out = Option.getOrElse(flags.out, () => "")
    const format = Option.getOrElse(flags.format, () => /\.csv(\.gz|\.zst)?$/.test(out) ? "csv" : "jsonl")
    const { header, line } = auditFormat[format]
    const lines = yield* auditExport(yield* filterOf(flags), line)
    const content = [...header, ...lines].map((one) => `${one}\n`).join("")
    const told = `Exported ${lines.length} record${lines.length === 1 ? "" : "s"}`
    if (out === "") {
      const screen = yield* Screen
      screen.out(content)
      return looked()
    }
    const host = yield* Host
    const packing = packingOf(out, flags.gzip, flags.zstd)
    yield* host.createFile(out, packing === undefined ? content : packedAs[packing](content))
    return looked(`${told} to ${harmless(out)}`)
  }))
}).pipe(Command.withDescription("Write records for other programs, oldest first."))

const prune = Command.make("prune", {
  dryRun: dryRunFlag,
  yes: yesFlag,
  leaseTimeout: leaseTimeoutFlag
}, (flags) =>
  perform(Effect.gen(function*() {
    const { voice } = yield* Current
    const would = yield* auditPrunable
    voice.view(auditPrunedView("audit_prunable", would))
    if (flags.dryRun || would.records === 0) return looked(auditPrunedLine("would", would))
    const question = `Do you really want to let go of what ${would.records} records say? A stub of each stays.`
    if (!(yield* confirmed(flags.yes ? "yes" : "ask", question))) return declined
    const pruned = yield* auditPrune({ leaseTimeoutMs: flags.leaseTimeout })
    voice.view(auditPrunedView("audit_pruned", pruned))
    return looked(auditPrunedLine("did", pruned))
  }))).pipe(Command.withDescription("Let go of what records say that audit.retention no longer keeps."))

const keygen = Command.make("keygen", {
  out: text("out", "FILE", "Where the private key goes; it must not be there yet (default: beside the state)")
}, (flags) =>
  perform(Effect.gen(function*() {
    const { voice } = yield* Current
    const host = yield* Host
    const out = Option.isSome(flags.out) ? flags.out.value : yield* auditKeyPlace
    const { id, privateText, publicText } = yield* auditKeygen
    yield* host.createFile(out, privateText)
    voice.view({
      event: { type: "show", of: "audit_key", item: { id, publicKey: publicText, file: out } },
      lines: [...publicText.trimEnd().split("\n"), `Keep the public key where the state is not; its id is ${id}.`]
    })
    return looked(`Wrote the private key to ${harmless(out)}. To sign with it: audit: { key: ${harmless(out)} }`)
  }))).pipe(Command.withDescription("Make a pair of keys to sign records with."))

/** The audit trail. */
export const audit = Command.make("audit").pipe(
  Command.withDescription("Look at the trail of who did what, and check it."),
  Command.withSubcommands([list, show, verify, exportRecords, prune, keygen])
)
