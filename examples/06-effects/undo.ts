/**
 * Uses the library with Effects: undoes the newest batch of a workspace, unless somebody's later change is in the way.
 *
 * Errors are typed, so that the compiler sees what is left unhandled; what a rollback would do is looked at before it
 * is done, and the audit trail says afterwards who did it and why. Give it a workspace directory and a reason:
 * `node examples/06-effects/undo.ts DIR "released too early"`.
 */
import {
  type AppError,
  auditList,
  batches,
  failureOf,
  isBlocking,
  layerWorkspace,
  rollback,
  rollbackDryRun
} from "amends"
import { Console, Effect } from "effect"

const [directory, reason] = process.argv.slice(2)
if (directory === undefined || reason === undefined) throw new Error("usage: undo.ts DIR REASON")

const newest = Effect.map(batches(), ({ batches: [first] }) => first)

const undo = Effect.fnUntraced(function*(batch: string) {
  const what = { _tag: "batch", batch, only: [] } as const
  const { metadata: { scopes }, report } = yield* rollbackDryRun(what)
  yield* Console.log(`undoing ${batch} is about ${scopes.join(", ")}`)
  const open = report.conflicts.filter(isBlocking)
  for (const { address, path, why } of open) yield* Console.log(`${address} ${path}: ${why}`)
  if (open.length > 0) return 5
  const { _tag, metadata } = yield* rollback(what, { reason })
  yield* Console.log(`${_tag === "ran" ? "undone" : _tag} in ${metadata.batch ?? "no batch"} by ${metadata.actor}`)
  return 0
})

const trail = Effect.gen(function*() {
  const { records } = yield* auditList({ kind: "rollback" })
  for (const { body, n } of records) yield* Console.log(`record ${n}: ${body?.outcome} (${body?.reason})`)
})

const program = Effect.gen(function*() {
  const last = yield* newest
  if (last === undefined) return 0
  const exitCode = yield* undo(last.id)
  yield* trail
  return exitCode
})

const told = (error: AppError) => {
  const { detail, exitCode, hint, summary } = failureOf(error)
  return Effect.as(Console.error(`${summary}: ${detail}\n${hint}`), exitCode)
}

process.exitCode = await program.pipe(
  Effect.catchTag("Refusal", (refusal) => Effect.andThen(Console.error("refused"), told(refusal))),
  Effect.catch(told),
  Effect.provide(layerWorkspace({ directory, actor: "the undo program" })),
  Effect.runPromise
)
