/**
 * The crash matrix: the real CLI, killed at every write of its state and at every request, on the way forward, on the
 * way back, and while it recovers from an earlier kill; then recovered. `npm run test:crash` walks every point,
 * `npm test` a sample. A failure names scenario and point; each point has a workspace and server of its own.
 */
import { beforeAll, describe, expect, it } from "vitest"
import { acts, isFull, killedAt, places, type Point, type Tried, walk, type Walked } from "./Points.ts"
import {
  atOnce,
  desiredHeld,
  inTurn,
  openScene,
  patient,
  pause,
  refuseLast,
  type Scene,
  wrongAfterRecovery,
  wrongWhenKilled
} from "./Scene.ts"

const timeoutMs = isFull ? 1_800_000 : 110_000

let after: ReadonlyArray<string>
let points = 0
beforeAll(async () => {
  after = await desiredHeld()
})

type Direction = "--back" | "--forward" | undefined

/** A way to have a command running that is killed at a point. */
interface Scenario {
  readonly name: string
  readonly args: ReadonlyArray<string>
  readonly direction: Direction
  readonly prepare: (scene: Scene) => Promise<void> | void
}

const attempt = async (scenario: Scenario, point: Point): Promise<Tried> => {
  const scene = await openScene(point.act === "delay" ? patient : undefined)
  try {
    await scenario.prepare(scene)
    const { code } = await killedAt(scene, scenario.args, point)
    const isPast = code !== "SIGKILL"
    // A held request of a killed process is answered by nobody; what was applied stays.
    await pause(5)
    const early = wrongWhenKilled(scene)
    return { isPast, wrong: [...early, ...await wrongAfterRecovery(scene, scenario.direction, after)] }
  } finally {
    await scene.cell.close()
  }
}

const nothing = (): void => {}

/** Kills an apply at a point, so that there is something to recover. */
const afterKill = (point: Point, prepare: (scene: Scene) => void) => async (scene: Scene): Promise<void> => {
  prepare(scene)
  const { code } = await killedAt(scene, inTurn, point)
  if (code !== "SIGKILL") throw new Error(`the first command was not killed at ${JSON.stringify(point)}`)
  scene.sandbox.clearFaults()
}

const scenarios: ReadonlyArray<Scenario> = [
  { name: "an apply, taken back", args: inTurn, direction: "--back", prepare: nothing },
  { name: "an apply, finished forward", args: inTurn, direction: "--forward", prepare: nothing },
  { name: "an apply at once, as recover sees fit", args: atOnce, direction: undefined, prepare: nothing },
  { name: "an apply that goes back", args: inTurn, direction: undefined, prepare: refuseLast },
  { name: "an apply that goes back at once", args: atOnce, direction: undefined, prepare: refuseLast }
]

const early: Point = { act: "hangAfter", nth: 20 }
const midway: Point = { act: "killAfter", nth: 12 }
const late: Point = { act: "killAfter", nth: 20 }

const recoveries: ReadonlyArray<Scenario> = [
  { name: "a recovery back", args: ["recover", "--back"], direction: undefined, prepare: afterKill(midway, nothing) },
  {
    name: "a recovery forward",
    args: ["recover", "--forward"],
    direction: "--forward",
    prepare: afterKill(early, nothing)
  },
  { name: "a recovery of a way back", args: ["recover"], direction: undefined, prepare: afterKill(late, refuseLast) }
]

/** A sample takes one point of each scenario; a full walk takes every one. */
const strideOf = (nth: number) => isFull ? { from: 1, by: 1 } : { from: nth, by: 1, most: 1 }
const sampled = <A>(all: ReadonlyArray<A>, index: number): ReadonlyArray<A> =>
  isFull ? all : all.filter((_, column) => column === index % all.length)

const told: Array<string> = []
const note = (what: string, { tried }: Walked): void => {
  points += tried
  told.push(`${tried} points: ${what}`)
}

/** Points of a sample: most of an apply's first requests only read, its writes come from the fifteenth on. */
const sampleOf = (act: Point["act"], args: ReadonlyArray<string>, row: number): number =>
  act.startsWith("kill") || args[0] === "recover" ? 5 + row : [15, 17, 20, 31, 15][row] ?? 15

const walks = (all: ReadonlyArray<Scenario>, which: ReadonlyArray<Point["act"]>): void => {
  all.forEach((scenario, row) => {
    for (const act of sampled(which, row)) {
      it(`${scenario.name}, killed ${places[act]}`, async () => {
        const walked = await walk(
          { ...strideOf(sampleOf(act, scenario.args, row)), waits: act === "delay" },
          (nth) => attempt(scenario, { act, nth })
        )
        note(`${scenario.name}, ${act}`, walked)
        expect(walked.wrong).toEqual([])
        expect(walked.tried).toBeGreaterThan(isFull ? 5 : 0)
      }, timeoutMs)
    }
  })
}

describe("a process killed", () => {
  walks(scenarios, acts)
})

describe("a recovery killed", () => {
  walks(recoveries, acts)
})

describe.runIf(isFull)("a process killed before its request landed", () => {
  walks(scenarios.filter(({ args }) => args === inTurn), ["delay"])
})

/** Recovers, killed one write later each time, until it gets through; tells how often it was killed. */
const stubborn = async (scene: Scene, act: "killBefore" | "killAfter"): Promise<number> => {
  for (let nth = 1; nth < 200; nth++) {
    const { code } = await killedAt(scene, ["recover"], { act, nth })
    if (code !== "SIGKILL") return nth - 1
  }
  return Number.POSITIVE_INFINITY
}

describe("a recovery that is killed again and again", () => {
  for (const act of isFull ? ["killBefore", "killAfter"] as const : ["killAfter"] as const) {
    it(`${places[act]}, one later each time, gets there`, async () => {
      const scene = await openScene()
      await afterKill(late, refuseLast)(scene)
      const kills = await stubborn(scene, act)
      expect(kills).toBeGreaterThan(2)
      expect(kills).toBeLessThan(100)
      expect(await wrongAfterRecovery(scene, undefined, after)).toEqual([])
      await scene.cell.close()
    }, timeoutMs)
  }
})

describe("the matrix", () => {
  it("was walked", () => {
    if (isFull) process.stdout.write(`${told.join("\n")}\n${points} points in all\n`)
    expect(points).toBeGreaterThan(isFull ? 700 : 7)
  })
})
