/**
 * A provider of your own: what amends needs to know of a remote system, and how to reach it. Replace what is about the
 * imaginary API: things at `/things`, with ids that the server gives, read and written as JSON.
 *
 * How each part works: docs/writing-a-provider.md. Whether it does: `moduleContract` from `amends/testing`.
 */
import type { Document, Found, Json, ProviderModule } from "amends/providers"

/** Answers of the API as what amends works with: the id, the document, and what changes with every write. */
const found = (body: Json | undefined): Found => {
  const row = body as Document & { readonly id: string | number }
  return { id: String(row.id), document: row }
}

export const provider: ProviderModule = {
  version: "1",
  // What amends.yaml has to say beside `use`, as JSON Schema. Everything else is refused.
  settings: {
    required: ["baseUrl"],
    properties: { baseUrl: { type: "string" }, token: { type: "string" } },
    additionalProperties: false
  },
  // How long a request without an answer may still be carried out. Too little of it makes duplicates.
  horizon: "2s",
  // What each kind is and keeps. amends believes it, so claim only what the API keeps.
  kinds: {
    thing: {
      description: "A thing of the API",
      identity: "server",
      name: "/name",
      schema: {
        required: ["name"],
        properties: { name: { type: "string" }, size: { type: "number" } },
        additionalProperties: false
      },
      readOnly: ["/id", "/createdAt"],
      reversibility: { delete: { lossy: "it comes back under a new id" } }
    }
  },
  open: (settings, context) => {
    const base = String(settings["baseUrl"]).replace(/\/$/, "")
    const token = settings["token"]
    const headers = typeof token === "string" && token !== "" ? { authorization: `Bearer ${token}` } : {}
    const one = (id: string) => `${base}/things/${encodeURIComponent(id)}`
    return {
      observe: async (_kind, id, { signal }) => {
        try {
          return found((await context.ask(one(id), { headers, signal })).body)
        } catch (failure) {
          // Absent is an answer and no failure.
          if ((failure as { readonly reason?: unknown }).reason === "NotFound") return undefined
          throw failure
        }
      },
      list: async (_kind, { signal }) => {
        // All pages of it: what is left out here would be created a second time.
        const { body } = await context.ask(`${base}/things`, { headers, signal })
        return (body as ReadonlyArray<Json>).map(found)
      },
      // Sends one call, once. `context.ask` throws what a refusal or a lost answer means.
      send: async ({ call, id }, { signal }) => {
        if (call.operation === "create") {
          return found(
            (await context.ask(`${base}/things`, { method: "POST", headers, body: call.body ?? {}, signal })).body
          )
        }
        if (id === undefined) throw new Error("only what is created has no id")
        if (call.operation === "delete") {
          await context.ask(one(id), { method: "DELETE", headers, signal })
          return { id }
        }
        // What is to be cleared stands as null in the body.
        return found((await context.ask(one(id), { method: "PATCH", headers, body: call.body ?? {}, signal })).body)
      }
    }
  }
}
