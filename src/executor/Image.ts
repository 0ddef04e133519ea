/**
 * A before-image as it can be put back today: ids of re-created resources replaced, and places that only hold a mask
 * left as they are, because a mask is never written as a value.
 */
import { type Document, equalJson } from "../domain/Document.ts"
import type { Kind } from "../domain/Kind.ts"
import type { Step } from "../domain/Plan.ts"
import { covers, getAt, parsePointer, type Path, renderPointer, select, withAt } from "../domain/Pointer.ts"
import { differences } from "./Overlay.ts"
import { isLeftBehind } from "./PlanSteps.ts"
import { hiddenSecrets, unknownSecrets, unsaidSecrets } from "./Recall.ts"
import { remapOf, type Run, servedBy } from "./Run.ts"

/** The document to put back, and the pointers of what was there and cannot be. */
export interface Image {
  readonly document: Document
  readonly lossy: ReadonlyArray<string>
}

/** Write-only places that hold what we put there, while nobody knows what they held before. */
const overwritten = (kind: Kind, image: Document, left: Document): ReadonlyArray<Path> =>
  kind.roles.writeOnly.flatMap((pattern) => select(left, pattern))
    .flatMap(([path]) => getAt(image, path) === undefined ? [path] : [])

/** Whether a secret that nobody knows is gone: where a write says all that is there, it drops what it lacks. */
const isDropped = (kind: Kind, observed: Document, path: Path): boolean =>
  kind.capabilities.updateIsWhole === true && getAt(observed, path) === undefined

/** Secrets of what an earlier replace left behind: its head remembers those of what replaced it. */
const forgotten = (kind: Kind, step: Step, image: Document): ReadonlyArray<string> =>
  isLeftBehind(step) ? hiddenSecrets(kind, image) : []

/** Pointers of the secrets that are not brought back with what a step deleted. */
export const secretsGone = (kind: Kind, step: Step, image: Document): ReadonlyArray<string> => [
  ...unknownSecrets(kind, image),
  ...forgotten(kind, step, image)
]

/** Brings a before-image to what the API takes over a resource that we left as `left` and that now is `observed`. */
export const imageOver = (
  run: Run,
  step: Step,
  image: Document,
  now: { readonly left: Document; readonly observed: Document }
): Image => {
  const { kind, provider } = servedBy(run, step)
  const hidden = unknownSecrets(kind, image).map(parsePointer)
  const body = provider.restore(step.kind, image, remapOf(run))
  return {
    document: hidden.reduce((document, path) => withAt(document, path, getAt(now.observed, path)), body),
    lossy: [
      ...new Set([
        ...hidden.filter((path) =>
          !equalJson(getAt(image, path), getAt(now.left, path)) || isDropped(kind, now.observed, path)
        ),
        ...overwritten(kind, image, now.left),
        ...(step.action === "adopt" ? unsaidSecrets(kind, image) : [])
      ].map(renderPointer)),
      ...forgotten(kind, step, image)
    ]
  }
}

/** What a target no longer has is cleared by its default or null: where updates merge, absent means left alone. */
export const withClears = (kind: Kind, observed: Document, target: Document): Document =>
  differences(kind, observed, target)
    .filter((path) => getAt(target, path) === undefined)
    .filter((path) => !kind.roles.writeOnly.some((pattern) => covers(pattern, path)))
    .reduce((document, path) => withAt(document, path, kind.roles.defaults[renderPointer(path)] ?? null), target)
