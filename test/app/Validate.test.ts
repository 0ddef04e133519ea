import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { validate, withDefaults } from "../../src/app/Validate.ts"
import type { Problem, Written } from "../../src/app/Workspace.ts"
import type { Document } from "../../src/domain/Document.ts"
import type { Kind } from "../../src/domain/Kind.ts"
import { box, defaultKinds, memoryKind } from "../../src/providers/memory/Kinds.ts"
import { addresses, declare, ref } from "./Declared.ts"

const rule = Schema.Union([
  Schema.Struct({ type: Schema.Literal("above"), limit: Schema.Finite }),
  Schema.Struct({ type: Schema.Literal("match"), pattern: Schema.String, flags: Schema.optionalKey(Schema.String) })
])
const { kind: agent } = memoryKind({
  name: "agent",
  nameField: "agentName",
  schema: Schema.Struct({
    agentName: Schema.String,
    severity: Schema.optionalKey(Schema.Literals(["High", "Medium"])),
    rule: Schema.optionalKey(rule),
    delay: Schema.optionalKey(Schema.NullOr(Schema.Int)),
    channels: Schema.optionalKey(Schema.Array(Schema.Struct({ id: Schema.String })))
  }) as unknown as Schema.Codec<Document, Document>,
  roles: { references: [{ path: "/channels/*/id", kind: "box" }] }
})
const { kind: open } = memoryKind({
  name: "open",
  schema: Schema.Record(Schema.String, Schema.Json) as unknown as Schema.Codec<Document, Document>
})
const kinds = new Map<string, Kind>(
  [...defaultKinds.map(({ kind }) => kind), agent, open].map((kind) => [kind.name, kind])
)

const line = ({ place, path, message, hint }: Problem): string => `${place.file} ${path} ${message} (${hint})`
const problems = (...resources: ReadonlyArray<Written>) => validate(resources, kinds).map(line)

describe("a spec", () => {
  it("that fits its kind has no problem; the remote's name defaults to the resource's", () => {
    const declared = declare("agent.a", { severity: "High", rule: { type: "above", limit: 1 }, delay: null })
    assert.deepStrictEqual(problems(declared), [])
    assert.strictEqual(withDefaults(declared, agent).spec["agentName"], "a")
    assert.strictEqual(withDefaults(declare("agent.a", { agentName: "own" }), agent).spec["agentName"], "own")
  })

  it("is told all that is wrong with it, with what was expected and a hint", () => {
    assert.deepStrictEqual(
      problems(declare("agent.a", {
        severity: "high",
        rule: { type: "match", pattern: 1, flag: "i" },
        delay: "5",
        channels: [{ idd: "x" }, "y"],
        severty: 1
      })),
      [
        "agent.a! /spec/severty unknown key \"severty\" (did you mean \"severity\"?)",
        "agent.a /spec/severity expected \"High\" or \"Medium\", found another text (did you mean \"High\"?)",
        "agent.a! /spec/rule/flag unknown key \"flag\" (did you mean \"flags\"?)",
        "agent.a /spec/rule/pattern expected a text, found a number (put it in quotes)",
        "agent.a /spec/delay expected an integer or null, found a text (see `amends schema`)",
        "agent.a! /spec/channels/0/idd unknown key \"idd\" (did you mean \"id\"?)",
        "agent.a /spec/channels/0/id the required key \"id\" is missing (add it)",
        "agent.a /spec/channels/1 expected an object, found a text (see `amends schema`)"
      ]
    )
  })

  it("never has a value of it repeated in a message", () => {
    const found = problems(
      declare("agent.a", { severity: "s3cret-value", delay: "s3cret-value", rule: "s3cret-value" })
    )
    assert.strictEqual(found.length, 3)
    assert.notInclude(found.join("\n"), "s3cret-value")
  })

  it("says of an alternative that nothing fits what each begins with", () => {
    assert.deepStrictEqual(problems(declare("agent.a", { rule: { type: "below" } })), [
      "agent.a /spec/rule expected an object with type \"above\" or an object with type \"match\", found an object "
      + "(see `amends schema`)"
    ])
  })

  it("takes a reference for any value, also inside an alternative and as what tells alternatives apart", () => {
    const b = declare("box.b")
    assert.deepStrictEqual(
      problems(
        b,
        declare("agent.a", {
          severity: ref("box.b", "/label"),
          delay: ref("box.b", "/size"),
          rule: { type: "above", limit: ref("box.b", "/size") }
        }),
        declare("agent.b", { rule: { type: ref("box.b", "/label"), limit: 1 } }),
        declare("agent.c", { rule: ref("box.b", "/lid") })
      ),
      []
    )
    assert.deepStrictEqual(problems(b, declare("agent.a", { rule: { type: "above", limit: ref("box.b"), x: 1 } })), [
      "agent.a! /spec/rule/x unknown key \"x\" (known keys: type, limit)"
    ])
  })

  it("that holds a mask in the place of a secret is refused, before the mask becomes the secret", () => {
    assert.deepStrictEqual(problems(declare("vault.v", { secret: "***" })), [
      "vault.v /spec/secret expected a secret, found the stars that stand for one "
      + "(write the secret itself, as ${env.NAME}, or leave the field out to keep what is there)"
    ])
    assert.deepStrictEqual(problems(declare("vault.v", { secret: "s*t" })), [])
  })

  it("that wants a number is told why a value of the environment does not fit", () => {
    assert.deepStrictEqual(problems(declare("agent.a", { delay: "5" }, { secretPaths: ["/delay"] })), [
      "agent.a /spec/delay expected an integer or null, found a text (a value of the environment is always a text)"
    ])
  })
})

describe("a kind", () => {
  it("that there is not is told with the nearest one", () => {
    assert.deepStrictEqual(problems(declare("bax.a")), ["bax.a /kind there is no kind \"bax\" (did you mean \"box\"?)"])
    assert.deepStrictEqual(validate([declare("box.a")], new Map()).map(line), [
      "box.a /kind there is no kind \"box\" (declare its provider under `providers` in amends.yaml)"
    ])
  })

  it("whose resources are told apart by a key cannot be created before the old one is deleted", () => {
    const createFirst = { ...declare("box.a").lifecycle, replace: "createFirst" as const }
    assert.deepStrictEqual(problems(declare("box.a", {}, { lifecycle: createFirst })), [])
    assert.deepStrictEqual(problems(declare("note.a", {}, { lifecycle: createFirst })), [
      "note.a /lifecycle/replace a note cannot be created before the old one is deleted: both would have the same name "
      + "(use deleteFirst, or leave it out)"
    ])
  })
})

describe("a reference", () => {
  it("in a field that holds the id of a kind names a resource of that kind", () => {
    const targets = [declare("box.b"), declare("note.n")]
    assert.deepStrictEqual(problems(...targets, declare("ring.r", { box: ref("box.b") })), [])
    assert.deepStrictEqual(
      problems(
        ...targets,
        declare("ring.r", { box: ref("note.n") }),
        declare("agent.a", { channels: [{ id: ref("box.b") }, { id: ref("note.n") }] })
      ),
      ["ring.r /spec/box", "agent.a /spec/channels/1/id"].map((at) =>
        `${at} expected the id of a box, found a reference to note.n (refer to a box, as in \${box.NAME.id})`
      )
    )
  })

  it("names a field that its target has: declared, made by the server, or the id", () => {
    const fields = ["/id", "/size", "/updatedAt", "/lid/colour"]
    const read = (path: string) => problems(declare("box.b"), declare("note.n", { text: ref("box.b", path) }))
    assert.deepStrictEqual(fields.flatMap(read), [])
    assert.deepStrictEqual(read("/siez"), ["note.n /spec/text box.b has no field \"siez\" (did you mean \"size\"?)"])
    assert.deepStrictEqual(problems(declare("open.o"), declare("note.n", { text: ref("open.o", "/any") })), [])
  })

  it("that leads back to its own resource is named as a cycle, with every place", () => {
    const cyclic = [
      declare("ring.a", { name: { $join: ["x", ref("ring.b", "/name")] } }),
      declare("ring.b", {}, { dependsOn: addresses("ring.c") }),
      declare("ring.c", { name: ref("ring.a", "/name") }),
      declare("ring.d", { name: ref("ring.a", "/name") })
    ]
    assert.deepStrictEqual(problems(...cyclic), [
      "ring.c /spec/name the resources depend on each other: ring.a → ring.b → ring.c → ring.a "
      + "(remove one of the dependencies at ring.a:1:10, ring.b:1:12, ring.c:1:10)"
    ])
    assert.deepStrictEqual(problems(declare("ring.a", { name: ref("ring.a", "/name") })), [
      "ring.a /spec/name the resources depend on each other: ring.a → ring.a "
      + "(remove one of the dependencies at ring.a:1:10)"
    ])
  })

  it("may be one of a very long chain", () => {
    const chain = Array.from(
      { length: 20_000 },
      (_, i) => declare(`ring.r${i}`, i === 0 ? {} : { name: ref(`ring.r${i - 1}`, "/name") })
    )
    assert.deepStrictEqual(problems(...chain), [])
  })
})

it("withDefaults leaves a kind without a name of its own as it is", () => {
  const declared = declare("open.o", { a: 1 })
  assert.strictEqual(withDefaults(declared, open), declared)
  assert.deepStrictEqual(withDefaults(declare("box.b"), box.kind).spec, { name: "b" })
})
