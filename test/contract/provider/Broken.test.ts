/**
 * The provider contract notices: a provider that breaks one rule fails the case of that rule.
 */
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import type { Kind } from "../../../src/domain/Kind.ts"
import { setAt } from "../../../src/domain/Pointer.ts"
import { makeMemoryProvider } from "../../../src/providers/memory/MemoryProvider.ts"
import { MemoryWorld } from "../../../src/providers/memory/World.ts"
import type { Observation, Provider } from "../../../src/providers/Provider.ts"
import { ProviderError } from "../../../src/providers/ProviderError.ts"
import { type FaultName, type KindExample, providerContract } from "../../../src/testing.ts"

type Break = (provider: Provider, world: MemoryWorld) => Provider

interface Row {
  readonly how: string
  readonly kind: string
  readonly broken: Break
  readonly fact: string
}

const box: KindExample = { kind: "box", create: { name: "a", size: 3 }, update: { size: 4 } }
const examples: { readonly [kind: string]: KindExample } = {
  box,
  vault: { kind: "vault", create: { name: "v", secret: "s3cret" }, update: { note: "m" } },
  note: { kind: "note", create: { name: "n", text: "a" }, update: { text: "b" } },
  flag: { kind: "flag", create: { key: "f" }, update: { on: true } },
  ring: {
    kind: "ring",
    create: { name: "r", members: [{ who: "0xA" }] },
    update: { members: [] },
    needs: [{ at: "/box", kind: "box", create: { name: "b" } }]
  }
}

const seeing = (change: (found: Observation) => Observation): Break => (provider) => ({
  ...provider,
  observe: (kind, id) => provider.observe(kind, id).pipe(Effect.map((found) => found && change(found))),
  list: (kind) => provider.list(kind).pipe(Effect.map((found) => found.map(change)))
})

const roles = (change: (kind: Kind) => Partial<Kind["roles"]>): Break => (provider) => ({
  ...provider,
  kinds: new Map(
    [...provider.kinds].map(([name, kind]) => [name, { ...kind, roles: { ...kind.roles, ...change(kind) } }])
  )
})

const telling = (reason: ProviderError["reason"]): Break => (provider) => ({
  ...provider,
  send: (sending) =>
    provider.send(sending).pipe(
      Effect.mapError((error) =>
        new ProviderError({ reason, provider: error.provider, request: error.request, detail: error.detail })
      )
    )
})

let counter = 0

const rows: ReadonlyArray<Row> = [
  {
    how: "reads write",
    kind: "box",
    broken: (provider, world) => ({
      ...provider,
      observe: (kind, id) => Effect.sync(() => world.touch(kind, id)).pipe(Effect.andThen(provider.observe(kind, id)))
    }),
    fact: "a read writes nothing and answers the same twice"
  },
  {
    how: "list forgets",
    kind: "box",
    broken: (provider) => ({ ...provider, list: () => Effect.succeed([]) }),
    fact: "list holds what was created, as observe shows it"
  },
  {
    how: "find answers everything",
    kind: "box",
    broken: (provider) => ({ ...provider, find: (kind) => provider.list(kind) }),
    fact: "find finds by the fields that name the resource"
  },
  {
    how: "a masked field is not declared",
    kind: "vault",
    broken: roles(() => ({ sensitive: [] })),
    fact: "masked fields are declared sensitive"
  },
  {
    how: "a field is lost on the way",
    kind: "box",
    broken: seeing((found) => ({ ...found, document: { ...found.document, size: 1 } })),
    fact: "create, then observe: what was declared is there"
  },
  {
    how: "an update touches another field",
    kind: "box",
    broken: (provider) => ({
      ...provider,
      send: (sending) =>
        provider.send(
          sending.call.method === "PATCH"
            ? { ...sending, call: { ...sending.call, body: { size: 4, label: "by the way" } } }
            : sending
        )
    }),
    fact: "update changes what was asked and nothing else"
  },
  {
    how: "everything is sent, always",
    kind: "box",
    broken: (provider) => ({
      ...provider,
      calls: (kind, operation) =>
        operation._tag === "update"
          ? [{ operation: "update", method: "PATCH", path: "/box/{id}", body: operation.to, learnsId: false }]
          : provider.calls(kind, operation)
    }),
    fact: "an update with nothing to do takes no calls"
  },
  {
    how: "a delete of nothing is answered",
    kind: "box",
    broken: (provider) => ({
      ...provider,
      send: (sending) => provider.send(sending).pipe(Effect.catch(() => Effect.succeed({ status: 200, id: "box-1" })))
    }),
    fact: "delete leaves nothing, and what is not there cannot be deleted or updated"
  },
  {
    how: "calls announce another state",
    kind: "ring",
    broken: (provider) => ({
      ...provider,
      calls: (kind, operation) => {
        const calls = provider.calls(kind, operation)
        const last = calls.at(-1)?.expected
        return calls.map((call) => last === undefined ? call : { ...call, expected: last })
      }
    }),
    fact: "each call leaves what it announced, and an answer with a document holds the whole"
  },
  {
    how: "calls depend on when they are asked",
    kind: "box",
    broken: (provider) => ({
      ...provider,
      calls: (kind, operation) => provider.calls(kind, operation).map((call) => ({ ...call, path: `/${++counter}` }))
    }),
    fact: "calls is pure and deterministic, and one call of a create learns the id"
  },
  {
    how: "a taken name is overwritten",
    kind: "note",
    broken: (provider, world) => ({
      ...provider,
      send: (sending) =>
        Effect.suspend(() => {
          if (sending.call.learnsId && world.get("note", "n") !== undefined) world.remove("note", "n")
          return provider.send(sending)
        })
    }),
    fact: "a name that is taken is refused, not applied"
  },
  {
    how: "the token stays",
    kind: "box",
    broken: seeing((found) => ({ ...found, token: "1" })),
    fact: "the change token changes with a write"
  },
  {
    how: "the guard that is sent is whatever is there",
    kind: "note",
    broken: (provider) => ({
      ...provider,
      send: (sending) => provider.send({ ...sending, call: { ...sending.call, precondition: "*" } })
    }),
    fact: "the guard changes with a write, and a stale one is refused"
  },
  {
    how: "idempotency keys are not sent",
    kind: "flag",
    broken: (provider) => ({
      ...provider,
      send: (sending) => provider.send({ ...sending, idempotencyKey: `${++counter}` })
    }),
    fact: "the same idempotency key has one effect and one id"
  },
  {
    how: "restore loses a field",
    kind: "box",
    broken: (provider) => ({ ...provider, restore: (_, before) => ({ name: before["name"] ?? null }) }),
    fact: "a before-image can be created again"
  },
  {
    how: "restore loses a field",
    kind: "box",
    broken: (provider) => ({ ...provider, restore: (_, before) => ({ name: before["name"] ?? null }) }),
    fact: "a before-image can be written over what is there"
  },
  {
    how: "restore keeps old ids",
    kind: "ring",
    broken: (provider) => ({ ...provider, restore: (kind, before) => provider.restore(kind, before, (_, id) => id) }),
    fact: "restore passes references through the table of new ids"
  },
  {
    how: "a lost answer is a failure",
    kind: "box",
    broken: telling("NotSent"),
    fact: "a create that is lostAfter is told as Ambiguous"
  },
  {
    how: "every error is ambiguous",
    kind: "box",
    broken: telling("Ambiguous"),
    fact: "a create that is refused is told as Rejected"
  },
  {
    how: "lost creates are repeated blindly",
    kind: "box",
    broken: (provider) => ({
      ...provider,
      send: (sending) => provider.send(sending).pipe(Effect.retry({ times: 1 }))
    }),
    fact: "a create that is lostBefore is told as Ambiguous"
  },
  {
    how: "the id of an answer is not looked at",
    kind: "box",
    broken: (provider) => ({
      ...provider,
      observe: (kind, id) => provider.observe(kind, id).pipe(Effect.catch(() => Effect.succeed({ id, document: {} })))
    }),
    fact: "an answer about another resource is an error"
  },
  {
    how: "check fails",
    kind: "box",
    broken: (provider) => ({
      ...provider,
      check: provider.send({
        kind: "box",
        idempotencyKey: "",
        id: "none",
        call: {
          operation: "delete",
          method: "DELETE",
          path: "/box/{id}",
          learnsId: false
        }
      }).pipe(Effect.asVoid)
    }),
    fact: "check succeeds"
  }
]

const acts: { readonly [F in FaultName]?: "refuse" | "ambiguousBefore" | "ambiguousAfter" | "otherId" } = {
  refused: "refuse",
  lostBefore: "ambiguousBefore",
  lostAfter: "ambiguousAfter",
  otherId: "otherId"
}

/** Runs the suite and answers the facts that did not hold. */
const failing = async (example: KindExample, broken: Break): Promise<ReadonlyArray<string>> => {
  const cases: Array<readonly [string, () => Promise<void>]> = []
  const make = () => {
    const world = new MemoryWorld()
    return { world, provider: broken(makeMemoryProvider(world), world) }
  }
  providerContract("broken", {
    runner: { describe: (_, body) => body(), it: (fact, body) => cases.push([fact, body]) },
    kinds: make().provider.kinds,
    open: Effect.sync(() => {
      const { world, provider } = make()
      return {
        provider,
        writes: Effect.sync(() => world.writes.length),
        fault: (name) => Effect.sync(() => world.inject({ act: acts[name] ?? "refuse" }))
      }
    }),
    examples: [example],
    faults: ["refused", "lostBefore", "lostAfter", "otherId"]
  })
  const results = await Promise.allSettled(cases.map(([, body]) => body()))
  return cases.flatMap(([fact], index) => results[index]?.status === "rejected" ? [fact] : [])
}

describe("the provider contract", () => {
  it.each(Object.values(examples))("holds for the unbroken $kind", async (example) => {
    expect(await failing(example, (provider) => provider)).toEqual([])
  })

  it.each(rows)("notices that $how ($kind): $fact", async ({ kind, broken, fact }) => {
    expect(await failing(examples[kind] ?? box, broken)).toContain(fact)
  })

  it("notices an example of a kind that is not there", async () => {
    expect(await failing({ ...box, kind: "crate" }, (provider) => provider)).toEqual(["the provider has the kind"])
  })

  it("notices writes into what calls is given", async () => {
    const broken: Break = (provider) => ({
      ...provider,
      calls: (kind, operation) => {
        if (operation._tag === "create") Object.assign(operation.desired, setAt(operation.desired, ["name"], "mine"))
        return provider.calls(kind, operation)
      }
    })
    expect(await failing(structuredClone(box), broken)).toContain(
      "calls is pure and deterministic, and one call of a create learns the id"
    )
  })
})
