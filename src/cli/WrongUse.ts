/**
 * What the parser of the command line has to say: help, the version, and why a command was not understood.
 *
 * A wrong use is told like every other error, what, why and what to do, and the help only where it is asked for: forty
 * lines of it would hide the one that matters. With `--json` all of it is events.
 */
import { Effect } from "effect"
import type { CliOutput } from "effect/cli"
import { CliOutput as Output } from "effect/cli"
import type { Failure } from "../app/Failure.ts"
import { makeRedaction } from "../app/Redaction.ts"
import { failed, looked } from "./Ending.ts"
import { Host } from "./Host.ts"
import { makeVoice } from "./Run.ts"
import { Screen } from "./Screen.ts"

/** The exit code of a wrong use. */
export const usage = 7

/** Whether the words after `amends` ask for events. */
export const wantsEvents = (argv: ReadonlyArray<string>): boolean =>
  argv.some((word) => word === "--json" || word === "--json=true")

const suggested = "Did you mean this?"

/** The parser's words in one line. */
const oneLine = (message: string): string => {
  const [what = "", meant] = message.split(suggested).map((part) =>
    part.split("\n").map((line) => line.trim()).filter((line) => line !== "")
  ).map((lines, index) => lines.join(index === 0 ? " " : ", "))
  return meant === undefined ? what : `${what}; did you mean ${meant}?`
}

/** A wrong use as an error of a command. */
export const wrongUse = (errors: ReadonlyArray<string>, of: string): Failure => ({
  exitCode: usage,
  status: 400,
  summary: "the command was not understood",
  detail: errors.map(oneLine).join("\n"),
  hint: `usage: ${of}; see: ${of.split(" ").filter((word) => /^[a-z]/.test(word)).join(" ")} --help`
})

const voiceFor = (argv: ReadonlyArray<string>) =>
  makeVoice({ json: wantsEvents(argv), color: true, quiet: false }, makeRedaction())

/** Says why a command ends before it began; answers its exit code. */
export const refuse = Effect.fnUntraced(function*(argv: ReadonlyArray<string>, failure: Failure) {
  const voice = yield* voiceFor(argv)
  voice.begin((yield* Host).version)
  voice.failure(failure, [])
  voice.end(failed(failure.exitCode))
  return failure.exitCode
})

type Said = Parameters<CliOutput.Presenter["present"]>[0]

const plainHelp = (said: Exclude<Said, { readonly _tag: "Version" }>): string =>
  Output.defaultFormatter({ colors: false, inheritedFlags: "full", globalFlags: "full" }).formatHelpDoc(said.helpDoc)

const tellEvents = Effect.fnUntraced(function*(argv: ReadonlyArray<string>, help: string | undefined) {
  const voice = yield* voiceFor(argv)
  voice.begin((yield* Host).version)
  if (help !== undefined) voice.view({ event: { type: "help", text: help }, lines: [] })
  voice.end(looked())
})

/** Presents what the parser says. */
export const presenter = (
  argv: ReadonlyArray<string>,
  screen: Screen["Service"],
  host: Host["Service"]
): CliOutput.Presenter => {
  const present = Effect.fnUntraced(function*(said: Said): Effect.fn.Return<void, never, Screen | Host> {
    if (said._tag === "InvalidInvocation") {
      yield* refuse(argv, wrongUse(said.errors.map(({ message }) => message), said.helpDoc.usage))
      return
    }
    const text = said._tag === "Help" ? plainHelp(said) : undefined
    if (wantsEvents(argv)) yield* tellEvents(argv, text)
    else screen.out(`${text ?? host.version}\n`)
  })
  return {
    present: (said) => present(said).pipe(Effect.provideService(Screen, screen), Effect.provideService(Host, host))
  }
}
