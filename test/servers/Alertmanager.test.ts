/**
 * An Alertmanager: silences under ids that it gives, changed by a POST to all of them, and expired rather than gone.
 */
import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { missingAlertmanager, startAlertmanager } from "./Alertmanager.ts"
import { trials } from "./Trials.ts"
import { openWorkplace, type Subject } from "./Workplace.ts"

const silence = (name: string, spec: Readonly<Record<string, unknown>> = {}) => ({
  kind: "silence",
  name,
  spec: {
    matchers: [
      { name: "service", value: name, isRegex: false, isEqual: true },
      { name: "severity", value: "low|none", isRegex: true, isEqual: true }
    ],
    startsAt: "2090-01-01T00:00:00.000Z",
    endsAt: "2090-01-02T00:00:00.000Z",
    createdBy: "ops",
    ...spec
  }
})

interface Silence {
  readonly [field: string]: unknown
  readonly status: { readonly state: string }
}

const others = [{ name: "service", value: "others", isRegex: false, isEqual: true }]

const subject: Subject = {
  missing: missingAlertmanager,
  start: startAlertmanager,
  below: "/api/v2",
  settings: "    check: /status\n",
  kinds: "alertmanager-kinds.yaml",
  first: [silence("deploy"), silence("backup", { createdBy: "night" }), silence("noise")],
  second: [
    silence("deploy", { endsAt: "2090-01-03T00:00:00.000Z" }),
    silence("backup", { matchers: others }),
    silence("new")
  ],
  writes: 5,
  held: async (url) => {
    const all = await (await fetch(`${url}/silences`)).json() as ReadonlyArray<Silence>
    return all.filter(({ status }) => status.state !== "expired")
      .map(({ comment, createdBy, endsAt, matchers, startsAt }) =>
        JSON.stringify([comment, createdBy, matchers, startsAt, endsAt])
      ).sort()
  }
}

describe.skipIf(missingAlertmanager !== undefined)("an Alertmanager", () => {
  trials(subject)

  it("that answers a change with another silence leaves the batch to a person, who takes that one", async () => {
    const place = await openWorkplace(subject)
    try {
      const kinds = join(place.root, subject.kinds)
      await writeFile(kinds, (await readFile(kinds, "utf8")).replace(/^ {2}immutable:.*$/m, ""))
      await place.declare([silence("deploy")])
      expect((await place.run("apply", "--yes")).code).toBe(0)
      const before = await subject.held(place.url)
      await place.declare([silence("deploy", { matchers: others })])
      const { code, stderr } = await place.run("apply", "--yes")
      expect([code, stderr]).toEqual([4, expect.stringContaining("the answer names another resource")])
      const ids = async () => {
        const all = await (await fetch(`${place.url}/silences`)).json() as ReadonlyArray<Silence>
        return all.filter(({ status }) => status.state !== "expired").map(({ id }) => String(id))
      }
      // The way back is answered with another one as well.
      const forth = await place.run("recover", "--choice", `silence.deploy=adopt:${(await ids()).join()}`)
      expect(forth.code).toBe(4)
      const back = await place.run("recover", "--choice", `silence.deploy=adopt:${(await ids()).join()}`)
      expect([back.code, await subject.held(place.url)]).toEqual([3, before])
    } finally {
      await place.close()
    }
  })
})
