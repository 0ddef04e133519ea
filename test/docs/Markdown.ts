/**
 * The project's papers as tests see them: their headings, links, tables and fenced blocks.
 *
 * A block fenced as `sh` is a promise that it runs, and `Runnable.test.ts` keeps it; what only shows something is
 * fenced as `text`, or in its own language.
 */
import { readdirSync, readFileSync } from "node:fs"
import { dirname, posix } from "node:path"
import { fileURLToPath } from "node:url"

/** The root of the project. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** A fenced block. */
export interface Block {
  readonly language: string
  /** The line of the opening fence, from 1. */
  readonly line: number
  readonly text: string
}

/** One paper. */
export interface Paper {
  /** From the root of the project, with slashes. */
  readonly path: string
  readonly text: string
  readonly blocks: ReadonlyArray<Block>
  /** The text without fenced blocks, so that what they show is not taken for links, headings or tables. */
  readonly prose: string
}

const fence = /^```(\w*)\n([\s\S]*?)^```$/gm

const blocksOf = (text: string): ReadonlyArray<Block> =>
  [...text.matchAll(fence)].map((match) => ({
    language: match[1] ?? "",
    line: text.slice(0, match.index).split("\n").length,
    text: match[2] ?? ""
  }))

/** Reads a paper. */
export const paper = (path: string): Paper => {
  const text = readFileSync(`${root}/${path}`, "utf8")
  return { path, text, blocks: blocksOf(text), prose: text.replaceAll(fence, "") }
}

const markdownIn = (folder: string): ReadonlyArray<string> =>
  readdirSync(`${root}/${folder}`, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".md"))
    .map((entry) => posix.join(entry.parentPath.slice(root.length + 1).replaceAll("\\", "/"), entry.name))
    .sort()

/** Every paper: those at the root, and everything under docs. */
export const papers = (): ReadonlyArray<Paper> =>
  [
    ...readdirSync(root).filter((name) => name.endsWith(".md")).sort(),
    ...markdownIn("docs")
  ].map(paper)

/** The cells of every table row in a text, separators and headers left out. */
export const tableRows = (text: string): ReadonlyArray<ReadonlyArray<string>> => {
  const lines = text.split("\n")
  const isRow = (line: string | undefined): boolean => line?.startsWith("|") === true
  const isRule = (line: string | undefined): boolean => /^\|[\s|:-]+\|$/.test(line ?? "")
  return lines
    .filter((line, at) => isRow(line) && !isRule(line) && !isRule(lines[at + 1]))
    .map((line) => line.slice(1, -1).split(/(?<!\\)\|/).map((cell) => cell.trim()))
}

/** The part of a text under a heading, up to the next one of that depth or above. */
export const section = (text: string, heading: string): string => {
  const lines = text.split("\n")
  const start = lines.findIndex((line) => /^#+ /.test(line) && line.replace(/^#+ /, "") === heading)
  if (start < 0) return ""
  const depth = lines[start]?.match(/^#+/)?.[0].length ?? 1
  const length = lines.slice(start + 1).findIndex((line) => (line.match(/^(#+) /)?.[1]?.length ?? 9) <= depth)
  return lines.slice(start, length < 0 ? undefined : start + 1 + length).join("\n")
}

/** The anchors of a paper's headings, as GitHub makes them. */
export const anchorsOf = ({ prose }: Paper): ReadonlySet<string> =>
  new Set(
    [...prose.matchAll(/^#+ (.+)$/gm)].map((match) =>
      (match[1] ?? "").toLowerCase().replaceAll(/[^\p{L}\p{N}\s_-]/gu, "").trim().replaceAll(/\s/g, "-")
    )
  )
