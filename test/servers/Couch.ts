/**
 * CouchDB's protocol as PouchDB serves it: documents under ids that the client gives, written by PUT with the revision
 * that they replace, and lists that hold documents inside rows.
 */
import { randomUUID } from "node:crypto"
import { existsSync } from "node:fs"
import { rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { launch, type Launched, type Missing } from "./Launched.ts"

const home = join(import.meta.dirname, "couch")

/** What is missing to run it. */
export const missingCouch: Missing = existsSync(join(home, "node_modules"))
  ? undefined
  : "express-pouchdb is not installed: scripts/install-servers"

/** Starts one that holds nothing but an empty database. */
export const startCouch = async (database: string): Promise<Launched> => {
  const log = join(tmpdir(), `amends-couch-${randomUUID()}.log`)
  const couch = await launch([process.execPath, join(home, "serve.cjs"), log], (printed) => {
    const [, port] = /listening on (\d+)/.exec(printed) ?? []
    return Promise.resolve(port === undefined ? undefined : `http://127.0.0.1:${port}`)
  })
  const close = async () => {
    await couch.close()
    await rm(log, { force: true })
  }
  const made = await fetch(`${couch.url}/${database}`, { method: "PUT" })
  if (made.status !== 201) throw new Error(`the database was not made: ${made.status}`)
  return { url: couch.url, close }
}
