/**
 * What holds on every server: a batch ends as desired or as it began wherever it is refused, cut off or killed, nothing
 * is done twice, and what is there can be taken over. The server is looked at directly, not through amends.
 */
import { readdir, rm } from "node:fs/promises"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import type { Declared } from "../e2e/Cell.ts"
import { applyIn, recoverIn, stepsIn } from "../e2e/InProcess.ts"
import type { Mischief } from "./Between.ts"
import { openWorkplace, type Subject, type Workplace } from "./Workplace.ts"

const peace = () => undefined

const codeOf = async (
  place: Workplace,
  ...args: ReadonlyArray<string>
): Promise<readonly [number | string, string]> => {
  const { code, stderr, stdout } = await place.run(...args)
  return [code, code === 0 || code === 3 ? "" : stdout + stderr]
}

/** Applies in this process; what it came to. */
const outcomeOf = async (place: Workplace, resources: ReadonlyArray<Declared>) => {
  await place.declare(resources)
  const result = await applyIn(place)
  return result._tag === "ran" ? result.report.outcome : result._tag
}

interface Moment {
  readonly nth: number
  readonly mischief: Mischief
  readonly direction: "back" | "forward"
}

/** Every other write is applied before the process dies, and every other pair goes forward. */
const momentsOf = (writes: number): ReadonlyArray<Moment> =>
  Array.from({ length: writes }, (_, index) => ({
    nth: index + 1,
    mischief: index % 2 === 0 ? "silence" : "lost",
    direction: index % 4 < 2 ? "back" : "forward"
  }))

/** Starts an apply and kills it while it waits for the answer to its nth write. */
const killedAt = async ({ between, start }: Workplace, { mischief, nth }: Moment): Promise<number | string> => {
  let dead: () => void = peace
  const death = new Promise<void>((resolve) => {
    dead = resolve
  })
  between.meddle(async (count) => {
    if (count !== nth || mischief === "silence") return count === nth ? mischief : undefined
    await death
    return mischief
  })
  const { child, ended } = start("apply", "--yes", "--parallelism", "1")
  await vi.waitFor(() => {
    const write = between.writes()[nth - 1]
    const isThere = write !== undefined && (mischief !== "silence" || write.status > 0)
    if (child.exitCode === null && !isThere) throw new Error("not yet")
  }, { timeout: 60_000, interval: 10 })
  child.kill("SIGKILL")
  const { code } = await ended
  dead()
  between.meddle(peace)
  return code
}

/** Declares the tests of a server. */
export const trials = (subject: Subject): void => {
  let place: Workplace
  let before: ReadonlyArray<unknown>
  let after: ReadonlyArray<unknown>
  const held = () => subject.held(place.url)
  const backToFirst = async () => {
    place.between.meddle(peace)
    expect(["committed", "nothing"]).toContain(await outcomeOf(place, subject.first))
    expect(await held()).toEqual(before)
  }

  beforeAll(async () => {
    place = await openWorkplace(subject)
  })
  afterAll(() => place.close())

  it("is brought to what is declared, to something else, and back", async () => {
    await place.declare(subject.first)
    expect(await codeOf(place, "apply", "--yes")).toEqual([0, ""])
    expect(await codeOf(place, "plan", "--detailed-exitcode")).toEqual([0, ""])
    before = await held()
    await place.declare(subject.second)
    place.between.meddle(peace)
    expect(await codeOf(place, "apply", "--yes")).toEqual([0, ""])
    expect(place.between.writes()).toHaveLength(subject.writes)
    expect(await stepsIn(place)).toEqual([])
    after = await held()
    expect(after).not.toEqual(before)
    await backToFirst()
    expect(await stepsIn(place)).toEqual([])
  })

  it("is as it was wherever a write is refused", async () => {
    await backToFirst()
    for (let nth = 1; nth <= subject.writes; nth++) {
      place.between.meddle((count) => count === nth ? "refused" : undefined)
      expect([nth, await outcomeOf(place, subject.second)]).toEqual([nth, "compensated"])
      expect([nth, await held()]).toEqual([nth, before])
      await place.declare(subject.first)
      expect([nth, await stepsIn(place)]).toEqual([nth, []])
    }
  })

  it.each<Mischief>(["applied", "lost"])(
    "is as desired wherever an answer is missing, the write %s",
    async (mischief) => {
      for (let nth = 1; nth <= subject.writes; nth++) {
        await backToFirst()
        place.between.meddle((count) => count === nth ? mischief : undefined)
        expect([nth, await outcomeOf(place, subject.second)]).toEqual([nth, "committed"])
        expect([nth, await held()]).toEqual([nth, after])
        expect([nth, await stepsIn(place)]).toEqual([nth, []])
      }
    }
  )

  it("is as it was where an answer is missing on the way back", async () => {
    await backToFirst()
    const last = subject.writes
    for (let nth = last + 1; nth < last * 2; nth++) {
      place.between.meddle((count) => count === last ? "refused" : count === nth ? "applied" : undefined)
      expect([nth, await outcomeOf(place, subject.second)]).toEqual([nth, "compensated"])
      expect([nth, await held()]).toEqual([nth, before])
    }
  })

  describe("is recovered after a kill", () => {
    it.each(momentsOf(subject.writes))("at write $nth ($mischief), $direction", async (moment) => {
      await backToFirst()
      await place.declare(subject.second)
      expect(await killedAt(place, moment)).toBe("SIGKILL")
      const { direction } = moment
      const { code } = await place.run("recover", `--${direction}`)
      expect(code).toBe(direction === "back" ? 3 : 0)
      expect(await held()).toEqual(direction === "back" ? before : after)
      expect((await recoverIn(place)).reports).toEqual([])
      if (direction === "back") await place.declare(subject.first)
      expect(await stepsIn(place)).toEqual([])
    })
  })

  it("is imported whole into another workspace's files, and nothing is left to do", async () => {
    await place.declare(subject.first)
    await rm(join(place.root, ".amends"), { recursive: true })
    await place.declare([])
    expect(await codeOf(place, "import", "--all", "--write", "resources")).toEqual([0, ""])
    expect((await readdir(join(place.root, "resources"))).length).toBeGreaterThan(1)
    expect(await stepsIn(place)).toEqual([])
    place.between.meddle(peace)
    expect(await codeOf(place, "destroy", "--yes")).toEqual([0, ""])
    expect(await held()).toEqual([])
  })
}
