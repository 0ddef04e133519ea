/**
 * The shape of the two files that people write: `amends.yaml`, and a resource.
 *
 * One description serves for checking the files and for the JSON Schema that editors complete them with.
 */
import { Schema } from "effect"
import { parseDuration, renderDuration } from "../domain/Duration.ts"
import { kindPattern, namePattern } from "../domain/Ids.ts"
import { Limits } from "../domain/Limits.ts"
import { notifyWords } from "./NotifyRule.ts"

/** A text of that pattern; the flag `u` is what makes it appear in the JSON Schema. */
const text = (pattern: RegExp, expected: string) =>
  Schema.String.check(Schema.isPattern(new RegExp(pattern.source, "u"), { expected }))

const bare = (pattern: RegExp): string => pattern.source.slice(1, -1)

const AddressText = text(new RegExp(`^${bare(kindPattern)}\\.${bare(namePattern)}$`), "an address such as kind.name")

const count = (minimum: number, maximum: number, description: string) =>
  Schema.Int.check(
    Schema.isBetween({ minimum, maximum }, { expected: `a whole number between ${minimum} and ${maximum}` })
  )
    .annotate({ description })

/** The pattern comes last, because the JSON Schema takes its description from there. */
const durationBetween = (leastMs: number, mostMs: number, description: string) =>
  Schema.String.check(
    Schema.makeFilter((duration: string) => {
      const milliseconds = parseDuration(duration)
      return milliseconds === undefined || (milliseconds >= leastMs && milliseconds <= mostMs)
    }, { expected: `a duration between ${renderDuration(leastMs)} and ${renderDuration(mostMs)}` }),
    Schema.isPattern(/^\d{1,15}(\.\d{1,9})?(ms|s|m|h|d)$/u, { expected: "a duration such as 500ms, 30s, 2m or 1h" })
  ).annotate({ description })

const deadline = (description: string) => durationBetween(1, Limits.deadlineMaxMs, description)

const conflict = Schema.Literals(["stop", "force", "keep"]).annotate({
  description: "What to do with a field that somebody else changed since it was last applied"
})

const Defaults = Schema.Struct({
  onFailure: Schema.optionalKey(
    Schema.Literals(["rollback", "keep"]).annotate({
      description: "What happens to applied changes when a batch fails"
    })
  ),
  parallelism: Schema.optionalKey(count(1, Limits.parallelismMax, "Changes of a batch that run at once")),
  timeout: Schema.optionalKey(durationBetween(1, Limits.requestTimeoutMaxMs, "Longest time of one request")),
  retries: Schema.optionalKey(
    count(0, Limits.retriesCeiling, "Attempts after the first, for a request that surely did not apply")
  ),
  conflict: Schema.optionalKey(conflict),
  retryBudget: Schema.optionalKey(
    count(0, 1_000_000, "Repetitions of requests on the way forward, of all changes of a batch together")
  ),
  stepDeadline: Schema.optionalKey(deadline("Longest time of one change; what is left of it then fails")),
  batchDeadline: Schema.optionalKey(deadline("Longest time of the way forward; then the batch goes back, or keeps")),
  compensationDeadline: Schema.optionalKey(
    deadline("Longest time of the way back; what is left of it then waits for a person")
  )
}).annotate({ description: "Defaults of every batch" })

const Provider = Schema.StructWithRest(
  Schema.Struct({
    use: Schema.optionalKey(Schema.NonEmptyString.annotate({
      description: "monitoring, http, file, or the path of a module; the provider's name when left out"
    }))
  }),
  [Schema.Record(Schema.String, Schema.Json)]
).annotate({ description: "Settings of one remote system; ${env.NAME} takes a value from the environment" })

const Moved = Schema.Array(Schema.Struct({ from: AddressText, to: AddressText })).annotate({
  description: "Addresses that were renamed in the files: the resource stays as it is, under the new one"
})
const NotifyFile = Schema.Struct({
  on: Schema.Array(Schema.Literals(notifyWords)).check(
    Schema.isMinLength(1, { expected: "at least one word, such as stuck" })
  ).annotate({ description: "What to tell of; compensated includes residue, and stuck includes in-doubt" }),
  after: Schema.optionalKey(
    durationBetween(1, Limits.notifyAfterMaxMs, "How long a batch runs before it counts as long-running")
  ),
  webhook: Schema.optionalKey(Schema.NonEmptyString.annotate({
    description: "Address that JSON is posted to; ${env.NAME} takes a value from the environment"
  })),
  command: Schema.optionalKey(
    Schema.Array(Schema.NonEmptyString).check(Schema.isMinLength(1, { expected: "a program and its arguments" }))
      .annotate({
        description: "Program and arguments, run without a shell in the workspace, with JSON on its standard input"
      })
  )
}).check(
  Schema.makeFilter(({ command, webhook }) => (command === undefined) !== (webhook === undefined), {
    expected: "exactly one of `webhook` and `command`"
  }),
  Schema.makeFilter(({ after, on }) => after === undefined || on.includes("long-running"), {
    expected: "`after` only beside `long-running`"
  })
)
const Notify = Schema.Array(NotifyFile).check(
  Schema.isMaxLength(Limits.notifyRulesMax, { expected: `at most ${Limits.notifyRulesMax} rules` })
).annotate({ description: "Whom to tell what becomes of batches" })
const Retention = Schema.Array(Schema.Struct({
  match: Schema.NonEmptyString.annotate({
    description: "Addresses; * stands for any characters. The first rule counts"
  }),
  keepVersions: Schema.optionalKey(count(1, 1_000_000, "Newest versions that stay, whatever their age")),
  keepDays: Schema.optionalKey(count(0, 100_000, "Younger versions stay, however many they are"))
})).annotate({ description: "What may be let go of the past; without it everything is kept" })

const Audit = Schema.Struct({
  key: Schema.optionalKey(Schema.NonEmptyString.annotate({
    description: "The file of the private key that records are signed with; better outside of the workspace"
  })),
  retention: Schema.optionalKey(
    Schema.Array(Schema.Struct({
      match: Schema.NonEmptyString.annotate({
        description: "Addresses; * stands for any characters. The first rule counts"
      }),
      keepDays: Schema.optionalKey(count(1, 100_000, "Younger records stay"))
    })).annotate({ description: "Which records may be let go; a stub of each stays" })
  )
}).annotate({ description: "The trail of who did what" })

/** `amends.yaml`. */
export const WorkspaceFile = Schema.Struct({
  workspace: text(/^[a-zA-Z0-9][a-zA-Z0-9._-]*$/, "a name of letters, digits, dots, - and _").annotate({
    description: "The name of the workspace"
  }),
  resources: Schema.optionalKey(
    Schema.Array(Schema.NonEmptyString).annotate({
      description: "Resource files: paths and globs inside the workspace"
    })
  ),
  state: Schema.optionalKey(Schema.NonEmptyString.annotate({
    description: "The state file, inside the workspace or as an absolute path"
  })),
  defaults: Schema.optionalKey(Defaults),
  providers: Schema.optionalKey(
    Schema.Record(Schema.String, Schema.NullOr(Provider)).annotate({ description: "Remote systems by name" })
  ),
  moved: Schema.optionalKey(Moved),
  notify: Schema.optionalKey(Notify),
  retention: Schema.optionalKey(Retention),
  audit: Schema.optionalKey(Audit),
  quarantineAfter: Schema.optionalKey(
    count(1, 1_000_000, "Failures in a row after which a resource is held out of plans")
  )
}).annotate({ title: "amends.yaml", description: "A workspace of amends" })

const PointerText = text(/^(\/[^/]*)+$/, "a JSON Pointer such as /muteDuration")

const LifecycleFile = Schema.Struct({
  preventDestroy: Schema.optionalKey(Schema.Boolean.annotate({
    description: "Refuse every plan that would delete or replace the resource"
  })),
  ignoreChanges: Schema.optionalKey(
    Schema.Array(PointerText).annotate({
      description: "Places in the spec to leave alone, as JSON Pointers"
    })
  ),
  replace: Schema.optionalKey(
    Schema.Literals(["createFirst", "deleteFirst"]).annotate({
      description: "Which half of a replace goes first"
    })
  ),
  conflict: Schema.optionalKey(conflict)
}).annotate({ description: "How the resource wants to be handled" })

/** A resource as a file declares it; its spec is checked against its kind later. */
export const ResourceFile = Schema.Struct({
  kind: text(kindPattern, "a kind, such as watchlist").annotate({ description: "What the resource is" }),
  name: text(namePattern, "a name of letters, digits, - and _ that begins with a letter or digit").annotate({
    description: "Its name in the workspace; the remote's own name defaults to it"
  }),
  dependsOn: Schema.optionalKey(
    Schema.Array(AddressText).annotate({
      description: "Addresses that have to be there first, beyond those it refers to"
    })
  ),
  lifecycle: Schema.optionalKey(LifecycleFile),
  spec: Schema.Record(Schema.String, Schema.Json).annotate({ description: "What is desired of it" })
}).annotate({ title: "resource", description: "A resource of an amends workspace" })
