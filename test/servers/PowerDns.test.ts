/**
 * A PowerDNS: names that people give, updates without an answer, lists of excerpts, records that are written through
 * their zone, metadata that never ceases to exist, and keys that lists do not show.
 */
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { apiKey, missingPowerDns, startPowerDns } from "./PowerDns.ts"
import { trials } from "./Trials.ts"
import { openWorkplace, type Subject, type Workplace } from "./Workplace.ts"

const zone = (name: string, spec: Readonly<Record<string, unknown>> = {}) => ({
  kind: "zone",
  name,
  spec: { name: `${name}.example.`, kind: "Native", ...spec }
})

const record = (name: string, type: string, contents: ReadonlyArray<string>, ttl = 60) => ({
  kind: "record",
  name: `${name}-${type}`,
  spec: {
    zone: "${zone.acme.id}",
    name: name === "acme" ? "acme.example." : `${name}.acme.example.`,
    type,
    ttl,
    records: contents.map((content) => ({ content, disabled: false }))
  }
})

const metadata = (name: string, kind: string, values: ReadonlyArray<string>) => ({
  kind: "metadata",
  name,
  spec: { zone: "${zone.acme.id}", kind, metadata: values }
})

/** What must never be found in clear. */
const secrets = ["Zmlyc3Qgc2VjcmV0IGtleQ==", "c2Vjb25kIHNlY3JldCBrZXk=", "dGhpcmQgc2VjcmV0IGtleQ=="]

const key = (name: string, algorithm: string, nth: number) => ({
  kind: "key",
  name,
  spec: { name, algorithm, key: secrets[nth] }
})

const ask = async (url: string): Promise<unknown> =>
  (await fetch(url, { headers: { "x-api-key": apiKey }, signal: AbortSignal.timeout(30_000) })).json()

interface Named {
  readonly id: string
  readonly [field: string]: unknown
}

const rrsets = ({ rrsets: all }: Named): ReadonlyArray<Named> => all as ReadonlyArray<Named>

const subject: Subject = {
  missing: missingPowerDns,
  start: startPowerDns,
  below: "/api/v1/servers/localhost",
  // Over SQLite it answers 500 to a write that meets another one.
  settings: `    auth: { headers: { X-API-Key: ${apiKey} } }\n    concurrency: 1\n`,
  kinds: "powerdns-kinds.yaml",
  first: [
    zone("acme", { account: "ops" }),
    record("www", "A", ["192.0.2.7", "192.0.2.8"]),
    record("acme", "MX", ["10 mail.acme.example."]),
    metadata("axfr", "ALLOW-AXFR-FROM", ["AUTO-NS", "192.0.2.1"]),
    key("transfer", "hmac-sha256", 0),
    key("backup", "hmac-sha256", 1)
  ],
  second: [
    zone("acme", { account: "dev", kind: "Master" }),
    record("www", "A", ["192.0.2.9", "192.0.2.8"], 90),
    record("acme", "TXT", ["\"v=spf1 -all\""]),
    metadata("axfr", "ALLOW-AXFR-FROM", ["192.0.2.1"]),
    metadata("notify", "ALSO-NOTIFY", ["192.0.2.2:5300"]),
    key("transfer", "hmac-sha256", 2),
    key("backup", "hmac-sha512", 1),
    zone("other")
  ],
  writes: 10,
  held: async (url) => {
    const zones = await ask(`${url}/zones`) as ReadonlyArray<Named>
    const inZones = await Promise.all(zones.map(async ({ id }) => {
      const found = await ask(`${url}/zones/${id}`) as Named
      const { account, kind, name } = found
      const records = rrsets(found).filter(({ type }) => type !== "SOA")
      return [{ name, kind, account }, ...records, await ask(`${url}/zones/${id}/metadata`)]
    }))
    const keys = await ask(`${url}/tsigkeys`) as ReadonlyArray<Named>
    const whole = [...inZones.flat(), ...await Promise.all(keys.map(({ id }) => ask(`${url}/tsigkeys/${id}`)))]
    return whole.map((one) => JSON.stringify(one)).sort()
  }
}

/** Another client. */
const asking = async ({ url }: Workplace, method: string, path: string, body?: object): Promise<void> => {
  const headers = { "x-api-key": apiKey, "content-type": "application/json" }
  const answer = await fetch(`${url}${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) })
  expect(answer.ok).toBe(true)
}

describe.skipIf(missingPowerDns !== undefined)("a PowerDNS", () => {
  trials(subject)

  describe("that is managed", () => {
    let place: Workplace
    beforeEach(async () => {
      place = await openWorkplace(subject)
      await place.declare(subject.first)
      expect((await place.run("apply", "--yes")).code).toBe(0)
    })
    afterEach(() => place.close())
    const held = () => subject.held(place.url)

    it("is as it was where it takes a record for wrong itself, and says why", async () => {
      const before = await held()
      const wrong = { ...record("bad", "A", ["not an address"]), dependsOn: ["zone.acme", "key.transfer"] }
      await place.declare([...subject.second, wrong])
      const { code, stderr } = await place.run("apply", "--yes")
      expect([code, stderr]).toEqual([3, expect.stringContaining("not an address")])
      expect(await held()).toEqual(before)
    })

    it("has its keys in no file in clear, and in nothing that is said", async () => {
      await place.declare(subject.second)
      const said = [
        await place.run("plan"),
        await place.run("plan", "--json"),
        await place.run("apply", "--yes", "--json")
      ]
      expect(said.map(({ code }) => code)).toEqual([0, 0, 0])
      for (
        const text of [(await place.kept()).toString("latin1"), ...said.flatMap((one) => [one.stdout, one.stderr])]
      ) {
        expect(secrets.filter((secret) => text.includes(secret))).toEqual([])
      }
    })

    it("is seen to differ where others changed what lists do not show", async () => {
      await asking(place, "PUT", "/tsigkeys/backup.", { key: secrets[2] })
      const theirs = await held()
      const refused = await place.run("apply", "--yes")
      expect([refused.code, refused.stderr]).toEqual([5, expect.stringContaining("key.backup at /key")])
      expect(await held()).toEqual(theirs)
      const forced = subject.first.map((one) => ({ ...one, lifecycle: { conflict: "force" } }))
      await place.declare(forced)
      expect((await place.run("apply", "--yes")).code).toBe(0)
      expect((await held()).join()).toContain(secrets[1])
    })

    it("gets back a zone that others deleted, with all that was in it", async () => {
      const before = await held()
      await asking(place, "DELETE", "/zones/acme.example.")
      expect((await place.run("apply", "--yes")).code).toBe(0)
      expect(await held()).toEqual(before)
    })

    it("keeps a zone that others made of the same name in the meantime", async () => {
      const before = await held()
      await place.declare([...subject.first, zone("other")])
      place.between.meddle(async (nth) => {
        if (nth === 1) await asking(place, "POST", "/zones", { name: "other.example.", kind: "Master" })
        return undefined
      })
      expect((await place.run("apply", "--yes")).code).toBe(3)
      const theirs = (await held()).filter((one) => !before.includes(one))
      expect(theirs.join()).toContain("Master")
      expect((await place.run("apply", "--yes")).code).toBe(5)
      expect((await place.run("apply", "--yes", "--adopt")).code).toBe(0)
      expect((await held()).join()).not.toContain("Master")
    })
  })
})
