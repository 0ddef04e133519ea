/**
 * Secrets that were learned so far, and taking them out of texts: the last net under whatever leaves the process.
 *
 * The verbs seal and redact what they say; this one holds even where a text went another way, such as the words of an
 * unexpected error.
 */
import { Effect } from "effect"
import { Limits } from "../domain/Limits.ts"
import { sensitiveText } from "./Shown.ts"
import { Workspace, type WorkspaceSettings } from "./Workspace.ts"

export { LearnSecrets } from "../providers/LearnSecrets.ts"

/** Values learned so far. */
export interface Redaction {
  readonly learn: (values: ReadonlyArray<string>) => void
  readonly redact: (text: string) => string
}

/** Starts with nothing learned. */
export const makeRedaction = (): Redaction => {
  const secrets = new Set<string>()
  return {
    learn: (values) => {
      for (const value of values) {
        if (value.length >= Limits.secretLengthMin) secrets.add(value).add(JSON.stringify(value).slice(1, -1))
      }
    },
    redact: (text) =>
      [...secrets].sort((a, b) => b.length - a.length)
        .reduce((left, secret) => left.replaceAll(secret, sensitiveText), text)
  }
}

/** The workspace, with every secret it tells learned on the way. */
export const learning = (
  workspace: Workspace["Service"],
  { learn: take }: Pick<Redaction, "learn">
): Workspace["Service"] => {
  const learn = ({ secrets }: Pick<WorkspaceSettings, "secrets">) => Effect.sync(() => take(secrets))
  return Workspace.of({
    settings: Effect.tap(workspace.settings, learn),
    load: Effect.tap(workspace.load, learn),
    read: Effect.tap(workspace.read, (read) => learn(read.workspace)),
    thaw: (frozen) => Effect.tap(workspace.thaw(frozen), learn)
  })
}
