/**
 * The requests of a description with their defaults: which method, where, with what of the document.
 *
 * A request is written as a method, as a method and a path, or as an object; what it leaves out follows from the
 * operation and from where the resources are.
 */
import { parseDuration } from "../../domain/Duration.ts"
import { parsePointer, type Path } from "../../domain/Pointer.ts"
import type { CallDescription, KindDescription, PollDescription } from "../KindDescription.ts"
import type { Described, DescribedCall, Polling, Tell } from "./Described.ts"
import { pathTemplate, type Places } from "./Naming.ts"
import type { Template } from "./Template.ts"

type Written = string | CallDescription

/** What requests are made with. */
export interface Making {
  readonly places: Places
  /** Where documents sit in answers, unless a request says otherwise. */
  readonly answer: Path
  readonly items: Path
  readonly tell: Tell
}

/** What an operation does where its description says nothing. */
interface Otherwise {
  readonly method: DescribedCall["method"]
  readonly path: (method: DescribedCall["method"]) => Template
  readonly answer: Path
}

/** How often and how long a poll asks where nothing is said; milliseconds. */
const everyMs = 1_000
const pollMs = 120_000

const objectOf = (written: Written): CallDescription => {
  if (typeof written !== "string") return written
  const [method = "", path] = written.split(" ", 2)
  return { method: method as DescribedCall["method"], ...(path === undefined ? {} : { path }) }
}

const placeOf = (written: "none" | string | undefined, otherwise: Path): "none" | Path =>
  written === undefined ? otherwise : written === "none" ? "none" : parsePointer(written)

const pollingOf = (poll: PollDescription, answer: Path): Polling => ({
  at: poll.at === undefined || poll.at === "location" ? "location" : parsePointer(poll.at),
  everyMs: parseDuration(poll.every ?? "") ?? everyMs,
  timeoutMs: parseDuration(poll.timeout ?? "") ?? pollMs,
  ...(poll.until === undefined ? {} : { until: poll.until }),
  ...(poll.failed === undefined ? {} : { failed: poll.failed }),
  answer: placeOf(poll.answer, answer)
})

/** Parameters as templates. */
export const queryOf = (
  query: Readonly<Record<string, string>> | undefined,
  at: Path,
  tell: Tell
): DescribedCall["query"] =>
  Object.entries(query ?? {}).map(([name, value]) => [name, pathTemplate(value, [...at, name], tell)] as const)

const isMergePatch = ({ headers = {} }: CallDescription): boolean =>
  Object.entries(headers).some(([name, value]) =>
    name.toLowerCase() === "content-type" && value.toLowerCase().includes("merge-patch+json")
  )

const sendOf = (call: CallDescription, method: DescribedCall["method"]): DescribedCall["send"] => {
  const { send } = call
  if (typeof send === "string") return send
  if (send !== undefined) return send.map((field) => parsePointer(field))
  if (method === "PATCH") return isMergePatch(call) ? "merge" : "changed"
  return method === "POST" || method === "PUT" ? "whole" : "none"
}

const callOf = (written: Written, otherwise: Otherwise, { tell }: Making, at: Path): DescribedCall => {
  const call = objectOf(written)
  const method = call.method ?? otherwise.method
  const place = typeof written === "string" ? at : [...at, "path"]
  return {
    method,
    path: call.path === undefined ? otherwise.path(method) : pathTemplate(call.path, place, tell),
    query: queryOf(call.query, [...at, "query"], tell),
    headers: Object.entries(call.headers ?? {}).flatMap(([name, value]) => [name.toLowerCase(), value.trim()]),
    send: sendOf(call, method),
    wrap: call.wrap === undefined ? [] : call.wrap === "array" ? "array" : parsePointer(call.wrap),
    with: call.with ?? {},
    answer: placeOf(call.answer, otherwise.answer),
    ...(call.id === undefined ? {} : { id: parsePointer(call.id) }),
    ...(call.poll === undefined ? {} : { poll: pollingOf(call.poll, otherwise.answer) })
  }
}

const listOf = <A>(written: A | ReadonlyArray<A>): ReadonlyArray<A> =>
  Array.isArray(written) ? written as ReadonlyArray<A> : [written as A]

const numbered = <A>(written: A | ReadonlyArray<A>, at: Path): ReadonlyArray<readonly [A, Path]> =>
  Array.isArray(written)
    ? listOf(written).map((one, index) => [one, [...at, String(index)]] as const)
    : [[written as A, at]]

const isMadeByPut = ({ create }: KindDescription, { isResource }: Places): boolean => {
  if (create === undefined) return isResource
  const [first] = listOf<Written>(create as Written | ReadonlyArray<Written>)
  const method = first === undefined ? undefined : objectOf(first).method
  return method === undefined ? isResource : method === "PUT"
}

/** The requests of a create: the first one makes it, where it is made by PUT at its own path. */
const createOf = (description: KindDescription, making: Making): ReadonlyArray<DescribedCall> => {
  const { answer, places } = making
  const written = description.create as Written | ReadonlyArray<Written> | undefined
  const first: Otherwise = {
    method: places.isResource ? "PUT" : "POST",
    path: (method) =>
      places.isResource || (method === "PUT" && places.naming.serverId === undefined) ? places.one : places.collection,
    answer
  }
  const next: Otherwise = { method: "PATCH", path: () => places.one, answer }
  return numbered<Written>(written ?? {}, ["create"]).map(([one, at], index) =>
    callOf(one, index === 0 ? first : next, making, at)
  )
}

const updateOf = (description: KindDescription, making: Making): ReadonlyArray<DescribedCall> => {
  if (description.update === "none") return []
  const { answer, places } = making
  const written = description.update as Written | ReadonlyArray<Written> | undefined
  const method = isMadeByPut(description, places) ? "PUT" : "PATCH"
  return numbered<Written>(written ?? {}, ["update"]).map(([one, at]) =>
    callOf(one, { method, path: () => places.one, answer }, making, at)
  )
}

/** Every request of a kind. */
export const callsIn = (
  description: KindDescription,
  making: Making
): Pick<Described, "create" | "update" | "delete" | "read" | "list" | "find"> => {
  const { answer, items, places } = making
  const one = (method: DescribedCall["method"]): Otherwise => ({ method, path: () => places.one, answer })
  const all: Otherwise = { method: "GET", path: () => places.collection, answer: items }
  const { find, read } = description
  return {
    create: createOf(description, making),
    update: updateOf(description, making),
    delete: callOf(description.delete ?? {}, one("DELETE"), making, ["delete"]),
    read: read === "list" ? "list" : callOf(read ?? {}, one("GET"), making, ["read"]),
    list: callOf(description.list ?? {}, all, making, ["list"]),
    ...(find === undefined ? {} : { find: callOf(find, all, making, ["find"]) })
  }
}
