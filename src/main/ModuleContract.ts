/**
 * The contract suite for provider modules, over the same border that they are run behind: what it accepts works, and
 * what it refuses says which rule was broken.
 */
import { Effect } from "effect"
import type { JsonObject } from "../domain/Document.ts"
import { Limits } from "../domain/Limits.ts"
import { type ContractRunner, providerContract } from "../providers/Contract.ts"
import type { ContractSubject, FaultName, KindExample } from "../providers/ContractSubject.ts"
import { moduleKinds } from "../providers/modules/ModuleKinds.ts"
import { openProvider } from "../providers/modules/ModuleProvider.ts"
import type { ProviderModule } from "../providers/ProviderModule.ts"

/** A remote system of its own for each case: empty, and nobody else writes to it. */
export interface ModuleSubject {
  /** Settings that lead to it. */
  readonly settings: JsonObject
  /** How many writes reached it; without it, that reads write nothing is not looked at. */
  readonly writes?: () => number | Promise<number>
  /** Arranges for the next write (`otherId`: the next read) to meet this. */
  readonly fault?: (name: FaultName) => void | Promise<void>
  readonly close?: () => void | Promise<void>
}

/** What a module is tried with. */
export interface ModuleContract {
  /** The two functions of a test runner that the suite needs. */
  readonly runner: ContractRunner
  readonly provider: ProviderModule
  readonly open: () => ModuleSubject | Promise<ModuleSubject>
  readonly examples: ReadonlyArray<KindExample>
  /** The faults that `fault` can arrange. Default: none. */
  readonly faults?: ReadonlyArray<FaultName>
  /** Longest time of one operation; milliseconds. */
  readonly timeoutMs?: number
}

const promised = <A>(act: () => A | Promise<A>): Effect.Effect<A> => Effect.promise(async () => act())

const subjectOf = (name: string, { open, provider, timeoutMs = Limits.requestTimeoutMs }: ModuleContract) =>
  Effect.gen(function*() {
    const subject = yield* Effect.acquireRelease(promised(open), ({ close }) => promised(() => close?.()))
    const { fault, settings, writes } = subject
    const opened = yield* openProvider({ name, use: "./module.ts", settings, timeoutMs }, provider)
    return {
      provider: opened,
      ...(writes === undefined ? {} : { writes: promised(writes) }),
      ...(fault === undefined ? {} : { fault: (which: FaultName) => promised(() => fault(which)) })
    } satisfies ContractSubject
  })

/** Declares the suite for a module: a test for each example and each rule that its kind is concerned by. */
export const moduleContract = (name: string, contract: ModuleContract): void => {
  const { examples, faults, provider, runner } = contract
  const { kinds, mistakes } = moduleKinds(name, provider.kinds)
  runner.describe(`kinds of ${name}`, () => {
    runner.it("are well described", async () => {
      const [first] = mistakes
      if (first !== undefined) throw new Error(`/${first.path.join("/")} ${first.detail}: ${first.hint}`)
    })
  })
  if (mistakes.length > 0) return
  const open = subjectOf(name, contract)
  providerContract(name, { runner, kinds, open, examples, ...(faults === undefined ? {} : { faults }) })
}
