/**
 * Versions that retention lets go: which, and what the versions that stay say of those before them.
 *
 * What is kept is written in src/domain/Retention.ts. Where versions go from the middle of a lineage, the one above
 * them says how many went and which is the next below (docs/adr/0021), in the transaction that takes them.
 */
import type { Database } from "better-sqlite3"
import { Effect } from "effect"
import type { Address, Digest } from "../../domain/Ids.ts"
import { goingOf, type RetentionRule, revertedBy } from "../../domain/Retention.ts"

/** A version that may go. */
export interface DoomedVersion {
  readonly n: number
  readonly id: Digest
  readonly at: number
  readonly parent: Digest | null
  /** So many before it went already. */
  gone: number | null
  older: Digest | null
}

/** Bytes of a version beside its contents, about. */
export const versionBytes = 350

const columns = "n, id, at, parent, gone, older"

const selecting = (db: Database) => ({
  addresses: db.prepare<[], Address>("select address from version group by address having count(*) > 1").pluck(),
  lineage: db.prepare<[string], DoomedVersion>(
    `select ${columns} from version where address = ? order by n desc`
  ),
  fixed: db.prepare<[], Digest>(
    `select version from head union select json_extract(head, '$.movedFrom') from head
     where json_extract(head, '$.movedFrom') is not null union select version from pin p
       where act = 'pin' and n = (select max(n) from pin where version = p.version)`
  ).pluck(),
  doom: db.prepare<[number]>("insert or ignore into temp.doomed (n) values (?)"),
  spare: db.prepare<[number]>("delete from temp.doomed where n = ?"),
  reverting: db.prepare<[], { readonly id: Digest; readonly reverts: string }>(
    "select id, reverts from version where reverts is not null"
  ),
  // What is next above: by its parent, or over what went between them before.
  above: db.prepare<[], { readonly n: number; readonly below: Digest }>(
    `select c.n, p.id as below from version c
     join version p on p.id = case when c.gone is null then c.parent else c.older end
     join temp.doomed d on d.n = p.n`
  )
})

/** What choosing goes by. */
export interface Dooming {
  readonly rule: (address: Address) => RetentionRule | undefined
  /** Addresses of which nothing goes. */
  readonly untouched: ReadonlySet<Address>
  readonly now: number
}

/** Looks at addresses one by one, as long as there is time; tells whether it came to the end. */
export type Each = <A>(items: ReadonlyArray<A>, each: (item: A) => void) => Effect.Effect<boolean>

/** Chooses versions, into `temp.doomed` as well; oldest first. */
export const chooseVersions = Effect.fnUntraced(function*(
  db: Database,
  { now, rule, untouched }: Dooming,
  each: Each
) {
  db.exec("create temp table if not exists doomed (n integer primary key)")
  db.exec("delete from temp.doomed")
  const run = selecting(db)
  const doomed = new Map<Digest, DoomedVersion>()
  const fixed = new Set(run.fixed.all())
  const whole = yield* each(run.addresses.all(), (address) => {
    const of = untouched.has(address) ? undefined : rule(address)
    if (of === undefined) return
    for (const version of goingOf(run.lineage.all(address), of, now)) {
      if (fixed.has(version.id)) continue
      doomed.set(version.id, version)
      run.doom.run(version.n)
    }
  })
  const reverting = run.reverting.all().map(({ id, reverts }) => ({
    id,
    reverts: JSON.parse(reverts) as ReadonlyArray<Digest>
  }))
  for (const id of revertedBy(reverting, new Set(doomed.keys()))) {
    run.spare.run(doomed.get(id)?.n ?? 0)
    doomed.delete(id)
  }
  return { versions: [...doomed.values()].sort((a, b) => a.n - b.n), whole }
})

/** Takes versions, oldest first, and tells those above them. */
export const droppingVersions = (db: Database, doomed: ReadonlyArray<DoomedVersion>) => {
  const drop = db.prepare<[number]>("delete from version where n = ?")
  const forget = db.prepare<[string]>("delete from pin where version = ?")
  const tell = db.prepare<[number, Digest | null, number]>(
    "update version set gone = coalesce(gone, 0) + ?, older = ? where n = ?"
  )
  const byPlace = new Map(doomed.map((version) => [version.n, version]))
  const above = Map.groupBy(selecting(db).above.all(), ({ below }) => below)
  return (versions: ReadonlyArray<DoomedVersion>): void => {
    for (const version of versions) {
      const gone = (version.gone ?? 0) + 1
      const older = version.gone === null ? version.parent : version.older
      drop.run(version.n)
      forget.run(version.id)
      for (const { n } of above.get(version.id) ?? []) {
        tell.run(gone, older, n)
        const next = byPlace.get(n)
        if (next !== undefined) Object.assign(next, { gone: (next.gone ?? 0) + gone, older })
      }
    }
  }
}
