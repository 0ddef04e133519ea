/**
 * How requests prove who sends them: fixed headers, basic, bearer, or OAuth 2 client credentials.
 *
 * Secrets that are texts make headers once; those that programs print are asked for when they are first needed, and
 * once more when an answer refuses them. All are named to the client, which takes them out of every error.
 */
import { Effect, type Scope } from "effect"
import { type AuthHeaders, type Authorizer, basic } from "./Authorizer.ts"
import { type Asking, makeOAuth2, type OAuth2 } from "./OAuth2.ts"
import { type HeldSecrets, holdSecrets, type Secret, type Secrets } from "./Secret.ts"

/** The ways to authenticate. Values are trimmed, since white space at their ends cannot travel in a header. */
export type Auth =
  | { readonly _tag: "none" }
  | { readonly _tag: "headers"; readonly headers: Readonly<Record<string, Secret>> }
  | { readonly _tag: "basic"; readonly username: string; readonly password: Secret }
  | { readonly _tag: "bearer"; readonly token: Secret }
  | OAuth2

/** Makes headers of secrets; and what of them hides a secret in a form of its own. */
interface Rendering {
  readonly headers: (secrets: Secrets) => AuthHeaders
  readonly forms: (secrets: Secrets) => Secrets
}

const over = (held: HeldSecrets, { forms, headers }: Rendering): Authorizer => {
  const { fixed } = held
  if (fixed !== undefined) {
    const [known, secrets] = [headers(fixed), [...fixed, ...forms(fixed)]]
    return {
      fixed: known,
      headers: Effect.succeed(known),
      refused: () => Effect.succeed(false),
      secrets: () => secrets
    }
  }
  // Kept by the secrets they were made of, so that the same secrets give the same headers.
  const made = new WeakMap<Secrets, AuthHeaders>()
  const madeOf = new WeakMap<AuthHeaders, Secrets>()
  const render = (secrets: Secrets): AuthHeaders => {
    const rendered = made.get(secrets) ?? headers(secrets)
    made.set(secrets, rendered)
    madeOf.set(rendered, secrets)
    return rendered
  }
  return {
    headers: Effect.map(held.current, render),
    refused: (rendered) => held.refused(madeOf.get(rendered) ?? []),
    secrets: () => held.known().flatMap((secret) => [secret, ...forms([secret])])
  }
}

/** Makes what authenticates the requests of a provider. */
export const makeAuthorizer = (auth: Auth, asking: Asking): Effect.Effect<Authorizer, never, Scope.Scope> => {
  const holding = (
    secrets: ReadonlyArray<Secret>,
    headers: Rendering["headers"],
    forms: Rendering["forms"] = () => []
  ) => Effect.map(holdSecrets(asking.provider, secrets), (held) => over(held, { headers, forms }))
  switch (auth._tag) {
    case "none":
      return holding([], () => [])
    case "headers": {
      const names = Object.keys(auth.headers).map((name) => name.toLowerCase())
      return holding(
        Object.values(auth.headers),
        (values) => names.flatMap((name, index) => [name, values[index] ?? ""])
      )
    }
    case "basic": {
      const value = ([password = ""]: Secrets): string => basic(auth.username.trim(), password)
      return holding(
        [auth.password],
        (secrets) => ["authorization", value(secrets)],
        (secrets) => [value(secrets).slice("Basic ".length)]
      )
    }
    case "bearer":
      return holding([auth.token], ([token = ""]) => ["authorization", `Bearer ${token}`])
    case "oauth2":
      return makeOAuth2(auth, asking)
  }
}
