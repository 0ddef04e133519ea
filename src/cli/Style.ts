/**
 * Colours of the terminal, or none of them. A colour is never the only sign of anything: the symbol or the word beside
 * it says the same.
 */

/** The colours that are used; each stands for one meaning everywhere. */
export type Colour = "green" | "yellow" | "red" | "cyan" | "dim" | "bold"

/** Puts a colour on a text, or leaves it as it is. */
export type Paint = (colour: Colour, text: string) => string

const codes: { readonly [C in Colour]: readonly [on: number, off: number] } = {
  green: [32, 39],
  yellow: [33, 39],
  red: [31, 39],
  cyan: [36, 39],
  dim: [2, 22],
  bold: [1, 22]
}

/** Leaves every text as it is. */
export const colourless: Paint = (_, text) => text

/** Colours by the escape codes that every terminal knows. */
export const coloured: Paint = (colour, text) => {
  const [on, off] = codes[colour]
  return `\u001B[${on}m${text}\u001B[${off}m`
}
