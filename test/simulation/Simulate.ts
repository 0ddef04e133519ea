/**
 * One seed: drawn, played and checked.
 */
import { editsAreKept } from "./checks/Edits.ts"
import { allOrAmended, headsAreTrue, noOrphans, settlesDown } from "./checks/Ends.ts"
import { boundsAreKept, brokenLeasesAreOver, onlookersChangeNothing, pausesHold } from "./checks/Held.ts"
import { failingAreLeftOut } from "./checks/Quarantine.ts"
import { nothingInDoubt, rowsAreLegal, rowsAreWhole } from "./checks/Rows.ts"
import { everythingIsRecorded } from "./checks/Trail.ts"
import { recoveriesAgree } from "./checks/Twin.ts"
import {
  appliedOnce,
  idleRecoveriesAreSilent,
  noBlindRepeats,
  oneDirection,
  writesAreAnnounced
} from "./checks/Wire.ts"
import { everythingEnds, neighboursDoNotWait, nobodyDies, noSecrets, reportsAreTrue } from "./checks/Words.ts"
import { drawScenario } from "./DrawScenario.ts"
import { type Check, ledgerOf, type Violation } from "./Ledger.ts"
import { play } from "./Play.ts"
import type { Mode, Scenario } from "./Scenario.ts"
import type { Mutation, Trial } from "./Trial.ts"

const checks: ReadonlyArray<Check> = [
  allOrAmended,
  headsAreTrue,
  writesAreAnnounced,
  oneDirection,
  noBlindRepeats,
  appliedOnce,
  noOrphans,
  nothingInDoubt,
  editsAreKept,
  rowsAreWhole,
  rowsAreLegal,
  idleRecoveriesAreSilent,
  reportsAreTrue,
  noSecrets,
  nobodyDies,
  everythingEnds,
  settlesDown,
  onlookersChangeNothing,
  pausesHold,
  brokenLeasesAreOver,
  boundsAreKept,
  failingAreLeftOut
]

/** What a run came to. */
export interface Verdict {
  readonly trial: Trial
  readonly violations: ReadonlyArray<Violation>
}

/** Plays a scenario and checks what it left. */
export const judge = (scenario: Scenario, mutation?: Mutation): Verdict => {
  const trial = play(scenario, mutation)
  const ledger = ledgerOf(trial.record)
  const found = checks.flatMap((check) => check(ledger))
  // A rule that is switched off is noticed without it.
  const twins = mutation === undefined ? recoveriesAgree(scenario) : []
  return { trial, violations: [...found, ...neighboursDoNotWait(trial), ...everythingIsRecorded(trial), ...twins] }
}

/** Plays and checks a seed. */
export const simulate = (seed: number, mode: Mode, mutation?: Mutation): Verdict =>
  judge(drawScenario(seed, mode), mutation)
