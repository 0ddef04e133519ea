/**
 * All documents of a list, page by page, however the API goes on: by offset, number, cursor, or address.
 *
 * A page that is skipped is a resource that is created twice. So a list is over when a page brings nothing new and not
 * when one is short, since servers cap how many they give. By offset each page begins with the last resource of the
 * page before: where it does not, the collection moved meanwhile, and the list starts over.
 */
import { Effect } from "effect"
import type { Document, Json } from "../../domain/Document.ts"
import { Limits } from "../../domain/Limits.ts"
import { getAt, parsePointer } from "../../domain/Pointer.ts"
import type { Reply, Request } from "../http/Client.ts"
import type { PagesDescription } from "../KindDescription.ts"
import type { ProviderError } from "../ProviderError.ts"
import { documentOf, idOf, isAbsent, isNameless } from "./Answers.ts"
import { addressAt, ask, documentsAt, malformed, pathBelow, type Wire } from "./Asking.ts"
import type { Described, DescribedCall } from "./Described.ts"
import { scalarText } from "./Template.ts"

/** What a list is asked with. */
export interface Listing {
  readonly wire: Wire
  readonly described: Described
  readonly call: DescribedCall
  /** Fields that every document of the list has. */
  readonly known: Document
  /** Makes the request with further parameters. */
  readonly request: (more: ReadonlyArray<readonly [string, string]>) => Request
}

/** What a list holds, by id: what the answer said, and the document made of it. */
export type Found = Map<string, { readonly raw: Document; readonly document: Document }>

interface Page {
  readonly found: Found
  /** What the server calls the last one on it; absent where the page is empty. */
  readonly last?: string
  /** Of everything on the page, also of what stands for nothing there. */
  readonly ids: ReadonlyArray<string>
  readonly reply: Reply
}

/** What was read of a list so far. */
interface Pass {
  readonly all: Found
  readonly ids: Set<string>
}

const restartsMax = 5

const ownIdOf = ({ naming: { fields, serverId } }: Described, raw: Document): Pick<Page, "last"> => {
  const last = scalarText(getAt(raw, serverId ?? fields.at(-1) ?? []))
  return last === undefined ? {} : { last }
}

const pageOf = Effect.fnUntraced(function*(listing: Listing, request: Request) {
  const { call, described, known, wire } = listing
  const reply = yield* ask(wire, described, request)
  const items = documentsAt(reply.json, call.answer === "none" ? [] : call.answer, described.keys)
  if (items === undefined)
    return yield* malformed(wire, request, "the answer holds no list of documents where `items` says")
  const found: Found = new Map()
  const ids: Array<string> = []
  const last = items.at(-1)
  for (const raw of items) {
    const document = documentOf(described, raw, { document: known })
    const id = idOf(described, raw, document)
    if (id === undefined && !isNameless(described, document)) {
      return yield* malformed(wire, request, "a document in the list has no id")
    }
    ids.push(id ?? "")
    if (id !== undefined && !isAbsent(described, raw)) found.set(id, { raw, document })
  }
  return { found, ids, reply, ...(last === undefined ? {} : ownIdOf(described, last)) }
})

const newPass = (): Pass => ({ all: new Map(), ids: new Set() })

/** Takes over what is new; tells whether there was any. */
const isFresh = ({ all, ids }: Pass, page: Page): boolean => {
  const before = ids.size
  for (const id of page.ids) ids.add(id)
  for (const [id, one] of page.found) if (!all.has(id)) all.set(id, one)
  return ids.size > before
}

const sized = (
  { limit, size }: { readonly limit?: string; readonly size?: number }
): ReadonlyArray<readonly [string, string]> => limit === undefined ? [] : [[limit, String(size ?? Limits.listPageSize)]]

type Pages<K extends string> = Extract<PagesDescription, { readonly [Key in K]: string }>

const tooMany = ({ described, request, wire }: Listing): Effect.Effect<never, ProviderError> =>
  Effect.fail(
    malformed(wire, request([]), `the list of ${described.kind.name} goes on after ${Limits.listPagesMax} pages`)
  )

/** One pass by offset; `undefined` where the collection moved meanwhile. */
const passByOffset = Effect.fnUntraced(function*(listing: Listing, pages: Pages<"offset">) {
  const pass = newPass()
  let last: Page | undefined
  let [seen, largest] = [0, 0]
  for (let n = 0; n < Limits.listPagesMax; n++) {
    // A server whose pages hold one would answer the anchor for ever: then go on without it.
    const anchor = largest > 1 ? last?.ids.at(-1) : undefined
    const offset = anchor === undefined ? seen : seen - 1
    const page: Page = yield* pageOf(listing, listing.request([...sized(pages), [pages.offset, String(offset)]]))
    if (anchor !== undefined && !page.ids.includes(anchor)) return undefined
    if (!isFresh(pass, page)) return pass.all
    last = page
    seen = offset + page.ids.length
    largest = Math.max(largest, page.ids.length)
  }
  return yield* tooMany(listing)
})

const byOffset = Effect.fnUntraced(function*(listing: Listing, pages: Pages<"offset">) {
  for (let restart = 0; restart < restartsMax; restart++) {
    const all = yield* passByOffset(listing, pages)
    if (all !== undefined) return all
  }
  return yield* malformed(listing.wire, listing.request([]), "the list never stood still, or its order is not stable")
})

/** Past the last page some servers say that there is none. */
const orNone = (page: Effect.Effect<Page, ProviderError>): Effect.Effect<Page | undefined, ProviderError> =>
  Effect.catch(page, (error) => error.reason === "NotFound" ? Effect.succeed(undefined) : Effect.fail(error))

const byNumber = Effect.fnUntraced(function*(listing: Listing, pages: Pages<"page">) {
  const pass = newPass()
  const first = pages.first ?? 1
  for (let number = first; number < first + Limits.listPagesMax; number++) {
    const asked = pageOf(listing, listing.request([...sized(pages), [pages.page, String(number)]]))
    const page: Page | undefined = yield* number === first ? asked : orNone(asked)
    if (page === undefined || !isFresh(pass, page)) return pass.all
  }
  return yield* tooMany(listing)
})

/** Each page is asked for by the last one of the page before; one that brings nothing new is the end. */
const byLast = Effect.fnUntraced(function*(listing: Listing, pages: Pages<"after">) {
  const pass = newPass()
  let last: string | undefined
  for (let n = 0; n < Limits.listPagesMax; n++) {
    const at: ReadonlyArray<readonly [string, string]> = last === undefined ? [] : [[pages.after, last]]
    const page: Page = yield* pageOf(listing, listing.request([...sized(pages), ...at]))
    if (!isFresh(pass, page) || page.last === undefined) return pass.all
    last = page.last
  }
  return yield* tooMany(listing)
})

const cursorIn = (json: Json | undefined, at: string): string | undefined => {
  const cursor = getAt(json, parsePointer(at))
  return typeof cursor === "number" || (typeof cursor === "string" && cursor !== "") ? String(cursor) : undefined
}

const goesInCircles = ({ request, wire }: Listing): Effect.Effect<never, ProviderError> =>
  Effect.fail(malformed(wire, request([]), "the pages of the list go in a circle"))

const byCursor = Effect.fnUntraced(function*(listing: Listing, pages: Pages<"cursor">) {
  const pass = newPass()
  const seen = new Set<string>()
  let cursor: string | undefined
  for (let n = 0; n < Limits.listPagesMax; n++) {
    const at: ReadonlyArray<readonly [string, string]> = cursor === undefined ? [] : [[pages.cursor, cursor]]
    const page = yield* pageOf(listing, listing.request([...sized(pages), ...at]))
    isFresh(pass, page)
    cursor = cursorIn(page.reply.json, pages.at)
    if (cursor === undefined) return pass.all
    if (seen.has(cursor)) return yield* goesInCircles(listing)
    seen.add(cursor)
  }
  return yield* tooMany(listing)
})

/** The address with that relation in a header Link (RFC 8288). */
export const nextInLink = (header: string | ReadonlyArray<string> | undefined): string | undefined => {
  const texts = header === undefined ? [] : typeof header === "string" ? [header] : header
  for (
    const [, address, parameters = ""] of texts.join(", ").matchAll(
      /<([^>]*)>((?:\s*;\s*[^,;="]+(?:=(?:"[^"]*"|[^,;"]*))?)*)/g
    )
  ) {
    const [, quoted, bare] = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,]+))/i.exec(parameters) ?? []
    if ((quoted ?? bare ?? "").toLowerCase().split(/\s+/).includes("next")) return address
  }
  return undefined
}

const nextOf = (pages: "link" | Pages<"next">, { json, headers }: Reply): string | undefined =>
  pages === "link" ? nextInLink(headers["link"]) : addressAt(json, parsePointer(pages.next))

const byAddress = Effect.fnUntraced(function*(listing: Listing, pages: "link" | Pages<"next">) {
  const pass = newPass()
  const first = listing.request([])
  const seen = new Set([first.path])
  let path = first.path
  for (let n = 0; n < Limits.listPagesMax; n++) {
    const page = yield* pageOf(listing, { ...first, path })
    isFresh(pass, page)
    const address = nextOf(pages, page.reply)
    if (address === undefined) return pass.all
    const next = pathBelow(listing.wire, address, path)
    if (next === undefined)
      return yield* malformed(listing.wire, first, "the address of the next page leads out of baseUrl")
    if (seen.has(next)) return yield* goesInCircles(listing)
    seen.add(next)
    path = next
  }
  return yield* tooMany(listing)
})

/** Reads a list to its end. */
export const readList = (listing: Listing): Effect.Effect<Found, ProviderError> => {
  const { pages } = listing.described
  if (pages === undefined) return Effect.map(pageOf(listing, listing.request([])), ({ found }) => found)
  if (pages === "link" || "next" in pages) return byAddress(listing, pages)
  if ("offset" in pages) return byOffset(listing, pages)
  if ("after" in pages) return byLast(listing, pages)
  return "cursor" in pages ? byCursor(listing, pages) : byNumber(listing, pages)
}
