/**
 * The rules of the module port as they are told to an author who broke one: which function, what it did, and what it
 * is to do instead.
 */
import { Data } from "effect"

/** A module broke a rule of its port. */
export class RuleBroken extends Data.TaggedError("RuleBroken")<{
  readonly detail: string
  /** The id that a call was answered with, where it is another than that of what was written. */
  readonly answeredId?: string
}> {
  override get message() {
    return this.detail
  }
}

const help = "see docs/writing-a-provider.md"

/** Says that a rule was broken: `by` did `what`, and is to do something else. */
export const broken = (
  by: string,
  what: string,
  instead: string,
  facts: Pick<RuleBroken, "answeredId"> = {}
): RuleBroken =>
  new RuleBroken({ detail: `a defect of the provider module: ${by} ${what}; ${instead} (${help})`, ...facts })

const lineMax = 300

const firstLine = (text: string): string => {
  const [line = ""] = text.split("\n", 1)
  return line.length > lineMax ? `${line.slice(0, lineMax)}…` : line
}

/** What was thrown, in one line, with the place in the module where the error says it. */
export const thrownText = (thrown: unknown): string => {
  if (!(thrown instanceof Error) && !hasMessage(thrown)) return firstLine(String(thrown))
  const place = placeIn(thrown.stack ?? "")
  const name = "name" in thrown && typeof thrown.name === "string" ? `${thrown.name}: ` : ""
  return `${name}${firstLine(thrown.message)}${place === undefined ? "" : ` at ${place}`}`
}

const hasMessage = (thrown: unknown): thrown is { readonly message: string; readonly stack?: string } =>
  typeof thrown === "object" && thrown !== null && "message" in thrown && typeof thrown.message === "string"

/** The first place of a stack that is in a file of the user's: `house.ts:12:3`. */
const placeIn = (stack: string): string | undefined =>
  /(?:file:\/\/|\()?[^\s()]*?([^/\\\s()]+\.m?[jt]s:\d+(?::\d+)?)/.exec(stack.split("\n").slice(1).join("\n"))?.[1]

/** Tells whether a value is an Effect, which modules of the engine's own kind would answer. */
export const isEffect = (value: unknown): boolean =>
  typeof value === "object" && value !== null && "pipe" in value && typeof value.pipe === "function"
