/**
 * One request on the wire and its answer, as undici reports them.
 *
 * What counts is the moment `onRequestStart`: undici calls it right before it writes the first byte, and writes nothing
 * when the request is aborted there. A failure before it was surely not sent; any later one may have been applied.
 * Settles exactly once; what undici says afterwards is ignored.
 */
import type { Dispatcher } from "undici"
import { textOf } from "./Coding.ts"

/** Headers of an answer, names in lower case. */
export type Headers = Readonly<Record<string, string | ReadonlyArray<string> | undefined>>

/** An answer that was read in full. */
export interface Answered {
  readonly _tag: "answered"
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** No answer, or not all of it. */
export interface Failed {
  readonly _tag: "failed"
  /** Whether a byte may have been sent. */
  readonly sent: boolean
  /** The status, where one was read; else 0. */
  readonly status: number
  /** What became of the body: cut short, or larger than is read. */
  readonly body: "cut" | "huge"
  readonly headers: Headers
  readonly detail: string
}

/** How an exchange ends. */
export type Settle = (outcome: Answered | Failed) => void

const noHeaders: Headers = {}

const ignored: Settle = () => undefined

const bytesOf = (chunks: ReadonlyArray<Buffer>): Buffer => {
  const [first] = chunks
  return first !== undefined && chunks.length === 1 ? first : Buffer.concat(chunks)
}

const describe = (error: Error): string => {
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined
  const words = error.message === "" ? code ?? error.name : error.message
  return code === undefined || words.includes(code) ? words : `${words} (${code})`
}

export class Exchange implements Dispatcher.DispatchHandler {
  /** When it expires, on the transport's clock; milliseconds. */
  readonly deadline: number
  readonly #bytesMax: number
  readonly #chunks: Array<Buffer> = []
  #settle: Settle
  #controller: Dispatcher.DispatchController | undefined
  #status = 0
  #headers = noHeaders
  #bytes = 0

  constructor(deadline: number, bytesMax: number, settle: Settle) {
    this.deadline = deadline
    this.#bytesMax = bytesMax
    this.#settle = settle
  }

  /** Fails it: its time of `afterMs` is over. */
  expire(afterMs: number): void {
    const what = this.#controller === undefined ? "no connection" : "no whole answer"
    this.#fail("cut", `${what} within ${afterMs} ms`)
    this.#abort()
  }

  /** Nobody awaits it any more: aborts without settling, and keeps a request that still waits from being sent. */
  abandon(): void {
    this.#settle = ignored
    this.#abort()
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#settle === ignored) this.#abort()
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: Headers): void {
    if (status < 200) return
    this.#status = status
    this.#headers = headers
    if (Number(headers["content-length"] ?? 0) > this.#bytesMax) this.#tooLarge()
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length
    if (this.#bytes > this.#bytesMax) this.#tooLarge()
    else this.#chunks.push(chunk)
  }

  onResponseEnd(_: Dispatcher.DispatchController, trailers: Headers): void {
    // Who hashes what is being written knows the hash at its end.
    const { etag } = trailers
    if (etag !== undefined) this.#headers = { etag, ...this.#headers }
    const text = textOf(bytesOf(this.#chunks), String(this.#headers["content-encoding"] ?? ""), this.#bytesMax)
    if (text === undefined) this.#tooLarge()
    else this.#end({ _tag: "answered", status: this.#status, headers: this.#headers, text })
  }

  onResponseError(_: Dispatcher.DispatchController | null, error: Error): void {
    this.#fail("cut", describe(error))
  }

  #tooLarge(): void {
    this.#fail("huge", `the answer is larger than ${this.#bytesMax} bytes`)
    this.#abort()
  }

  #abort(): void {
    this.#chunks.length = 0
    this.#controller?.abort(new Error("aborted"))
  }

  #fail(body: Failed["body"], detail: string): void {
    const sent = this.#controller !== undefined
    this.#end({ _tag: "failed", sent, status: this.#status, body, headers: this.#headers, detail })
  }

  #end(outcome: Answered | Failed): void {
    const settle = this.#settle
    this.#settle = ignored
    settle(outcome)
  }
}
