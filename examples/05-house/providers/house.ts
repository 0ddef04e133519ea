/**
 * A provider for a house: doors, which are named by their names, and badges, which the house gives ids.
 *
 * Nothing of amends is needed when it runs: what it imports are types, and what it exports is plain.
 */
import type { Document, Found, How, ModuleContext, ProviderModule } from "amends/providers"

type Row = Document & { readonly id: string; readonly rev: number }

type Told = { readonly ok: unknown } | { readonly fault: string; readonly says: string }

/** What the house says, as what the engine needs to know: that nothing was applied, and why. */
const reasons = { refused: "Rejected", taken: "Conflict", stale: "Conflict", absent: "NotFound" } as const

const found = (row: Row): Found => ({ id: row.id, document: row, guard: String(row.rev) })

/** One call of the house. An answer that is none of its own leaves a write in doubt: it is not thrown as a refusal. */
const caller = (url: string, context: ModuleContext) => async (call: string, given: Document, { signal }: How) => {
  const { body } = await context.ask(url, { method: "POST", body: { call, with: given }, signal })
  const told = body as Told
  if ("ok" in told) return told.ok
  const reason = reasons[told.fault as keyof typeof reasons]
  throw reason === undefined ? new Error(`the house says ${told.fault}`) : context.failure(reason, told.says)
}

export const provider: ProviderModule = {
  version: "1",
  settings: { required: ["url"], properties: { url: { type: "string" } }, additionalProperties: false },
  horizon: "100ms",
  kinds: {
    door: {
      description: "A door of the house",
      identity: { natural: "/name" },
      guard: true,
      schema: {
        required: ["name", "floor"],
        properties: {
          name: { type: "string", description: "What is written on it" },
          floor: { type: "integer" },
          opens: { type: "string", enum: ["always", "by day", "by badge"] }
        },
        additionalProperties: false
      },
      readOnly: ["/id", "/rev"],
      immutable: ["/floor"]
    },
    badge: {
      description: "What opens doors",
      name: "/holder",
      guard: true,
      schema: {
        required: ["holder"],
        properties: { holder: { type: "string" }, doors: { type: "array", items: { type: "string" } } },
        additionalProperties: false
      },
      readOnly: ["/id", "/rev"],
      references: { "/doors/*": "door" },
      sets: ["/doors"],
      reversibility: { delete: { lossy: "the house gives it a new id" } }
    }
  },
  open: (settings, context) => {
    const call = caller(String(settings["url"]), context)
    return {
      check: async (how) => void await call("all", { kind: "door" }, how),
      observe: async (kind, id, how) => {
        const row = await call("one", { kind, id }, how) as Row | null
        return row === null ? undefined : found(row)
      },
      list: async (kind, how) => (await call("all", { kind }, how) as ReadonlyArray<Row>).map(found),
      send: async ({ call: { body, operation, precondition }, id, kind }, how) => {
        if (operation === "create") return found(await call("create", { kind, document: body ?? {} }, how) as Row)
        const rev = precondition === undefined ? {} : { rev: Number(precondition) }
        const set = operation === "update" ? { set: body ?? {} } : {}
        const row = await call("change", { kind, id: id ?? "", ...rev, ...set }, how) as Row | null
        return row === null ? {} : found(row)
      }
    }
  }
}
