/**
 * Format 3 of the state: documents lie in one table, each once, and heads and versions refer to them.
 *
 * The columns that held documents hold numbers of contents from then on, as text: no table is made anew, and a damaged
 * file of any format is read with the same columns. `reverts`: ids of the versions that this one takes out, as JSON.
 * `gone`, `older`: so many versions before this one were let go, and the one before those. `pin`: what was said of a
 * version last counts.
 */
import type { Database } from "better-sqlite3"
import { digestOf } from "../storage/Content.ts"
import { contentStatements, keepContent, refer } from "./Contents.ts"

const tables = `
  alter table version add column reason text;
  alter table version add column reverts text;
  alter table version add column gone integer;
  alter table version add column older text;

  create table content (
    n integer primary key,
    key integer not null,
    digest text not null,
    body any not null
  ) strict;
  create index content_key on content (key);

  create table pin (
    n integer primary key,
    version text not null,
    act text not null,
    at integer not null,
    actor text not null,
    reason text
  ) strict;
  create index pin_version on pin (version, n);
`

/** Brings a file of format 2 to format 3. */
export const intoContents = (db: Database): void => {
  db.exec(tables)
  const statements = contentStatements(db)
  refer(db, (text) => keepContent(statements, { digest: digestOf(text), text }))
}
