/**
 * Every point at which a command can be killed: around each write of its state, and while the server holds each of its
 * requests, before it applied it or after. A walk ends at the first point that the command does not reach any more.
 */
import type { Ended } from "../Launch.ts"
import { killedHolding, killedWriting, type Scene } from "./Scene.ts"

export interface Point {
  readonly act: "killBefore" | "killAfter" | "hang" | "hangAfter" | "delay"
  readonly nth: number
}

/** Where a process can die: what it was doing, told for people. */
export const places: Readonly<Record<Point["act"], string>> = {
  killBefore: "right before a write of the state",
  killAfter: "right after a write of the state",
  hang: "while a request is held that was not applied",
  hangAfter: "while a request is held that was applied",
  delay: "while a request is held that is applied later"
}

export const acts: ReadonlyArray<Point["act"]> = ["killBefore", "killAfter", "hang", "hangAfter"]

/** Runs a command and kills it at a point; where it never gets there, it ends by itself. */
export const killedAt = (scene: Scene, args: ReadonlyArray<string>, { act, nth }: Point): Promise<Ended> =>
  act === "killBefore" || act === "killAfter"
    ? killedWriting(scene, args, { act, nth })
    : killedHolding(scene, args, { act, nth })

/** Whether everything is tried, or a sample with every point of it reached by some release. */
export const isFull: boolean = process.env["AMENDS_CRASH_FULL"] === "1"

/** How many cells are at work at the same time; those that mostly wait may be more. */
const working = 2
const waiting = 6

/** What a try of a point came to. */
export interface Tried {
  /** The command was over before that point. */
  readonly isPast: boolean
  readonly wrong: ReadonlyArray<string>
}

/** What a walk over points found. */
export interface Walked {
  readonly tried: number
  readonly wrong: ReadonlyArray<string>
}

/** Walks points `from`, `from + stride`, … until they are past the command's end; `most` bounds a sample. */
export const walk = async (
  stride: { readonly from: number; readonly by: number; readonly most?: number; readonly waits?: boolean },
  attempt: (nth: number) => Promise<Tried>
): Promise<Walked> => {
  const { by, from, most = Number.POSITIVE_INFINITY, waits = false } = stride
  const wrong: Array<string> = []
  let [taken, tried, isOver] = [0, 0, false]
  const worker = async (): Promise<void> => {
    while (!isOver && taken < most) {
      const nth = from + by * taken
      taken += 1
      const one = await attempt(nth)
      if (one.isPast) isOver = true
      else tried += 1
      wrong.push(...one.wrong.map((text) => `at ${nth}: ${text}`))
    }
  }
  await Promise.all(Array.from({ length: waits ? waiting : working }, worker))
  return { tried, wrong }
}
