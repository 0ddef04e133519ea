/**
 * The file that holds the workspace's key, `.amends/key`: readable by its owner only, made when first needed.
 *
 * It is made only where the state has no check value yet. A state whose key is gone must not get a new one: what was
 * sealed would be lost without a word. Key material is the one random thing that does not come from Effect's Random: a
 * replayable key would be no key.
 */
import { randomBytes } from "node:crypto"
import { renameSync } from "node:fs"
import { dirname } from "node:path"
import { StateError } from "../StateError.ts"
import { createFile, force, onFile, readText, replaceFile } from "../storage/Files.ts"
import { keyBytes, parseKey } from "./Key.ts"

/** Where a workspace's key comes from. */
export interface KeySource {
  /** `.amends/key` beside the state. */
  readonly keyFile: string
  /** The text of AMENDS_KEY; it wins over the file. */
  readonly keyText?: string | undefined
}

/** Reads the key; `undefined` where there is none yet. Throws StateError. */
export const readKey = ({ keyFile, keyText }: KeySource): Uint8Array | undefined => {
  if (keyText !== undefined) return parseKey(keyText, "AMENDS_KEY")
  const text = readText("key", keyFile)
  return text === undefined ? undefined : parseKey(text, keyFile)
}

/** A key that was never used before. */
export const freshKey = (): Uint8Array => randomBytes(keyBytes)

const keyFileText = (key: Uint8Array): string => `${Buffer.from(key).toString("hex")}\n`

/** Reads the key, or makes one. Throws StateError. */
export const readOrMakeKey = (source: KeySource): Uint8Array => {
  const known = readKey(source)
  if (known !== undefined) return known
  const key = freshKey()
  const made = createFile("key", source.keyFile, keyFileText(key))
  // Another process was faster: its key is the workspace's.
  return made ? key : readKey(source) ?? key
}

/** Where a new key waits until the state is sealed under it. */
const nextFile = ({ keyFile }: KeySource): string => `${keyFile}.next`

/** Puts a new key aside, durably. It becomes the key with `adoptNextKey`, once the state says so. */
export const keepNextKey = (source: KeySource, key: Uint8Array): void =>
  replaceFile("key", nextFile(source), keyFileText(key))

/** The key that waits, if there is one: a rotation may have ended between the state and the file. */
export const readNextKey = (source: KeySource): Uint8Array | undefined => {
  if (source.keyText !== undefined) return undefined
  const text = readText("key", nextFile(source))
  return text === undefined ? undefined : parseKey(text, nextFile(source))
}

/** Makes the key that waits the key of the workspace. */
export const adoptNextKey = (source: KeySource): void =>
  onFile("key", source.keyFile, () => {
    renameSync(nextFile(source), source.keyFile)
    force(dirname(source.keyFile))
  })

/** The error of a state whose key is gone. */
export const missingKey = (keyFile: string): StateError =>
  new StateError({
    reason: "MissingKey",
    operation: "key",
    detail: `the state has a key, but ${keyFile} is missing and AMENDS_KEY is not set`,
    hint: "Put the key back from where it is kept; if it is lost, `amends key reset` re-reads what it can."
  })

/** The error of a key that is not the one the state was sealed under. */
export const wrongKey = (source: KeySource): StateError =>
  new StateError({
    reason: "WrongKey",
    operation: "key",
    detail: `${source.keyText === undefined ? source.keyFile : "AMENDS_KEY"} is not the key of this state`,
    hint: "Use the key this state was made with; nothing was changed. If it is lost, `amends key reset` gives the " +
      "state a new one and re-reads what it can."
  })
