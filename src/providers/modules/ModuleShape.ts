/**
 * Whether a module has the shape of its port: the members it exports, and those of what it opens. All mistakes at once.
 */
import { isObject, type Json, type JsonObject } from "../../domain/Document.ts"
import type { Mistaken } from "../described/Described.ts"
import type { OpenModule, ProviderModule } from "../ProviderModule.ts"

interface Member {
  readonly name: string
  readonly is: "function" | "text" | "object"
  readonly needed: boolean
}

const exported: ReadonlyArray<Member> = [
  { name: "version", is: "text", needed: true },
  { name: "kinds", is: "object", needed: true },
  { name: "open", is: "function", needed: true },
  { name: "settings", is: "object", needed: false },
  { name: "horizon", is: "text", needed: false }
]

const opened: ReadonlyArray<Member> = [
  { name: "observe", is: "function", needed: true },
  { name: "list", is: "function", needed: true },
  { name: "send", is: "function", needed: true },
  { name: "check", is: "function", needed: false },
  { name: "find", is: "function", needed: false },
  { name: "calls", is: "function", needed: false },
  { name: "close", is: "function", needed: false }
]

const isOf = (is: Member["is"], value: unknown): boolean => {
  if (is === "function") return typeof value === "function"
  return is === "text" ? typeof value === "string" && value !== "" : isObject(value as Json)
}

const wordOf = { function: "a function", text: "a text", object: "an object" } as const

const hint = "see docs/writing-a-provider.md, or make a module that works: amends init --provider NAME"

const mistakesAmong = (value: object, members: ReadonlyArray<Member>, what: string): ReadonlyArray<Mistaken> => {
  const known = members.map(({ name }) => name)
  const own = value as { readonly [member: string]: unknown }
  const wrong = members.flatMap(({ is, name, needed }): ReadonlyArray<Mistaken> => {
    const there = own[name]
    if (there === undefined) return needed ? [{ path: [], detail: `${what} has no \`${name}\``, hint }] : []
    return isOf(is, there) ? [] : [{ path: [], detail: `\`${name}\` of ${what} is not ${wordOf[is]}`, hint }]
  })
  const unknown = Object.keys(own).filter((name) => !known.includes(name))
  return [
    ...wrong,
    ...unknown.map((name) => ({
      path: [],
      detail: `${what} has a member \`${name}\` that the port does not know`,
      hint: `the members are ${known.join(", ")}`
    }))
  ]
}

const isThing = (value: unknown): value is object => typeof value === "object" && value !== null

/** What is wrong with an exported provider. */
export const moduleMistakes = (value: unknown): ReadonlyArray<Mistaken> =>
  isThing(value)
    ? mistakesAmong(value, exported, "the provider")
    : [{ path: [], detail: `the provider is ${value === null ? "null" : `a ${typeof value}`}, and no object`, hint }]

/** An exported provider without mistakes. */
export const asModule = (value: unknown): ProviderModule => value as ProviderModule

/** What is wrong with what `open` answered. Members of a class are its methods, so that only missing ones are told. */
export const openMistakes = (value: unknown): ReadonlyArray<Mistaken> =>
  isThing(value)
    ? mistakesAmong(value, opened, "what `open` answers").filter(({ detail }) =>
      Object.getPrototypeOf(value) === Object.prototype || !detail.includes("does not know")
    )
    : [{ path: [], detail: "`open` answers no object", hint }]

/** What was opened, without mistakes. */
export const asOpen = (value: unknown): OpenModule => value as OpenModule

/** The settings that a module is given: those of its part of amends.yaml. */
export const settingsSchema = ({ settings }: ProviderModule): JsonObject =>
  settings ?? { properties: {}, additionalProperties: false }
