/**
 * Secrets on a server that repeats them: in errors, in clear or encoded, whole or cut off, for writes and for reads.
 */
import { afterEach, beforeEach, expect, it } from "vitest"
import type { Ended } from "./Launch.ts"
import { first, second, secrets } from "./OtherConfigurations.ts"
import { openPlace, type Place } from "./OtherPlace.ts"

let place: Place
beforeEach(async () => {
  place = await openPlace()
})
afterEach(() => place.close())

const credential = "client-Secret+/0001="

const formsOf = (secret: string): ReadonlyArray<string> => [
  secret,
  encodeURIComponent(secret),
  JSON.stringify(secret).slice(1, -1),
  ...[0, 1, 2].map((pad) => Buffer.from("x".repeat(pad) + secret).toString("base64").slice(4, -4))
]

/** Nothing that was said or kept holds a secret, or more than the first letters of one. */
const expectNone = async (said: ReadonlyArray<Ended>) => {
  const kept = (await place.kept()).toString("latin1")
  const texts = [kept, ...said.flatMap(({ stderr, stdout }) => [stdout, stderr])]
  for (const secret of [...secrets, credential]) {
    for (const form of [...formsOf(secret), secret.slice(0, 12)]) {
      expect(texts.findIndex((text) => text.includes(form)), form).toBe(-1)
    }
  }
}

/** Refuses the nth write from now on, in these words. */
const refuse = (nth: number, words: string) => {
  const sent = place.server.writes().length
  place.server.words = words
  place.server.meddle = ({ write }) => write === sent + nth ? "refuse" : undefined
}

it("an error that repeats the body gives nothing away, in no round of failing and correcting", async () => {
  const said: Array<Ended> = []
  for (const [round, echo] of (["body", "encoded"] as const).entries()) {
    place.server.habits = { ...place.server.habits, echo }
    for (const [configuration, nth, ...args] of [[first, 3 + round], [second, 5 + round, "--json"]] as const) {
      await place.declare(configuration)
      refuse(nth, "not today")
      const failed = await place.run("apply", "--yes", ...args)
      expect(failed.code).toBe(3)
      place.server.meddle = () => undefined
      const corrected = await place.run("apply", "--yes", ...args)
      expect(corrected.code).toBe(0)
      said.push(failed, corrected)
    }
  }
  expect(said.some(({ stderr }) => stderr.includes("not today"))).toBe(true)
  said.push(
    await place.run("plan", "--destroy", "--json"),
    await place.run("history"),
    await place.run("list", "--json")
  )
  await expectNone(said)
})

it("an error that ends within a secret does not show its beginning", async () => {
  const said: Array<Ended> = []
  await place.declare(first)
  for (const pad of [265, 280, 287]) {
    refuse(2, `${"p".repeat(pad)}${secrets[3]} and more`)
    const failed = await place.run("apply", "--yes")
    expect(failed.code).toBe(3)
    said.push(failed)
  }
  await expectNone(said)
})

it("a read that is answered with what the files hold, or with the credentials, gives nothing away", async () => {
  await place.declare(first)
  expect((await place.run("apply", "--yes")).code).toBe(0)
  await place.declare(second)
  place.server.meddle = ({ write }) => write === 0 ? "refuse" : undefined
  const said: Array<Ended> = []
  for (const secret of [secrets[0], secrets[4], credential]) {
    place.server.words = `bad: ${secret}, ${Buffer.from(`u:${secret}`).toString("base64")}, ${
      encodeURIComponent(secret)
    }`
    for (const command of ["plan", "doctor"]) {
      const ended = await place.run(command)
      expect(ended.code).toBe(1)
      expect(ended.stdout + ended.stderr).toContain("bad: ")
      said.push(ended)
    }
  }
  await expectNone(said)
})
