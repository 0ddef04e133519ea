// `amends doctor`: what to look at when something does not work, and whether a kind is as it is described.
import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { doctor as examine } from "../../app/Doctor.ts"
import { again, leftBehind, type Proposed, type Tried, tryKind } from "../../app/Trial.ts"
import { confirmed } from "../Ask.ts"
import { type Ending, failed, looked } from "../Ending.ts"
import { perform } from "../Perform.ts"
import { leaseTimeoutFlag, yesFlag } from "../PlanFlags.ts"
import { findingLines, triedLines, triedView } from "../RenderTrial.ts"
import { Current } from "../Run.ts"
import { harmless } from "../ShowValue.ts"

const lookAround = Effect.gen(function*() {
  const { voice } = yield* Current
  voice.phase("checking")
  const findings = [...yield* examine, ...yield* leftBehind]
  voice.phase(undefined)
  voice.view({
    event: { type: "list", of: "findings", items: findings.map((finding) => ({ ...finding })) },
    lines: findings.flatMap((finding) => findingLines(finding, voice.paint))
  })
  const bad = findings.filter(({ ok }) => !ok).length
  const line = bad === 0 ? "All is well." : `${bad} finding${bad === 1 ? "" : "s"}.`
  return { ...looked(line), exitCode: bad === 0 ? 0 : 1 }
})

const questionOf = ({ after, baseUrl, kind, name, provider }: Proposed): string =>
  `Make a throw-away ${kind} named ${name} at ${provider} (${harmless(baseUrl)}) after ${after}, change it and ` +
  "delete it?"

const endOf = (tried: Tried): Ending => {
  const lines = triedLines(tried)
  if (tried.left.length > 0) return { ...failed(4), outcome: "stuck", lines }
  if (tried.stopped) return { ...failed(3), outcome: "compensated", lines }
  return { ...looked(...lines), exitCode: tried.findings.every(({ ok }) => ok) ? 0 : 1 }
}

interface TryFlags {
  readonly yes: boolean
  readonly leaseTimeout: number
}

const tryOut = Effect.fnUntraced(function*(kind: string, { leaseTimeout, yes }: TryFlags) {
  const run = yield* Current
  const { voice } = run
  const tried = yield* tryKind({
    kind,
    leaseTimeoutMs: leaseTimeout,
    confirm: (proposed) => confirmed(yes ? "yes" : "ask", questionOf(proposed)),
    begun: ({ name }) =>
      Effect.sync(() => {
        run.stage = "sent"
        run.remedy = `${name} may be left; look for it and remove it with: ${again(kind)}`
        voice.line(`Trying ${kind} with ${name}. If this is cut short: ${again(kind)}`)
        voice.phase("trying")
      })
  })
  voice.phase(undefined)
  if (tried === undefined) return { ...looked("Not confirmed; nothing was made."), exitCode: 7 }
  voice.view(triedView(tried, voice.paint))
  return endOf(tried)
})

/** Checks what an apply rests on, or tries a kind. */
export const doctor = Command.make("doctor", {
  kind: Flag.String("kind").pipe(
    Flag.optional,
    Flag.withMetavar("KIND"),
    Flag.withDescription("Try the description of a kind on its API, with a throw-away resource")
  ),
  yes: yesFlag,
  leaseTimeout: leaseTimeoutFlag
}, ({ kind, ...flags }) => perform(Option.isNone(kind) ? lookAround : tryOut(kind.value, flags))).pipe(
  Command.withDescription("Check files, key, state and the providers' credentials; or try the description of a kind.")
)
