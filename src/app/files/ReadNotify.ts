/**
 * `notify` of amends.yaml as rules: addresses filled in and checked, programs found relative to the workspace.
 *
 * The schema has told what is malformed; that is left out here. Every address is a secret, whether it came from the
 * environment or stands in the file, since whoever has it can post to it.
 */
import { isAbsolute, resolve } from "node:path"
import { isArray, isObject, type Json, type JsonObject } from "../../domain/Document.ts"
import { parseDuration } from "../../domain/Duration.ts"
import { Limits } from "../../domain/Limits.ts"
import type { Path } from "../../domain/Pointer.ts"
import { isLoopback } from "../../providers/Loopback.ts"
import { type NotifyRule, type NotifyTarget, type NotifyWord, notifyWords } from "../NotifyRule.ts"
import { fillIn, type Filling } from "./FillIn.ts"
import { isInside } from "./ReadText.ts"

/** What rules are read with. */
export interface NotifyReading {
  /** Absolute directory of the workspace. */
  readonly root: string
  readonly filling: Filling
}

/** Rules, and what of them has to stay secret. */
export interface ReadNotify {
  readonly rules: ReadonlyArray<NotifyRule>
  readonly secrets: ReadonlyArray<string>
}

interface ReadTarget {
  /** Absent where nobody is told: the address is empty, or there is a problem. */
  readonly target?: NotifyTarget
  readonly secrets: ReadonlyArray<string>
}

const none: ReadTarget = { secrets: [] }

interface Mistake {
  readonly message: string
  readonly hint: string
}

const mistakeIn = (address: string): Mistake | undefined => {
  if (!URL.canParse(address)) {
    return { message: "the webhook is no address", hint: "write it whole, such as https://hooks.example.com/amends" }
  }
  const { hostname, password, protocol, username } = new URL(address)
  if (protocol !== "https:" && protocol !== "http:") {
    return { message: "the webhook is no address of the web", hint: "begin it with https://" }
  }
  if (username !== "" || password !== "") {
    const hint = "take them out; where the receiver needs them, use a command"
    return { message: "the webhook holds a user name or password", hint }
  }
  return protocol === "http:" && !isLoopback(hostname)
    ? { message: "the webhook would be called unencrypted", hint: "use https, or http for this machine" }
    : undefined
}

const webhookOf = ({ filling }: NotifyReading, written: string, path: Path): ReadTarget => {
  let complete = true
  const report: Filling["report"] = (...problem) => {
    complete = false
    filling.report(...problem)
  }
  const { secrets, value } = fillIn({ ...filling, report }, written, path)
  if (!complete || typeof value !== "string" || value === "") return { secrets }
  const mistake = mistakeIn(value)
  if (mistake !== undefined) report(path, "value", mistake.message, mistake.hint)
  return { secrets: [...secrets, value], ...(mistake === undefined ? { target: { _tag: "webhook", url: value } } : {}) }
}

/** A bare name is looked up in PATH; anything with a slash is a path from the workspace, or an absolute one. */
const commandOf = ({ filling, root }: NotifyReading, argv: ReadonlyArray<Json>, path: Path): ReadTarget => {
  const [program, ...rest] = argv.filter((word) => typeof word === "string")
  if (program === undefined) return none
  if (!program.includes("/")) return { target: { _tag: "command", argv: [program, ...rest] }, secrets: [] }
  const found = resolve(root, program)
  if (!isAbsolute(program) && !isInside(root, found)) {
    const hint = "name a path inside it, or an absolute one"
    filling.report([...path, "0"], "value", "the command lies outside the workspace", hint)
    return none
  }
  return { target: { _tag: "command", argv: [found, ...rest] }, secrets: [] }
}

const targetOf = (reading: NotifyReading, { command, webhook }: JsonObject, path: Path): ReadTarget => {
  if (typeof webhook === "string") return webhookOf(reading, webhook, [...path, "webhook"])
  return isArray(command) ? commandOf(reading, command, [...path, "command"]) : none
}

const isWord = (word: Json): word is NotifyWord => notifyWords.some((known) => known === word)

const ruleOf = ({ after, on }: JsonObject, index: number, target: NotifyTarget): NotifyRule => ({
  path: `/notify/${index}`,
  on: isArray(on) ? on.filter(isWord) : [],
  afterMs: (typeof after === "string" ? parseDuration(after) : undefined) ?? Limits.notifyAfterMs,
  target
})

/** What of `notify` is taken literally: everything but addresses. */
export const literallyIn = (notify: Json | undefined): Json =>
  isArray(notify)
    ? notify.map((rule) => {
      if (!isObject(rule)) return rule
      const { webhook: _, ...rest } = rule
      return rest
    })
    : notify ?? null

/** Reads the rules. */
export const readNotify = (reading: NotifyReading, notify: Json | undefined): ReadNotify => {
  const read = (isArray(notify) ? notify : []).map((rule, index) => {
    if (!isObject(rule)) return { rules: [], secrets: [] }
    const { secrets, target } = targetOf(reading, rule, ["notify", String(index)])
    return { rules: target === undefined ? [] : [ruleOf(rule, index, target)], secrets }
  })
  return { rules: read.flatMap(({ rules }) => rules), secrets: read.flatMap(({ secrets }) => secrets) }
}
