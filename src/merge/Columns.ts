/**
 * Texts in columns of a terminal: how wide they are, where they wrap, and what must not reach the terminal as it is.
 *
 * Control characters and those that turn the direction of writing are shown by their number, so that content can
 * neither move the cursor nor look like something else.
 */

const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" })

/** What takes two columns: letters of East Asia, and pictures. */
const wideLetter = /[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uA960-\uA97F\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F]/u
const widePicture = /[\uFF00-\uFF60\uFFE0-\uFFE6\u{1F1E6}-\u{1F1FF}\u{1F300}-\u{1FAFF}\u{20000}-\u{3FFFD}]/u

const isWide = (grapheme: string): boolean =>
  wideLetter.test(grapheme) || widePicture.test(grapheme) || grapheme.includes("\uFE0F")

const hidden = /[\p{Cc}\p{Zl}\p{Zp}\u061C\u200B-\u200F\u202A-\u202E\u2060-\u2064\u2066-\u2069\uFEFF]/gu

/** A text as it may be shown: tabs as blanks, and what does not show by its number. */
export const visible = (text: string): string =>
  text.replaceAll("\t", "  ").replaceAll(
    hidden,
    (sign) => sign === "\u200D" ? sign : `\\u{${(sign.codePointAt(0) ?? 0).toString(16)}}`
  )

const columnsOf = (grapheme: string): number => /^\p{M}+$/u.test(grapheme) ? 0 : isWide(grapheme) ? 2 : 1

/** How many columns a text takes. */
export const widthOf = (text: string): number => {
  if (/^[\u0020-\u007E]*$/.test(text)) return text.length
  let width = 0
  for (const { segment } of segmenter.segment(text)) width += columnsOf(segment)
  return width
}

/** A text with blanks behind it, as wide as asked. */
export const padded = (text: string, width: number): string => text + " ".repeat(Math.max(0, width - widthOf(text)))

/** A piece of a line that is shown in one way. */
export interface Piece<S> {
  readonly text: string
  readonly style: S
}

/** Cuts a line of pieces into rows of a width, between graphemes; an empty line is one row. */
export const wrapped = <S>(line: ReadonlyArray<Piece<S>>, width: number): ReadonlyArray<ReadonlyArray<Piece<S>>> => {
  const rows: Array<Array<Piece<S>>> = [[]]
  let used = 0
  for (const { text, style } of line) {
    let part = ""
    const put = (): void => {
      if (part !== "") rows.at(-1)?.push({ text: part, style })
      part = ""
    }
    for (const { segment } of segmenter.segment(text)) {
      const columns = columnsOf(segment)
      if (used + columns > width && used > 0) {
        put()
        rows.push([])
        used = 0
      }
      part += segment
      used += columns
    }
    put()
  }
  return rows
}
