/**
 * What does not go together in a description although each part of it is well-formed: everything that can be known to
 * fail, or to break a promise, before anything is sent. Pure.
 */
import { matches, parsePointer, renderPointer } from "../../domain/Pointer.ts"
import type { KindDescription } from "../KindDescription.ts"
import type { Described, DescribedCall, Mistaken } from "./Described.ts"
import { pointerOf } from "./KindOf.ts"
import { fieldsOf, fieldsWithin } from "./Template.ts"

type Check = (description: KindDescription, described: Described) => ReadonlyArray<Mistaken>

const mistaken = (path: ReadonlyArray<string>, detail: string, hint: string): Mistaken => ({ path, detail, hint })

const pathsAt = (written: unknown, at: ReadonlyArray<string>): ReadonlyArray<string> =>
  typeof written === "object" && written !== null && !Array.isArray(written) && "path" in written ? [...at, "path"] : at

/** Each request with where it is written. */
const callsWith = (
  description: KindDescription,
  described: Described
): ReadonlyArray<
  { readonly at: ReadonlyArray<string>; readonly call: DescribedCall; readonly name: string; readonly index: number }
> => {
  const several = (name: "create" | "update") => {
    const written: unknown = description[name]
    return described[name].map((call, index) => {
      const at = Array.isArray(written) ? [name, String(index)] : written === undefined ? ["path"] : [name]
      return {
        at: pathsAt(Array.isArray(written) ? (written as ReadonlyArray<unknown>)[index] : written, at),
        call,
        name,
        index
      }
    })
  }
  const single = (name: "read" | "delete" | "list" | "find") => {
    const call = described[name]
    if (call === undefined || call === "list") return []
    return [{
      at: description[name] === undefined ? ["path"] : pathsAt(description[name], [name]),
      call,
      name,
      index: 0
    }]
  }
  return [
    ...several("create"),
    ...single("read"),
    ...several("update"),
    ...single("delete"),
    ...single("list"),
    ...single("find")
  ]
}

const knownFields = ({ fields, schema }: KindDescription): ReadonlyArray<string> | undefined => {
  const properties: unknown = schema?.["properties"]
  if (fields === undefined && properties === undefined) return undefined
  const ofSchema = typeof properties === "object" && properties !== null ? Object.keys(properties) : []
  return [...new Set([...(fields ?? []).map(pointerOf), ...ofSchema.map((key) => renderPointer([key]))])]
}

const isKnown = (known: ReadonlyArray<string>, field: string): boolean =>
  known.some((one) => one === field || field.startsWith(`${one}/`) || one.startsWith(`${field}/`))

const shown = (field: string): string => parsePointer(field).length === 1 ? field.slice(1) : field

/** What a request may name in its path: what is known when it is made. */
const nameable = ({ naming }: Described, name: string, index: number): ReadonlyArray<string> | "any" => {
  const ids = naming.serverId === undefined ? [] : ["/id"]
  if (name === "read") return [...naming.fields.map(renderPointer), ...ids]
  if (name === "list") return naming.scope.map(renderPointer)
  return name === "create" && index === 0 ? "any" : "any"
}

const checkPaths: Check = (description, described) => {
  const known = knownFields(description)
  return callsWith(description, described).flatMap(({ at, call, index, name }) => {
    const may = nameable(described, name, index)
    const within = fieldsWithin(call.with)
    return [...new Set([...fieldsOf(call.path), ...within])].flatMap((field): ReadonlyArray<Mistaken> => {
      const isId = field === "/id" && described.naming.serverId !== undefined
      if (isId && name === "create" && (index === 0 || within.includes(field))) {
        const hint = index === 0 ? "the first request of a create goes to the collection" : "put it into the path"
        return [mistaken(at, "names {id}, which the first request of a create is to learn", hint)]
      }
      if (isId && (name === "list" || name === "find")) {
        return [mistaken(at, "names {id}, and is about no resource", "write the collection")]
      }
      if (may !== "any" && !may.includes(field)) {
        const hint = may.length === 0
          ? "only fields in `path` can stand here"
          : `what can stand here: ${may.map((one) => `{${shown(one)}}`).join(", ")}`
        return [
          mistaken(
            at,
            `names {${shown(field)}}, which is not known when a resource is ${name === "read" ? "read" : "listed"}`,
            hint
          )
        ]
      }
      if (isId || known === undefined || isKnown(known, field)) return []
      return [
        mistaken(
          at,
          `names {${shown(field)}}, and there is no such field`,
          `the fields are ${known.map(shown).join(", ")}`
        )
      ]
    })
  })
}

/** A request about one resource that does not say which would be about all of them. */
const checkAddressed: Check = (description, described) => {
  const { naming } = described
  const wanted = naming.serverId === undefined ? naming.fields.map(renderPointer) : ["/id"]
  return callsWith(description, described).flatMap(({ at, call, name }) => {
    if (name !== "read" && name !== "delete") return []
    const inQuery = call.query.flatMap(([, template]) => fieldsOf(template))
    const said = [...fieldsOf(call.path), ...inQuery, ...fieldsWithin(call.with)]
    const sent = typeof call.send === "object" ? call.send.map(renderPointer) : []
    const missing = wanted.filter((field) => !said.includes(field) && !sent.includes(field))
    if (missing.length === 0) return []
    return [
      mistaken(at, `does not say which one: {${missing.map(shown).join("}, {")}} is not in it`, "put it into the path")
    ]
  })
}

/** A list that does not say whose it is would be of all, or of nobody. */
const checkParent: Check = ({ parent = [] }, { list, naming: { scope } }) => {
  const said = [
    ...fieldsOf(list.path),
    ...list.query.flatMap(([, template]) => fieldsOf(template)),
    ...fieldsWithin(list.with)
  ]
  const missing = scope.map(renderPointer).filter((field) => !said.includes(field) && parent.length > 0)
  return missing.map((field) =>
    mistaken(
      ["parent"],
      `names {${shown(field)}}, and no list is asked for with it`,
      `write list: { query: { ${shown(field)}: "{${shown(field)}}" } }`
    )
  )
}

const checkSends: Check = (description, described) => {
  const known = knownFields(description)
  const readOnly = described.kind.roles.readOnly
  return callsWith(description, described).flatMap(({ at, call }) => {
    if (typeof call.send !== "object") return []
    const base = at.at(-1) === "path" && at.length > 1 ? at.slice(0, -1) : at
    return call.send.flatMap((path, index): ReadonlyArray<Mistaken> => {
      const place = [...base, "send", String(index)]
      if (readOnly.some((pattern) => matches(pattern, path))) {
        return [
          mistaken(place, `sends ${renderPointer(path)}, which is read-only`, "leave it out, or out of `readOnly`")
        ]
      }
      if (known === undefined || isKnown(known, renderPointer(path))) return []
      return [
        mistaken(
          place,
          `sends ${shown(renderPointer(path))}, and there is no such field`,
          `the fields are ${known.map(shown).join(", ")}`
        )
      ]
    })
  })
}

const saidTwice = (
  { header, query }: { readonly query?: string; readonly header?: string },
  at: ReadonlyArray<string>
): ReadonlyArray<Mistaken> =>
  query !== undefined && header !== undefined
    ? [mistaken(at, "says two places for the version", "write `query` or `header`")]
    : []

const checkGuard: Check = ({ guard, read }, { update }) => {
  if (guard === undefined) return []
  const at = ["guard"]
  const isEtag = guard === "etag" || "etag" in guard
  return [
    ...(isEtag && read === "list"
      ? [
        mistaken(
          at,
          "needs the header ETag, and a list has none for each",
          "leave out `read: list`, or guard by a version"
        )
      ]
      : []),
    ...(update.length > 1
      ? [
        mistaken(
          at,
          "does not go with an update of several calls: only the first would be guarded",
          "leave `guard` out, or update with one call"
        )
      ]
      : []),
    ...(typeof guard === "object" && "version" in guard
      ? [...saidTwice(guard, at), ...saidTwice(guard.delete ?? {}, [...at, "delete"])]
      : [])
  ]
}

/** A segment that leads into a list, whose items no place names for good. */
const intoList = /^(?:\*|-|\d+)$/

const checkMarker: Check = ({ marker }, { create: [first], naming }) => {
  if (marker === undefined) return []
  if (naming.serverId === undefined) {
    return [
      mistaken(["marker"], "is not needed where fields name the resource", "leave it out: its name finds it again")
    ]
  }
  const at = ["marker", "field"]
  if (parsePointer(marker.field).some((segment) => intoList.test(segment))) {
    return [mistaken(at, "lies in a list, where nothing stays in its place", "name a field of an object")]
  }
  const isBare = first?.send === "none" && Object.keys(first.with).length === 0
  return isBare ? [mistaken(at, "has no body to be in: the first create sends none", "leave out `send: none`")] : []
}

/** What has no body carries no key, and what was deleted by name may be somebody else's when it is deleted again. */
const checkIdempotency: Check = ({ idempotency }, { naming }) =>
  idempotency !== undefined && "body" in idempotency && naming.serverId === undefined
    ? [
      mistaken(
        ["idempotency", "body"],
        "covers no delete, which has no body, and names can be taken again",
        "leave it out"
      )
    ]
    : []

const checkKeys: Check = ({ keys }, { list }) =>
  keys !== undefined && list.answer.at(-1) !== "*"
    ? [mistaken(["keys"], "is for a list that is an object, and `items` goes through none", "write items: /*")]
    : []

const checkMask: Check = ({ mask, sensitive = [] }) =>
  mask !== undefined && sensitive.length === 0
    ? [mistaken(["mask"], "stands for no secret", "name the secret fields under `sensitive`")]
    : []

const checkShape: Check = ({ shape = {} }) =>
  Object.entries(shape).flatMap(([to, from]) => {
    const stars = (pointer: string) => parsePointer(pointer).filter((segment) => segment === "*").length
    return stars(to) === stars(from)
      ? []
      : [mistaken(["shape", to], "has not the same number of * on both sides", "write `/ids/*: /channels/*/id`")]
  })

const checkUpdate: Check = ({ always, update }) =>
  update === "none" && always !== undefined
    ? [mistaken(["always"], "says what updates send, and there are none", "leave it out")]
    : []

const checkRead: Check = (description, described) =>
  callsWith(description, described).flatMap(({ call, name }) => {
    const reads = name === "read" || name === "list" || name === "find"
    const at = [name, "send"]
    if (reads && call.send !== "none" && call.method !== "POST" && call.method !== "PUT" && call.method !== "PATCH") {
      return [mistaken(at, "a GET has no body", "use `query`")]
    }
    if (reads && call.poll !== undefined) return [mistaken([name, "poll"], "a read is not polled", "leave it out")]
    return !reads && call.method === "GET"
      ? [mistaken([name], "a GET changes nothing", "write POST, PUT, PATCH or DELETE")]
      : []
  })

const checkWriteOnly: Check = ({ readOnly = [], writeOnly = [] }) =>
  writeOnly.flatMap((field, index) =>
    readOnly.includes(field)
      ? [mistaken(["writeOnly", String(index)], "is read-only as well", "name it in one of the two")]
      : []
  )

const checks: ReadonlyArray<Check> = [
  checkPaths,
  checkAddressed,
  checkParent,
  checkSends,
  checkGuard,
  checkMarker,
  checkIdempotency,
  checkKeys,
  checkMask,
  checkShape,
  checkUpdate,
  checkRead,
  checkWriteOnly
]

/** Lists what does not go together; of what stands at one place, the first, from which the others may follow. */
export const mistakesIn = (description: KindDescription, described: Described): ReadonlyArray<Mistaken> => {
  const found = checks.flatMap((check) => check(description, described))
  const first = new Map(found.toReversed().map((one) => [renderPointer(one.path), one]))
  return found.filter((one) => first.get(renderPointer(one.path)) === one)
}
