/**
 * The tables of the state file, as the list of steps that made them: step n brings `user_version` n - 1 to n.
 *
 * A step is never edited once released; a change is a new step. No statement updates a row of `entry`, and only pruning
 * deletes any, leaving a `gap` that ties the chain together. `meta` and `lease` have one row each. Of a row
 * of `audit` only the content is ever let go.
 */
import type { Database } from "better-sqlite3"
import { StateError } from "../StateError.ts"
import { intoDigests } from "./Heads.ts"
import { intoContents } from "./IntoContents.ts"

/** Tells a state file from other SQLite files: "amnd". */
export const applicationId = 0x616d6e64

const v1 = `
  create table meta (
    id integer primary key check (id = 1),
    rows integer not null,
    chain text not null,
    generation integer not null,
    key_check text
  ) strict;
  insert into meta (id, rows, chain, generation) values (1, 0, '', 0);

  create table batch (
    n integer primary key,
    id text not null unique,
    plan text not null,
    batch_key text unique,
    actor text not null,
    reason text,
    steps integer not null,
    opened_at integer not null,
    ended text,
    ended_at integer
  ) strict;
  create index batch_plan on batch (plan);
  create index batch_unfinished on batch (n) where ended is null;

  create table entry (
    n integer primary key,
    batch integer not null references batch (n),
    seq integer not null,
    epoch integer not null,
    at integer not null,
    kind text not null,
    step text not null,
    body text not null,
    chain text not null,
    unique (batch, seq)
  ) strict;

  create table version (
    n integer primary key,
    id text not null unique,
    address text not null,
    batch text not null,
    parent text,
    origin text not null,
    document text,
    observed text,
    actor text,
    at integer not null
  ) strict;
  create index version_address on version (address, n);

  create table head (
    address text primary key,
    version text not null references version (id),
    declared text not null,
    observed text not null,
    head text not null
  ) strict;

  create table lease (
    id integer primary key check (id = 1),
    epoch integer not null,
    owner text not null,
    host text not null,
    boot text not null,
    space text not null,
    pid integer not null,
    started text not null,
    expires_ms integer not null,
    life_ms integer not null
  ) strict;
`

/**
 * `gap`: rows first to last of the chain are gone; `chain` is the link of the last, `mark` an HMAC under the key.
 * `wish`: what was last asked of a batch that is under way, as JSON; only the holder of the lease acts on it.
 * `old_key`: keys that older rows are sealed under, sealed under the present one, newest first.
 */
const v2 = `
  alter table batch add column pruned_at integer;
  alter table batch add column content text;
  alter table batch add column wish text;
  create index version_batch on version (batch);

  create table gap (
    first integer primary key,
    last integer not null unique,
    chain text not null,
    mark text not null
  ) strict;

  create table old_key (
    n integer primary key,
    sealed text not null,
    retired_at integer not null
  ) strict;

  create table released (
    address text primary key,
    at integer not null,
    actor text not null
  ) strict;
`

/** What brings a file from one format to the next: statements, or more than those can do. */
type SchemaStep = string | ((db: Database) => void)

/**
 * `audit`: what was done, by whom and why; `body` is null once retention let go of it, and `mark` an HMAC under the key
 * then. `audit_head` keeps the newest link and the number of records apart from them, and has one row.
 */
const v4 = `
  create table audit (
    n integer primary key,
    at integer not null,
    kind text not null,
    batch text,
    digest text not null,
    body text,
    link text not null,
    mark text,
    signer text,
    signature text
  ) strict;
  create index audit_batch on audit (batch) where batch is not null;

  create table audit_head (
    id integer primary key check (id = 1),
    rows integer not null,
    link text not null
  ) strict;
  insert into audit_head (id, rows, link) values (1, 0, '');
`

/** `drift`: what the last look for drift found, as JSON; nothing rests on it. */
const v5 = "alter table meta add column drift text;"

const steps: ReadonlyArray<SchemaStep> = [v1, v2, intoContents, v4, v5, intoDigests]

/** The newest version this program knows. */
export const schemaVersion = steps.length

const refuse = (reason: "Newer" | "Corrupt", path: string, detail: string, hint: string): never => {
  throw new StateError({ reason, operation: "open", detail: `${path} ${detail}`, hint })
}

/** Reads the version of an opened file, 0 for an empty one. Throws for one that is not ours, or newer than us. */
export const versionOf = (db: Database, path: string): number => {
  const version = Number(db.pragma("user_version", { simple: true }))
  const application = Number(db.pragma("application_id", { simple: true }))
  const isEmpty = version === 0 && db.prepare("select 1 from sqlite_schema").get() === undefined
  if (application !== applicationId && !isEmpty) {
    refuse("Corrupt", path, "is not a state of amends", "Check the `state:` setting; the file was not touched.")
  }
  if (version > schemaVersion) {
    refuse("Newer", path, `was written by a newer amends (format ${version})`, "Update amends; nothing was changed.")
  }
  return version
}

/** Brings a file to the newest version; runs inside the caller's transaction. */
export const migrate = (db: Database, from: number): void => {
  for (const step of steps.slice(from)) {
    if (typeof step === "string") db.exec(step)
    else step(db)
  }
  db.pragma(`application_id = ${applicationId}`)
  db.pragma(`user_version = ${schemaVersion}`)
}
