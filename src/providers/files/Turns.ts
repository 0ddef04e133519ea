/**
 * One after the other: what must not happen at the same time in one process.
 */

/** Runs acts in the order in which they were asked for, each once the one before is over. */
export type InTurn = <A>(act: () => Promise<A>) => Promise<A>

/** Makes a queue of acts. */
export const makeTurns = (): InTurn => {
  let last: Promise<unknown> = Promise.resolve()
  return (act) => {
    const result = last.then(act)
    last = result.catch(() => undefined)
    return result
  }
}
