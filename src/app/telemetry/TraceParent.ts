/**
 * The trace that whoever started us is in: the W3C trace context in TRACEPARENT, `00-TRACE-SPAN-FLAGS`.
 *
 * What is not well-formed is no parent, as the recommendation asks: a trace of our own is begun then.
 */
import { Tracer } from "effect"

const shape = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/

/** Reads a parent; nothing where there is none. */
export const parseTraceParent = (text: string | undefined): Tracer.ExternalSpan | undefined => {
  const [, version = "", traceId = "", spanId = "", flags = "", more] = shape.exec(text?.trim() ?? "") ?? []
  const isVersion = version !== "" && version !== "ff" && (version !== "00" || more === undefined)
  if (!isVersion || /^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined
  return Tracer.externalSpan({ traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 })
}
