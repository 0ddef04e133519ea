/**
 * Where a text stops being JSON.
 *
 * `JSON.parse` says so for some texts only, and quotes the text in its message, which may hold a secret.
 */
import { Limits } from "../../domain/Limits.ts"

const space = /[ \t\r\n]+/
const text = /"(?:[^"\\\p{Cc}]+|[\x7f-\x9f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/u
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/
const word = /true|false|null|[{}[\],:]/
const token = new RegExp([space, text, number, word].map(({ source }) => source).join("|"), "uy")

type Expecting = "value" | "value or ]" | "key" | "key or }" | "colon" | "comma or end"

/** What is open around the next token, and what may come. */
interface State {
  readonly open: ReadonlyArray<string>
  readonly expecting: Expecting
}

const words: { readonly [E in Expecting]: string } = {
  "value": "a value",
  "value or ]": "a value or ]",
  "key": "a key in double quotes",
  "key or }": "a key in double quotes, or }",
  "colon": "a colon",
  "comma or end": "a comma, or the end of the list or object"
}

const closed = ({ open }: State): State => ({ open: open.slice(0, -1), expecting: "comma or end" })

const afterComma = ({ open }: State): State | undefined =>
  open.length === 0 ? undefined : { open, expecting: open.at(-1) === "{" ? "key" : "value" }

const afterOpening = ({ open, expecting }: State, bracket: string): State | undefined =>
  expecting.startsWith("value") && open.length < Limits.documentDepthMax
    ? { open: [...open, bracket], expecting: bracket === "{" ? "key or }" : "value or ]" }
    : undefined

const afterClosing = (state: State, bracket: string): State | undefined => {
  const opening = bracket === "}" ? "{" : "["
  const may = state.expecting === "comma or end" || state.expecting.endsWith(bracket)
  return may && state.open.at(-1) === opening ? closed(state) : undefined
}

const afterScalar = ({ open, expecting }: State, found: string): State | undefined => {
  if (expecting.startsWith("value")) return { open, expecting: "comma or end" }
  return expecting.startsWith("key") && found.startsWith("\"") ? { open, expecting: "colon" } : undefined
}

const next = (state: State, found: string): State | undefined => {
  if (found.trim() === "") return state
  if (found === ":") return state.expecting === "colon" ? { open: state.open, expecting: "value" } : undefined
  if (found === ",") return state.expecting === "comma or end" ? afterComma(state) : undefined
  if (found === "{" || found === "[") return afterOpening(state, found)
  return found === "}" || found === "]" ? afterClosing(state, found) : afterScalar(state, found)
}

/** Finds the first place where a text is no JSON, and what was expected there. */
export const jsonFault = (source: string): { readonly at: number; readonly expected: string } | undefined => {
  let state: State = { open: [], expecting: "value" }
  let at = 0
  while (at < source.length) {
    token.lastIndex = at
    const found = token.exec(source)?.[0]
    const after = found === undefined ? undefined : next(state, found)
    if (found === undefined || after === undefined) return { at, expected: expectedIn(state) }
    state = after
    at += found.length
  }
  const whole = state.open.length === 0 && state.expecting === "comma or end"
  return whole ? undefined : { at: source.trimEnd().length, expected: expectedIn(state) }
}

const expectedIn = ({ open, expecting }: State): string => {
  if (open.length === 0 && expecting === "comma or end") return "the end of the file"
  return open.length < Limits.documentDepthMax ? words[expecting] : `at most ${Limits.documentDepthMax} levels`
}
