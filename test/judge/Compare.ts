/**
 * Compares our merge of three contents with that of `git merge-file`.
 */
import { execFile } from "node:child_process"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { mergeFile } from "../../src/merge/Merge.ts"

/** Three contents. */
export interface Contents {
  readonly base: Uint8Array
  readonly ours: Uint8Array
  readonly theirs: Uint8Array
}

/** What git makes of them; `undefined` where it refuses. */
type GitAnswer = { readonly isClean: boolean; readonly content: Buffer } | undefined

/**
 * How two answers relate. `endings`: they differ, but agree once line endings and byte order marks are set aside, which
 * we merge by themselves and git does not. `opaque`: at least one leaves the content as a whole to a person.
 */
export type Relation = "clean" | "conflict" | "verdict" | "bytes" | "endings" | "opaque"

/** Asks git; exit codes up to 127 are numbers of conflicts. */
const gitMerge = async (folder: string, { base, ours, theirs }: Contents): Promise<GitAnswer> => {
  await Promise.all(Object.entries({ base, ours, theirs }).map(([name, bytes]) => writeFile(join(folder, name), bytes)))
  return await new Promise((resolve, reject) => {
    const options = { cwd: folder, encoding: "buffer", maxBuffer: 2 ** 30 } as const
    const child = execFile("git", ["merge-file", "-p", "ours", "base", "theirs"], options, (error, content) => {
      if (child.exitCode === null) return reject(error ?? new Error("git merge-file was killed"))
      resolve(child.exitCode > 127 ? undefined : { isClean: child.exitCode === 0, content })
    })
  })
}

const normal = (bytes: Uint8Array): Uint8Array =>
  new TextEncoder().encode(new TextDecoder("utf-8").decode(bytes).replaceAll("\r\n", "\n"))

const relate = (git: GitAnswer, contents: Contents): Relation => {
  const ours = mergeFile({ path: "", ...contents })
  if (git === undefined || ours._tag === "opaque") return "opaque"
  if (git.isClean !== (ours._tag === "merged")) return "verdict"
  if (ours._tag !== "merged") return "conflict"
  return git.content.equals(ours.content) ? "clean" : "bytes"
}

/** Compares the two, in a folder of its own. */
export const compare = async (folder: string, contents: Contents): Promise<Relation> => {
  const relation = relate(await gitMerge(folder, contents), contents)
  if (relation !== "verdict" && relation !== "bytes") return relation
  const normals = { base: normal(contents.base), ours: normal(contents.ours), theirs: normal(contents.theirs) }
  const isSame = (["base", "ours", "theirs"] as const).every((name) => normals[name].length === contents[name].length)
  if (isSame) return relation
  const again = relate(await gitMerge(folder, normals), normals)
  return again === "clean" || again === "conflict" ? "endings" : relation
}
