/**
 * The same requests without an engine: read and write each resource, over undici, with a body of the same size. The
 * answer of a write is the whole resource, so neither this nor the engine reads back.
 */
import { Pool } from "undici"
import { type Cost, costSince } from "./figures.ts"
import { concurrency, description } from "./workspace.ts"

const headers = {
  "x-client-id": "sandbox",
  "x-client-secret": "sandbox-secret",
  "content-type": "application/json"
}

/** What the provider asks for at once. */
const pageSize = 500

/** What the loop writes: ids from 1 on, as they are in a round. */
export interface Looping {
  readonly url: string
  readonly resources: number
  readonly round: number
}

/** Makes a watchlist of each. */
export const seed = async ({ specs, url }: { readonly url: string; readonly specs: ReadonlyArray<object> }) => {
  const pool = new Pool(url, { connections: concurrency })
  const queue = specs.values()
  const worker = async () => {
    for (const spec of queue) {
      const answer = await pool.request({ method: "POST", path: "/watchlists", headers, body: JSON.stringify(spec) })
      await answer.body.dump()
    }
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
  await pool.close()
}

/** The calls of a listing, one after the other as they have to be, read to their end and not looked at. */
export const listAlone = async (
  { resources, url }: { readonly url: string; readonly resources: number }
): Promise<Cost> => {
  const pool = new Pool(url, { connections: 1 })
  const since = costSince()
  for (let offset = 0; offset <= resources; offset += pageSize - 1) {
    const path = `/watchlists?limit=${pageSize}&offset=${offset}&sort=id&order=asc`
    const answer = await pool.request({ method: "GET", path, headers })
    await answer.body.text()
  }
  const cost = since()
  await pool.close()
  return cost
}

/** Reads and writes each resource once. */
export const rawLoop = async ({ resources, round, url }: Looping): Promise<Cost> => {
  const pool = new Pool(url, { connections: concurrency })
  const send = async (method: "GET" | "PATCH", path: string, body?: string) => {
    const answer = await pool.request({ method, path, headers, ...(body === undefined ? {} : { body }) })
    if (answer.statusCode !== 200) throw new Error(`${method} ${path}: ${answer.statusCode}`)
    return await answer.body.json()
  }
  const queue = Array.from({ length: resources }, (_, index) => index + 1).values()
  const worker = async () => {
    for (const id of queue) {
      await send("GET", `/watchlists/${id}`)
      await send("PATCH", `/watchlists/${id}`, JSON.stringify({ description: description(id, round) }))
    }
  }
  const since = costSince()
  await Promise.all(Array.from({ length: concurrency }, worker))
  const cost = since()
  await pool.close()
  return cost
}
