/**
 * PowerDNS's API: zones under names that the client gives, updates that answer nothing, lists of excerpts, and the
 * metadata of a zone as a collection of its own whose members never cease to exist.
 */
import Sqlite from "better-sqlite3"
import { existsSync, readFileSync } from "node:fs"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { freePort, launch, type Launched, type Missing } from "./Launched.ts"

const program = "/usr/sbin/pdns_server"
const schema = "/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql"

/** The key that its API asks for. */
export const apiKey = "powerdns-test-key"

/** What is missing to run it. */
export const missingPowerDns: Missing = existsSync(program) && existsSync(schema)
  ? undefined
  : "pdns-server and pdns-backend-sqlite3 are not installed: scripts/install-servers"

const answers = (url: string): Promise<boolean> =>
  fetch(`${url}/api/v1/servers/localhost`, { headers: { "x-api-key": apiKey } }).then(({ ok }) => ok, () => false)

/** What it keeps of its database for a while may be what was there before a write; and readers wait for no writer. */
const withoutLag = {
  "cache-ttl": 0,
  "query-cache-ttl": 0,
  "negquery-cache-ttl": 0,
  "zone-metadata-cache-ttl": 0,
  "zone-cache-refresh-interval": 0,
  "gsqlite3-pragma-journal-mode": "WAL",
  "gsqlite3-pragma-synchronous": 0
}

const settings = (root: string, dnsPort: number, port: number): ReadonlyArray<string> =>
  Object.entries({
    "config-dir": root,
    "socket-dir": root,
    daemon: "no",
    guardian: "no",
    launch: "gsqlite3",
    "gsqlite3-database": join(root, "zones.db"),
    "local-address": "127.0.0.1",
    "local-port": dnsPort,
    api: "yes",
    "api-key": apiKey,
    webserver: "yes",
    "webserver-address": "127.0.0.1",
    "webserver-port": port,
    "security-poll-suffix": "",
    ...withoutLag
  }).map(([name, value]) => `--${name}=${value}`)

/** Starts one without zones. */
export const startPowerDns = async (): Promise<Launched> => {
  const root = await mkdtemp(join(tmpdir(), "amends-pdns-"))
  const db = new Sqlite(join(root, "zones.db"))
  db.exec(readFileSync(schema, "utf8"))
  db.close()
  const url = `http://127.0.0.1:${await freePort()}`
  const port = Number(new URL(url).port)
  const running = await launch(
    [program, ...settings(root, await freePort(), port)],
    async () => await answers(url) ? url : undefined
  )
  const close = async () => {
    await running.close()
    await rm(root, { recursive: true, force: true })
  }
  return { url, close }
}
