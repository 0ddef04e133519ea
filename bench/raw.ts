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

/** What the loop writes: ids from 1 on, as they are in a round. */
export interface Looping {
  readonly url: string
  readonly resources: number
  readonly round: number
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
