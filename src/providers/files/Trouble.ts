/**
 * What keeps a file operation from its end, as the reasons of the provider port.
 *
 * A system call that failed changed nothing, so most troubles are refusals. The exceptions are errors of the device
 * at the moment of a change, and a change that cannot be made durable: those are unknown, and reading tells.
 */
import { Data, Effect } from "effect"
import { ProviderError, type ProviderReason } from "../ProviderError.ts"

/** A file operation was refused, by us or by the system. `detail` tells what and why. */
export class FileTrouble extends Data.TaggedError("FileTrouble")<{
  readonly reason: ProviderReason
  readonly detail: string
}> {}

/** A refusal that no repetition changes. */
export const refused = (detail: string): FileTrouble => new FileTrouble({ reason: "Rejected", detail })

/** What the system says, in words, and whether trying again may help. */
const meanings: { readonly [code: string]: readonly [ProviderReason, string] } = {
  EACCES: ["Rejected", "permission is missing; check the rights of the file and of the directories above it"],
  EPERM: ["Rejected", "the system does not permit it; check its owner, attributes and rights"],
  EROFS: ["Rejected", "the file system is read-only"],
  ENOSPC: ["Rejected", "no space is left on the file system"],
  EDQUOT: ["Rejected", "the quota of disk space is used up"],
  ENAMETOOLONG: ["Rejected", "the path is too long for the file system"],
  ENOTDIR: ["Rejected", "a part of the path is no directory"],
  ELOOP: ["Rejected", "a part of the path is a symbolic link; those are not followed"],
  EISDIR: ["Rejected", "a directory is in its place"],
  EXDEV: ["Rejected", "it is on another file system than the root"],
  ENOENT: ["NotSent", "a directory of the path vanished meanwhile"],
  ENOTEMPTY: ["NotSent", "something appeared in its place meanwhile"],
  EBUSY: ["NotSent", "it is busy"],
  EMFILE: ["NotSent", "too many files are open"],
  ENFILE: ["NotSent", "too many files are open on this machine"],
  EAGAIN: ["NotSent", "the system asks to try again"],
  EINTR: ["NotSent", "the system asks to try again"]
}

/** The system's code for an error. */
export const codeOf = (error: unknown): string =>
  typeof error === "object" && error !== null && "code" in error ? String(error.code) : "an unknown error"

/** Tells whether an error says that there is nothing. */
export const isMissing = (error: unknown): boolean => codeOf(error) === "ENOENT"

/** What an error is, before anything was changed. */
export const troubleOf = (error: unknown): FileTrouble => {
  if (error instanceof FileTrouble) return error
  const code = codeOf(error)
  const [reason, words] = meanings[code] ?? ["Rejected", "the system refused it"]
  return new FileTrouble({ reason, detail: `${words} (${code})` })
}

const deviceErrors: ReadonlySet<string> = new Set(["EIO", "ESTALE", "ETIMEDOUT", "ENXIO"])

/** Runs the one system call that changes a file: only an error of the device leaves open whether it did. */
export const changing = async <A>(change: () => Promise<A>): Promise<A> => {
  try {
    return await change()
  } catch (error) {
    if (!deviceErrors.has(codeOf(error))) throw error
    throw new FileTrouble({ reason: "Ambiguous", detail: `the device failed at the change (${codeOf(error)})` })
  }
}

/** Runs what makes a change durable: where that fails, the change is there and may be lost again. */
export const lasting = async (sync: () => Promise<unknown>): Promise<void> => {
  try {
    await sync()
  } catch (error) {
    const detail = `it was changed, but that could not be made durable (${codeOf(error)})`
    throw new FileTrouble({ reason: "Ambiguous", detail })
  }
}

/** Runs a file operation as one request of a provider. */
export const request = <A>(
  provider: string,
  name: string,
  operation: () => Promise<A>
): Effect.Effect<A, ProviderError> =>
  Effect.tryPromise({
    try: operation,
    catch: (error) => {
      const { detail, reason } = troubleOf(error)
      // A file operation that ended has ended: nothing of it lands later.
      return new ProviderError({ reason, provider, request: name, detail, mayLand: false })
    }
  })
