/**
 * The values learned as secret, indexed so that a text is searched for all of them in one pass.
 *
 * Every form of a value has at least four characters. A rolling number of the last four characters is looked up in a
 * bitmap (two instructions a character); only where it is set are the forms that begin so compared. The cost of a text
 * thus does not grow with the number of secrets, which a workspace of a hundred thousand resources needs.
 */
import { Limits } from "../../domain/Limits.ts"
import { type Form, formsOf } from "./Forms.ts"

/** What secrets are replaced by. */
export const sensitive = "(sensitive)"

/** What a text that was cut off ends in. */
const cut = "…"
/** Lines of a value that are shorter are no secret by themselves: brackets and the like. */
const lineMin = 8

/** How wide the number is: few secrets need a small bitmap, which costs a process that holds none next to nothing. */
const bitsMin = 12
const bitsMax = 20
/** The bitmap has this many places for each beginning of a form, so that few other texts meet a set one. */
const placesPerForm = 256
const window = Limits.secretLengthMin

/**
 * Texts that were searched lately and hold no secret: the documents of a step share theirs. Comparing costs less than
 * searching where a text is neither short nor so long that keeping it would cost memory.
 */
const cleanSlots = 1 << 10
const cleanLengthMin = 64
const cleanLengthMax = 1 << 14

/** Where a text is kept: by its length and a few of its characters. */
const slotOf = (text: string): number => {
  const step = text.length >> 3
  let number = text.length
  for (let at = 0; at < text.length; at += step) number = (Math.imul(number, 31) + text.charCodeAt(at)) | 0
  for (let at = 0; at < window * 2; at++) number = (Math.imul(number, 31) + text.charCodeAt(at)) | 0
  return (number ^ (number >>> 10)) & (cleanSlots - 1)
}

/** Where the beginnings of forms are marked by their number. */
interface Bitmap {
  readonly marks: Uint8Array
  readonly mask: number
  /** After `window` shifts a character has left the number. */
  readonly shift: number
}

const bitmapOf = (bits: number, starts: Iterable<string>): Bitmap => {
  const bitmap = { marks: new Uint8Array(1 << bits), mask: (1 << bits) - 1, shift: Math.ceil(bits / window) }
  for (const start of starts) bitmap.marks[numberOf(bitmap, start)] = 1
  return bitmap
}

const numberOf = ({ mask, shift }: Bitmap, text: string): number => {
  let number = 0
  for (let at = 0; at < window; at++) number = ((number << shift) ^ text.charCodeAt(at)) & mask
  return number
}

interface Span {
  readonly from: number
  readonly to: number
}

const isBase64 = (text: string, at: number): boolean => /[A-Za-z0-9+/_=-]/.test(text.charAt(at))

/** The edges of an encoded value hold bits of it too, so the whole encoded word goes. */
const widened = (text: string, span: Span): Span => {
  let { from, to } = span
  while (from > 0 && isBase64(text, from - 1)) from--
  while (to < text.length && isBase64(text, to)) to++
  return { from, to }
}

/** Joins spans that touch; they come sorted by where they begin. */
const joined = (spans: ReadonlyArray<Span>): ReadonlyArray<Span> => {
  const result: Array<Span> = []
  for (const span of spans) {
    const last = result.at(-1)
    if (last !== undefined && span.from <= last.to) {
      result[result.length - 1] = { from: last.from, to: Math.max(last.to, span.to) }
    } else {
      result.push(span)
    }
  }
  return result
}

/** Learned values and the means to find them. It only grows: what was secret once stays so. */
export class SecretIndex {
  readonly #learned = new Set<string>()
  #bits = bitsMin
  #bitmap = bitmapOf(bitsMin, [])
  readonly #forms = new Map<string, Array<Form>>()
  readonly #clean: Array<string> = []
  #longest = 0

  /** Adds a value; one that is too short to be told from ordinary words is ignored. */
  learn(value: string): void {
    if (value.length < window || this.#learned.has(value)) return
    this.#learned.add(value)
    this.#clean.length = 0
    // A text may show one line of a value of several.
    const lines = value.split(/\r?\n/).filter((line) => line !== value && line.length >= lineMin)
    for (const form of [value, ...lines].flatMap(formsOf)) {
      const start = form.text.slice(0, window)
      this.#bitmap.marks[numberOf(this.#bitmap, start)] = 1
      this.#forms.set(start, [...(this.#forms.get(start) ?? []), form])
      this.#longest = Math.max(this.#longest, form.text.length)
    }
    this.#widen()
  }

  #widen(): void {
    const before = this.#bits
    while (this.#bits < bitsMax && this.#forms.size * placesPerForm > 1 << this.#bits) this.#bits += window
    if (this.#bits > before) this.#bitmap = bitmapOf(this.#bits, this.#forms.keys())
  }

  /** Tells whether a value itself was learned. */
  has(value: string): boolean {
    return this.#learned.has(value)
  }

  /** Tells whether a text holds a learned value in any of its forms. */
  isIn(text: string): boolean {
    if (this.#learned.size === 0 || text.length < window) return false
    if (text.length < cleanLengthMin || text.length > cleanLengthMax) return this.#find(text, 0) !== undefined
    const slot = slotOf(text)
    if (this.#clean[slot] === text) return false
    if (this.#find(text, 0) !== undefined) return true
    this.#clean[slot] = text
    return false
  }

  /** Replaces every learned value in a text, in any of its forms, also one that a text was cut off in. */
  redact(text: string): string {
    const whole = this.#redactWhole(text)
    return whole.endsWith(cut) ? this.#withoutCutOff(whole.slice(0, -cut.length)) + cut : whole
  }

  #redactWhole(text: string): string {
    if (!this.isIn(text)) return text
    let result = ""
    let done = 0
    for (const { from, to } of joined(this.#all(text))) {
      result += text.slice(done, from) + sensitive
      done = to
    }
    return result + text.slice(done)
  }

  /** Takes away the beginning of a learned value at the end of a text. */
  #withoutCutOff(text: string): string {
    for (let at = Math.max(0, text.length - this.#longest); at <= text.length - window; at++) {
      const rest = text.slice(at)
      const form = this.#forms.get(rest.slice(0, window))?.find((one) => one.text.startsWith(rest))
      if (form === undefined) continue
      const from = form.inBase64 ? widened(text, { from: at, to: text.length }).from : at
      return text.slice(0, from) + sensitive
    }
    return text
  }

  #all(text: string): ReadonlyArray<Span> {
    const spans: Array<Span> = []
    for (let found = this.#find(text, 0); found !== undefined; found = this.#find(text, found.at + 1)) {
      const span = { from: found.at, to: found.at + found.form.text.length }
      const last = spans.at(-1)
      // Widening the same encoded word again for each place in it would be quadratic.
      if (last !== undefined && span.to <= last.to) continue
      spans.push(found.form.inBase64 ? widened(text, span) : span)
    }
    return spans.sort((a, b) => a.from - b.from)
  }

  /** The first place from `start` on where a form begins, with the longest that does. */
  #find(text: string, start: number): { readonly at: number; readonly form: Form } | undefined {
    const { marks, mask, shift } = this.#bitmap
    let number = 0
    for (let end = start; end < text.length; end++) {
      number = ((number << shift) ^ text.charCodeAt(end)) & mask
      const at = end - window + 1
      if (at < start || marks[number] === 0) continue
      const form = this.#longestAt(text, at)
      if (form !== undefined) return { at, form }
    }
    return undefined
  }

  #longestAt(text: string, at: number): Form | undefined {
    const here = (this.#forms.get(text.slice(at, at + window)) ?? []).filter((form) => text.startsWith(form.text, at))
    return here.reduce<Form | undefined>(
      (longest, form) => longest !== undefined && longest.text.length >= form.text.length ? longest : form,
      undefined
    )
  }
}
