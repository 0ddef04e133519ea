/**
 * From what a resource file says of a file to the document that can be compared with one: whichever way the content is
 * given, the same bytes come to the same members, and a large content is put into the store right now, so that a plan
 * stays what it was when its source changes.
 */
import { Clock, Effect } from "effect"
import { constants, type FileHandle, open, realpath } from "node:fs/promises"
import { isAbsolute, relative, resolve, sep } from "node:path"
import { type Json, type JsonObject } from "../../domain/Document.ts"
import { Limits } from "../../domain/Limits.ts"
import { isUnknown, type Template } from "../../domain/Template.ts"
import type { Declaration, Intake, IntakeMistake } from "../Intake.ts"
import { bytesOf, contentFields } from "./Content.ts"
import type { DiskStore } from "./DiskStore.ts"
import { faultOf } from "./FilePath.ts"
import { type Bytes, readBytes } from "./Pieces.ts"
import { codeOf, isMissing, troubleOf } from "./Trouble.ts"

/** Where declarations are taken in. */
export interface Taking {
  readonly store: DiskStore
  /** The workspace, where sources are. */
  readonly workspace: string
  readonly contents: "plain" | "sensitive"
}

interface TakingNow extends Taking {
  /** Milliseconds since the epoch. */
  readonly now: number
}

const ways = ["content", "base64", "source"] as const

const mistake = (path: string, detail: string, hint: string): IntakeMistake => ({ path, detail, hint })

const isBase64 = (text: string): boolean =>
  Buffer.from(text, "base64").toString("base64") === text.replaceAll(/\s/g, "")

const whyNot = (error: unknown): string => isMissing(error) ? "there is no such file" : troubleOf(error).detail

const isInside = (directory: string, path: string): boolean => {
  const way = relative(directory, path)
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

type Read = { readonly bytes: Bytes } | { readonly mistake: IntakeMistake }

/** Most sources are small or were kept before: only one that is neither is copied. */
const keeping = async ({ now, store }: TakingNow, handle: FileHandle): Promise<Bytes> => {
  const seen = await readBytes(handle)
  if (seen.inline !== undefined) return seen
  if ((await store.size(seen.digest)) !== undefined) {
    await store.touch(seen.digest, now)
    return seen
  }
  const writer = await store.writer()
  try {
    const bytes = await readBytes(handle, writer.write)
    await writer.keep(bytes.digest)
    return bytes
  } finally {
    await writer.close()
  }
}

const fromSource = async (taking: TakingNow, source: string): Promise<Read> => {
  const where = "/source"
  try {
    const [root, path] = [await realpath(taking.workspace), await realpath(resolve(taking.workspace, source))]
    if (!isInside(root, path)) {
      return { mistake: mistake(where, "lies outside the workspace", "name a file inside it, without .. and links") }
    }
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      if (!(await handle.stat()).isFile()) return { mistake: mistake(where, "is no ordinary file", "name a file") }
      return { bytes: await keeping(taking, handle) }
    } finally {
      await handle.close()
    }
  } catch (error) {
    return { mistake: mistake(where, `cannot be read: ${whyNot(error)}`, "check its path, rights and size") }
  }
}

/** A content that stands in the resource's own file. */
const fromText = async (taking: TakingNow, given: Buffer, where: string, isSecret: boolean): Promise<Read> => {
  const bytes = bytesOf(given)
  if (bytes.inline !== undefined) return { bytes }
  if (isSecret) {
    const detail = `is secret and larger than ${Limits.managedInlineBytesMax} bytes`
    return {
      mistake: mistake(where, detail, "secret content is kept in the sealed state alone, and has to be smaller")
    }
  }
  const writer = await taking.store.writer()
  try {
    await writer.write(given)
    await writer.keep(bytes.digest)
  } finally {
    await writer.close()
  }
  return { bytes }
}

interface Given {
  readonly member: typeof ways[number]
  readonly value: Json
}

const unknown = ({ member }: Given): Read => ({
  mistake: mistake(`/${member}`, "cannot hold a reference to another resource", "only path, content and mode can")
})

const readGiven = (taking: TakingNow, given: Given, isSecret: boolean): Promise<Read> | Read => {
  const { member, value } = given
  const where = `/${member}`
  if (typeof value !== "string") return unknown(given)
  if (member === "source") return fromSource(taking, value)
  if (member === "content") {
    const isText = value.isWellFormed()
    const wrong = mistake(where, "holds half of a character", "write such content as base64")
    return isText ? fromText(taking, Buffer.from(value), where, isSecret) : { mistake: wrong }
  }
  if (!isBase64(value)) return { mistake: mistake(where, "is no base64", "encode it with: base64 -w0 FILE") }
  return fromText(taking, Buffer.from(value, "base64"), where, isSecret)
}

const modeOf = ({ mode }: Template): JsonObject =>
  typeof mode === "string" ? { mode: mode.padStart(4, "0") } : mode === undefined ? {} : { mode }

/** A file that its owner cannot read could be neither compared nor taken back. */
const ownerReads = 0o400

const modeMistakes = ({ mode }: Template): ReadonlyArray<IntakeMistake> =>
  typeof mode === "string" && /^[0-7]+$/.test(mode) && (Number.parseInt(mode, 8) & ownerReads) === 0
    ? [mistake("/mode", "keeps its owner from reading it", "begin with 4, 5, 6 or 7, as in \"0600\"")]
    : []

const pathMistakes = ({ path }: Template): ReadonlyArray<IntakeMistake> => {
  const fault = typeof path === "string" ? faultOf(path) : undefined
  return fault === undefined ? [] : [mistake("/path", fault, "write it from the root of the provider, as in etc/motd")]
}

const givenIn = (spec: Template): ReadonlyArray<Given> =>
  ways.flatMap((member) => {
    const value = spec[member]
    return value === undefined ? [] : [{ member, value }]
  })

const secretsOf = (fields: JsonObject): ReadonlyArray<string> =>
  Object.values(fields).filter((value) => typeof value === "string")

const taken = async (taking: TakingNow, declaration: Declaration): Promise<Intake> => {
  const { secretPaths, spec } = declaration
  const wrong = [...pathMistakes(spec), ...modeMistakes(spec)]
  const [given, second] = givenIn(spec)
  const as = (more: Partial<Intake>): Intake => ({ spec, secretPaths, secrets: [], mistakes: wrong, ...more })
  if (second !== undefined) {
    const more = mistake(`/${second.member}`, "says the content a second time", `keep one of ${ways.join(", ")}`)
    return as({ mistakes: [...wrong, more] })
  }
  const { base64: _, content: __, source: ___, ...rest } = spec
  const plain = { ...rest, ...modeOf(spec) }
  // What it comes to is known once the references in it are filled; then it is a text.
  if (given === undefined || (given.member === "content" && isUnknown(given.value))) {
    return as({ spec: given === undefined ? plain : { ...plain, content: given.value } })
  }
  const isSecret = secretPaths.includes(`/${given.member}`)
  const read = await readGiven(taking, given, isSecret || taking.contents === "sensitive")
  if ("mistake" in read) return as({ mistakes: [...wrong, read.mistake] })
  const fields = contentFields(read.bytes)
  return as({
    spec: { ...plain, ...fields },
    secretPaths: isSecret && given.member !== "source" ? [...secretPaths, "/content", "/base64"] : secretPaths,
    secrets: isSecret && given.member !== "source" ? secretsOf(fields) : []
  })
}

/** Takes in a declaration of a file. */
export const takeIn = (taking: Taking, declaration: Declaration): Effect.Effect<Intake> =>
  Effect.flatMap(
    Clock.currentTimeMillis,
    (now) =>
      Effect.promise(() =>
        taken({ ...taking, now }, declaration).catch((error: unknown): Intake => ({
          ...declaration,
          secrets: [],
          mistakes: [mistake("", `cannot be taken in: ${codeOf(error)}`, `check the directory ${taking.store.path}`)]
        }))
      )
  )
