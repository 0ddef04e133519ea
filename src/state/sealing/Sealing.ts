/**
 * The Sealer under one key: what is secret by path or by value leaves memory sealed, and comes back by opening.
 *
 * An object whose own content could be taken for a seal, or one of whose keys gives a secret away, is sealed whole; so
 * opening always answers exactly what was sealed. Sealing is deterministic for the secrets learned so far.
 */
import { Effect, Layer } from "effect"
import { createHmac } from "node:crypto"
import { canonicalInto, type Document, isArray, isObject, type Json, type JsonObject } from "../../domain/Document.ts"
import type { Digest } from "../../domain/Ids.ts"
import { parsePointer, type Path } from "../../domain/Pointer.ts"
import { asSealed, type SealedDocument, sealMark } from "../../domain/Sealed.ts"
import { Sealer } from "../Sealer.ts"
import { StateError } from "../StateError.ts"
import { fileFailure } from "../storage/FileFailure.ts"
import { mapItems, mapMembers } from "./Kept.ts"
import { type Keys, keysOf } from "./Key.ts"
import { freshKey, type KeySource, readKey, readOrMakeKey } from "./KeyFile.ts"
import { openLeaf, sealedTextOf, sealLeaf } from "./Leaf.ts"
import { SecretIndex, sensitive } from "./SecretIndex.ts"

interface Sealing {
  readonly keys: Keys
  /** Keys that were in use before; they only open. */
  readonly old: ReadonlyArray<Keys>
  readonly secrets: SecretIndex
}

/** The sensitive patterns that still lead to, or cover, a place of the document at some depth. */
type Patterns = ReadonlyArray<Path>

const none: Patterns = []

const covers = (pattern: Path, depth: number): boolean => pattern.length <= depth

/** The patterns that go on at a member; allocates only where there are some, for most members have none. */
const below = (patterns: Patterns, depth: number, segment: string): Patterns => {
  let left = none
  for (const pattern of patterns) {
    const at = pattern[depth]
    if (at === undefined || at === "*" || at === segment) left = [...left, pattern]
  }
  return left
}

const isSecretScalar = (secrets: SecretIndex, value: Json): boolean =>
  typeof value === "string" ? secrets.isIn(value) : typeof value === "number" && secrets.has(String(value))

const mustSealWhole = (secrets: SecretIndex, value: JsonObject): boolean =>
  Object.hasOwn(value, sealMark) || Object.keys(value).some((key) => secrets.isIn(key))

/** A place in the document that is being sealed. */
interface Place {
  readonly patterns: Patterns
  readonly depth: number
}

const placeBelow = ({ patterns, depth }: Place, segment: string): Place => ({
  patterns: patterns.length === 0 ? none : below(patterns, depth, segment),
  depth: depth + 1
})

const sealAt = (sealing: Sealing, value: Json, place: Place): Json => {
  if (isArray(value)) {
    return mapItems(value, (item, index) => sealAt(sealing, item, placeBelow(place, String(index))))
  }
  if (isObject(value)) {
    if (mustSealWhole(sealing.secrets, value)) return sealLeaf(sealing.keys, value)
    return mapMembers(value, (member, key) => sealAt(sealing, member, placeBelow(place, key)))
  }
  const covered = place.patterns.some((pattern) => covers(pattern, place.depth))
  return covered || isSecretScalar(sealing.secrets, value) ? sealLeaf(sealing.keys, value) : value
}

const learnAll = (secrets: SecretIndex, value: Json): void => {
  if (typeof value === "string") secrets.learn(value)
  else if (isArray(value)) { for (const item of value) learnAll(secrets, item) }
  else if (isObject(value)) { for (const member of Object.values(value)) learnAll(secrets, member) }
}

/** Opens under the key in use, else under those before it: nothing in a sealed text says which. */
const openUnder = ({ keys, old }: Sealing, sealed: string): Json => {
  for (const candidate of [keys, ...old].slice(0, -1)) {
    try {
      return openLeaf(candidate, sealed)
    } catch {
      continue
    }
  }
  return openLeaf(old.at(-1) ?? keys, sealed)
}

const openAt = (sealing: Sealing, value: Json): Json => {
  const sealed = sealedTextOf(value)
  if (sealed !== undefined) {
    const opened = openUnder(sealing, sealed)
    learnAll(sealing.secrets, opened)
    return opened
  }
  if (isArray(value)) return mapItems(value, (item) => openAt(sealing, item))
  return isObject(value) ? mapMembers(value, (member) => openAt(sealing, member)) : value
}

const maskAt = (secrets: SecretIndex, value: Json): Json => {
  if (typeof value === "string") return secrets.redact(value)
  if (isArray(value)) return mapItems(value, (item) => maskAt(secrets, item))
  if (!isObject(value)) return isSecretScalar(secrets, value) ? sensitive : value
  const isSecret = sealedTextOf(value) !== undefined || Object.keys(value).some((key) => secrets.isIn(key))
  return isSecret ? sensitive : mapMembers(value, (member) => maskAt(secrets, member))
}

const unopened = new StateError({
  reason: "WrongKey",
  operation: "open",
  detail: "a sealed value does not open: it was sealed under another key, or changed since",
  hint: "Use the key this state was made with; `amends audit verify` tells whether the journal was changed."
})

const open = (sealing: Sealing, sealed: SealedDocument): Effect.Effect<Document, StateError> =>
  Effect.try({
    try: () => {
      const opened = openAt(sealing, sealed)
      return isObject(opened) ? opened : {}
    },
    catch: () => unopened
  })

/** Characters that are digested at once. */
const digestPortion = 64 * 1024

/** HMAC of a value under the keys: of its canonical text, in portions where that is long. */
export const digestUnder = (keys: Keys, value: Json): Digest => {
  const hmac = createHmac("sha256", keys.digest)
  let text = ""
  canonicalInto(value, (more) => {
    text += more
    if (text.length < digestPortion) return
    hmac.update(text)
    text = ""
  })
  return `hmac:${hmac.update(text).digest("hex")}`
}

/** Makes the Sealer of a key; what was sealed under the old ones opens as well. */
export const makeSealer = (keys: Keys, old: ReadonlyArray<Keys> = []): Sealer["Service"] => {
  const sealing: Sealing = { keys, old, secrets: new SecretIndex() }
  return {
    learn: (values) => values.forEach((value) => sealing.secrets.learn(value)),
    seal: (document, patterns) => {
      const sealed = sealAt(sealing, document, { patterns: patterns.map(parsePointer), depth: 0 })
      return asSealed(isObject(sealed) ? sealed : {})
    },
    open: (sealed) => open(sealing, sealed),
    digest: (value) => digestUnder(keys, value),
    redact: (text) => sealing.secrets.redact(text),
    mask: (document) => maskAt(sealing.secrets, document)
  }
}

/**
 * A Sealer without a state, for verbs that need none: under the workspace's key where there is one, else under a new
 * one, which is kept only with `make`. No check value is consulted: binding the state's layer does that.
 */
export const layerSealer = (options: KeySource & { readonly make: boolean }): Layer.Layer<Sealer, StateError> =>
  Layer.effect(
    Sealer,
    Effect.try({
      try: () => makeSealer(keysOf(options.make ? readOrMakeKey(options) : readKey(options) ?? freshKey())),
      catch: (cause) => fileFailure("key", options.keyFile, cause)
    })
  )
