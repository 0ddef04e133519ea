/**
 * The shape of a provider with `use: http` in `amends.yaml`, for editors: what every HTTP provider has, and the kinds
 * that it describes. The provider itself checks its settings; the kinds are checked with this schema.
 */
import { Schema } from "effect"
import { KindDescriptions } from "../providers/KindDescription.ts"

const text = (description: string) => Schema.optionalKey(Schema.String.annotate({ description }))

const Headers = Schema.Record(Schema.String, Schema.String)

const Auth = Schema.Union([
  Schema.Struct({ bearer: Schema.String.annotate({ description: "A token" }) }),
  Schema.Struct({ basic: Schema.Struct({ username: Schema.String, password: Schema.String }) }),
  Schema.Struct({ headers: Headers.annotate({ description: "Headers that hold a key" }) })
]).annotate({ description: "How requests prove who sends them; take secrets from the environment" })

/** Settings of a provider with `use: http`. */
export const HttpProviderFile = Schema.Struct({
  use: Schema.Literal("http"),
  baseUrl: Schema.String.annotate({ description: "Where the API is; https, or http to this machine" }),
  insecure: Schema.optionalKey(Schema.Boolean.annotate({ description: "Allow http to other machines" })),
  timeout: text("Longest time of one attempt"),
  horizon: text("How long a request without an answer may still land"),
  concurrency: Schema.optionalKey(Schema.Int.annotate({ description: "Requests under way at once" })),
  rateLimit: Schema.optionalKey(
    Schema.Struct({ requests: Schema.Int, per: Schema.String }).annotate({
      description: "Requests in each such stretch of time"
    })
  ),
  auth: Schema.optionalKey(Auth),
  headers: Schema.optionalKey(Headers.annotate({ description: "Headers of every request" })),
  check: text("The path that is read before a batch to see whether the credentials are taken"),
  kinds: Schema.optionalKey(KindDescriptions.annotate({ description: "The kinds by name" })),
  kindsFrom: text("A YAML or JSON file that holds the kinds")
})
