/**
 * What a program gets of a plan: all of it, but for what holds credentials and declared secrets in clear.
 *
 * The settings and the registry that a plan rests on stay readable by name, as the types say, and are no part of what
 * is logged, serialised or copied: a program that logs an answer tells no secret.
 */

const inClear = ["settings", "registry"]

/** A copy whose settings and registry are passed over by whatever goes through its members. */
export const unshown = <A extends object>(planned: A): A => {
  const held = inClear.filter((name) => Object.hasOwn(planned, name))
  const hidden = Object.fromEntries(held.map((name) => [name, { enumerable: false }]))
  return held.length === 0 ? planned : Object.defineProperties({ ...planned }, hidden)
}

/** The same for an answer that is a plan, or holds the plan that it comes from. */
export const unshownIn = <A extends object>(answer: A): A =>
  "planned" in answer && typeof answer.planned === "object" && answer.planned !== null
    ? { ...answer, planned: unshown(answer.planned) }
    : unshown(answer)
