/**
 * What every verb of the library says of itself beside its answer: which it was, when, by whom and why, and what it
 * was about.
 *
 * All verbs go through `told`, so that none can forget it; it also says who acts, which is what the audit trail records
 * of a verb that writes. A verb that fails has no metadata: its error says what keeps it from an answer.
 */
import { Clock, Effect } from "effect"
import type { Address, BatchId } from "../domain/Ids.ts"
import type { Author } from "../domain/Version.ts"
import { ActingAs, type Operator } from "../state/ActingAs.ts"
import { type AppError, technicalOf } from "./Failure.ts"
import { unshownIn } from "./Unshown.ts"

/** The verbs of the library, by the names that they have on the command line. */
export type VerbName =
  | "plan"
  | "apply"
  | "destroy"
  | "recover"
  | "rollback"
  | "drift"
  | "sync"
  | "history"
  | "batches"
  | "show"
  | "diff"
  | "audit list"
  | "audit verify"
  | "audit export"

/** Who asks and why, as far as the program says it for one verb. */
export interface Asked {
  /** Unless given, whoever the workspace was opened for. */
  readonly actor?: string
  readonly reason?: string
}

/** What is known of a verb that answered. */
export interface Metadata {
  readonly verb: VerbName
  /** It only told what it would do. */
  readonly dryRun?: true
  /** When it was asked for; milliseconds since the epoch. */
  readonly at: number
  /** How long it took; milliseconds. */
  readonly ms: number
  readonly actor: string
  /** As it was given. */
  readonly reason?: string
  /** The addresses that the answer is about, in order. */
  readonly scopes: ReadonlyArray<Address>
  /** The batch that it made, finished or found. */
  readonly batch?: BatchId
}

/** An answer with what is known of the verb that gave it. */
export type Told<A> = A & { readonly metadata: Metadata }

/** What an answer is about. */
export interface Subjects {
  readonly scopes: Iterable<Address>
  readonly batch?: BatchId | undefined
}

/** A verb as it is asked for, and what its answer is about. */
export interface About<A> {
  readonly verb: VerbName
  readonly dryRun?: true
  readonly asked: Asked
  readonly of: (answer: A) => Subjects
}

/** Who acts where nobody says so. */
const nobodyNamed = "a program"

const operatorOf = ({ asked, verb }: Pick<About<never>, "asked" | "verb">, around: Operator) => {
  const reason = asked.reason ?? around.reason
  return {
    actor: asked.actor ?? around.actor ?? nobodyNamed,
    ...(reason === undefined ? {} : { reason }),
    verb: around.verb ?? verb
  }
}

/** Runs a verb by whoever asks for it, and answers with its metadata. */
export const told = <A extends object, E extends AppError, R>(
  about: About<A>,
  verb: (by: Author) => Effect.Effect<A, E, R>
): Effect.Effect<Told<A>, E, R> =>
  Effect.gen(function*() {
    const at = yield* Clock.currentTimeMillis
    const around = yield* ActingAs
    const { verb: _, ...by } = operatorOf(about, around())
    const answer = yield* verb(by).pipe(
      Effect.provideService(ActingAs, () => operatorOf(about, around())),
      Effect.tapError((error) => Effect.annotateLogs(Effect.logDebug(`${about.verb} failed`), technicalOf(error)))
    )
    const { batch, scopes } = about.of(answer)
    const metadata: Metadata = {
      verb: about.verb,
      ...(about.dryRun === undefined ? {} : { dryRun: about.dryRun }),
      at,
      ms: (yield* Clock.currentTimeMillis) - at,
      ...by,
      scopes: [...new Set(scopes)].toSorted(),
      ...(batch === undefined ? {} : { batch })
    }
    return unshownIn({ ...answer, metadata })
  })
