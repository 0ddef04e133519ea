/**
 * The memory provider under the provider contract, kind by kind, and with the habits that real servers have.
 */
import { Effect } from "effect"
import { describe, it } from "vitest"
import type { Act } from "../../../src/providers/memory/Fault.ts"
import { box, memoryKind } from "../../../src/providers/memory/Kinds.ts"
import { makeMemoryProvider, type MemoryOptions } from "../../../src/providers/memory/MemoryProvider.ts"
import { MemoryWorld } from "../../../src/providers/memory/World.ts"
import {
  type ContractSubject,
  type FaultName,
  faultNames,
  type KindExample,
  providerContract
} from "../../../src/testing.ts"

const acts: { readonly [F in FaultName]: Act } = {
  refused: "refuse",
  unauthorized: "unauthorized",
  throttled: "throttle",
  notSent: "notSent",
  lostBefore: "ambiguousBefore",
  lostAfter: "ambiguousAfter",
  otherId: "otherId"
}

const kindsOf = (options: MemoryOptions) => makeMemoryProvider(new MemoryWorld(), options).kinds

const open = (options: MemoryOptions): Effect.Effect<ContractSubject> =>
  Effect.sync(() => {
    const world = new MemoryWorld()
    return {
      provider: makeMemoryProvider(world, options),
      writes: Effect.sync(() => world.log.filter(({ request }) => request !== undefined).length),
      fault: (name) => Effect.sync(() => world.inject({ act: acts[name] }))
    }
  })

const examples: ReadonlyArray<KindExample> = [
  {
    kind: "box",
    create: { name: "a", size: 3, lid: { colour: "red", locked: true }, material: "oak" },
    update: { size: 4, lid: { colour: "blue" }, label: "new" }
  },
  { kind: "vault", create: { name: "v", secret: "s3cret", note: "n" }, update: { note: "m" } },
  { kind: "note", create: { name: "n", text: "a", tags: ["x", "y", "x"] }, update: { text: "b", tags: ["z"] } },
  { kind: "flag", create: { key: "f", text: "a" }, update: { on: true } },
  {
    kind: "ring",
    create: { name: "r", members: [{ who: "0xB" }, { who: "0xA", role: "lead" }] },
    update: { members: [{ who: "0xc" }] },
    needs: [{ at: "/box", kind: "box", create: { name: "b" } }]
  }
]

providerContract("memory", {
  runner: { describe, it },
  kinds: kindsOf({}),
  open: open({}),
  examples,
  faults: faultNames
})

const habits = {
  kinds: [
    memoryKind({ name: "box", schema: box.kind.schema, roles: { defaults: { "/size": 1 } } }, {
      updates: "replace",
      answers: "bare",
      createIn: [["/name"], ["/size"], ["/lid"]]
    })
  ]
}

providerContract("memory, updates that replace, bare answers, a create of three calls", {
  runner: { describe, it },
  kinds: kindsOf(habits),
  open: open(habits),
  examples: [{ kind: "box", create: { name: "a", size: 3, lid: { colour: "red" } }, update: { size: 4 } }]
})
