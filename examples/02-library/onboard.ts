/**
 * Uses the library: onboards customers, each with a channel and an agent that refers to it, as one batch.
 *
 * The program writes what it wants into a workspace of its own, shows what would change, and applies it; a batch that
 * fails has already been taken back when it hears of it. Give it a workspace directory and customers' names:
 * `node examples/02-library/onboard.ts DIR acme globex`.
 */
import { type ApplyResult, changesAnything, exitCodeOfApply, openWorkspace } from "amends"
import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"

const [directory, ...customers] = process.argv.slice(2)
if (directory === undefined || customers.length === 0) throw new Error("usage: onboard.ts DIR CUSTOMER…")

/** What each customer gets. References by `${…}` make the order; the id is known once the channel is there. */
const resourcesOf = (customer: string) => [
  {
    kind: "notification_channel",
    name: customer,
    spec: { type: "Email", configuration: { value: `security@${customer}.example` } }
  },
  {
    kind: "custom_agent",
    name: `${customer}-transfers`,
    spec: {
      agentType: "largeTransfer",
      severity: "High",
      state: "enabled",
      rule: { chain: "ethereum", thresholdUsd: 50_000 },
      channelsConfigurations: [{ id: `\${notification_channel.${customer}.id}` }]
    }
  }
]

const configuration = `workspace: onboarding
providers:
  monitoring:
    baseUrl: \${env.MONITORING_URL}
    clientId: \${env.MONITORING_CLIENT_ID}
    clientSecret: \${env.MONITORING_CLIENT_SECRET}
`

const report = (result: ApplyResult): string => {
  if (result._tag !== "ran") return "nothing to do"
  const { counts, failures, outcome } = result.report
  const why = failures.map(({ address, failure }) => `${address}: ${failure.detail}`)
  return [`${outcome}: ${counts.added} added`, ...why].join("\n")
}

await mkdir(join(directory, "resources"), { recursive: true })
await writeFile(join(directory, "amends.yaml"), configuration)
await writeFile(join(directory, "resources", "customers.json"), JSON.stringify(customers.flatMap(resourcesOf)))

const workspace = openWorkspace({
  directory,
  onEvent: (event) => {
    if (event._tag === "apply_complete") console.log(`${event.address} is there (id ${event.remoteId ?? "?"})`)
    if (event._tag === "compensate_complete") console.log(`${event.address} was taken back`)
  }
})

const { plan } = await workspace.plan()
console.log(changesAnything(plan) ? `${plan.steps.length} changes to make` : "everybody is on board")
const result = await workspace.apply()
console.log(report(result))
process.exitCode = exitCodeOfApply(result)
