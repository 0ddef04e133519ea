/**
 * What the fields of a document mean, told from the schemas of what is sent and what comes back.
 */
import type { Json, JsonObject } from "../../domain/Document.ts"
import { elementOf, type Flat, propertiesOf, takesNull, typesOf } from "./Schemas.ts"

/** The schemas of one kind of document. */
export interface Shapes {
  readonly create: Flat
  /** Absent where nothing can be changed. */
  readonly update: Flat | undefined
  /** Absent where answers hold no document. */
  readonly answer: Flat | undefined
  /** Kinds by name, which fields may refer to. */
  readonly kinds: ReadonlySet<string>
}

type Property = readonly [name: string, schema: Flat]

const secretName =
  /(^|[_-])(password|passphrase|secret|token|api_?key|private_?key)$|(Password|Secret|Token|ApiKey|PrivateKey)$/

/** The pointer of a field. */
export const pointerTo = (name: string): string => `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`

const pointers = (properties: ReadonlyArray<Property>): ReadonlyArray<string> =>
  properties.map(([name]) => pointerTo(name))

/** The fields that are sent: those of the request that are not marked as the server's. */
export const ownFields = (create: Flat): ReadonlyArray<Property> =>
  [...propertiesOf(create)].filter(([, schema]) => schema["readOnly"] !== true)

const snake = (name: string): string => name.replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase()

const referencesOf = (properties: ReadonlyArray<Property>, kinds: ReadonlySet<string>): JsonObject =>
  Object.fromEntries(properties.flatMap(([name, schema]) => {
    const [, one] = /^(.+)_id$/.exec(snake(name)) ?? []
    const [, many] = /^(.+)_ids$/.exec(snake(name)) ?? []
    if (one !== undefined && kinds.has(one)) return [[pointerTo(name), one]]
    return many !== undefined && kinds.has(many) && elementOf(schema) !== undefined
      ? [[`${pointerTo(name)}/*`, many]]
      : []
  }))

const isSecret = ([name, schema]: Property): boolean =>
  schema["format"] === "password" || schema["writeOnly"] === true ||
  (secretName.test(name) && typesOf(schema).includes("string"))

/** Proposes the roles of fields; only those there are. */
export const rolesOf = ({ answer, create, kinds, update }: Shapes): JsonObject => {
  const own = ownFields(create)
  const answered = answer === undefined ? undefined : propertiesOf(answer)
  const changed = update === undefined ? undefined : propertiesOf(update)
  const where = (holds: (property: Property) => boolean) => pointers(own.filter(holds))
  const defaults = own.flatMap(([name, schema]): ReadonlyArray<readonly [string, Json]> => {
    const { default: usual } = schema
    return usual === undefined || usual === null ? [] : [[pointerTo(name), usual]]
  })
  const lists = {
    writeOnly: where((property) =>
      property[1]["writeOnly"] === true || (answered !== undefined && answered.size > 0 && !answered.has(property[0]))
    ),
    sensitive: where(isSecret),
    immutable: where(([name]) => changed !== undefined && changed.size > 0 && !changed.has(name)),
    sets: where(([, schema]) => schema["uniqueItems"] === true),
    clearable: where(([name]) => takesNull(changed?.get(name) ?? {}))
  }
  const records = { references: referencesOf(own, kinds), defaults: Object.fromEntries(defaults) }
  return {
    ...(own.length === 0 ? {} : { fields: own.map(([name]) => name) }),
    ...Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0)),
    ...Object.fromEntries(Object.entries(records).filter(([, record]) => Object.keys(record).length > 0))
  }
}
