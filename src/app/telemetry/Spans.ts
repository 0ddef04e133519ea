/**
 * Spans as they leave the process: only those of docs/observability.md, and none with a text that is not ours.
 *
 * Functions of Effect name spans of their own; they stay inside, and their children hang below the span around them. A
 * span that failed says which error it was, never its message, which may hold a server's words.
 */
import { Cause, Context, Exit, Fiber, Option, Tracer } from "effect"
import type { Stretch } from "../../executor/Observer.ts"

/** What the names of our spans begin with. */
const ours = "amends"

/** A span that is not exported: whatever hangs below it hangs below its owner. */
class InnerSpan implements Tracer.Span {
  readonly _tag = "Span"
  readonly attributes: ReadonlyMap<string, unknown> = new Map()
  readonly links: ReadonlyArray<Tracer.SpanLink> = []
  readonly sampled: boolean
  readonly kind: Tracer.SpanKind
  readonly name: string
  readonly spanId: string
  readonly traceId: string
  readonly parent: Option.Option<Tracer.AnySpan>
  readonly annotations: Context.Context<never>
  readonly owner: Tracer.AnySpan
  status: Tracer.SpanStatus
  constructor(owner: Tracer.AnySpan, options: Parameters<Tracer.Tracer["span"]>[0]) {
    this.owner = owner
    this.name = options.name
    this.spanId = owner.spanId
    this.traceId = owner.traceId
    this.parent = options.parent
    this.annotations = options.annotations
    this.sampled = owner.sampled
    this.kind = options.kind
    this.status = { _tag: "Started", startTime: options.startTime }
  }
  end(endTime: bigint, exit: Exit.Exit<unknown, unknown>): void {
    this.status = { _tag: "Ended", startTime: this.status.startTime, endTime, exit }
  }
  attribute(): void {}
  event(): void {}
  addLinks(): void {}
}

const ownerOf = (span: Tracer.AnySpan): Tracer.AnySpan => span instanceof InnerSpan ? span.owner : span

const hasReason = (error: object): error is { readonly reason: string } =>
  "reason" in error && typeof error.reason === "string"

/** The name of an error: its tag, and which of its reasons. */
export const errorType = (cause: Cause.Cause<unknown>): string => {
  const error = Cause.squash(cause)
  if (typeof error !== "object" || error === null) return "Defect"
  const tag = "_tag" in error && typeof error._tag === "string" ? error._tag : "Defect"
  return hasReason(error) ? `${tag}.${error.reason}` : tag
}

const named = (type: string): Exit.Exit<never, Error> => {
  const error = new Error(type)
  error.name = type
  error.stack = type
  return Exit.fail(error)
}

/** How a span is said to have ended. */
const told = (span: Tracer.Span, exit: Exit.Exit<unknown, unknown>): Exit.Exit<unknown, unknown> => {
  const type = span.attributes.get("error.type")
  if (typeof type === "string") return named(type)
  return Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause) ? exit : named(errorType(exit.cause))
}

/** The tracer of a run, over the one that exports. */
export const tracerOver = (exporting: Tracer.Tracer): Tracer.Tracer =>
  Tracer.make({
    span: (options) => {
      if (!options.name.startsWith(ours)) {
        return Option.match(options.parent, {
          onNone: () => Tracer.nativeTracer.span(options),
          onSome: (parent) => new InnerSpan(ownerOf(parent), options)
        })
      }
      const span = exporting.span(options)
      const end = span.end.bind(span)
      span.end = (endTime, exit) => end(endTime, told(span, exit))
      return span
    }
  })

/** Notes something on the span of whatever runs right now. */
export const noteOnSpan = (attributes: { readonly [name: string]: unknown }): void => {
  const context = Fiber.getCurrent()?.context
  const current = context === undefined ? undefined : Context.getOrUndefined(context, Tracer.ParentSpan)
  if (current === undefined) return
  const span = ownerOf(current)
  if (span._tag !== "Span") return
  for (const [name, value] of Object.entries(attributes)) span.attribute(name, value)
}

/** What is known of a stretch of work. */
export const factsOf = ({ _tag, ...facts }: Stretch): { readonly [name: string]: unknown } => facts

/** The same under their names in a trace. */
export const spanAttributes = (facts: { readonly [name: string]: unknown }): Record<string, unknown> =>
  Object.fromEntries(Object.entries(facts).map(([name, value]) => [`${ours}.${name}`, value]))
