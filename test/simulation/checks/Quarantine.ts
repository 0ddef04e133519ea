/**
 * Who is in quarantine when a batch opens, from the rows of the batches before it: an address that made so many of them
 * fail, one after the other, without one that it was committed in. What needs such an address is left out with it.
 */
import { type BatchLines, type Check, type Ledger, type Violation } from "../Ledger.ts"
import type { DeclaredDraft } from "../Scenario.ts"
import type { Moment } from "../Trial.ts"

const failed = new Set(["compensated", "residue", "kept"])

/** The address that made a batch fail. */
const blamed = ({ lines, steps }: BatchLines): string | undefined => {
  const why = lines.find(({ kind }) => kind === "decided")?.body.why ?? ""
  const named = steps.find(({ address }) => why.startsWith(`${address}: `))
  const first = lines.find(({ body, kind }) =>
    kind === "outcome" && body.direction !== "back" && (body.result === "refused" || (body.diverged ?? []).length > 0)
  )
  return named?.address ?? steps.find(({ id }) => id === first?.step)?.address
}

const opensAt = ({ lines }: BatchLines): number => lines[0]?.n ?? 0

/** The addresses that batches failed by too often, as far as rows before one say. */
const failing = ({ batches, record }: Ledger, before: number): ReadonlySet<string> => {
  const after = record.scenario.quarantineAfter ?? Infinity
  const counts = new Map<string, number>()
  for (const batch of batches) {
    const { ended, steps } = batch
    if (ended === undefined || ended.n > before) continue
    if (ended.body.as === "committed") { for (const { address } of steps) counts.set(address, 0) }
    const address = failed.has(ended.body.as ?? "") ? blamed(batch) : undefined
    if (address !== undefined) counts.set(address, (counts.get(address) ?? 0) + 1)
  }
  return new Set([...counts].flatMap(([address, count]) => count >= after ? [address] : []))
}

const addressOf = ({ kind, name }: DeclaredDraft): string => `${kind}.${name}`

/** What a plan may leave out: failing addresses, what needs them, and what they refer to, if it would leave. */
export const heldOutAt = (
  ledger: Ledger,
  { heads, rows }: Pick<Moment, "heads" | "rows">,
  declared: ReadonlyArray<DeclaredDraft>
): ReadonlySet<string> => {
  const out = new Set(failing(ledger, rows))
  const needs = new Map<string, string>([
    ...heads.map(({ address, dependsOn }) => [address as string, dependsOn.map((one) => `"${one}"`).join()] as const),
    ...declared.map((one) => [addressOf(one), JSON.stringify(one.spec)] as const)
  ])
  for (let size = -1; out.size > size && out.size > 0;) {
    size = out.size
    const held = heads.filter(({ address }) => out.has(address))
    for (const one of held.flatMap(({ dependsOn }) => dependsOn)) out.add(one)
    // What is replaced brings who is declared to refer to it into the plan.
    for (const one of declared.filter((other) => out.has(addressOf(other)))) {
      for (const [, other] of JSON.stringify(one.spec).matchAll(/"address":"([^"]+)"/g)) out.add(other ?? "")
    }
    for (const [address, text] of needs) {
      if ([...out].some((other) => text.includes(`"${other}"`))) out.add(address)
    }
  }
  return out
}

/** 16: who keeps failing is left out, so that the others come to their end. */
export const failingAreLeftOut: Check = (ledger) =>
  ledger.batches.flatMap((batch): ReadonlyArray<Violation> => {
    if (ledger.record.scenario.quarantineAfter === undefined) return []
    const out = failing(ledger, opensAt(batch))
    const planned = batch.steps.find(({ action, address }) => out.has(address) && action !== "guard")
    return planned === undefined
      ? []
      : [{ invariant: "16 ends", evidence: `${batch.id} is about ${planned.address}, which keeps failing` }]
  })
