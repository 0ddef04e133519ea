/**
 * A secret setting: the text itself, or the program that prints it; and what is held of it while a provider lives.
 *
 * A program runs when its secret is first needed, once for all requests, and once more when an answer refuses what it
 * printed. One that then prints the same again is not asked about it a second time.
 */
import { Effect, Semaphore } from "effect"
import { equalJson } from "../../domain/Document.ts"
import { LearnSecrets } from "../LearnSecrets.ts"
import { ProviderError } from "../ProviderError.ts"
import { runSecretCommand, type SecretCommand } from "./SecretCommand.ts"

/** The text, or the program that prints it. */
export type Secret = string | SecretCommand

/** The texts of several secrets that are used together. */
export type Secrets = ReadonlyArray<string>

/** Several secrets that stand in the headers of a request together. */
export interface HeldSecrets {
  /** Where no program has to be asked. */
  readonly fixed?: Secrets
  readonly current: Effect.Effect<Secrets, ProviderError>
  /** Told that these were refused; tells whether there are others now. */
  readonly refused: (secrets: Secrets) => Effect.Effect<boolean>
  /** Everything they have been lately. */
  readonly known: () => Secrets
}

interface Holder {
  readonly provider: string
  readonly secrets: ReadonlyArray<Secret>
  readonly asking: Semaphore.Semaphore
  readonly known: Set<string>
  held: Secrets | undefined
  /** Refused, and the programs have no others. */
  spent: Secrets | undefined
}

const nameOf = ({ argv: [program] }: SecretCommand): string => program

const failed = (provider: string, command: SecretCommand, why: string): ProviderError =>
  new ProviderError({
    // Nothing was sent, and trying at once again would only run it again.
    reason: "Unauthorized",
    provider,
    request: `command ${nameOf(command)}`,
    detail: `no credentials: ${nameOf(command)} ${why}; run it by hand to see what it says`
  })

const reveal = (provider: string, secret: Secret): Effect.Effect<string, ProviderError> =>
  typeof secret === "string"
    ? Effect.succeed(secret.trim())
    : Effect.mapError(runSecretCommand(secret), (why) => failed(provider, secret, why))

const remember = ({ known }: Holder, revealed: Secrets): void => {
  for (const value of revealed) {
    known.delete(value)
    known.add(value)
  }
  // Errors of requests that were sent with the ones before may still come in.
  for (const value of [...known].slice(0, -2 * revealed.length)) known.delete(value)
}

const ask = Effect.fnUntraced(function*(holder: Holder): Effect.fn.Return<Secrets, ProviderError> {
  const revealed = yield* Effect.forEach(holder.secrets, (secret) => reveal(holder.provider, secret), {
    concurrency: "unbounded"
  })
  const learn = yield* LearnSecrets
  learn(revealed)
  remember(holder, revealed)
  return revealed
})

const current = (holder: Holder): Effect.Effect<Secrets, ProviderError> =>
  Effect.suspend(() =>
    holder.held !== undefined ? Effect.succeed(holder.held) : holder.asking.withPermit(
      Effect.suspend(() =>
        holder.held !== undefined ? Effect.succeed(holder.held) : Effect.map(ask(holder), (secrets) => {
          holder.held = secrets
          return secrets
        })
      )
    )
  )

/** Programs that fail now, or have nothing new, leave what is held: its refusal is the answer. */
const renew = (holder: Holder, refused: Secrets): Effect.Effect<boolean> =>
  Effect.suspend(() => {
    if (holder.spent === refused) return Effect.succeed(false)
    if (holder.held !== refused) return Effect.succeed(true)
    return Effect.match(ask(holder), {
      onFailure: () => {
        holder.spent = refused
        return false
      },
      onSuccess: (secrets) => {
        if (equalJson([...secrets], [...refused])) {
          holder.spent = refused
          return false
        }
        holder.held = secrets
        return true
      }
    })
  })

/** Holds secrets for as long as they are used. */
export const holdSecrets = (provider: string, secrets: ReadonlyArray<Secret>): Effect.Effect<HeldSecrets> =>
  Effect.map(Semaphore.make(1), (asking) => {
    const texts = secrets.filter((secret) => typeof secret === "string").map((text) => text.trim())
    const isFixed = texts.length === secrets.length
    const holder: Holder = {
      provider,
      secrets,
      asking,
      known: new Set(texts),
      held: isFixed ? texts : undefined,
      spent: undefined
    }
    return {
      ...(isFixed ? { fixed: texts } : {}),
      current: current(holder),
      refused: (refused) => isFixed ? Effect.succeed(false) : asking.withPermit(renew(holder, refused)),
      known: () => [...holder.known]
    }
  })
