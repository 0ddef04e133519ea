/**
 * Proposes a provider from an OpenAPI document: its address, its credentials, and a kind for each collection in which
 * something can be created.
 */
import { isObject, type JsonObject } from "../../domain/Document.ts"
import { collectionsOf } from "./Collections.ts"
import { kindNames } from "./KindNames.ts"
import { type ProposedKind, proposeKind } from "./ProposeKind.ts"
import { objectAt, objectsAt } from "./Schemas.ts"

/** A provider as it could stand in `amends.yaml`, without its kinds; and the kinds. */
export interface ProposedProvider {
  readonly name: string
  readonly settings: JsonObject
  readonly notes: ReadonlyArray<string>
  readonly kinds: ReadonlyArray<ProposedKind>
  /** Paths of collections that no kind was made of, since nothing can be created in them. */
  readonly leftOut: ReadonlyArray<string>
}

const spelled = (title: string): string =>
  title.toLowerCase().replaceAll(/\b(rest|http|open)?\s*api\b/g, "").replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "").replace(/^(?![a-z])/, "api-").replace(/-$/, "")

const variable = (name: string, what: string): string =>
  `\${env.${name.toUpperCase().replaceAll(/[^A-Z0-9]+/g, "_")}_${what}}`

const filledIn = (server: JsonObject): string =>
  String(server["url"] ?? "").replaceAll(/\{([^{}]+)\}/g, (whole, key: string) => {
    const { default: usual } = objectAt(objectAt(server, "variables"), key)
    return usual === undefined ? whole : String(usual)
  })

const addressOf = (document: JsonObject, name: string): string => {
  const [server] = objectsAt(document, "servers")
  const address = server === undefined ? "" : filledIn(server).replace(/\/$/, "")
  return /^https?:\/\/[^{}]+$/.test(address) ? address : `${variable(name, "URL")}${/^\/[^{}]+$/.exec(address) ?? ""}`
}

const authOf = (scheme: JsonObject, name: string): JsonObject | undefined => {
  const { type } = scheme
  const how = String(scheme["scheme"] ?? "").toLowerCase()
  if (type === "http" && how === "bearer") return { bearer: variable(name, "TOKEN") }
  if (type === "http" && how === "basic") {
    return { basic: { username: variable(name, "USERNAME"), password: variable(name, "PASSWORD") } }
  }
  if (type === "apiKey" && scheme["in"] === "header") {
    return { headers: { [String(scheme["name"])]: variable(name, "KEY") } }
  }
  const flow = objectAt(objectAt(scheme, "flows"), "clientCredentials")
  const { tokenUrl } = flow
  if (type !== "oauth2" || typeof tokenUrl !== "string") return undefined
  const scopes = Object.keys(objectAt(flow, "scopes"))
  return {
    oauth2: {
      tokenUrl,
      clientId: variable(name, "CLIENT_ID"),
      clientSecret: variable(name, "CLIENT_SECRET"),
      ...(scopes.length === 0 ? {} : { scope: scopes.join(" ") })
    }
  }
}

const authIn = (document: JsonObject, name: string): JsonObject | undefined =>
  Object.values(objectAt(objectAt(document, "components"), "securitySchemes")).filter(isObject)
    .map((scheme) => authOf(scheme, name)).find((auth) => auth !== undefined)

/** Proposes a provider; `path` asks for one collection only. */
export const proposeProvider = (document: JsonObject, path?: string): ProposedProvider => {
  const name = spelled(String(objectAt(document, "info")["title"] ?? "")) || "api"
  const collections = collectionsOf(document)
  const names = kindNames(collections)
  const all = new Set(names.values())
  const wanted = collections.filter((one) => path === undefined || one.path.replace(/\/$/, "") === path)
  const proposed = wanted.map((one) => ({ one, kind: proposeKind(names.get(one) ?? "", one, all) }))
  const auth = authIn(document, name)
  return {
    name,
    settings: { use: "http", baseUrl: addressOf(document, name), ...(auth === undefined ? {} : { auth }) },
    notes: auth === undefined ? ["how to authenticate is not said in a way that is known: see `auth`"] : [],
    kinds: proposed.flatMap(({ kind }) => kind === undefined ? [] : [kind]),
    leftOut: proposed.flatMap(({ kind, one }) => kind === undefined ? [one.path] : [])
  }
}
